"""How Backpack writes numbers, instants, orders and fills.

Money of orders, fills and positions is text in plain notation and is read as nothing else; prices
of the market are read straight to floats, which is three times as fast.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

import msgspec

from exchange_clients import base_models as models
from exchange_clients.backpack.common import ORDER_TYPE, SIDE, STATUS, expiry_reason
from exchange_clients.base_funding_adapter import parse_instant
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.shared.amounts import Amount, Positive
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.rows import read_rows

US = 1_000
"""Nanoseconds in a microsecond, which streams and the book tell; the rest is milliseconds."""
_MILLISECONDS = range(10**11, 10**14)
"""Numbers that ``parse_instant`` takes for milliseconds: the years 1973 to 5138."""
ROWS = msgspec.json.Decoder(list[msgspec.Raw])
NEWEST_FIRST = MappingProxyType({"sortDirection": "Desc"})  # the spelling is unconfirmed
PAGE = 1000
ORDER_IDS, FILL_IDS = ("id", "clientId"), ("orderId", "clientId")

T = TypeVar("T")
R = TypeVar("R", bound=msgspec.Struct)


def instant_ns(value: int | str | None) -> int:
    """Return nanoseconds of a number in any unit, or of ``"2026-11-20T17:39:00.092"``, in UTC."""
    if isinstance(value, int) and value in _MILLISECONDS:
        return value * MS  # as in every answer to an order: no calendar is needed
    instant = parse_instant(value or "none")
    return int(instant.replace(microsecond=0).timestamp()) * models.NS + instant.microsecond * US


class Order(msgspec.Struct, rename="camel"):
    """An order in any answer, in the history and, with its words spelt out, in streams."""

    id: models.VenueOrderId
    symbol: models.ContractId
    side: str
    order_type: str
    status: str
    quantity: Amount | None
    executed_quantity: Amount
    executed_quote_quantity: Amount
    client_id: int | None = None
    price: Amount | None = None
    trigger_price: Amount | None = None
    trigger_quantity: str | None = None
    reduce_only: bool | None = None
    expiry_reason: str | None = None
    created_at: int | str | None = None
    updated_at: int | None = None
    """Of streams alone; every order has one of the two."""

    def info(self) -> models.OrderInfo:
        """Return the order; its size and price must be known."""
        kind = ORDER_TYPE[self.order_type.lower(), self.trigger_price is not None]
        filled = Decimal(self.executed_quantity)
        # An armed order has its size in triggerQuantity, and null or "0" here. "80%" of a position
        # is no order of ours and no number.
        size = Decimal(self.quantity or 0) or Decimal(self.trigger_quantity or "none")
        created_ns = None if self.created_at is None else instant_ns(self.created_at)
        return models.OrderInfo(
            order_id=self.id,
            client_order_id=client_order_id(self.client_id),
            contract_id=self.symbol,
            side=SIDE[self.side],
            size=size,
            price=Decimal(self.price or "none") if kind.priced else None,
            status=STATUS[self.status],
            filled_size=filled,
            average_price=Decimal(self.executed_quote_quantity) / filled if filled else None,
            order_type=kind,
            reduce_only=bool(self.reduce_only),
            reason=expiry_reason(self.expiry_reason),
            created_ns=created_ns,
            updated_ns=instant_ns(self.updated_at) if created_ns is None else None,
        )


class Fill(msgspec.Struct, rename="camel"):
    """A fill in the history and, with its words spelt out, in streams."""

    trade_id: int
    order_id: models.VenueOrderId
    symbol: models.ContractId
    side: str
    price: Positive
    quantity: Positive
    fee: Amount
    fee_symbol: str
    is_maker: bool
    timestamp: int | str
    client_id: str | int | None = None
    """Text in the history, a number everywhere else."""

    def fill(self) -> models.Fill:
        """Return the fill; a fee above zero was paid."""
        return models.Fill(
            trade_id=models.TradeId(str(self.trade_id)),
            order_id=self.order_id,
            client_order_id=client_order_id(self.client_id),
            contract_id=self.symbol,
            side=SIDE[self.side],
            price=Decimal(self.price),
            size=Decimal(self.quantity),
            fee=Decimal(self.fee),
            fee_asset=self.fee_symbol,
            liquidity=models.Liquidity.MAKER if self.is_maker else models.Liquidity.TAKER,
            venue_ns=instant_ns(self.timestamp),
        )


def client_order_id(client_id: int | str | None) -> models.ClientOrderId | None:
    """Return our name of an order, which the venue writes as a number or as text."""
    return None if client_id is None else models.ClientOrderId(str(client_id))


def read_back(
    request: Request,
    row_type: type[R],
    read: Callable[[R], T],
    ids: tuple[str, ...],
    at_ns: Callable[[T], int],
    since_ns: int,
) -> Flow[list[T | Unreadable]]:
    """Read a history, newest first, page by page, at least back to ``since_ns``.

    Rows that come in meanwhile push others on to the next page: some may be told twice.
    """
    rows: list[T | Unreadable] = []
    while True:
        params = {**request.params, "limit": PAGE, "offset": len(rows)}
        answer = yield replace(request, params=params)
        page = read_rows(ROWS.decode(answer.body), row_type, read, ids)
        rows += page
        times = [at_ns(row) for row in page if not isinstance(row, Unreadable)]
        if len(page) < PAGE:
            return rows
        if times and max(times) < since_ns:
            if times[0] < times[-1]:
                raise MalformedPayload(f"{request.path} is not newest first: rows would be missed")
            return rows
