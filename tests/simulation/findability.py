"""How many clean seeds it takes until a bug that was mended may be called gone.

A bug that one seed in ``each`` shows stays unseen in three times as many with a chance of 5 %, and
in 6.9 times as many with one of 0.1 %.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.simulation.jobs import Played

SURE, CERTAIN = 3.0, 6.9
"""-ln(0.05) and -ln(0.001): of how many seeds a bug would have shown in one."""


@dataclass(frozen=True, slots=True)
class Mended:
    """A bug that seeds found, and how many of how many showed it then."""

    what: str
    kind: str
    found: int
    tried: int

    @property
    def each(self) -> float:
        """One seed in so many shows it."""
        return self.tried / self.found


MENDED = (
    Mended("a leg that its venue liquidated was undone for ever", "executions", 2, 450),
    Mended("a market was forgotten while it was halted", "executions", 3, 660),
    Mended("an order of unknown fate was asked for too often", "executions", 1, 660),
    Mended("fills without our name were left out at a restart", "run", 1, 16),
    Mended("a pair that a hand had reduced could not be closed", "run", 1, 10),
    Mended("a run fell that began after funding had been paid", "run", 11, 64),
)
"""Those of which it was counted how many seeds had been played until then. Of the first, these were
24 plans with a liquidation, which is in one plan of nineteen."""


def findability(played: Sequence[Played]) -> Iterator[str]:
    """Yield a table of the mended bugs: how many clean seeds each takes, and how many there are."""
    yield "| mended bug | one seed in | 95 % sure after | 99.9 % after | clean seeds here |"
    yield "|---|---|---|---|---|"
    for bug in MENDED:
        clean = sum(each.kind == bug.kind and not each.breaches for each in played)
        sure, certain = SURE * bug.each, CERTAIN * bug.each
        reached = "99.9 %" if clean >= certain else "95 %" if clean >= sure else "not yet"
        yield (
            f"| {bug.what} | {bug.each:,.0f} ({bug.kind}) | {sure:,.0f} | {certain:,.0f} | "
            f"{clean:,}: {reached} |"
        )
