"""What every route is given, and the few questions that many of them ask."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from exchange_clients.shared.clock import Clock, to_datetime
from exchange_clients.shared.symbols import did_you_mean, near_names
from funding_rate_service.core.board import STALE_AFTER_S, Board, Snapshot
from funding_rate_service.core.queries import RateReader
from funding_rate_service.core.values import MS

SHOWN = 12
"""How many names a refusal tells where none is near."""


@dataclass(frozen=True, slots=True)
class ServiceState:
    """Everything that is known, and what time it is."""

    board: Board
    reader: RateReader
    clock: Clock
    stale_after_s: float = STALE_AFTER_S

    def now(self) -> Now:
        """Return the present state; one answer is made from one of them."""
        return Now(self.board.snapshot, self.clock.now_ns(), self.stale_after_s)


@dataclass(frozen=True, slots=True)
class Now:
    """One state at one instant."""

    snapshot: Snapshot
    now_ns: int
    stale_after_s: float

    @property
    def as_of(self) -> datetime:
        """The instant, as answers tell it."""
        return to_datetime(self.now_ns)

    def age_s(self, at_ns: int) -> float:
        """Return how many seconds ago an instant was, to the millisecond; never below zero."""
        return max(0, (self.now_ns - at_ns) // MS) / 1000

    def is_stale(self, at_ns: int) -> bool:
        """Tell whether a rate of that instant may not be traded on."""
        return self.age_s(at_ns) > self.stale_after_s

    def dex(self, name: str) -> str:
        """Return a venue's name as it is known, in any letter case.

        Raises:
            Unknown: there is none; names near ones.
        """
        return _known("dex", name, name.lower(), self.snapshot.states)

    def symbol(self, name: str) -> str:
        """Return a symbol as it is known, in any letter case.

        Raises:
            Unknown: nobody lists it; names near ones.
        """
        return _symbol(name, self.snapshot.by_symbol)

    def symbols_of(self, dex: str) -> list[str]:
        """Return what a venue lists; nothing while it has not answered."""
        collection = self.snapshot.collections.get(dex)
        return [] if collection is None else [each.symbol for each in collection.rates]

    def symbol_of(self, dex: str, name: str) -> str:
        """Return a symbol of a venue as it is known, in any letter case.

        Raises:
            Unknown: the venue does not list it; names near ones.
        """
        return _symbol(name, self.symbols_of(dex))


class Unknown(Exception):
    """A name that nobody knows."""

    def __init__(self, parameter: str, name: str, known: Iterable[str]) -> None:
        names = list(known)
        some = ", ".join([*names[:SHOWN], *(["..."] if len(names) > SHOWN else [])])
        hint = did_you_mean(name[:40], names) or f"; there are {some or 'none yet'}"
        super().__init__(f"no {parameter} {name[:40]!r}{hint}")
        self.parameter = parameter
        self.near = near_names(name[:40], names)


def _symbol(name: str, known: Collection[str]) -> str:
    return _known("symbol", name, name if name in known else name.upper(), known)


def _known(parameter: str, given: str, name: str, known: Collection[str]) -> str:
    if name not in known:
        raise Unknown(parameter, given, known)
    return name
