"""The collector: every venue has a task of its own, so that none waits for another.

A venue that hangs is given up after a bounded time; one that fails, or answers nonsense, is asked
again at its next slot. What went well and what did not is told to the board and kept in the store.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from exchange_clients.base_models import NS
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from funding_rate_service.collection.base_adapter import RateSource, Told
from funding_rate_service.collection.schedule import missed_slots, next_slot_ns
from funding_rate_service.collection.screening import screen
from funding_rate_service.core.board import Board
from funding_rate_service.core.engine import StoreError
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import MS, Attempt, Collection

T = TypeVar("T")
logger = logging.getLogger(__name__)


class StoreDesk(Protocol):
    """Where the store's work is done, so that the loop never waits for a disk."""

    async def do(self, work: Callable[[], T]) -> T:
        """Run ``work`` after what was given before; return what it returns."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How often venues are asked, and how long the answer may take."""

    period_s: float = 60.0
    timeout_s: float = 25.0

    def __post_init__(self) -> None:
        if self.period_s <= 0:
            raise ValueError(f"period_s must be positive, got {self.period_s}")
        if not 0 < self.timeout_s < self.period_s:
            raise ValueError(f"timeout_s must lie between 0 and {self.period_s}")


class Collector:
    """Asks every source at its slots until it is closed.

    Args:
        sources: The venues; closed at the end.
        store: Keeps what was collected.
        board: Tells what was collected.
        desk: Does the store's work.
        clock: Time.
        habits: How often and how long.
    """

    def __init__(
        self,
        sources: Sequence[RateSource],
        store: RateStore,
        board: Board,
        desk: StoreDesk,
        *,
        clock: Clock,
        habits: Habits | None = None,
    ) -> None:
        self._sources = list(sources)
        self._store = store
        self._board = board
        self._desk = desk
        self._clock = clock
        self._habits = habits or Habits()
        self._scope = TaskScope()
        self._pending: deque[Collection] = deque()

    def start(self) -> None:
        """Begin with a first look at every venue; each goes on by itself."""
        for source in self._sources:
            self._scope.start(self._follow(source), f"collect {source.venue}")

    async def close(self) -> None:
        """Stop asking and release every source."""
        await self._scope.close()
        for source in self._sources:
            try:
                async with self._clock.deadline(self._habits.timeout_s):
                    await source.close()
            except Exception:  # the others are still to be released
                logger.exception("event=close_failed venue=%s", source.venue)

    async def _follow(self, source: RateSource) -> None:
        period_ns = int(self._habits.period_s * NS)
        before_ns = None
        while True:
            now_ns = self._clock.now_ns()
            missed = 0 if before_ns is None else missed_slots(before_ns, now_ns, period_ns)
            if missed:
                logger.warning("event=slots_missed venue=%s count=%d", source.venue, missed)
            before_ns = now_ns
            await self.collect(source)
            now_ns = self._clock.now_ns()
            await self._clock.sleep((next_slot_ns(now_ns, period_ns) - now_ns) / NS)

    async def collect(self, source: RateSource) -> None:
        """Ask one venue once; every outcome is told, and none is raised but cancellation."""
        at_ns = self._clock.now_ns()
        try:
            async with self._clock.deadline(self._habits.timeout_s):
                told = await source.rates()
            collection = self._screened(source.venue, told, at_ns)
        except TimeoutError:
            await self._failed(source, at_ns, f"no answer within {self._habits.timeout_s:g} s")
        except Exception as error:  # whatever a venue's answer makes a reader do
            known = isinstance(error, ExchangeError | OSError)  # says itself what is wrong
            logger.warning(
                "event=collection_failed venue=%s error=%r next=at_the_next_slot",
                source.venue, error, exc_info=not known,
            )  # fmt: skip
            await self._failed(source, at_ns, str(error) or repr(error))
        else:
            await self._collected(collection)

    def _screened(self, venue: str, told: Told, at_ns: int) -> Collection:
        now_ns = self._clock.now_ns()
        good, bad = screen(told.rates, now_ns)
        duration_ms = (now_ns - at_ns) // MS
        return Collection(venue, at_ns, good, (*told.unreadable, *bad), duration_ms)

    async def _collected(self, collection: Collection) -> None:
        for each in collection.quarantined:
            logger.warning(
                "event=quarantined venue=%s symbol=%s reason=%s",
                collection.venue, each.symbol, each.reason,
            )  # fmt: skip
        self._board.collected(collection)
        self._pending.append(collection)
        await self._keep(collection.venue, self._record_pending)

    async def _failed(self, source: RateSource, at_ns: int, error: str) -> None:
        duration_ms = (self._clock.now_ns() - at_ns) // MS
        attempt = Attempt(source.venue, at_ns, duration_ms, 0, 0, error)
        self._board.failed(attempt)
        await self._keep(source.venue, lambda: self._store.record_failure(attempt))

    def _record_pending(self) -> None:
        """Keep everything that has come in: venues that answer together share a transaction."""
        taken: list[Collection] = []
        while self._pending:
            taken.append(self._pending.popleft())
        if taken:
            self._store.record(*taken)

    async def _keep(self, venue: str, work: Callable[[], None]) -> None:
        """Write to the store; a store that cannot be written does not stop the service."""
        try:
            await self._desk.do(work)
        except StoreError as error:
            self._board.store_trouble = str(error)
            logger.error("event=store_failed venue=%s error=%s", venue, error)  # noqa: TRY400 - the
            # error says what to do, a traceback would not
        else:
            self._board.store_trouble = ""
