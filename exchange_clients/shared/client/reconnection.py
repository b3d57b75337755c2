"""When an order may be placed: only while what is ours is known to be true at the venue.

A private feed that was lost may have missed fills. So after each reconnect everything is reconciled
again, for as long as it takes, and whoever wants to place waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from exchange_clients.errors import ExchangeError
from exchange_clients.events import StreamSignal
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

RETRY_FIRST_S = 0.5
"""Pause after a reconciliation that failed; each further pause is twice as long."""
RETRY_MAX_S = 5.0
"""Nothing is opened until one succeeds, so that a venue which is back is not kept waiting long."""


class Reconnection:
    """Whether our knowledge is complete, and how it becomes so again.

    Args:
        name: The client's name in logs.
        reconcile: Brings orders, fills and positions up to the venue's truth.
        feed_ready: Tells whether the private feed is subscribed.
        clock: Waiting.
        tasks: Owns what is done in the background.
    """

    def __init__(
        self,
        name: str,
        reconcile: Callable[[], Awaitable[None]],
        feed_ready: Callable[[], bool],
        clock: Clock,
        tasks: TaskScope,
    ) -> None:
        self._name = name
        self._reconcile = reconcile
        self._feed_ready = feed_ready
        self._clock = clock
        self._tasks = tasks
        self._generation = 0
        self._settled_generation = -1
        self._settling: asyncio.Task[None] | None = None
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def settled(self) -> bool:
        """Whether everything was reconciled since the private feed was last subscribed."""
        return self._feed_ready() and self._settled_generation == self._generation

    def begin(self) -> None:
        """Take it that nothing is known: a session begins."""
        self._generation += 1

    async def settle(self) -> None:
        """Reconcile once, now.

        Raises:
            ExchangeError: something could not be read.
        """
        generation = self._generation
        await self._reconcile()
        self._settled_generation = generation
        self._notify()

    def on_reconnect(self) -> None:
        """Take it that the private feed was lost and is subscribed again."""
        self._generation += 1
        if self._settling is None or self._settling.done():
            self._settling = self._tasks.start(self._settle_again(), f"reconcile {self._name}")

    async def wait(self, timeout_s: float) -> bool:
        """Wait until everything is known; False if it is not within ``timeout_s``."""
        return await self._wait_for(lambda: self.settled, timeout_s)

    async def wait_for_feed(self, timeout_s: float) -> bool:
        """Wait until the private feed is subscribed; False if it is not in time."""
        return await self._wait_for(self._feed_ready, timeout_s)

    def on_signal(self, _: StreamSignal) -> None:
        """Take it that the state of a feed has changed."""
        if not self._feed_ready() and self._settled_generation == self._generation:
            self._generation += 1
        self._notify()

    def _notify(self) -> None:
        """Let whoever waits look again."""
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def _wait_for(self, known: Callable[[], bool], timeout_s: float) -> bool:
        if known():
            return True  # as nearly always: an order does not wait for a timer to be set
        try:
            async with self._clock.deadline(timeout_s):
                while not known():
                    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiters.append(waiter)
                    try:
                        await waiter
                    finally:
                        self._waiters.remove(waiter)
        except TimeoutError:
            return False
        return True

    async def _settle_again(self) -> None:
        pause_s = RETRY_FIRST_S
        while self._settled_generation != self._generation:
            try:
                await self.settle()
            except (ExchangeError, OSError) as error:
                logger.warning(
                    "event=reconcile_failed venue=%s error=%r next=ask_again pause_s=%s",
                    self._name, error, pause_s,
                )  # fmt: skip
                await self._clock.sleep(pause_s)
                pause_s = min(2 * pause_s, RETRY_MAX_S)
