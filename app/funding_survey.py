"""Reads what funding arbitrage decides on from many venues' public data, all at the same time.

A venue that fails is left out, and why is told; it never holds up or spoils the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from app.errors import UsageError
from app.network import network_client
from app.simulated import is_running, simulator_of
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.errors import ExchangeError
from exchange_clients.funding_rate_client import FundingRateClient
from exchange_clients.shared.assembly import SIMULATOR, open_link
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.tasks import TaskScope
from execution.readings import MarketReading
from execution.served_rates import unusable
from funding_rate_service.collection.venue_source import depth_now
from strategies.implementations.funding_arbitrage.early import promising
from strategies.implementations.funding_arbitrage.parameters import Selection
from strategies.implementations.funding_arbitrage.scanner import Scan, judge, ranked
from venue_simulators.options import DEFAULT_SYMBOLS, SharedWorld

SIMULATED_SEED = 1
logger = logging.getLogger(__name__)
PAIRS_MAX = 60
"""Pairs whose books are asked for; those after them have less edge before slippage."""


class Told(NamedTuple):
    """What is known of a venue's rates, and since when."""

    rates: Mapping[Symbol, FundingRateSample]
    stats: Mapping[Symbol, MarketStats]
    at_ns: int


@dataclass
class VenueDesk:
    """One venue's public data, over a link that stays open between the questions."""

    name: str
    environment: str
    variables: Mapping[str, str]
    symbol: str | None
    """The market that a simulator of the venue is started with; None for its usual ones."""
    place: int = 0
    """Which of the simulated world's venues it is."""
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _link: VenueLink | None = None

    async def markets(self) -> list[MarketReading]:
        """Return the rate and the activity of every market that trades.

        Raises:
            ExchangeError: the venue could not be reached or read.
        """
        link = await self._opened()
        told = await self._served(link) or await self._asked(link)
        return [
            MarketReading(
                self.name,
                each.market,
                funding=told.rates[each.market.symbol],
                funding_ns=told.at_ns,
                stats=told.stats.get(each.market.symbol),
            )
            for each in link.table
            if each.tradable and each.market.symbol in told.rates
        ]

    async def _asked(self, link: VenueLink) -> Told:
        """Return what the venue itself tells."""
        adapter = VenueFundingAdapter(link)
        self._stack.push_async_callback(adapter.close)
        rates = await adapter.fetch_funding_rates()
        at_ns = link.clock.now_ns()
        return Told(rates, await adapter.fetch_market_data(), at_ns)

    async def _served(self, link: VenueLink) -> Told | None:
        """Return what a funding rate service tells; None where the venue is to be asked itself.

        A service that fails, or that is behind by itself, holds up no decision.
        """
        # Simulated venues make up their rates anew in each process: a service would tell others.
        client = FundingRateClient.from_variables(self.variables)
        if client is None or self.environment == SIMULATOR:
            return None
        try:
            rows = await client.rates(self.name)
        except ExchangeError as error:
            logger.warning("event=service_failed venue=%s error=%s next=ask", self.name, error)
            return None
        finally:
            await client.close()
        if trouble := unusable(rows, link.clock.now_ns()):
            logger.warning("event=service_unused venue=%s reason=%s next=ask", self.name, trouble)
            return None
        return Told(
            {row.sample.symbol: row.sample for row in rows},
            {row.stats.symbol: row.stats for row in rows},
            # No instant to come: the clocks of two machines differ.
            min(link.clock.now_ns(), *(row.collected_ns for row in rows)),
        )

    async def with_book(self, reading: MarketReading) -> MarketReading:
        """Return the reading with the book as it stands; without one where it cannot be read."""
        link = await self._opened()
        try:
            depth = await depth_now(link, reading.market.contract_id)
        except ExchangeError:
            return reading
        return replace(reading, book=depth, book_ns=link.clock.now_ns())

    async def close(self) -> None:
        """Release the link, and the simulator where one was started."""
        await self._stack.aclose()

    async def _opened(self) -> VenueLink:
        if self._link is None:
            venue, variables = network_client(self.name).VENUE, dict(self.variables)
            if self.environment == SIMULATOR and not is_running(venue, variables):
                symbols = DEFAULT_SYMBOLS if self.symbol is None else (self.symbol,)
                world = SharedWorld(SIMULATED_SEED, self.place)
                block = simulator_of(self.name, *symbols, seed=SIMULATED_SEED, shared=world)
                variables |= (await self._stack.enter_async_context(block)).environment()
            link = open_link(venue, self.environment, variables, private=False)
            link.acquire()
            self._stack.push_async_callback(link.close)
            await link.open()
            self._link = link
        return self._link


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at all venues came to."""

    scan: Scan
    markets: int
    answered: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    """Venue and why."""


async def survey(
    desks: Sequence[VenueDesk],
    selection: Selection,
    symbol: str | None = None,
    *,
    clock: Clock,
) -> Survey:
    """Judge every pair of the venues' markets.

    Args:
        desks: One for each venue; closed at the end.
        selection: What makes a pair worth holding.
        symbol: Only this market; None takes all.
        clock: Time.
    """
    try:
        answers = await _each(desks, lambda desk: desk.markets())
        readings = [
            reading
            for _, found in answers
            if isinstance(found, list)
            for reading in found
            if symbol in (None, reading.symbol)
        ]
        early = promising(readings, selection, clock.now_ns())
        pairs = early.pairs[:PAIRS_MAX]
        books = await _books(desks, pairs)
        verdicts = [
            judge(books[long.key], books[short.key], selection, clock.now_ns())
            for long, short in pairs
        ]
    finally:
        await _each(desks, lambda desk: desk.close())
    return Survey(
        scan=ranked([*verdicts, *early.refusals]),
        markets=len(readings),
        answered=tuple(desk.name for desk, found in answers if isinstance(found, list)),
        failed=tuple((desk.name, found) for desk, found in answers if isinstance(found, str)),
    )


async def _books(
    desks: Sequence[VenueDesk], pairs: Sequence[tuple[MarketReading, MarketReading]]
) -> dict[tuple[str, ContractId], MarketReading]:
    """Read the book of every leg once; the venues at the same time, a venue's books in turn."""
    wanted = {leg.key: leg for pair in pairs for leg in pair}

    async def of(desk: VenueDesk) -> list[MarketReading]:
        mine = [leg for leg in wanted.values() if leg.venue == desk.name]
        return [await desk.with_book(leg) for leg in mine]

    read = [leg for _, found in await _each(desks, of) if isinstance(found, list) for leg in found]
    return {**wanted, **{leg.key: leg for leg in read}}


async def _each(
    desks: Sequence[VenueDesk],
    question: Callable[[VenueDesk], Coroutine[Any, Any, list[MarketReading] | None]],
) -> list[tuple[VenueDesk, list[MarketReading] | str | None]]:
    """Ask every desk at the same time; an answer in words is why there is none."""

    async def asked(desk: VenueDesk) -> list[MarketReading] | str | None:
        try:
            return await question(desk)
        except (ExchangeError, OSError, UsageError) as error:
            return str(error) or repr(error)

    scope = TaskScope()
    tasks = [scope.start(asked(desk), f"ask {desk.name}") for desk in desks]
    try:
        return [(desk, await task) for desk, task in zip(desks, tasks, strict=True)]
    finally:
        await scope.close()
