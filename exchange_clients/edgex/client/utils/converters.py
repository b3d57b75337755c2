"""edgeX's wire structs that REST and streams share, and what they mean.

REST and captured frames spell a row one way, the page about the private stream another: both are
read, REST's first. Numbers are text; ids and instants are numbers in some samples.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Generic, TypeAlias, TypeVar

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    Reason,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.edgex.common import (
    COULD_NOT_FILL,
    EXPIRED,
    ORDER_TYPE,
    QUOTE,
    REASONS,
    REFUSALS,
    UNFILLED,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingPayment
from exchange_clients.shared.amounts import Amount, Digits, Positive, Unsigned
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.paging import every_page

T = TypeVar("T")
SIDE = MappingProxyType({"BUY": Side.BUY, "SELL": Side.SELL})
LIQUIDITY: Mapping[str | bool, Liquidity] = MappingProxyType(
    {word: kind for kind in Liquidity for word in (kind.name, kind is Liquidity.MAKER)}
)
Whole: TypeAlias = Digits | Annotated[int, msgspec.Meta(ge=0)]
"""An id, an instant or a counter."""
ORDER_IDS, FILL_IDS = ("id", "clientOrderId"), ("orderId",)


class Answer(msgspec.Struct, Generic[T], rename="camel"):
    """The envelope of every answer."""

    data: T
    response_time: Whole = 0


class Page(msgspec.Struct, Generic[T], rename={"rows": "dataList", "cursor": "nextPageOffsetData"}):
    """One page of a list, newest first; an empty cursor ends it."""

    rows: list[T]
    cursor: str = ""


class Order(msgspec.Struct, rename="camel"):
    """An order in any answer and in the stream."""

    id: Whole
    contract_id: Whole
    side: str
    size: Positive
    price: Unsigned
    type: str
    status: str
    cum_match_size: Unsigned
    cum_match_value: Unsigned
    client_order_id: str | None = None
    time_in_force: str = ""
    reduce_only: bool = False
    cancel_reason: str | None = None
    created_time: Whole = 0
    updated_time: Whole = 0

    def info(self) -> OrderInfo:
        """Return what it says; filled is what was matched, before it is booked."""
        filled = Decimal(self.cum_match_size)
        kind = ORDER_TYPE[self.type]
        reason = _reason_of(self.cancel_reason, self.time_in_force)
        created_ns, updated_ns = int(self.created_time) * MS, int(self.updated_time) * MS
        return OrderInfo(
            order_id=VenueOrderId(str(self.id)),
            client_order_id=ClientOrderId(self.client_order_id) if self.client_order_id else None,
            contract_id=ContractId(str(self.contract_id)),
            side=SIDE[self.side],
            size=Decimal(self.size),
            price=Decimal(self.price) if kind.priced else None,
            status=_status_of(self, filled),
            filled_size=filled,
            average_price=Decimal(self.cum_match_value) / filled if filled else None,
            order_type=kind,
            reduce_only=self.reduce_only,
            reason=reason if self.status == "CANCELED" else None,
            created_ns=created_ns or None,
            updated_ns=updated_ns or None,
        )


class OwnFill(msgspec.Struct, rename="camel"):
    """A trade of ours, in the history and in the stream, which may leave side and contract out."""

    id: Whole
    order_id: Whole
    fill_size: Positive
    fill_price: Positive
    fill_fee: Amount
    direction: str | bool
    """MAKER or TAKER; whether we rested, where it is spelt as the stream's page has it."""
    contract_id: Whole | None = None
    order_side: str | None = None
    fill_value: Positive | None = None
    is_liquidate: bool = False
    match_time: Whole = 0
    created_time: Whole = 0

    def fill(self, orders: Mapping[VenueOrderId, OrderInfo]) -> Fill:
        """Return what it says; what it leaves out is its order's.

        Args:
            orders: What came with it, by the venue's id.
        """
        order = orders.get(VenueOrderId(str(self.order_id)))
        stamp_ms = int(self.match_time) or int(self.created_time)
        if stamp_ms == 0 or (order is None and None in (self.order_side, self.contract_id)):
            raise MalformedPayload(f"fill {self.id} does not say what it was of, or when")
        size, shown = Decimal(self.fill_size), Decimal(self.fill_price)
        # The price is for display: where the value contradicts it, the value is what was paid.
        value = shown * size if self.fill_value is None else Decimal(self.fill_value)
        if abs(shown * size - value) * 100 > value:
            raise MalformedPayload(f"price and value of fill {self.id} contradict each other")
        whose = order.contract_id if order and self.contract_id is None else self.contract_id
        side = order.side if order and self.order_side is None else SIDE[self.order_side or ""]
        return Fill(
            trade_id=TradeId(str(self.id)),
            order_id=VenueOrderId(str(self.order_id)),
            client_order_id=order.client_order_id if order else None,
            contract_id=ContractId(str(whose)),
            side=side,
            price=shown if shown * size == value else value / size,
            size=size,
            fee=Decimal(self.fill_fee),
            fee_asset=QUOTE,
            liquidity=LIQUIDITY[self.direction],
            venue_ns=stamp_ms * MS,
        )


