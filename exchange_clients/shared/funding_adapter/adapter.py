"""The funding adapter of any network venue: its words, run over a link without an account."""

from __future__ import annotations

from datetime import datetime

from exchange_clients.base_funding_adapter import (
    BaseFundingAdapter,
    FundingRateSample,
    MarketStats,
)
from exchange_clients.base_models import NS, ContractId, Symbol
from exchange_clients.errors import UnsupportedFeature
from exchange_clients.events import Unreadable
from exchange_clients.shared.clock import to_ns
from exchange_clients.shared.funding_adapter.fetchers import RowReader
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.venue import RateHistoryWords

MARKETS_MAX_AGE_S = 900.0
"""How old the list of markets may become before it is read again."""


class VenueFundingAdapter(BaseFundingAdapter):
    """Public funding data of one venue; the link is opened on first use.

    Args:
        link: A link to the venue; needs no credentials.
    """

    def __init__(self, link: VenueLink) -> None:
        self._link = link
        self._opened = False
        self._listed: MarketTable | None = None
        self._listed_ns = 0
        self._reader = RowReader(link.venue.name)

    @property
    def unreadable_rows(self) -> int:
        """How many rows of the venue's answers could not be read so far."""
        return self._reader.unreadable

    def take_unreadable(self) -> list[Unreadable]:
        """Return the rows that could not be read since the last call, the latest of them."""
        recent = list(self._reader.recent)
        self._reader.recent.clear()
        return recent

    async def fetch_funding_rates(self) -> dict[Symbol, FundingRateSample]:
        """Return the current rate of every market that trades."""
        table = await self._table()
        rates = await self._link.run(self._link.venue.funding.rates(table, _tradable(table)))
        return self._reader.by_key(rates, "funding_rate")

    async def fetch_market_data(self, symbol: Symbol | None = None) -> dict[Symbol, MarketStats]:
        """Return 24 h volume and one-sided open interest (USD) of one or every market.

        Raises:
            ClientConfigError: the symbol is not listed; names near ones.
        """
        table = await self._table()
        wanted = _tradable(table) if symbol is None else [_contract(table, symbol)]
        stats = await self._link.run(self._link.venue.funding.stats(table, wanted))
        return self._reader.by_key(stats, "market_stats")

    async def fetch_funding_history(
        self, symbol: Symbol, since: datetime, until: datetime
    ) -> list[FundingRateSample]:
        """Return settled rates in [since, until), oldest first, every page.

        Raises:
            ClientConfigError: the symbol is not listed; names near ones.
            UnsupportedFeature: the venue does not tell rates of the past.
        """
        words = self._link.venue.funding
        if not isinstance(words, RateHistoryWords):
            raise UnsupportedFeature(self._link.venue.name, "past funding rates")
        table = await self._table()
        contract_id = _contract(table, symbol)
        settled = await self._link.run(
            words.history(table, contract_id, to_ns(since), to_ns(until))
        )
        return self._reader.in_order(settled, "funding_history")

    def normalize_symbol(self, dex_symbol: str) -> Symbol:
        """Return the plain symbol of the venue's spelling."""
        return self._link.venue.normalize_symbol(dex_symbol)

    def get_dex_symbol_format(self, symbol: str) -> str:
        """Return the venue's spelling: of its list once that was read, of the usual form before."""
        listing = None if self._listed is None else self._listed.find(symbol)
        if listing is None:
            return self._link.venue.symbol_format(symbol)
        return listing.market.contract_id

    async def close(self) -> None:
        """Release the link; a second call does nothing."""
        if self._opened:
            self._opened = False
            await self._link.close()

    async def _table(self) -> MarketTable:
        """Return the markets, no older than ``MARKETS_MAX_AGE_S``."""
        if not self._opened:
            self._link.acquire()
            self._opened = True
        await self._link.open()
        now_ns = self._link.clock.monotonic_ns()
        if self._listed is None:
            self._listed, self._listed_ns = self._link.table, now_ns
        elif now_ns - self._listed_ns > MARKETS_MAX_AGE_S * NS:
            self._listed, self._listed_ns = await self._link.refresh_markets(), now_ns
        return self._listed


def _tradable(table: MarketTable) -> list[ContractId]:
    return [each.market.contract_id for each in table if each.tradable]


def _contract(table: MarketTable, symbol: str) -> ContractId:
    return table.of_symbol(symbol).market.contract_id
