"""GRVT's wire structs that REST and streams share, and what they mean.

Prices and sizes are decimal text, instants nanoseconds as text. Some small numbers come as numbers
in the documents and as text in life (and the reverse): those fields take both.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Generic, TypeVar

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    ExchangePositionSnapshot,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import MalformedPayload
from exchange_clients.grvt.common import ID_BASE, REASONS, normalize_symbol
from exchange_clients.shared.amounts import Amount, Digits, Positive
from exchange_clients.shared.flow import Flow, Request

T = TypeVar("T")
PAGES_MAX = 1000
"""Of one list; a cursor that leads on for ever is a fault of the venue."""
_OPEN = MappingProxyType(
    {
        "PENDING": OrderStatus.PENDING,
        "OPEN": OrderStatus.OPEN,
        "FILLED": OrderStatus.FILLED,
        "REJECTED": OrderStatus.REJECTED,
        "CANCELLED": OrderStatus.CANCELED,
    }
)
_TRIGGERED = MappingProxyType(
    {
        ("STOP_LOSS", True): OrderType.STOP_MARKET,
        ("STOP_LOSS", False): OrderType.STOP,
        ("TAKE_PROFIT", True): OrderType.TAKE_PROFIT_MARKET,
        ("TAKE_PROFIT", False): OrderType.TAKE_PROFIT,
    }
)


class Page(msgspec.Struct, Generic[T]):
    """One page of a list, newest first; an empty ``next`` ends it."""

    result: T
    next: str = ""


class Leg(msgspec.Struct):
    """The one leg of an order."""

    instrument: str
    size: Positive
    limit_price: Amount
    is_buying_asset: bool


class Trigger(msgspec.Struct):
    """What a conditional order waits for; UNSPECIFIED in plain orders."""

    trigger_type: str = "UNSPECIFIED"


class Metadata(msgspec.Struct):
    """What is not signed."""

    client_order_id: Digits
    create_time: str = "0"
    trigger: Trigger | None = None


class State(msgspec.Struct):
    """Where an order stands; lists hold one entry a leg."""

    status: str
    traded_size: list[Amount]
    update_time: Digits
    reject_reason: str = "UNSPECIFIED"
    avg_fill_price: list[Amount] = []


class Order(msgspec.Struct):
    """An order in any answer and in the stream."""

    order_id: str
    is_market: bool
    reduce_only: bool
    legs: list[Leg]
    metadata: Metadata
    state: State

    def info(self) -> OrderInfo:
        """Return what it says; the venue's id is "0x00" until the order is admitted."""
        (leg,) = self.legs
        traded = Decimal(self.state.traded_size[0])
        average = Decimal(self.state.avg_fill_price[0]) if self.state.avg_fill_price else None
        created_ns = int(self.metadata.create_time or 0)
        trigger = self.metadata.trigger.trigger_type if self.metadata.trigger else "UNSPECIFIED"
        plain = OrderType.MARKET if self.is_market else OrderType.LIMIT
        return OrderInfo(
            order_id=venue_order_id(self.order_id),
            client_order_id=our_id(self.metadata.client_order_id),
            contract_id=ContractId(leg.instrument),
            side=Side.BUY if leg.is_buying_asset else Side.SELL,
            size=Decimal(leg.size),
            price=None if self.is_market else Decimal(leg.limit_price),
            status=status_of(self.state.status, self.state.reject_reason, traded),
            filled_size=traded,
            average_price=average or None,
            order_type=_TRIGGERED.get((trigger, self.is_market), plain),
            reduce_only=self.reduce_only,
            reason=reason_of(self.state.reject_reason),
            created_ns=created_ns or None,
            updated_ns=int(self.state.update_time) or None,
        )