class Settlement(msgspec.Struct, rename="camel"):
    """A change of a position; of interest is that by funding."""

    id: Whole
    contract_id: Whole
    type: str
    delta_funding_fee: Amount
    funding_time: Whole
    funding_rate: object = None
    funding_position_size: object = None

    def payment(self) -> FundingPayment:
        """Return what was paid or received; the venue's sign is ours."""
        return FundingPayment(
            payment_id=str(self.id),
            contract_id=ContractId(str(self.contract_id)),
            amount=Decimal(self.delta_funding_fee),
            asset=QUOTE,
            rate=told(self.funding_rate),
            quantity=told(self.funding_position_size),
            venue_ns=int(self.funding_time) * MS,
        )


FUNDING = "SETTLE_FUNDING_FEE"
"""The ``type`` of a settlement."""


_AMOUNT = re.compile(r"-?\d+(\.\d+)?")


def told(*values: object) -> Decimal | None:
    """Return the first value that is an amount, None where none is: for what may be left out."""
    texts = (value for value in values if isinstance(value, str))
    return next((Decimal(text) for text in texts if _AMOUNT.fullmatch(text)), None)


ORDER_WORDS = MappingProxyType({"filledSize": "cumMatchSize", "filledValue": "cumMatchValue"})
FILL_WORDS = MappingProxyType(
    {"side": "orderSide", "size": "fillSize", "price": "fillPrice", "fee": "fillFee"}
    | {"isMaker": "direction"}
)
"""How the page about the account's stream spells what REST, and what was captured, spell so."""


def respelt(rows: Sequence[msgspec.Raw], words: Mapping[str, str]) -> Sequence[msgspec.Raw]:
    """Return rows in REST's words, which count where a row has both."""
    fields = [msgspec.json.decode(row, type=dict[str, msgspec.Raw]) for row in rows]
    spelt = ({words.get(name, name): value for name, value in row.items()} | row for row in fields)
    return [msgspec.Raw(msgspec.json.encode(row)) for row in spelt]


def pages(
    request_of: Callable[[str | None], Request],
    enough: Callable[[Sequence[msgspec.Raw]], bool] = lambda rows: False,
) -> Flow[list[msgspec.Raw]]:
    """Return the rows of every page, newest first, or of those up to the one that is enough."""
    return every_page(request_of, lambda body: _page(body).data, enough)


_page = msgspec.json.Decoder(Answer[Page[msgspec.Raw]]).decode


STATUS = MappingProxyType(
    {
        "PENDING": OrderStatus.PENDING,
        "UNTRIGGERED": OrderStatus.OPEN,
        "OPEN": OrderStatus.OPEN,
        "CANCELING": OrderStatus.OPEN,
        "FILLED": OrderStatus.FILLED,
        "CANCELED": OrderStatus.CANCELED,
    }
)


def _status_of(order: Order, filled: Decimal) -> OrderStatus:
    """Return an order's status; an order that ended without trading may have been refused."""
    status = STATUS[order.status]
    if status is OrderStatus.OPEN and filled:
        return OrderStatus.PARTIALLY_FILLED
    if status is not OrderStatus.CANCELED:
        return status
    if order.cancel_reason == EXPIRED:
        return OrderStatus.EXPIRED
    unfilled = order.cancel_reason == COULD_NOT_FILL
    refused = order.cancel_reason in REFUSALS and not filled
    if refused and not (unfilled and order.time_in_force == "IMMEDIATE_OR_CANCEL"):
        return OrderStatus.REJECTED
    return OrderStatus.CANCELED


def _reason_of(word: str | None, time_in_force: str) -> Reason | None:
    """Return why an order ended; running out of time is no reason, new words are OTHER."""
    if word == COULD_NOT_FILL:
        return UNFILLED.get(time_in_force, Reason.OTHER)
    return None if word in (None, "", EXPIRED) else REASONS.get(word or "", Reason.OTHER)
