"""The latest rates of every venue and how each venue fares, as immutable snapshots.

The board changes only when a collection ends; readers on other threads take a snapshot and see one
state throughout. Its version names the state, so that answers are made once for each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from exchange_clients.base_models import NS, DepthView
from execution.settlements import FundingSchedule
from funding_rate_service.core.values import Attempt, Collection, MarketRate, Quarantined

STALE_AFTER_S = 300.0
"""A rate that is older is marked; nothing is traded on it."""
ERROR_LETTERS_MAX = 300
QUARANTINED_MAX = 50
"""Rows of a venue that health names; the count tells of the rest."""


@dataclass(frozen=True, slots=True)
class VenueState:
    """How a venue fares; instants are zero for never."""

    venue: str
    asked_ns: int = 0
    answered_ns: int = 0
    answers: int = 0
    failures: int = 0
    failures_in_row: int = 0
    error: str = ""
    """Of the last attempt; empty when it went well."""
    duration_ms: int = 0
    rows: int = 0
    quarantined_count: int = 0
    quarantined: tuple[Quarantined, ...] = ()
    """Of the last answer."""


@dataclass(frozen=True, slots=True)
class BookReading:
    """A market's book per token, and when it was read."""

    book: DepthView
    at_ns: int


UNITS = 24
"""Decimals of a rate as an integer: tens of thousands of pairs are compared by them, none sent."""


class Listed(NamedTuple):
    """A rate with what is the same for every question about it, as integers of 10^-UNITS."""

    venue: str
    rate: MarketRate
    schedule: FundingSchedule
    rate_units: int
    units_8h: int
    taker_units: int | None
    maker_units: int | None

    @classmethod
    def of(cls, venue: str, rate: MarketRate) -> Listed:
        """Return a venue's rate."""
        units, units_8h = in_units(rate.rate), in_units(rate.rate_8h)
        fees = [None if fee is None else in_units(fee) for fee in (rate.taker_fee, rate.maker_fee)]
        return cls(venue, rate, rate.schedule, units, units_8h, *fees)


def in_units(fraction: Decimal) -> int:
    """Return a fraction as an integer of 10^-UNITS, what lies beyond cut off."""
    return int(fraction.scaleb(UNITS))


@dataclass(frozen=True)
class Snapshot:
    """One state of the board; versions only grow."""

    version: int
    collections: Mapping[str, Collection]
    """By venue, in the order of names."""
    states: Mapping[str, VenueState]
    books: Mapping[tuple[str, str], BookReading] = field(default_factory=dict)
    """By venue and symbol; only of pairs that were worth asking for."""

    @cached_property
    def by_symbol(self) -> dict[str, list[Listed]]:
        """Every rate by symbol; symbols and the venues of each in the order of names."""
        found: dict[str, list[Listed]] = {}
        for venue, collection in self.collections.items():
            for each in collection.rates:
                found.setdefault(each.symbol, []).append(Listed.of(venue, each))
        return dict(sorted(found.items()))

    @cached_property
    def by_key(self) -> dict[tuple[str, str], MarketRate]:
        """Every rate by (venue, symbol)."""
        return {
            (venue, each.symbol): each
            for venue, collection in self.collections.items()
            for each in collection.rates
        }

    def stale_venues(self, now_ns: int, limit_s: float) -> tuple[str, ...]:
        """Return the venues whose rates are older than the limit."""
        limit_ns = int(limit_s * NS)
        return tuple(
            venue for venue, each in self.collections.items() if now_ns - each.at_ns > limit_ns
        )


class Board:
    """Holds the present snapshot and tells listeners of each new one.

    Args:
        venues: Everyone who is asked, so that health names those that never answered.
        restored: What the store knew; its age is what it is.
    """

    def __init__(self, venues: Sequence[str] = (), restored: Sequence[Collection] = ()) -> None:
        collections = {each.venue: each for each in restored}
        self.snapshot = Snapshot(
            version=1,
            collections=dict(sorted(collections.items())),
            states={name: VenueState(name) for name in sorted({*venues, *collections})},
        )
        self.store_trouble = ""
        """Why the last collection could not be kept; empty while the store works."""
        self._listeners: list[Callable[[Snapshot], None]] = []

    def listen(self, listener: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Call ``listener`` with every new snapshot; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def collected(self, collection: Collection) -> None:
        """Take in what a venue answered."""
        before = self._state(collection.venue)
        state = replace(
            before,
            asked_ns=collection.at_ns,
            answered_ns=collection.at_ns,
            answers=before.answers + 1,
            failures_in_row=0,
            error="",
            duration_ms=collection.duration_ms,
            rows=len(collection.rates),
            quarantined_count=len(collection.quarantined),
            quarantined=tuple(collection.quarantined[:QUARANTINED_MAX]),
        )
        collections = {**self.snapshot.collections, collection.venue: collection}
        self._tell(
            Snapshot(
                self.snapshot.version + 1,
                dict(sorted(collections.items())),
                {**self.snapshot.states, collection.venue: state},
                self.snapshot.books,
            )
        )

    def failed(self, attempt: Attempt) -> None:
        """Take in that a venue did not answer; its last rates stay, and grow old."""
        before = self._state(attempt.venue)
        state = replace(
            before,
            asked_ns=attempt.at_ns,
            failures=before.failures + 1,
            failures_in_row=before.failures_in_row + 1,
            error=attempt.error[:ERROR_LETTERS_MAX],
            duration_ms=attempt.duration_ms,
        )
        states = {**self.snapshot.states, attempt.venue: state}
        self._tell(replace(self.snapshot, version=self.snapshot.version + 1, states=states))

    def read_books(self, books: Mapping[tuple[str, str], BookReading]) -> None:
        """Replace the books that are known."""
        self._tell(replace(self.snapshot, version=self.snapshot.version + 1, books=dict(books)))

    def _state(self, venue: str) -> VenueState:
        return self.snapshot.states.get(venue) or VenueState(venue)

    def _tell(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot = replace(snapshot, states=dict(sorted(snapshot.states.items())))
        for listener in list(self._listeners):
            listener(snapshot)
