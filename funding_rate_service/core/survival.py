"""How long the edge of a pair has lasted before: runs of hours in which it was there.

A pair that pays today and has turned every few hours until now is worth less than its rate says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Survival:
    """What the hours tell in which both rates are known."""

    hours: int
    """How many those are."""
    share: float
    """Of them those in which the short's rate was above the long's."""
    current_run_hours: int
    """For how long the edge has been there without a break, up to the last hour."""
    mean_run_hours: float
    """How long such runs were on average, the present one included."""


def survival(long_8h: Mapping[int, float], short_8h: Mapping[int, float]) -> Survival | None:
    """Return how lasting the edge was; None where no hour of both legs is known.

    Args:
        long_8h: Rate per eight hours by hour, of the leg that is held long.
        short_8h: Of the other leg.
    """
    hours = sorted(long_8h.keys() & short_8h.keys())
    if not hours:
        return None
    edges = [short_8h[hour] > long_8h[hour] for hour in hours]
    runs, run = list[int](), int(edges[0])
    for (before, hour), edge in zip(pairwise(hours), edges[1:], strict=True):
        # An hour that is not known ends a run: what went on in it cannot be claimed.
        if run and not (edge and hour == before + 1):
            runs.append(run)
            run = 0
        run += edge
    if run:
        runs.append(run)
    return Survival(
        hours=len(hours),
        share=sum(edges) / len(edges),
        current_run_hours=run,
        mean_run_hours=sum(runs) / len(runs) if runs else 0.0,
    )
