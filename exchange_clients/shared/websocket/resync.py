"""Seeding books one after the other: a venue that hiccups must not be asked for all at once.

Whatever goes wrong with a book ends here as one request. Requests wait with full jitter, longer
each time they follow closely on one another; then they are served singly, in order, with a pause
between them. So a failure of every market at once costs a bounded rate of requests.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec

from exchange_clients.base_models import NS, Market
from exchange_clients.errors import ExchangeError
from exchange_clients.events import BookSnapshot
from exchange_clients.shared.clock import Clock, Rng
from exchange_clients.shared.websocket.book_sync import BookSync

STAGGER_S = 0.1
"""The longest pause between two resyncs; its length is drawn."""
FETCH_TIMEOUT_S = 15.0
FIRST_DELTA_WAIT_S = 1.0
"""How long a snapshot is not asked for while the stream has told nothing: it would only be older
than the first delta. A quiet market is seeded all the same."""
BASE_S, CAP_S = 0.25, 30.0
"""Bounds of the wait before a resync that follows closely on another."""
CLOSE_S = 30.0
"""Within so many seconds, a resync follows closely on the one before."""
RESUBSCRIBE_AFTER = 5
"""Fetched in vain so often, the stream itself is in doubt."""

SNAPSHOT_LEVELS = 1000

FetchBook: TypeAlias = Callable[[Market, int], Awaitable[BookSnapshot]]
"""Asks the venue for at least so many levels of a market's book, apart from the stream."""
logger = logging.getLogger(__name__)


def wait_s(resyncs: int, rng: Rng) -> float:
    """Return the wait before a resync; none before the first of a row."""
    if resyncs == 0:
        return 0.0
    return rng.uniform(0.0, min(CAP_S, BASE_S * 2.0 ** min(resyncs, 10)))


class ResyncDesk:
    """Takes requests for snapshots and serves them one at a time.

    Args:
        venue: For logs.
        fetch: Reads a snapshot apart from the stream; None where the stream begins with one.
        clock: Time.
        rng: Draws waits and pauses.
    """

    def __init__(
        self,
        venue: str,
        fetch: FetchBook | None,
        clock: Clock,
        rng: Rng,
    ) -> None:
        self._venue = venue
        self._fetch = fetch
        self._clock = clock
        self._rng = rng
        self._queue: deque[BookSync] = deque()  # bounded: a book is in it at most once
        self._filled = asyncio.Event()

    def request(self, sync: BookSync) -> None:
        """Have a book seeded soon; asking again while it waits changes nothing."""
        if sync.pending or sync.retired:
            return
        sync.pending = True
        last_ns = sync.resync_ns
        close = last_ns is not None and self._clock.monotonic_ns() - last_ns < CLOSE_S * NS
        sync.resyncs = sync.resyncs + 1 if close else 0
        delay_s = wait_s(sync.resyncs, self._rng)
        self._clock.call_later(delay_s, lambda: self._enqueue(sync))

    def begin(self, sync: BookSync) -> None:
        """Have a new book seeded, once its stream told something or is quiet for a while."""
        if self._fetch is not None:
            self._clock.call_later(FIRST_DELTA_WAIT_S, lambda: self._seed_if_empty(sync))

    def _seed_if_empty(self, sync: BookSync) -> None:
        if sync.book.last_update < 0:
            self.request(sync)

    def _enqueue(self, sync: BookSync) -> None:
        self._queue.append(sync)
        self._filled.set()

    async def run(self) -> None:
        """Serve requests until cancelled."""
        while True:
            while not self._queue:
                self._filled.clear()
                await self._filled.wait()
            sync = self._queue.popleft()
            if not sync.retired:
                await self._serve(sync)
                await self._clock.sleep(self._rng.uniform(0.0, STAGGER_S))

    async def _serve(self, sync: BookSync) -> None:
        sync.resync_ns = self._clock.monotonic_ns()
        if sync.resubscribe or sync.resyncs >= RESUBSCRIBE_AFTER:
            sync.ask_again()
        seeded = self._fetch is None or await self._seed(sync, self._fetch)
        sync.pending = False
        if not seeded:
            self.request(sync)

    async def _seed(self, sync: BookSync, fetch: FetchBook) -> bool:
        market = sync.feed.market
        try:
            async with self._clock.deadline(FETCH_TIMEOUT_S):
                snapshot = await fetch(market, SNAPSHOT_LEVELS)
        except (ExchangeError, TimeoutError) as error:
            logger.warning(
                "event=snapshot_failed venue=%s contract_id=%s error=%r next=ask_again",
                self._venue,
                market.contract_id,
                error,
            )
            return False
        except Exception:
            # Whatever one market's snapshot holds, the others are still to be seeded.
            logger.exception(
                "event=snapshot_broken venue=%s contract_id=%s next=ask_again",
                self._venue,
                market.contract_id,
            )
            return False
        if sync.retired:
            return True
        stamped = msgspec.structs.replace(snapshot, local_ns=self._clock.now_ns())
        return sync.seed(stamped)
