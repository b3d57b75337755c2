"""What a bot uses of its machine, sample by sample, and whether that stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median
from typing import NamedTuple

WARM_UP_SHARE = 0.25
"""Of a life: what is read first, and kept from then on, is no growth."""
WARM_UP_LEAST_S = 60.0
JUDGED_LEAST_S = 120.0
"""How long samples must span behind the warm-up for a slope to mean anything."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at a process from outside."""

    at_s: float
    """Since its birth."""
    rss_mib: float
    fds: int
    threads: int
    tasks: int | None
    """As it tells itself; None where it did not answer."""


class Limit(NamedTuple):
    """How much of something a bot may have."""

    most: float
    per_minute: float
    """The steepest slope behind the warm-up."""
    sways: float
    """By how much it may go up and down: connections come and go with what is wrong."""


LIMITS: Mapping[str, Limit] = {
    "rss_mib": Limit(300.0, 1.0, 5.0),
    "fds": Limit(80, 0.25, 6),
    "threads": Limit(16, 0.1, 2),
    "tasks": Limit(150, 0.5, 6),
}
"""What has happened is kept up to caps that a bot of fifty fills a minute takes hours to reach, and
that costs it up to 0.7 MiB a minute; what leaks with each message or request costs far more."""


def slope_per_minute(points: Sequence[tuple[float, float]]) -> float:
    """Return the median slope between any two points (Theil and Sen), which no outlier moves.

    Args:
        points: Seconds and values, ascending; two at least.
    """
    return 60.0 * median((b - a) / (then - now) for (now, a), (then, b) in combinations(points, 2))


def series(samples: Sequence[Sample], what: str) -> list[tuple[float, float]]:
    """Return the values of one field, with their seconds, where they are known."""
    read = ((each.at_s, getattr(each, what)) for each in samples)
    return [(at_s, float(value)) for at_s, value in read if value is not None]


def warm(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the points behind the warm-up; none where they span too little."""
    if not points:
        return []
    from_s = max(points[-1][0] * WARM_UP_SHARE, WARM_UP_LEAST_S)
    left = [each for each in points if each[0] >= from_s]
    return left if left and left[-1][0] - left[0][0] >= JUDGED_LEAST_S else []


def growing(samples: Sequence[Sample]) -> Iterator[str]:
    """Yield what one life has too much of, or ever more of."""
    for what, limit in LIMITS.items():
        points = series(samples, what)
        most = max((value for _, value in points), default=0.0)
        if most > limit.most:
            yield f"{what} came to {most:g}, more than {limit.most:g}"
        judged = warm(points)
        slope = slope_per_minute(judged) if judged else 0.0
        minutes = (judged[-1][0] - judged[0][0]) / 60.0 if judged else 0.0
        if slope > limit.per_minute and slope * minutes > limit.sways:
            yield f"{what} grew by {slope:.2f} a minute, more than {limit.per_minute:g}"
