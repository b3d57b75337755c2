"""What is done beside collecting: hours are summarised, the old is forgotten, books are read."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exchange_clients.base_models import NS
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.settlements import HOUR_NS
from funding_rate_service.collection.base_adapter import RateSource
from funding_rate_service.collection.orchestrator import StoreDesk
from funding_rate_service.collection.schedule import next_slot_ns
from funding_rate_service.core.board import STALE_AFTER_S, Board, BookReading
from funding_rate_service.core.engine import StoreError
from funding_rate_service.core.opportunities import Wanted, rank
from funding_rate_service.core.store import RateStore

AFTER_THE_HOUR_S = 90.0
"""When an hour is summarised: its last collections are written by then."""
AFTER_COLLECTING_S = 30.0
BOOKS_PERIOD_S = 60.0
BOOK_TIMEOUT_S = 10.0
PAIRS_WITH_BOOKS = 12
"""Pairs whose books are read; those after them have less edge before slippage."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Keeping:
    """For how many days what is kept."""

    samples_days: int = 7
    hours_days: int = 400

    def __post_init__(self) -> None:
        if not 1 <= self.samples_days <= self.hours_days:
            raise ValueError("samples are kept at least a day, and summaries no shorter")


class Upkeep:
    """Runs until it is closed.

    Args:
        store: Summarises and forgets.
        board: Ranks pairs, and is told their books.
        sources: Where books are read.
        desk: Does the store's work.
        clock: Time.
        keeping: For how long.
    """

    def __init__(
        self,
        store: RateStore,
        board: Board,
        sources: Sequence[RateSource],
        desk: StoreDesk,
        *,
        clock: Clock,
        keeping: Keeping,
    ) -> None:
        self._store = store
        self._board = board
        self._sources = {each.venue: each for each in sources}
        self._desk = desk
        self._clock = clock
        self._keeping = keeping
        self._scope = TaskScope()

    def start(self) -> None:
        """Begin."""
        hour_s = HOUR_NS / NS
        self._scope.start(self._every(hour_s, AFTER_THE_HOUR_S, self._tidy), "tidy the store")
        books = self._every(BOOKS_PERIOD_S, AFTER_COLLECTING_S, self.read_books)
        self._scope.start(books, "read books")

    def also(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Do something else once, beside everything."""
        self._scope.start(work, name)

    async def close(self) -> None:
        """Stop."""
        await self._scope.close()

    async def _every(
        self, period_s: float, later_s: float, work: Callable[[], Awaitable[None]]
    ) -> None:
        """Do something at once and then ``later_s`` after each slot; a failure is told."""
        while True:
            try:
                await work()
            except Exception:  # the next time may go well, and collecting goes on in any case
                logger.exception("event=upkeep_failed next=at_the_next_slot")
            now_ns, later_ns = self._clock.now_ns(), int(later_s * NS)
            slot_ns = next_slot_ns(now_ns - later_ns, int(period_s * NS)) + later_ns
            await self._clock.sleep((slot_ns - now_ns) / NS)

    async def _tidy(self) -> None:
        keeping = self._keeping
        try:
            await self._desk.do(self._store.roll_up)
            await self._desk.do(
                lambda: self._store.forget(
                    samples_days=keeping.samples_days, hours_days=keeping.hours_days
                )
            )
        except StoreError as error:
            logger.error("event=store_failed error=%s", error)  # noqa: TRY400 - it says what to do

    async def read_books(self) -> None:
        """Read the books of the best pairs, symbol by symbol: those of one are of one instant."""
        now_ns = self._clock.now_ns()
        # Ranked without depth: else the known pairs, which alone bear its costs, would be let go.
        snapshot = self._board.snapshot
        best = rank(replace(snapshot, books={}), Wanted(), now_ns, limit=PAIRS_WITH_BOOKS).pairs
        wanted: dict[str, dict[str, None]] = {}
        for pair in best:
            for leg in (pair.long, pair.short):
                wanted.setdefault(pair.symbol, {})[leg.venue] = None
        limit_ns = now_ns - int(STALE_AFTER_S * NS)
        books = {key: each for key, each in snapshot.books.items() if each.at_ns >= limit_ns}
        asked = dict(self._sources)
        for symbol, venues in wanted.items():
            scope = TaskScope()
            try:
                for source in [asked[venue] for venue in venues if venue in asked]:
                    reading = self._read(source, symbol, books, asked)
                    scope.start(reading, f"book of {source.venue}")
                await scope.join()
            finally:
                await scope.close()
        self._board.read_books(books)

    async def _read(
        self,
        source: RateSource,
        symbol: str,
        books: dict[tuple[str, str], BookReading],
        asked: dict[str, RateSource],
    ) -> None:
        """Read a book; a venue that fails is not asked for more of them this time."""
        try:
            async with self._clock.deadline(BOOK_TIMEOUT_S):
                book = await source.book(symbol)
        except (ExchangeError, OSError) as error:  # TimeoutError is an OSError
            del asked[source.venue]
            logger.info(
                "event=book_not_read venue=%s symbol=%s error=%s", source.venue, symbol, error
            )
        else:
            books[source.venue, symbol] = BookReading(book, self._clock.now_ns())
