"""How much of one bucket of a venue's limits is used, as a pure value of the instants it is told.

A request weighs from the moment it is sent until one window after its answer came: whenever in
between the venue counted it, no window of the venue's holds more than the capacity. What others on
the same budget use is known from the venue's own count in the headers of answers, for one window.

What a process before this one used is not known at all, and may be all there is. So for one window
few reads go at once: the first refusal then finds little on its way that is refused as well. An
order waits for no such doubt.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from exchange_clients.base_models import NS
from exchange_clients.shared.limits import Bucket

ROUNDING_NS = 1_000_000
"""Venues count in milliseconds: an entry is kept this much longer than the window."""
AT_ONCE = 3
"""Requests on their way beside which no read is sent while it is not known what was used before."""


class Budget:
    """The account of one bucket: what is in flight, what was used lately, who closed it.

    Args:
        bucket: What the venue allows.
        share: The fraction of it that this process may use.
        unknown_until_ns: Until then another process's use may count that nobody told of.
    """

    __slots__ = (
        "_closed_to_all_ns",
        "_closed_to_others_ns",
        "_foreign",
        "_foreign_until_ns",
        "_in_flight",
        "_own_limit",
        "_reserve",
        "_settled",
        "_settled_sum",
        "_under_way",
        "_window_ns",
        "capacity",
        "name",
        "unknown_until_ns",
        "window_s",
    )

    def __init__(self, bucket: Bucket, share: float = 1.0, unknown_until_ns: int = 0) -> None:
        self.name = bucket.name
        self.capacity = bucket.capacity
        self.window_s = bucket.window_s
        self._window_ns = round(bucket.window_s * NS) + ROUNDING_NS
        self._own_limit = bucket.capacity * share
        self._reserve = bucket.reserve
        self.unknown_until_ns = unknown_until_ns
        self._in_flight = 0.0
        self._under_way = 0
        self._settled: deque[tuple[int, float]] = deque()
        self._settled_sum = 0.0
        self._foreign = 0.0
        self._foreign_until_ns = 0
        self._closed_to_all_ns = 0
        self._closed_to_others_ns = 0

    def used(self, now_ns: int) -> float:
        """Return the weight that we count as used at this instant, without that of others."""
        settled = self._settled
        while settled and settled[0][0] <= now_ns:
            self._settled_sum -= settled.popleft()[1]
        if not settled:
            self._settled_sum = 0.0  # no rounding error outlives a quiet moment
        return self._settled_sum + self._in_flight

    def left(self, now_ns: int) -> float:
        """Return which part of the capacity is free (0 to 1), what others use counted too."""
        foreign = self._foreign if now_ns < self._foreign_until_ns else 0.0
        return max(0.0, 1.0 - (self.used(now_ns) + foreign) / self.capacity)

    def admits(self, weight: float, now_ns: int, *, urgent: bool, careful: bool = False) -> bool:
        """Say whether a request may be sent now; one alone may always be, however heavy."""
        if now_ns < self.closed_until_ns(urgent=urgent):
            return False
        used = self.used(now_ns)
        foreign = self._foreign if now_ns < self._foreign_until_ns else 0.0
        if used + foreign == 0.0:
            return True
        if careful and now_ns < self.unknown_until_ns and self._under_way >= AT_ONCE:
            return False
        usable = 1.0 if urgent else 1.0 - self._reserve
        return (
            used + weight <= self._own_limit * usable
            and used + foreign + weight <= self.capacity * usable
        )

    def enter(self, weight: float) -> None:
        """Count a request from now on."""
        self._in_flight += weight
        self._under_way += 1

    def leave(self, weight: float, now_ns: int) -> None:
        """Note that the request is over: it counts for one more window."""
        self._in_flight -= weight
        self._under_way -= 1
        self._settled_sum += weight
        self._settled.append((now_ns + self._window_ns, weight))

    def observe(self, used: float, now_ns: int) -> None:
        """Learn the venue's own count: what is above ours is used by others."""
        self._foreign = max(0.0, used - self.used(now_ns))
        self._foreign_until_ns = now_ns + self._window_ns

    def close(self, until_ns: int, *, urgent: bool) -> None:
        """Admit nothing until then; urgent requests only where ``urgent`` says so."""
        self._closed_to_others_ns = max(self._closed_to_others_ns, until_ns)
        if urgent:
            self._closed_to_all_ns = max(self._closed_to_all_ns, until_ns)

    def closed_until_ns(self, *, urgent: bool) -> int:
        """Return the instant until which the venue asked us to be quiet."""
        return self._closed_to_all_ns if urgent else self._closed_to_others_ns

    def next_change_ns(self, now_ns: int, *, urgent: bool) -> int | None:
        """Return the next instant at which more may be admitted; None when only an answer helps."""
        return min((at for at in self._changes(urgent=urgent) if at > now_ns), default=None)

    def _changes(self, *, urgent: bool) -> Iterator[int]:
        yield self.closed_until_ns(urgent=urgent)
        yield self._foreign_until_ns
        yield self.unknown_until_ns
        if self._settled:
            yield self._settled[0][0]
