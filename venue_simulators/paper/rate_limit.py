"""How much one caller may ask in how much time."""

from __future__ import annotations

from collections import deque

from exchange_clients.base_models import NS

REQUESTS_MAX = 1_000
WINDOW_NS = 10 * NS


class RateLimit:
    """At most ``REQUESTS_MAX`` requests of a caller in any ``WINDOW_NS``."""

    def __init__(self) -> None:
        self._asked: dict[str, deque[int]] = {}

    def take(self, caller: str, now_ns: int) -> bool:
        """Count a request; False where it is one too many, which is not counted."""
        asked = self._asked.setdefault(caller, deque())
        while asked and asked[0] <= now_ns - WINDOW_NS:
            asked.popleft()
        if len(asked) >= REQUESTS_MAX:
            return False
        asked.append(now_ns)
        return True
