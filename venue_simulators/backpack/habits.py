"""How this venue behaves where it may behave either way, and work that it does later."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from exchange_clients.paper.timeline import NEVER_NS


@dataclass(frozen=True, slots=True)
class Habits:
    """Delays in nanoseconds; none of them by default."""

    visibility_ns: int = 0
    """How far the histories lag behind the streams; about a second on the real venue."""
    cancel_delay_ns: int = 0
    """Above zero a cancellation is answered 202, with nothing, and carried out so much later."""


class Later:
    """Work put off by the same delay each time, so that what came first is due first."""

    def __init__(self, delay_ns: int) -> None:
        self.delay_ns = delay_ns
        self._work: deque[tuple[int, Callable[[], None]]] = deque()

    def put(self, now_ns: int, work: Callable[[], None]) -> None:
        """Do ``work`` once the delay has passed."""
        self._work.append((now_ns + self.delay_ns, work))

    def next_ns(self) -> int:
        """Return the next instant at which there is something to do."""
        return self._work[0][0] if self._work else NEVER_NS

    def do_due(self, now_ns: int) -> None:
        """Do what is due by now."""
        while self._work and self._work[0][0] <= now_ns:
            _, work = self._work.popleft()
            work()
