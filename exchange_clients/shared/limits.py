"""What a venue allows in how much time, as values; ``transport.rate_limit`` keeps to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class BucketScope(StrEnum):
    """Whose requests share a bucket."""

    IP = "ip"
    ACCOUNT = "account"
    KEY = "key"
    INSTRUMENT = "instrument"


@dataclass(frozen=True, slots=True)
class Bucket:
    """At most ``capacity`` of weight in any ``window_s`` seconds."""

    name: str
    capacity: float
    window_s: float
    scope: BucketScope = BucketScope.IP
    reserve: float = 0.2
    """The fraction that only urgent requests (cancels, reduce-only orders) may use."""


def alike(
    window_s: float, capacities: Mapping[str, float], scope: BucketScope
) -> tuple[Bucket, ...]:
    """Return buckets that differ only in how much they hold: ``{"orders": 60, "fees": 5}``."""
    return tuple(Bucket(name, most, window_s, scope) for name, most in capacities.items())


def told_by_size(
    buckets: Sequence[Bucket], size: str, left: str
) -> Callable[[Mapping[str, str]], Mapping[str, float]]:
    """Return what reads headers that tell of a bucket how much it holds, and not its name.

    Args:
        buckets: Of the venue; those of that size are meant, as far as the request weighs on them.
        size: The header that tells how much it holds.
        left: The header that tells what is left.
    """

    def used(headers: Mapping[str, str]) -> Mapping[str, float]:
        if not (headers.get(size, "").isdecimal() and headers.get(left, "").isdecimal()):
            return {}
        most = float(headers[size])
        return {each.name: most - float(headers[left]) for each in buckets if each.capacity == most}

    return used


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The buckets of a venue, and what each scope of request takes from them."""

    buckets: tuple[Bucket, ...] = ()
    costs: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Weight by bucket for each ``Request.scope``; scope ``""`` is the default row."""
    used: Callable[[Mapping[str, str]], Mapping[str, float]] | None = None
    """Reads from an answer's headers how much of each bucket the venue counts as used."""

    def cost_of(self, scope: str) -> Mapping[str, float]:
        """Return what a request of this scope takes, by bucket."""
        found = self.costs.get(scope)
        return self.costs.get("", {}) if found is None else found
