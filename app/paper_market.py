"""Builds the paper venues of a run: source, exchange, feed and client of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import UsageError, did_you_mean
from app.settings import PaperSettings, RunSettings
from exchange_clients.base_models import Market
from exchange_clients.journal import Journal
from exchange_clients.paper import PaperClient, PaperConfig, PaperExchange, PaperFeed
from exchange_clients.paper.client import PaperClientOptions
from exchange_clients.paper.config import Acknowledge
from exchange_clients.paper.exchange import PastObserver
from exchange_clients.paper.latency import Latency
from exchange_clients.paper.queue_model import (
    FrontOfQueue,
    ProbabilisticQueue,
    QueueModel,
    RiskAverseQueue,
    logarithmic_weight,
    proportional_weight,
    squared_weight,
)
from exchange_clients.paper.sources.base import MarketSource
from exchange_clients.paper.sources.open import open_source
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_MARKETS,
    SyntheticConfig,
    SyntheticSource,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop

MS = 1_000_000


@dataclass(frozen=True, slots=True)
class PaperVenue:
    """One paper venue of the run, and the market on it that is traded."""

    name: str
    source: MarketSource
    exchange: PaperExchange
    market: Market


def open_sources(settings: RunSettings) -> dict[str, MarketSource]:
    """Open the market of each venue: the recordings that were named, or an invented one.

    Raises:
        RecordingError: a recording cannot be read.
        UsageError: no market of the ticker is there.
    """
    names = [str(path) for path in settings.data]
    if names:
        return {venue: open_source(names, ticker=settings.ticker) for venue in settings.exchange}
    listed = {one.market.symbol: one for one in DEFAULT_MARKETS}
    invented = listed.get(settings.ticker)  # type: ignore[call-overload]  # a ticker may be unknown
    if invented is None:
        raise UsageError(
            f"--ticker {settings.ticker}: the invented market has {', '.join(listed)}"
            f"{did_you_mean(settings.ticker, listed)}; name a recording with --data for others"
        )
    return {
        venue: SyntheticSource(SyntheticConfig(seed=settings.seed + number, markets=(invented,)))
        for number, venue in enumerate(settings.exchange)
    }


def build_venues(
    settings: RunSettings, sources: Mapping[str, MarketSource]
) -> dict[str, PaperVenue]:
    """Build the venues; nothing moves until their feeds run.

    Raises:
        ClientConfigError: the settings do not fit a venue.
        UsageError: the ticker cannot be traded there.
    """
    config = paper_config(settings.paper, settings.seed)
    return {
        name: PaperVenue(
            name, source, PaperExchange(source, config), _traded_market(settings.ticker, source)
        )
        for name, source in sources.items()
    }


def paper_config(settings: PaperSettings, seed: int) -> PaperConfig:
    """Translate the settings of the paper venue."""
    return PaperConfig(
        starting_balance=settings.starting_balance,
        leverage=settings.leverage,
        maker_fee=settings.maker_fee,
        taker_fee=settings.taker_fee,
        acknowledge=Acknowledge(settings.acknowledge),
        latency=Latency(
            up_ns=int(settings.latency_up_ms * MS),
            down_ns=int(settings.latency_down_ms * MS),
            jitter_ns=int(settings.latency_jitter_ms * MS),
        ),
        queue_model=_queue_model(settings.queue_model),
        seed=seed,
    )


def market_identity(settings: RunSettings, venues: Mapping[str, PaperVenue]) -> dict[str, Any]:
    """Return what a resumed run must have in common with the one it takes up."""
    return {
        "market": {name: venue.source.info.name for name, venue in venues.items()},
        "seed": settings.seed,
        "paper": settings.paper.model_dump(mode="json"),
    }


def connect_to_loop(
    venues: Mapping[str, PaperVenue],
    loop: VirtualLoop,
    journal: Journal,
    observers: Mapping[str, PastObserver],
) -> dict[str, PaperClient]:
    """Let the loop run the venues and return a client of each."""
    clock = VirtualClock(loop)
    clients = {}
    for name, venue in venues.items():
        loop.add_feed(PaperFeed(venue.exchange, loop))
        options = PaperClientOptions(venue.market.symbol, observer=observers.get(name))
        clients[name] = PaperClient(
            venue.exchange, clock=clock, journal=journal, name=name, options=options
        )
    return clients


def _traded_market(ticker: str, source: MarketSource) -> Market:
    for market in source.markets.values():
        if market.symbol == ticker:
            if source.info.inverse:
                raise UsageError(
                    f"--data {source.info.name}: {market.contract_id} is an inverse contract, "
                    "sized in contracts and paid in coins, which cannot be traded here: name a "
                    "recording of a contract that is paid in USD"
                )
            return market
    known = [market.symbol for market in source.markets.values()]
    raise UsageError(f"--ticker {ticker}: {source.info.name} tells of {', '.join(known)}")


def _queue_model(name: str) -> QueueModel:
    weights = {
        "proportional": proportional_weight,
        "logarithmic": logarithmic_weight,
        "squared": squared_weight,
    }
    if name in weights:
        return ProbabilisticQueue(weights[name])
    return FrontOfQueue() if name == "front" else RiskAverseQueue()
