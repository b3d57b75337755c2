"""Token buckets that refill continuously, and the headers by which they can be followed.

``x-ratelimit-reset`` is the second at which the fullest use would be possible again, as far as the
header's name tells; the venue does not explain it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from exchange_clients.base_models import NS
from venue_simulators.paradex.errors import RATE_LIMITED, Refusal

MINUTE_S = 60
PUBLIC, AUTH, ORDERS, PRIVATE, ADDRESS, CONNECTIONS = (
    "public",
    "auth",
    "orders",
    "private",
    "address",
    "connections",
)
LIMITS: Mapping[str, tuple[tuple[int, int], ...]] = {
    PUBLIC: ((1500, MINUTE_S),),
    AUTH: ((600, MINUTE_S),),
    ORDERS: ((800, 1), (17_250, MINUTE_S)),
    PRIVATE: ((120, 1), (600, MINUTE_S)),
    ADDRESS: ((1500, MINUTE_S),),
    CONNECTIONS: ((20, 1), (600, MINUTE_S)),
}
"""Calls and seconds, by what is limited; ADDRESS is what all accounts read from one address."""


@dataclass(slots=True)
class _Bucket:
    """Calls that are left, in units of calls times nanoseconds of the window."""

    limit: int
    window_s: int
    level: int
    at_ns: int

    @property
    def window_ns(self) -> int:
        return self.window_s * NS

    def refill(self, now_ns: int) -> None:
        gained = self.limit * (now_ns - self.at_ns)
        self.level = min(self.limit * self.window_ns, self.level + gained)
        self.at_ns = now_ns

    def headers(self) -> dict[str, str]:
        missing = self.limit * self.window_ns - self.level
        full_ns = self.at_ns - (-missing // self.limit)
        return {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(self.level // self.window_ns),
            "x-ratelimit-reset": str(-(-full_ns // NS)),
            "x-ratelimit-window": str(self.window_s),
        }


class RateLimits:
    """All buckets; a caller is an account, or the empty text for the one address all come from."""

    def __init__(self, *, enforced: bool = True) -> None:
        self._enforced = enforced
        self._buckets: dict[tuple[str, str], list[_Bucket]] = {}
        self.headers: dict[str, str] = {}
        """What the last call left, as the answer to it tells."""

    def spend(self, kind: str, caller: str, now_ns: int) -> None:
        """Take a call out of the buckets of a kind.

        Raises:
            Refusal: one of them is empty; nothing is taken.
        """
        buckets = self._buckets.get((kind, caller))
        if buckets is None:
            buckets = self._buckets[kind, caller] = [
                _Bucket(limit, window_s, limit * window_s * NS, now_ns)
                for limit, window_s in LIMITS[kind]
            ]
        for bucket in buckets:
            bucket.refill(now_ns)
        scarcest = min(buckets, key=lambda each: each.level // each.window_ns)
        empty = scarcest.level < scarcest.window_ns
        if not empty:
            for bucket in buckets:
                bucket.level -= bucket.window_ns
        self.headers = scarcest.headers()
        if empty and self._enforced:
            raise Refusal(RATE_LIMITED, f"{kind} calls are over the limit")
