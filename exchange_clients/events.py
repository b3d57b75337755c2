"""What a stream says, in words that every venue shares.

Market events are ``msgspec`` structs without garbage-collector tracking, with float levels, because
thousands arrive a second (docs/adr). Floats stay inside the book and in statistics: what leaves the
book is ``Decimal``. Private events are the exact values of ``base_models``.

Times are nanoseconds since the epoch: ``venue_ns`` as the venue stamps it (None where it does not),
``local_ns`` at receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, TypeAlias, final

import msgspec

from exchange_clients.base_models import (
    ContractId,
    Fill,
    LiquidationEvent,
    OrderInfo,
    Side,
    Symbol,
    TradeId,
)

FloatLevel: TypeAlias = tuple[float, float]
"""Price and size; a size of zero removes the level."""


@final
class BookSnapshot(msgspec.Struct, frozen=True, gc=False):
    """The whole book of one contract as of update ``last``; replaces everything."""

    contract_id: ContractId
    bids: list[FloatLevel]
    asks: list[FloatLevel]
    last: int
    venue_ns: int | None
    local_ns: int


@final
class BookDelta(msgspec.Struct, frozen=True, gc=False):
    """Changed levels of updates ``first`` to ``last``.

    ``previous`` is the number of the delta before where the venue states it; where it is None, the
    delta continues the book if ``first`` is at most one above the book's last update.
    """

    contract_id: ContractId
    bids: list[FloatLevel]
    asks: list[FloatLevel]
    first: int
    last: int
    previous: int | None
    venue_ns: int | None
    local_ns: int


class LabelledLevel(msgspec.Struct, frozen=True, gc=False):
    """A level as venues send it that label its two numbers; wire structs decode straight to it.

    Decoding refuses what is below zero, and ``NaN``, which is not above it. An upper bound would
    cost 1 % of a frame: an infinite price crosses the book, which then is not shown.
    """

    price: Annotated[float, msgspec.Meta(gt=0)]
    size: Annotated[float, msgspec.Meta(ge=0)]


@final
class LabelledBookDelta(msgspec.Struct, frozen=True, gc=False):
    """Changed levels since update ``previous``, labelled, of a venue that numbers its deltas so.

    Handing the levels on as they came is a third faster than making pairs of them.
    """

    contract_id: ContractId
    bids: list[LabelledLevel]
    asks: list[LabelledLevel]
    last: int
    previous: int
    venue_ns: int | None
    local_ns: int


class BestBidOffer(msgspec.Struct, frozen=True, gc=False):
    """The best bid and ask now; ``sequence`` is the book update they belong to."""

    contract_id: ContractId
    bid: float
    bid_size: float
    ask: float
    ask_size: float
    venue_ns: int | None
    local_ns: int
    sequence: int = 0


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    """One trade of the market; ``aggressor`` is the side that took."""

    contract_id: ContractId
    price: float
    size: float
    aggressor: Side
    venue_ns: int | None
    local_ns: int
    trade_id: str = ""


class Signal(StrEnum):
    """What happened to a feed rather than in it."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    GAP = "gap"
    READY = "ready"
    STALE = "stale"
    ENDED = "ended"
    """A recording has no more events."""


@dataclass(frozen=True, slots=True)
class StreamSignal:
    """A change in the state of a feed."""

    signal: Signal
    contract_id: ContractId | None
    local_ns: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SubscribeAck:
    """The venue accepted a subscription.

    ``topic`` is the ``name`` of the ``Topic``; ``resume_from`` is the number of the last update
    before the stream's first, where the venue says it.
    """

    topic: str
    resume_from: int | None = None


@dataclass(frozen=True, slots=True)
class SubscribeRefused:
    """The venue refused a subscription; ``topic`` is its ``name``, None where it is not said."""

    code: str
    message: str
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class LoginAccepted:
    """The connection is logged in; subscriptions may follow."""


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """The connection's login was refused."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AnswerFrame:
    """A frame that the venue wants to be sent back: the answer to its ping."""

    text: str


@dataclass(frozen=True, slots=True)
class ServerClosing:
    """The venue will close the connection: open another one now."""

    within_s: float | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read, beside others that could.

    The orders it names are unknown and must be asked for; a list that holds one is not complete.
    """

    ids: tuple[str, ...]
    """Whatever ids could be read: of the venue's or ours; empty where none."""
    reason: str


@dataclass(frozen=True, slots=True)
class VoidedFill:
    """The venue has taken a fill of the account back: position and money are without it again.

    The order's own figures stay, and so does the fill in lists.
    """

    trade_id: TradeId
    venue_ns: int
    """When it was voided."""


@dataclass(frozen=True, slots=True)
class PositionUpdate:
    """A position as the stream shows it; quantity signed."""

    contract_id: ContractId
    quantity: Decimal
    entry_price: Decimal | None
    venue_ns: int


@dataclass(frozen=True, slots=True)
class BalanceUpdate:
    """A balance as the stream shows it."""

    asset: str
    total: Decimal
    available: Decimal | None
    venue_ns: int


@dataclass(frozen=True, slots=True)
class FundingUpdate:
    """The current rate of a contract as a fraction per ``interval_hours``."""

    contract_id: ContractId
    symbol: Symbol
    rate: Decimal
    interval_hours: Decimal
    next_funding_ns: int | None
    """None where funding accrues and is settled at no hour."""
    mark_price: Decimal | None
    venue_ns: int


@dataclass(frozen=True, slots=True)
class FundingPayment:
    """A settled payment; ``amount`` is positive when received.

    ``quantity`` is the position it was for, None where the venue does not tell.
    """

    payment_id: str
    contract_id: ContractId
    amount: Decimal
    asset: str
    rate: Decimal | None
    """None where the venue does not tell it."""
    quantity: Decimal | None
    venue_ns: int


@dataclass(frozen=True, slots=True)
class PrivateSequence:
    """Where a frame of the account stands among those of its channel.

    ``previous`` is the number of the frame before it; None where a snapshot begins the count anew.
    """

    channel: str
    number: int
    previous: int | None


MarketEvent: TypeAlias = BookSnapshot | BookDelta | LabelledBookDelta | BestBidOffer | PublicTrade
PrivateEvent: TypeAlias = (
    OrderInfo
    | Fill
    | VoidedFill
    | PositionUpdate
    | BalanceUpdate
    | FundingPayment
    | LiquidationEvent
)
ControlEvent: TypeAlias = (
    SubscribeAck
    | SubscribeRefused
    | LoginAccepted
    | LoginRefused
    | AnswerFrame
    | ServerClosing
    | PrivateSequence
)
Event: TypeAlias = (
    MarketEvent | PrivateEvent | FundingUpdate | StreamSignal | ControlEvent | Unreadable
)
