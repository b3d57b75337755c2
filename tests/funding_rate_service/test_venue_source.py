from __future__ import annotations

import asyncio
from decimal import Decimal
from types import SimpleNamespace
from typing import cast

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.shared.clock import to_datetime
from exchange_clients.shared.funding_adapter.adapter import VenueFundingAdapter
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.market_table import Listing, MarketTable
from funding_rate_service.collection.venue_source import VenueSource
from funding_rate_service.core.values import MarketRate, Quarantined
from tests.support.rate_stage import NOON_NS

PEPE = Symbol("PEPE")
MARKET = Market(
    PEPE,
    ContractId("1000PEPE"),
    Decimal("0.0001"),
    Decimal(1),
    multiplier=Decimal(1000),
    maker_fee=Decimal("0.0002"),
    taker_fee=Decimal("0.0005"),
)


class ScriptedAdapter(VenueFundingAdapter):
    """Tells one rate and one row that cannot be read; figures, or how they fail."""

    def __init__(self, stats: MarketStats | Exception) -> None:
        self._stats = stats

    async def fetch_funding_rates(self) -> dict[Symbol, FundingRateSample]:
        """Tell one rate."""
        next_time = to_datetime(NOON_NS)
        return {PEPE: FundingRateSample(PEPE, Decimal("0.0003"), Decimal(4), next_time)}

    async def fetch_market_data(self, symbol: Symbol | None = None) -> dict[Symbol, MarketStats]:
        """Tell the figures."""
        if isinstance(self._stats, Exception):
            raise self._stats
        return {PEPE: self._stats}

    def take_unreadable(self) -> list[Unreadable]:
        """Name the row that could not be read."""
        return [Unreadable(("DOGE",), "rate is null")]


def source_of(stats: MarketStats | Exception) -> VenueSource:
    link = SimpleNamespace(table=MarketTable([Listing(MARKET)]))
    return VenueSource(cast(VenueLink, link), ScriptedAdapter(stats))


def test_a_rate_carries_figures_in_usd_and_of_one_token() -> None:
    """F2: what a venue counts on both sides was halved by its adapter, and the row says so."""
    stats = MarketStats(
        PEPE, Decimal(10**6), Decimal(250_000), Decimal("0.009"), two_sided_source=True
    )
    told = asyncio.run(source_of(stats).rates())
    assert list(told.rates) == [
        MarketRate(
            "PEPE",
            Decimal("0.0003"),
            Decimal(4),
            NOON_NS,
            volume_24h_usd=Decimal(10**6),
            open_interest_usd=Decimal(250_000),
            two_sided_source=True,
            mark_price=Decimal("0.000009"),
            maker_fee=Decimal("0.0002"),
            taker_fee=Decimal("0.0005"),
        )
    ]
    assert list(told.unreadable) == [Quarantined("DOGE", "not readable: rate is null")]


def test_figures_that_fail_take_no_rate_with_them() -> None:
    told = asyncio.run(source_of(MalformedPayload("not JSON")).rates())
    assert [(each.symbol, each.volume_24h_usd) for each in told.rates] == [("PEPE", None)]
    assert list(told.unreadable)[1:] == [
        Quarantined("every symbol", "no volume, no open interest: not JSON")
    ]
