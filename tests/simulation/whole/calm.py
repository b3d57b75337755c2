"""When a venue could be asked for something: no trouble of the scenario stood there, nor just had.

What is excused is read off the scenario alone, never off what the bot says of itself.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from tests.simulation.plan import OVERFILL
from tests.simulation.whole.scenario import ByHand, Scenario

AFTER_S = 60.0
"""How long after a trouble something may still be on its way: the longest time-out of a request,
the longest time after which a venue shows what it has, and a reconnection's longest pause."""
ONCE_FELT = ("v.rules", "v.interval", "v.depeg")
"""Troubles of a venue that are felt as they begin and end: who has read what holds now goes on by
that as by anything else."""
DRIFT = "clk.drift"
"""Every venue feels its end, when the clock is set right."""
OF_THE_MACHINE = ("proc.freeze", "proc.sleep", "clk.step")
"""Troubles that befall every venue, whichever one their row names."""
FELT_BY_NOBODY = (OVERFILL,)
"""Troubles that keep no venue from answering: what comes of them is judged as in calm."""
AFTER_BIRTH_S = 30.0
"""How long a young process may take to know what there is."""


class Calm:
    """Since when nothing goes wrong, by venue.

    Args:
        scenario: What happens.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._ends: dict[str, list[tuple[float, float]]] = {}
        """By venue: when a trouble begins, and until when that one and those before it may be felt;
        ascending."""
        for name in scenario.venues:
            felt_s, ends = 0.0, self._ends.setdefault(name, [])
            for begin_s, end_s in sorted(_felt(scenario, name)):
                felt_s = max(felt_s, end_s)
                ends.append((begin_s, felt_s))

    def since_s(self, venue: str, now_s: float) -> float:
        """Return since when nothing is felt at a venue; the future while something is."""
        ends = self._ends[venue]
        place = bisect_right(ends, now_s, key=lambda each: each[0])
        return ends[place - 1][1] if place else 0.0


def _felt(scenario: Scenario, name: str) -> Iterator[tuple[float, float]]:
    for row in scenario.troubles:
        if row.kind == DRIFT or (row.kind in ONCE_FELT and row.venue == name):
            yield row.at_s, row.at_s + AFTER_S
            yield row.at_s + row.for_s, row.at_s + row.for_s + AFTER_S
        elif row.kind in FELT_BY_NOBODY:
            continue
        elif row.venue == name or row.kind in OF_THE_MACHINE:
            end_s = min(row.at_s + row.for_s, scenario.chaos_s)
            yield row.at_s, end_s + (row.seconds or 0.0) + AFTER_S
    for what in scenario.happenings:
        if what.venue == name:
            for_s = what.for_s if what.kind is ByHand.HALT else 0.0
            yield what.at_s, min(what.at_s + for_s, scenario.chaos_s) + AFTER_S
