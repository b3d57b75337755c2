"""A single timer: setting it again moves it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from exchange_clients.shared.clock import Clock


class Alarm:
    """Rings once, the latest set time after it was set."""

    def __init__(self, clock: Clock, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Ring after ``seconds``, and no longer when it would have rung."""
        self.cancel()
        self._handle = self._clock.call_later(seconds, self._ring)

    def cancel(self) -> None:
        """Do not ring."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
