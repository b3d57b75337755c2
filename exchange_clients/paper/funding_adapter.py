"""The paper venue's funding rates as any venue's."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from exchange_clients.base_funding_adapter import (
    BaseFundingAdapter,
    FundingRateSample,
    MarketStats,
)
from exchange_clients.base_models import Symbol
from exchange_clients.events import FundingUpdate
from exchange_clients.paper.common import get_paper_symbol_format, normalize_symbol
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.market import PaperMarket
from exchange_clients.shared.clock import Clock, to_datetime


class PaperFundingAdapter(BaseFundingAdapter):
    """Reads the exchange; needs no client."""

    def __init__(self, exchange: PaperExchange, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock

    async def fetch_funding_rates(self) -> dict[Symbol, FundingRateSample]:
        """Return the rate that the next settlement will have, by symbol."""
        now_ns = self._clock.now_ns()
        return {
            market.spec.symbol: _sample(self._exchange.funding.announced(contract_id, now_ns))
            for contract_id, market in self._exchange.markets.items()
        }

    async def fetch_market_data(self, symbol: Symbol | None = None) -> dict[Symbol, MarketStats]:
        """Return the mark, and the activity that the source tells with the paper accounts' own."""
        return {
            market.spec.symbol: self._stats(market)
            for market in self._exchange.markets.values()
            if symbol in (None, market.spec.symbol)
        }

    async def fetch_funding_history(
        self, symbol: Symbol, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        """Return settled rates in [since, until), oldest first."""
        samples = [
            _sample(update)
            for contract_id, market in self._exchange.markets.items()
            if market.spec.symbol == symbol
            for update in self._exchange.funding.settled[contract_id]
        ]
        return [
            sample
            for sample in samples
            if sample.next_funding_time is not None and since <= sample.next_funding_time < until
        ]

    def normalize_symbol(self, dex_symbol: str) -> Symbol:
        """Return the plain symbol of a contract's name."""
        return normalize_symbol(dex_symbol)

    def get_dex_symbol_format(self, symbol: str) -> str:
        """Return the contract that trades a plain symbol here."""
        wanted = normalize_symbol(symbol)
        for contract_id, market in self._exchange.markets.items():
            if market.spec.symbol == wanted:
                return contract_id
        return get_paper_symbol_format(symbol)

    async def close(self) -> None:
        """Do nothing: there is no session."""

    def _stats(self, market: PaperMarket) -> MarketStats:
        mark = market.mark()
        accounts = self._exchange.ledger.everyone()
        longs = sum(max(account.lots(market.contract_id), 0) for account in accounts)
        price = None if mark is None else market.grid.price(mark) / 2
        told = self._exchange.source.info.activity.get(market.contract_id)
        return MarketStats(
            symbol=market.spec.symbol,
            volume_24h=None if told is None else told.volume_24h,
            open_interest=(Decimal(0) if price is None else market.grid.size(longs) * price)
            + (Decimal(0) if told is None else told.open_interest),
            mark_price=price,
        )


def _sample(update: FundingUpdate) -> FundingRateSample:
    return FundingRateSample(
        symbol=update.symbol,
        raw_rate=update.rate,
        interval_hours=update.interval_hours,
        next_funding_time=None
        if update.next_funding_ns is None
        else to_datetime(update.next_funding_ns),
    )
