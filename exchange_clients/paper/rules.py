"""What venues do differently, as one frozen value; every engine is built with one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ReduceOnlyMode(StrEnum):
    """What becomes of a reduce-only order that is larger than the position it closes.

    In every mode an order that could close nothing is refused on arrival, and several resting
    orders may together exceed the position, because each is compared with the position alone.
    """

    STRICT = "strict"
    """Cut to the position on arrival and whenever it shrinks; canceled once nothing is left."""
    LOOSE = "loose"
    """Keeps its size; each fill is cut to the position, and the order is canceled when it would
    trade with nothing left to close."""
    ENTRY_ONLY = "entry_only"
    """Cut on arrival and never looked at again: a later fill may open or flip the position. Some
    venues behave so; a bot must survive it."""


class SelfTrade(StrEnum):
    """What happens when an order meets one of the same owner."""

    NONE = "none"
    """They trade."""
    CANCEL_NEWEST = "cancel_newest"
    """The arriving order's remainder is canceled."""
    CANCEL_OLDEST = "cancel_oldest"
    """The resting order is canceled and the arriving one goes on."""
    CANCEL_BOTH = "cancel_both"
    DECREMENT = "decrement"
    """Both lose the smaller remainder without a trade; what is left at zero is canceled."""


class PostOnlyMode(StrEnum):
    """How a post-only order that would take ends."""

    REJECT = "reject"
    """REJECTED; it was never accepted."""
    EXPIRE = "expire"
    """Accepted as OPEN, then EXPIRED with nothing filled."""


class TriggerSource(StrEnum):
    """Which price moves conditional orders."""

    MARK = "mark"
    LAST = "last"
    """Every trade of the market: the engine's own and the external prints."""


@dataclass(frozen=True, slots=True)
class VenueRules:
    """One venue's rules; fractions are of price (0.05 is 5 %), times in nanoseconds."""

    reduce_only: ReduceOnlyMode = ReduceOnlyMode.STRICT
    self_trade: SelfTrade = SelfTrade.CANCEL_NEWEST
    post_only: PostOnlyMode = PostOnlyMode.REJECT
    trigger_source: TriggerSource = TriggerSource.MARK
    market_bound: Decimal = Decimal("0.05")
    """How far a market order may trade from the best opposite price, or from the mark if that is
    nearer."""
    price_collar: Decimal | None = None
    """How far from the mark a buy may be priced above and a sell below; None for no collar."""
    speed_bump_ns: int = 0
    """How long an order that would take on arrival is held before it meets the book."""
    max_open_orders: int = 1000
    """Per owner, resting and waiting orders together."""
    history_max: int = 1000
    """Ended orders that can still be found, and whose client order ids stay taken."""

    def __post_init__(self) -> None:
        if not 0 <= self.market_bound < 1:
            raise ValueError(f"market_bound must be in [0, 1), got {self.market_bound}")
        if self.price_collar is not None and not 0 < self.price_collar < 1:
            raise ValueError(f"price_collar must be in (0, 1) or None, got {self.price_collar}")
        if self.speed_bump_ns < 0:
            raise ValueError(f"speed_bump_ns must not be negative, got {self.speed_bump_ns}")
        if self.max_open_orders < 1 or self.history_max < 1:
            raise ValueError("max_open_orders and history_max must be at least 1")


def floor_ticks(ticks: int, factor: Decimal) -> int:
    """Return ``ticks * factor`` rounded down, computed exactly."""
    numerator, denominator = factor.as_integer_ratio()
    return ticks * numerator // denominator


def ceil_ticks(ticks: int, factor: Decimal) -> int:
    """Return ``ticks * factor`` rounded up, computed exactly."""
    return -floor_ticks(-ticks, factor)
