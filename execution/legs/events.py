"""What an execution hears, and what it wants done."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from exchange_clients.base_models import ZERO, ClientOrderId, DepthView, Market, Reason
from execution.legs.state import LegOrder


class Fact(StrEnum):
    """What was heard of an order."""

    RESTS = "rests"
    """It is live; it may have traded in part."""
    KEPT = "kept"
    """Its cancellation was refused: it is live all the same."""
    LOST = "lost"
    """What became of a request is not known, or the venue cannot be asked."""
    ENDED = "ended"
    """It is over, or it provably never was."""


@dataclass(frozen=True, slots=True)
class OrderHeard:
    """News of one order: an answer, a report or a fill."""

    client_order_id: ClientOrderId
    fact: Fact
    filled: Decimal = ZERO
    """Cumulative (base units)."""
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class OrderVoided:
    """The venue has taken back what an order had filled, or a part of it; its end stays proven."""

    client_order_id: ClientOrderId
    voided: Decimal
    """Cumulative (base units)."""


@dataclass(frozen=True, slots=True)
class BooksSeen:
    """The book of each leg's market; None where it could not be read."""

    books: tuple[DepthView | None, ...]
    at_ns: int


@dataclass(frozen=True, slots=True)
class Held:
    """What the account holds in a leg's market."""

    leg: int
    quantity: Decimal | None
    """Signed (base units); None where it could not be read, or is not proven."""
    market: Market | None = None
    """The market as its venue lists it now; None where that was not read."""


@dataclass(frozen=True, slots=True)
class Restarted:
    """The process is another one: what was in flight is not known."""


@dataclass(frozen=True, slots=True)
class StopAsked:
    """No entry shall be sent any more; what has traded is still hedged or undone."""


Event: TypeAlias = OrderHeard | OrderVoided | BooksSeen | Held | Restarted | StopAsked


@dataclass(frozen=True, slots=True)
class Place:
    """Send an order: an entry, a hedge, or an unwind. Its name is in the record already."""

    leg: int
    order: LegOrder

    @property
    def client_order_id(self) -> ClientOrderId:
        """The order's name."""
        return self.order.client_order_id


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel an order and prove how it ended."""

    leg: int
    client_order_id: ClientOrderId


@dataclass(frozen=True, slots=True)
class Ask:
    """Look up what became of an order."""

    leg: int
    client_order_id: ClientOrderId


@dataclass(frozen=True, slots=True)
class Look:
    """Read the books of every leg."""


@dataclass(frozen=True, slots=True)
class Weigh:
    """Read what is held in a leg's market: an order that reduces it has traded nothing."""

    leg: int


Command: TypeAlias = Place | Cancel | Ask | Look | Weigh
