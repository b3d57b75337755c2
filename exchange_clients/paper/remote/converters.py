"""How orders, fills and pages are written, beside what they mean."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

import msgspec

from exchange_clients import base_models as models
from exchange_clients.shared.amounts import Amount, Positive
from exchange_clients.shared.flow import Flow, Method, Request

ORDER_IDS = ("order_id", "client_order_id")
PAGE_MAX = 1000

T = TypeVar("T")


class Order(msgspec.Struct):
    """An order in any answer and frame."""

    order_id: models.VenueOrderId
    client_order_id: models.ClientOrderId | None
    market: models.ContractId
    side: models.Side
    order_type: models.OrderType
    size: Positive
    price: Amount | None
    reduce_only: bool
    status: models.OrderStatus
    filled_size: Amount
    average_price: Amount | None
    reason: models.Reason | None
    created: int | None
    updated: int | None

    def info(self) -> models.OrderInfo:
        """Return the order."""
        return models.OrderInfo(
            order_id=self.order_id,
            client_order_id=self.client_order_id,
            contract_id=self.market,
            side=self.side,
            size=Decimal(self.size),
            price=decimal(self.price),
            status=self.status,
            filled_size=Decimal(self.filled_size),
            average_price=decimal(self.average_price),
            order_type=self.order_type,
            reduce_only=self.reduce_only,
            reason=self.reason,
            created_ns=self.created,
            updated_ns=self.updated,
        )


class Fill(msgspec.Struct):
    """A fill in the list and in frames."""

    trade_id: models.TradeId
    order_id: models.VenueOrderId
    client_order_id: models.ClientOrderId | None
    market: models.ContractId
    side: models.Side
    price: Positive
    size: Positive
    fee: Amount
    fee_asset: str
    liquidity: models.Liquidity
    time: int

    def fill(self) -> models.Fill:
        """Return the fill."""
        return models.Fill(
            trade_id=self.trade_id,
            order_id=self.order_id,
            client_order_id=self.client_order_id,
            contract_id=self.market,
            side=self.side,
            price=Decimal(self.price),
            size=Decimal(self.size),
            fee=Decimal(self.fee),
            fee_asset=self.fee_asset,
            liquidity=self.liquidity,
            venue_ns=self.time,
        )


class Rows(msgspec.Struct):
    """A list; ``next`` begins its next page."""

    rows: list[msgspec.Raw]
    next: str | None = None


def decimal(amount: str | None) -> Decimal | None:
    """Return a number that may not be known."""
    return None if amount is None else Decimal(amount)


def ask(path: str, answer: type[T], *, private: bool = False, **params: object) -> Flow[T]:
    """Ask for one thing."""
    response = yield Request(Method.GET, path, params, private=private)
    return msgspec.json.decode(response.body, type=answer, strict=False)


def pages(path: str, *, private: bool = True, **params: object) -> Flow[list[msgspec.Raw]]:
    """Ask for every page of a list."""
    rows: list[msgspec.Raw] = []
    cursor: str | None = None
    while True:
        page = yield from ask(path, Rows, private=private, **params, cursor=cursor, limit=PAGE_MAX)
        rows += page.rows
        if page.next is None or page.next == cursor:
            return rows
        cursor = page.next
