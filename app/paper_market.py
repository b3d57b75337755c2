"""From settings to what a paper venue is built of: its market, its behaviour."""

from __future__ import annotations

from collections.abc import Sequence

from app.errors import UsageError, did_you_mean
from app.settings import PaperSettings, RunSettings
from exchange_clients.base_models import Market
from exchange_clients.paper import PaperConfig
from exchange_clients.paper.config import Acknowledge
from exchange_clients.paper.funding import FundingTerms, InventedFunding
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
from exchange_clients.paper.sources.base import FundedSource, MarketSource
from exchange_clients.paper.sources.open import open_source
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_MARKETS,
    SyntheticConfig,
    SyntheticMarket,
    SyntheticSource,
)

MS = 1_000_000


def open_sources(settings: RunSettings) -> dict[str, MarketSource]:
    """Open the market of each venue: the recordings that were named, or an invented one.

    Raises:
        RecordingError: a recording cannot be read.
        UsageError: no market of the ticker is there.
    """
    names = [str(path) for path in settings.data]
    if names:
        return {venue: open_source(names, ticker=settings.ticker) for venue in settings.exchange}
    if settings.many_markets:
        return _one_world(settings)
    (invented,) = _invented([settings.ticker])
    return {
        venue: SyntheticSource(SyntheticConfig(seed=settings.seed + number, markets=(invented,)))
        for number, venue in enumerate(settings.exchange)
    }


def _one_world(settings: RunSettings) -> dict[str, MarketSource]:
    """Invent venues of the same prices, as arbitrage keeps them, each with its own funding."""
    markets = _invented(settings.symbols) if settings.symbols else DEFAULT_MARKETS
    home = [each for each in markets if each.market.symbol == settings.ticker]
    ordered = tuple(home or _invented([settings.ticker])) + tuple(
        each for each in markets if each not in home
    )
    return {
        venue: SyntheticSource(
            SyntheticConfig(
                seed=settings.seed,
                markets=ordered,
                funding=FundingTerms(rule=InventedFunding(settings.seed + number)),
            )
        )
        for number, venue in enumerate(settings.exchange)
    }


def _invented(symbols: Sequence[str]) -> tuple[SyntheticMarket, ...]:
    listed: dict[str, SyntheticMarket] = {one.market.symbol: one for one in DEFAULT_MARKETS}
    for symbol in symbols:
        if symbol not in listed:
            raise UsageError(
                f"--ticker {symbol}: the invented market has {', '.join(listed)}"
                f"{did_you_mean(symbol, listed)}; name a recording with --data for others"
            )
    return tuple(listed[symbol] for symbol in symbols)


def paper_config(
    settings: PaperSettings, seed: int, funding: FundingTerms | None = None
) -> PaperConfig:
    """Translate the settings of the paper venue; ``funding`` None is the usual one."""
    return PaperConfig(
        funding=funding or FundingTerms(),
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


def funding_of(source: MarketSource) -> FundingTerms | None:
    """Return how funding is settled on a market, None where its source does not tell."""
    return source.funding if isinstance(source, FundedSource) else None


def traded_market(ticker: str, source: MarketSource) -> Market:
    """Return the market of a ticker.

    Raises:
        UsageError: the source does not tell of it, or it cannot be traded.
    """
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
