"""How many requests a minute the venue takes: a rolling window for each caller and each budget."""

from __future__ import annotations

from collections import deque

from exchange_clients.base_models import NS

WINDOW_NS = 60 * NS
STANDARD_PER_MINUTE = 2000
HISTORICAL_PER_MINUTE = 30
"""Candles and the trade history, per caller, besides the standard budget."""


class RateLimits:
    """Counts requests by caller: an API key, or the address of everyone without one."""

    def __init__(
        self, standard: int = STANDARD_PER_MINUTE, historical: int = HISTORICAL_PER_MINUTE
    ) -> None:
        self._limits = {False: standard, True: historical}
        self._taken: dict[tuple[str, bool], deque[int]] = {}

    def take(self, caller: str, now_ns: int, *, historical: bool) -> bool:
        """Count a request; False, and nothing counted, when the caller's budget is used up."""
        taken = self._taken.setdefault((caller, historical), deque())
        while taken and taken[0] <= now_ns - WINDOW_NS:
            taken.popleft()
        if len(taken) >= self._limits[historical]:
            return False
        taken.append(now_ns)
        return True
