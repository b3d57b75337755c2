"""Asking venues for rates that were settled before the service ran."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from exchange_clients.base_funding_adapter import FundingRateSample
from exchange_clients.errors import ExchangeError, UnsupportedFeature
from exchange_clients.shared.clock import Clock, to_datetime, to_ns
from exchange_clients.shared.tasks import TaskScope
from funding_rate_service.collection.base_adapter import RateSource
from funding_rate_service.collection.orchestrator import StoreDesk
from funding_rate_service.collection.screening import screen
from funding_rate_service.core.board import Board
from funding_rate_service.core.engine import StoreError
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import MarketRate, SeriesKey, Settlement

HISTORY_TIMEOUT_S = 60.0
FIRST_ANSWER_S = 60.0
"""How long a venue has to tell what it lists, before its past is left out."""
logger = logging.getLogger(__name__)


async def backfill(
    sources: Sequence[RateSource],
    store: RateStore,
    board: Board,
    desk: StoreDesk,
    clock: Clock,
    since_ns: int,
) -> None:
    """Keep what every venue tells of settled rates since then; the venues at the same time."""
    scope = TaskScope()
    try:
        for source in sources:
            work = _venue(source, store, board, desk, clock, since_ns)
            scope.start(work, f"backfill {source.venue}")
        await scope.join()
    finally:
        await scope.close()


async def _venue(
    source: RateSource,
    store: RateStore,
    board: Board,
    desk: StoreDesk,
    clock: Clock,
    since_ns: int,
) -> None:
    """Ask for one symbol after another: a venue's limits are shared with collecting."""
    for _ in range(int(FIRST_ANSWER_S)):
        if source.venue in board.snapshot.collections:
            break
        await clock.sleep(1)
    collection = board.snapshot.collections.get(source.venue)
    symbols = [] if collection is None else [each.symbol for each in collection.rates]
    since, until = to_datetime(since_ns), to_datetime(clock.now_ns())
    for symbol in symbols:
        try:
            async with clock.deadline(HISTORY_TIMEOUT_S):
                told = await source.history(symbol, since, until)
        except UnsupportedFeature:
            logger.info("event=no_history venue=%s", source.venue)
            return
        except (ExchangeError, OSError) as error:
            logger.warning(
                "event=history_failed venue=%s symbol=%s error=%s", source.venue, symbol, error
            )
            continue
        settled = list(_settlements(told))
        key = SeriesKey(source.venue, symbol)
        try:
            await desk.do(partial(store.record_settlements, key, settled))
        except StoreError as error:
            logger.error("event=store_failed error=%s", error)  # noqa: TRY400 - it says what to do
            return


def _settlements(told: Iterable[FundingRateSample]) -> Iterator[Settlement]:
    """Yield what can be true; ``next_funding_time`` of a settled rate is when it was settled."""
    for sample in told:
        settled = sample.next_funding_time
        row = MarketRate(sample.symbol, sample.raw_rate, sample.interval_hours, None)
        if settled is not None and screen([row], 0)[0]:
            yield Settlement(to_ns(settled), sample.raw_rate, sample.interval_hours)
