"""A run on paper venues alone: time is a number, so that it can be repeated and hurried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial

from app.paper_market import funding_of, paper_config, traded_market
from app.run_state import RunState
from app.run_venue import Ears, PastEvent, Provenance
from app.settings import RunSettings
from exchange_clients.base_funding_adapter import BaseFundingAdapter
from exchange_clients.base_models import Market
from exchange_clients.events import FundingPayment, PrivateEvent, Signal, StreamSignal
from exchange_clients.journal import Journal
from exchange_clients.paper import PaperClient, PaperExchange, PaperFeed, PaperFundingAdapter
from exchange_clients.paper.client import PaperClientOptions
from exchange_clients.paper.sources.base import MarketSource
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from reporting.report import DataQuality, SourceMeta


class PaperVenue:
    """One account on an embedded exchange.

    Args:
        name: As the user names it.
        exchange: Not opened yet; the client does.
        market: What is traded on it.
        make_client: Makes the account's client of what it is told beside its exchange.
        funding: Rates and activity of its markets.
    """

    def __init__(
        self,
        name: str,
        exchange: PaperExchange,
        market: Market,
        make_client: Callable[[PaperClientOptions], PaperClient],
        funding: BaseFundingAdapter,
    ) -> None:
        self.name = name
        self.exchange = exchange
        self.market = market
        self.funding = funding
        self._ears: Ears | None = None
        self.client = make_client(PaperClientOptions(market.symbol, observer=self._on_past))

    @property
    def started_ns(self) -> int:
        """The first instant of the market."""
        return self.exchange.source.info.start_ns

    @property
    def starting_balance(self) -> Decimal:
        """What each account begins with."""
        return self.exchange.config.starting_balance

    def listen(self, ears: Ears) -> None:
        """Tell ``ears`` from now on."""
        self._ears = ears
        self.exchange.add_signal_listener(self._on_signal)
        self.client.add_private_listener(self._on_private)

    def begin(self) -> None:
        """Do nothing: the exchange goes on by itself."""

    def deliver(self) -> None:
        """Hear what is on its way, so that our books and the venue's are of one instant."""
        self.exchange.deliver_now()

    async def settle(self) -> None:
        """Do nothing: the exchange is here."""

    def balance(self) -> Decimal:
        """Return the cash that the venue has for the account."""
        return self.exchange.cash_of(self.name)

    def progress(self) -> float | None:
        """Return the share of the recording that is done."""
        info = self.exchange.source.info
        if info.end_ns is not None:
            elapsed_ns = self.exchange.now_ns - info.start_ns
            return min(elapsed_ns / max(info.end_ns - info.start_ns, 1), 1.0)
        if info.total_events:
            return min(self.exchange.events / info.total_events, 1.0)
        return None

    def provenance(self) -> Provenance:
        """Say where the prices come from."""
        info = self.exchange.source.info
        check = self.exchange.markets[self.market.contract_id].top_check
        return Provenance(
            SourceMeta(info.name, info.liquidity.value, self.exchange.events),
            info.assumptions,
            DataQuality() if check is None else DataQuality(check.checked, check.mismatched),
        )

    def _on_past(self, event: PastEvent) -> None:
        if self._ears is not None:
            self._ears.past(event)

    def _on_private(self, event: PrivateEvent) -> None:
        if self._ears is not None and isinstance(event, FundingPayment):
            self._ears.funding(event)

    def _on_signal(self, event: StreamSignal) -> None:
        if self._ears is not None and event.signal is Signal.GAP:
            self._ears.gap(event.local_ns, event.detail)


class PaperStage:
    """Virtual time, and a paper venue for each market that is given.

    Args:
        settings: The whole configuration.
        sources: The market of each venue.

    Raises:
        ClientConfigError: the settings do not fit a venue.
        UsageError: the ticker cannot be traded there.
    """

    clock: VirtualClock
    keeps = True
    remembers = False

    def __init__(self, settings: RunSettings, sources: Mapping[str, MarketSource]) -> None:
        self._settings = settings
        self._markets = {
            name: traded_market(settings.ticker, source) for name, source in sources.items()
        }
        self._exchanges = {
            name: PaperExchange(
                source, paper_config(settings.paper, settings.seed, funding_of(source))
            )
            for name, source in sources.items()
        }

    def make_loop(self, state: RunState) -> asyncio.AbstractEventLoop:
        """Return a loop that begins where the market does, or where the journal ends."""
        sources = [exchange.source for exchange in self._exchanges.values()]
        start_ns = min(source.info.start_ns for source in sources)
        epoch_ns = max(start_ns, state.journal.last_instant_ns())
        self._loop = VirtualLoop(epoch_ns=epoch_ns, speed=self._settings.speed)
        self.clock = VirtualClock(self._loop)
        return self._loop

    async def open(self, state: RunState) -> Mapping[str, PaperVenue]:
        """Claim the markets and let the loop run their exchanges."""
        state.claim(self._identity())
        venues = {}
        for name, exchange in self._exchanges.items():
            self._loop.add_feed(PaperFeed(exchange, self._loop))
            make_client = partial(
                _client, exchange, clock=self.clock, journal=state.journal, name=name
            )
            funding = PaperFundingAdapter(exchange, self.clock)
            venues[name] = PaperVenue(name, exchange, self._markets[name], make_client, funding)
        return venues

    def begin(self) -> None:
        """Count the pace from now: computing the past took none of it."""
        self._loop.restart_pace()

    async def close(self) -> None:
        """Do nothing: all of it is memory."""

    def _identity(self) -> dict[str, object]:
        """Return what a resumed run must have in common with the one it takes up."""
        names = {name: each.source.info.name for name, each in self._exchanges.items()}
        return {
            "market": names,
            "seed": self._settings.seed,
            "paper": self._settings.paper.model_dump(mode="json"),
        }


def _client(
    exchange: PaperExchange,
    options: PaperClientOptions,
    *,
    clock: Clock,
    journal: Journal,
    name: str,
) -> PaperClient:
    return PaperClient(exchange, clock=clock, journal=journal, name=name, options=options)
