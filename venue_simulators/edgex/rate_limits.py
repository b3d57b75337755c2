"""How many calls come through: one bucket for each caller and kind, refilled steadily.

The venue publishes no numbers. These let through what was seen to be let through: sixteen calls at
once, and two a second for long.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from exchange_clients.base_models import NS
from venue_simulators.edgex.errors import rate_limited

PUBLIC, PRIVATE, CREATE = "public", "private", "create"
_PER_S: Mapping[str, tuple[float, float]] = {PUBLIC: (10.0, 100.0), PRIVATE: (20.0, 200.0)}
"""Calls a second, and how many may come at once."""
_CREATES_AT_ONCE = 60.0


class RateLimits:
    """Counts calls by caller: an account, or the address of everyone without one."""

    def __init__(self, orders_per_minute: int) -> None:
        self._limits = {**_PER_S, CREATE: (orders_per_minute / 60, _CREATES_AT_ONCE)}
        self._buckets: dict[tuple[str, str], tuple[float, int]] = {}

    def spend(self, caller: str, kind: str, now_ns: int) -> None:
        """Count a call.

        Raises:
            EdgexError: there were too many; this one is not counted.
        """
        rate, most = self._limits[kind]
        left, at_ns = self._buckets.get((caller, kind), (most, now_ns))
        left = min(most, left + rate * (now_ns - at_ns) / NS)
        if left < 1:
            raise rate_limited(max(ceil((1 - left) / rate), 1))
        self._buckets[caller, kind] = (left - 1, now_ns)
