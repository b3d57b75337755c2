"""Troubles that are made of several rows, one after the other or crosswise."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.shared.clock import Rng
from tests.simulation.plan import Trouble

FLAP_S = 20.0
"""Between two absences of a venue that comes and goes."""
CLOGGED = ("book", "orders", "fills")


def flap(rng: Rng, venue: str, at_s: float, for_s: float) -> list[Trouble]:
    """Return the rows of a venue that goes and comes back, again and again."""
    rows = []
    begin_s = at_s
    while begin_s < at_s + for_s:
        away_s = round(min(rng.uniform(1, FLAP_S / 2), at_s + for_s - begin_s), 3)
        rows += [Trouble(kind, venue, begin_s, away_s) for kind in ("ws.cut", "rq.drop")]
        begin_s = round(begin_s + FLAP_S, 3)
    return rows


def swizzle(rng: Rng, venues: Sequence[str], at_s: float, for_s: float) -> list[Trouble]:
    """Return the rows of pipes that clog one by one, and are free again in another order."""
    pipes = [(venue, channel) for venue in venues for channel in CLOGGED]
    order = sorted(range(len(pipes)), key=lambda number: (rng.stream(str(number)).random(), number))
    step_s = for_s / 2 / len(pipes)
    rows = []
    for number, (venue, channel) in enumerate(pipes):
        begin_s = round(at_s + number * step_s, 3)
        end_s = at_s + for_s / 2 + (order.index(number) + 1) * step_s
        rows.append(Trouble("ws.stall", venue, begin_s, round(end_s - begin_s, 3), channel))
    return rows
