"""Troubles that come right behind one another at one venue, and deaths amid them.

What one of them makes doubtful the next reading mostly settles within seconds, unless that reading
fails as well, or its process ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from exchange_clients.shared.clock import Rng
from tests.simulation.plan import Kill, Moment, Trouble
from tests.simulation.troubles import log_uniform, pick, troubles_of

SHARE = 1 / 3
"""Of all seeds that have any."""
DEATHS_SHARE = 0.5
"""Of bursts amid which the process dies, or after whose death they come."""
WITHIN_S = 2.0
LASTS_S = (0.2, 8.0)
DOWN_S = (0.2, 5.0)
KINDS = (
    "rq.drop",
    "rp.drop",
    "rp.reset",
    "rp.error_after",
    "rp.delay",
    "rp.trunc",
    "rp.empty",
    "throttled",
    "unavailable",
    "ws.cut",
    "ws.mute",
    "ws.drop",
    "ws.delay",
    "ws.swap",
    "ws.echo",
    "ws.blackhole",
)
KIND_SHARE = 0.4
"""Of the kinds that the bursts of one seed have."""
AT_ONCE_MAX = 3


def bursts(
    rng: Rng, venues: Sequence[str], instants: Sequence[float], end_s: float, most: int
) -> tuple[list[Trouble], list[Kill]]:
    """Return the rows of a seed's bursts, and the deaths amid them, the earliest first.

    Args:
        rng: Of all draws.
        venues: Each burst befalls one of them.
        instants: About which bursts come (s).
        end_s: Everything has ended by then.
        most: How many there are at most.
    """
    if rng.random() >= SHARE:
        return [], []
    kinds = [kind for kind in KINDS if rng.stream(kind).random() < KIND_SHARE]
    kinds = kinds if len(kinds) >= AT_ONCE_MAX else list(KINDS)
    rows: list[Trouble] = []
    deaths: list[Kill] = []
    for number in range(rng.randint(1, most)):
        one = rng.stream(str(number))
        at_s = min(max(pick(one, instants) + one.uniform(-0.2, 1.0), 0.0), end_s - WITHIN_S)
        if one.random() < DEATHS_SHARE:
            death = _death(one.stream("death"), at_s)
            deaths.append(death)
            at_s += pick(one, (0.0, death.down_s))
        rows += _rows(one, kinds, pick(one, venues), at_s, end_s)
    return rows, sorted(deaths, key=lambda each: each.at_s or 0.0)


def _rows(rng: Rng, kinds: Sequence[str], venue: str, at_s: float, end_s: float) -> list[Trouble]:
    """Return two or three troubles of different kinds, one shortly after the other."""
    left = list(kinds)
    rows = []
    for _ in range(rng.randint(2, AT_ONCE_MAX)):
        kind = left.pop(rng.randint(0, len(left) - 1))
        begin_s = round(min(at_s + rng.uniform(0, WITHIN_S), end_s), 3)
        for_s = round(min(log_uniform(rng, *LASTS_S), end_s - begin_s), 3)
        rows += [
            replace(each, at_s=begin_s, for_s=for_s, probability=1.0)
            for each in troubles_of(kind, rng, (venue,), (begin_s,), end_s)
        ]
    return rows


def _death(rng: Rng, at_s: float) -> Kill:
    return Kill(
        at_s=round(at_s + rng.uniform(0, WITHIN_S), 3),
        moment=Moment.AFTER,
        arrives=rng.random() < 0.7,
        down_s=round(log_uniform(rng, *DOWN_S), 3),
    )
