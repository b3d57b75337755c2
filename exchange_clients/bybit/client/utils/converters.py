"""How Bybit writes lists, orders and executions. Numbers are text, empty where there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

from exchange_clients import base_models as models
from exchange_clients.base_models import NS, OrderStatus, OrderType, Reason, Side
from exchange_clients.bybit.common import (
    CANCELED_BY,
    ENDS,
    FALLS,
    RISES,
    SIDE,
    STATUS,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.shared.amounts import Amount, Digits, Optional, Positive, Unsigned, number
from exchange_clients.shared.encoding import path_of
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.paging import every_page

WEEK_NS = 7 * 86_400 * NS
"""The longest span that a history may be asked for at once."""
KEPT_NS = 2 * 365 * 86_400 * NS
"""How long orders that traded, and what they traded, are kept."""
ORDER_IDS, FILL_IDS = ("orderId", "orderLinkId"), ("orderId", "orderLinkId", "execId")
TRAILING = "TrailingStop"
FUNDING = "Funding"
FORCED = ("BustTrade", "AdlTrade")
"""``execType`` of what the venue closed."""

T = TypeVar("T")


class Envelope(msgspec.Struct, Generic[T]):
    """What surrounds every answer."""

    result: T


class Whole(msgspec.Struct, Generic[T], rename={"rows": "list"}):
    """A list that comes whole."""

    rows: list[T]


class Listed(msgspec.Struct, rename={"cursor": "nextPageCursor", "rows": "list"}):
    """A page of a list; an empty cursor is the last one's."""

    rows: list[msgspec.Raw]
    cursor: str = ""


LISTED = msgspec.json.Decoder(Envelope[Listed])


class Named(msgspec.Struct, rename="camel"):
    """What the answer to a write holds: the names of what was accepted for processing."""

    order_id: models.VenueOrderId
    order_link_id: str


class Order(msgspec.Struct, rename="camel"):
    """An order in lists and in the stream."""

    symbol: models.ContractId
    order_id: models.VenueOrderId
    order_link_id: str
    side: str
    order_type: str
    price: Optional
    qty: Unsigned
    order_status: str
    cum_exec_qty: Optional
    avg_price: Optional
    reduce_only: bool
    position_idx: int
    created_time: Digits
    updated_time: Digits
    cum_exec_value: Optional = ""
    cancel_type: str = ""
    reject_reason: str = ""
    stop_order_type: str = ""
    trigger_price: Optional = ""
    trigger_direction: int = 0

    def info(self) -> models.OrderInfo:
        """Return the order; a cancelled one may have traded.

        A size of zero is whatever the position will be: only what closes it has that.
        """
        size, kind, side = Decimal(self.qty), self._kind(), SIDE[self.side]
        if not size and not (self.reduce_only and kind.conditional):
            raise MalformedPayload("an order has a size, unless it waits to close a position")
        status, reason = self._end()
        filled = number(self.cum_exec_qty)
        value = number(self.cum_exec_value)
        average = value / filled if filled and value else number(self.avg_price) or None
        return models.OrderInfo(
            order_id=self.order_id,
            client_order_id=own_name(self.order_link_id),
            contract_id=self.symbol,
            side=side,
            size=size,
            price=None if self.order_type == "Market" else Decimal(self.price),
            status=status,
            filled_size=filled,
            average_price=average if filled else None,
            order_type=kind,
            reduce_only=self.reduce_only,
            reason=reason,
            created_ns=int(self.created_time) * MS,
            updated_ns=int(self.updated_time) * MS,
        )

    def _kind(self) -> OrderType:
        market = {"Market": True, "Limit": False}[self.order_type]
        if self.stop_order_type == TRAILING:
            return OrderType.TRAILING_STOP
        if not number(self.trigger_price):
            return OrderType.MARKET if market else OrderType.LIMIT
        stops = self.trigger_direction == (RISES if SIDE[self.side] is Side.BUY else FALLS)
        if stops:
            return OrderType.STOP_MARKET if market else OrderType.STOP
        return OrderType.TAKE_PROFIT_MARKET if market else OrderType.TAKE_PROFIT

    def _end(self) -> tuple[OrderStatus, Reason | None]:
        status = STATUS[self.order_status]
        if self.reject_reason in ENDS and status is OrderStatus.CANCELED:
            return ENDS[self.reject_reason]
        if status is OrderStatus.REJECTED:
            _, reason = ENDS.get(self.reject_reason, (status, Reason.OTHER))
            return status, reason
        if status is not OrderStatus.CANCELED:
            return status, None
        return status, CANCELED_BY.get(self.cancel_type, Reason.OTHER)


class Execution(msgspec.Struct, rename="camel"):
    """An execution in the list and in the stream; funding is one as well."""

    symbol: models.ContractId
    order_id: models.VenueOrderId
    order_link_id: str
    side: str
    exec_id: str
    exec_price: Positive
    exec_qty: Positive
    exec_fee: Amount
    exec_type: str
    exec_time: Digits
    is_maker: bool
    fee_currency: str = ""

    def fills(self) -> Sequence[models.Fill]:
        """Return the fill, none of funding. A fee above zero was paid."""
        if self.exec_type == FUNDING:
            return ()
        fill = models.Fill(
            trade_id=models.TradeId(self.exec_id),
            order_id=self.order_id,
            client_order_id=own_name(self.order_link_id),
            contract_id=self.symbol,
            side=SIDE[self.side],
            price=Decimal(self.exec_price),
            size=Decimal(self.exec_qty),
            fee=Decimal(self.exec_fee),
            fee_asset=self.fee_currency or "USDT",
            liquidity=models.Liquidity.MAKER if self.is_maker else models.Liquidity.TAKER,
            venue_ns=int(self.exec_time) * MS,
        )
        return (fill,)


def own_name(link_id: str) -> models.ClientOrderId | None:
    """Return our name of an order; one that the venue made has none."""
    return models.ClientOrderId(link_id) if link_id else None


def pages(request: Request) -> Flow[list[msgspec.Raw]]:
    """Read a list to its last page.

    A cursor comes percent-encoded already, and is sent as it came.
    """
    first = path_of(request)
    return every_page(
        lambda cursor: (
            replace(request, path=f"{first}&cursor={cursor}", params={}) if cursor else request
        ),
        _page,
    )


def _page(body: bytes) -> Listed:
    page = LISTED.decode(body).result
    return page if page.rows else Listed([])


def weeks(start_ns: int, end_ns: int) -> Sequence[tuple[int, int]]:
    """Return the spans in ms, of a week at most, that cover [start, end), oldest first.

    They begin no earlier than the venue's records do.
    """
    starts = range(max(start_ns, end_ns - KEPT_NS, 0), end_ns, WEEK_NS)
    return [(at // MS, min(at + WEEK_NS, end_ns) // MS) for at in starts]
