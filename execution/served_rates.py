"""Funding rates from a rate service, and from the venue itself where the service cannot be used.

One question to the service spares nine to the venues. It is never waited for twice: a service that
does not answer, or whose rows of a venue are old, is told once, and that venue is asked itself
until the service is sound again. What the service told keeps the instant at which it was collected,
so that an old rate is seen to be old.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from exchange_clients.base_funding_adapter import (
    BaseFundingAdapter,
    FundingRateSample,
    MarketStats,
)
from exchange_clients.base_models import NS, Symbol
from exchange_clients.errors import ExchangeError
from exchange_clients.funding_rate_client import ServedRate
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.ports import SurveyEars, SurveyPort

logger = logging.getLogger(__name__)

SHARED_NS = 2 * NS
"""How long one answer serves all venues of a survey."""
AGE_MAX_NS = 180 * NS
"""Older rows are not used: the venue itself knows better, and 300 s is the usual limit."""
ASK_TIMEOUT_S = 4.0
"""A survey waits 5 s for a venue: who is asked instead needs the rest of it."""


class RateService(Protocol):
    """As much of a service's client as is asked."""

    async def rates(
        self, venue: str | None = None, symbols: Sequence[str] = ()
    ) -> list[ServedRate]:
        """Return the running rates of all venues."""

    async def close(self) -> None:
        """Close the connections."""


class ServedBoard:
    """The latest answer of a service, shared by the adapters of all venues.

    Args:
        service: Whom to ask.
        clock: Time and waiting.
        on_note: Hears when rates come from the venues instead, and when no more.
    """

    def __init__(self, service: RateService, clock: Clock, on_note: Callable[[str], None]) -> None:
        self._service = service
        self._clock = clock
        self._on_note = on_note
        self._tasks = TaskScope()
        self._asking: asyncio.Task[None] | None = None
        self._asked_ns: int | None = None
        self._rows: dict[str, list[ServedRate]] = {}
        self._failure = ""
        self._told: dict[str, str] = {}

    async def rows(self, venue: str) -> Sequence[ServedRate]:
        """Return the rows of a venue; none where it is to be asked itself."""
        if self._asking is None or self._asking.done():
            now_ns = self._clock.monotonic_ns()
            if self._asked_ns is None or now_ns - self._asked_ns > SHARED_NS:
                self._asked_ns = now_ns
                self._asking = self._tasks.start(self._ask(), "rate service")
        if self._asking is not None:
            await asyncio.shield(self._asking)
        rows = self._rows.get(venue, [])
        trouble = self._failure or unusable(rows, self._clock.now_ns())
        self._tell(venue, trouble)
        return [] if trouble else rows

    async def close(self) -> None:
        """Ask nothing more."""
        await self._tasks.close()
        await self._service.close()

    async def _ask(self) -> None:
        try:
            async with self._clock.deadline(ASK_TIMEOUT_S):
                answer = await self._service.rates()
        except (ExchangeError, OSError) as error:  # a time-out is an OSError
            self._failure, self._rows = f"the rate service does not answer ({error})", {}
            return
        self._failure, self._rows = "", {}
        for row in answer:
            self._rows.setdefault(row.venue, []).append(row)

    def _tell(self, venue: str, trouble: str) -> None:
        """Say a trouble once, and once that it is over."""
        if trouble == self._told.get(venue, ""):
            return
        self._told[venue] = trouble
        if trouble:
            text = f"funding rates of {venue} are asked of the venue itself: {trouble}"
        else:
            text = f"funding rates of {venue} come from the rate service again"
        logger.warning("event=rates_source venue=%s detail=%s", venue, text)
        self._on_note(text)


class ServedFunding(BaseFundingAdapter):
    """A venue's adapter that takes rates and activity from a service as long as that is sound.

    Args:
        venue: Its name at the service.
        own: Asks the venue itself.
        board: The service's latest answer.
    """

    def __init__(self, venue: str, own: BaseFundingAdapter, board: ServedBoard) -> None:
        self._venue = venue
        self._own = own
        self._board = board
        self.collected_ns: int | None = None
        """When the rates that were told last were collected; None where they were just asked."""

    async def fetch_funding_rates(self) -> dict[Symbol, FundingRateSample]:
        """Return the running rate of every market."""
        rows = await self._board.rows(self._venue)
        if not rows:
            self.collected_ns = None
            return await self._own.fetch_funding_rates()
        self.collected_ns = min(row.collected_ns for row in rows)
        return {row.sample.symbol: row.sample for row in rows}

    async def fetch_market_data(self, symbol: Symbol | None = None) -> dict[Symbol, MarketStats]:
        """Return volume and open interest."""
        rows = await self._board.rows(self._venue)
        if not rows:
            return await self._own.fetch_market_data(symbol)
        return {row.stats.symbol: row.stats for row in rows if symbol in (None, row.stats.symbol)}

    async def fetch_funding_history(
        self, symbol: Symbol, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        """Return settled rates, as the venue tells them."""
        return await self._own.fetch_funding_history(symbol, since, until)

    def normalize_symbol(self, dex_symbol: str) -> Symbol:
        """Return the plain symbol of the venue's spelling."""
        return self._own.normalize_symbol(dex_symbol)

    def get_dex_symbol_format(self, symbol: str) -> str:
        """Return the venue's spelling of a plain symbol."""
        return self._own.get_dex_symbol_format(symbol)

    async def close(self) -> None:
        """Close the venue's own adapter."""
        await self._own.close()


def unusable(rows: Sequence[ServedRate], now_ns: int) -> str:
    """Say why rows of a venue are not used; empty where they are."""
    if not rows:
        return "the rate service has no rates of it"
    if any(row.stale for row in rows):
        return "those of the rate service are stale"
    age_ns = now_ns - min(row.collected_ns for row in rows)
    if age_ns > AGE_MAX_NS:
        return f"those of the rate service are {age_ns // NS} s old"
    return ""


class ServedSurveys:
    """A survey port that lets the service go at its end.

    Args:
        port: Reads the markets.
        board: The service's latest answer.
    """

    def __init__(self, port: SurveyPort, board: ServedBoard) -> None:
        self.able = port.able
        self._port = port
        self._board = board

    def start(self, ears: SurveyEars) -> None:
        """Begin."""
        self._port.start(ears)

    def hurry(self) -> None:
        """Make the next survey now."""
        self._port.hurry()

    async def close(self) -> None:
        """Read nothing more."""
        await self._port.close()
        await self._board.close()
