"""Whose turn it is to ask the venue about an order, and how long nothing is asked of a deaf one.

After trouble many orders are open questions at once. A venue that could not be asked about one of
them is not asked about the next: whoever comes to his turn waits first, longer after each failure,
and the first answer lets all others go. So a venue in trouble is asked at a bounded rate, whatever
the number of orders, which matters where a minute's limit is small; and once it is over, all of
them are known as fast as one after the other can be asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock

PAUSE_FIRST_S = 0.25
"""Pause after a question that was not answered; each further pause is twice as long."""
PAUSE_MAX_S = 4.0


class LookupTurns:
    """One question at a time, none while a pause lasts.

    Args:
        clock: Time and waiting.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turn = asyncio.Lock()
        self._pause_s = 0.0
        self._until_ns = 0

    @property
    def failing(self) -> bool:
        """Whether the last question was not answered."""
        return self._pause_s > 0

    @asynccontextmanager
    async def next(self) -> AsyncIterator[None]:
        """Wait for the turn, and for the end of the pause."""
        async with self._turn:
            left_ns = self._until_ns - self._clock.monotonic_ns()
            if left_ns > 0:
                await self._clock.sleep(left_ns / NS)
            yield

    def on_answer(self) -> None:
        """Note that the venue answers."""
        self._pause_s, self._until_ns = 0.0, 0

    def on_failure(self) -> None:
        """Note that a question was not answered."""
        self._pause_s = min(max(2 * self._pause_s, PAUSE_FIRST_S), PAUSE_MAX_S)
        self._until_ns = self._clock.monotonic_ns() + round(self._pause_s * NS)