class OwnFill(msgspec.Struct):
    """A trade of ours, in the history and in the stream."""

    event_time: Digits
    instrument: str
    is_buyer: bool
    is_taker: bool
    size: Positive
    price: Positive
    fee: Amount
    trade_id: str
    order_id: str
    client_order_id: Digits
    fee_currency: str = "USDT"
    is_liquidation: bool = False

    def fill(self) -> Fill:
        """Return what it says; a negative fee was received. ``fee_rate`` is not to be trusted."""
        return Fill(
            trade_id=TradeId(self.trade_id),
            order_id=venue_order_id(self.order_id),
            client_order_id=our_id(self.client_order_id),
            contract_id=ContractId(self.instrument),
            side=Side.BUY if self.is_buyer else Side.SELL,
            price=Decimal(self.price),
            size=Decimal(self.size),
            fee=Decimal(self.fee),
            fee_asset=self.fee_currency,
            liquidity=Liquidity.TAKER if self.is_taker else Liquidity.MAKER,
            venue_ns=int(self.event_time),
        )


class Position(msgspec.Struct):
    """An open position, in lists and in the stream; a short has a negative size."""

    event_time: Digits
    instrument: str
    size: Amount
    entry_price: Amount
    mark_price: Amount
    unrealized_pnl: Amount
    est_liquidation_price: Amount
    leverage: Amount | None = None
    cumulative_realized_funding_payment: Amount | None = None
    margin_type: str = ""

    def snapshot(self) -> ExchangePositionSnapshot:
        """Return what it says; GRVT counts funding that was paid as positive."""
        paid = self.cumulative_realized_funding_payment
        return ExchangePositionSnapshot(
            symbol=normalize_symbol(self.instrument),
            contract_id=ContractId(self.instrument),
            quantity=Decimal(self.size),
            entry_price=Decimal(self.entry_price),
            mark_price=Decimal(self.mark_price),
            unrealized_pnl=Decimal(self.unrealized_pnl),
            cumulative_funding=None if paid is None else -Decimal(paid),
            leverage=None if self.leverage is None else Decimal(self.leverage),
            liquidation_price=Decimal(self.est_liquidation_price) or None,
            metadata={"margin_type": self.margin_type},
        )


def status_of(word: str, reject_reason: str, traded: Decimal) -> OrderStatus:
    """Return an order's status; an order that outlived its signature is CANCELLED by EXPIRED.

    Raises:
        MalformedPayload: the word is not one of the venue's.
    """
    status = _OPEN.get(word)
    if status is None:
        raise MalformedPayload(f"order status {word!r} is not known")
    if status is OrderStatus.OPEN and traded:
        return OrderStatus.PARTIALLY_FILLED
    if status is OrderStatus.CANCELED and reject_reason == "EXPIRED":
        return OrderStatus.EXPIRED
    return status


def reason_of(word: str) -> Reason | None:
    """Return why an order ended; UNSPECIFIED and EXPIRED are no refusals, new words are OTHER."""
    return None if word in ("UNSPECIFIED", "EXPIRED", "") else REASONS.get(word, Reason.OTHER)


def venue_order_id(text: str) -> VenueOrderId:
    """Return an order id in one spelling: some answers leave the 0x out; pending orders have none.

    >>> venue_order_id("0x0101AB"), venue_order_id("0x00")
    ('0x0101ab', '')
    """
    digits = text.lower().removeprefix("0x")
    return VenueOrderId("0x" + digits if digits.strip("0") else "")


def wire_id(client_order_id: ClientOrderId) -> str:
    """Return our number as GRVT wants it: in the upper half of 64 bits."""
    return str(ID_BASE + int(client_order_id))


def our_id(text: str) -> ClientOrderId:
    """Return a client order id; one of the lower half was given by somebody else."""
    number = int(text)
    return ClientOrderId(str(number - ID_BASE) if number >= ID_BASE else f"foreign-{number}")


def pages(
    request_of: Callable[[str], Request], page_type: type[Page[list[T]]], cursor: str = ""
) -> Flow[list[T]]:
    """Return the rows of every page, oldest first.

    Raises:
        MalformedPayload: the list does not end.
    """
    rows: list[T] = []
    for _ in range(PAGES_MAX):
        answer = yield request_of(cursor)
        page = msgspec.json.decode(answer.body, type=page_type)
        rows += page.result
        cursor = page.next
        if not cursor:
            return rows[::-1]
    raise MalformedPayload(f"a list did not end after {PAGES_MAX} pages")
