"""Funding rates and activity, as Bybit words them: fractions per the contract's own interval."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId
from exchange_clients.bybit.client.utils.converters import pages
from exchange_clients.bybit.common import ask
from exchange_clients.events import Unreadable
from exchange_clients.shared.amounts import Amount, Digits, Optional, Positive, number
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.funding_rows import HOUR_NS, by_symbol, interval_of, samples_within
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.price_rows import spans
from exchange_clients.shared.rows import as_is, by_contract, read_rows
from exchange_clients.shared.venue import Rates, Stats

HISTORY_MAX = 200
TWO_SIDES = 2


class _Ticker(msgspec.Struct, rename="camel"):
    """Fields of funding are empty for dated futures, which share the list."""

    symbol: ContractId
    funding_rate: Optional
    next_funding_time: str
    mark_price: Positive
    turnover24h: Optional = msgspec.field(name="turnover24h", default="")
    open_interest: Optional = ""
    single_open_interest: Optional = ""
    funding_interval_hour: Optional = ""


class _Settled(msgspec.Struct, rename="camel"):
    symbol: ContractId
    funding_rate: Amount
    funding_rate_timestamp: Digits

    def sample(self, listing: Listing, hours: Decimal) -> FundingRateSample:
        settled = parse_instant(int(self.funding_rate_timestamp))
        return FundingRateSample(listing.market.symbol, Decimal(self.funding_rate), hours, settled)


class BybitFunding:
    """Public funding data, of every market in one answer."""

    def rates(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[Rates]:
        """Return the rate that settles next, of each contract."""
        tickers = yield from _tickers(contracts)
        return by_symbol(table, contracts, tickers, _sample)

    def stats(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[Stats]:
        """Return turnover, and open interest of one side, at the mark."""
        tickers = yield from _tickers(contracts)
        return by_symbol(table, contracts, tickers, _stats)

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        """Return settled rates; the interval is today's, the venue tells no other."""
        listing = table.of_contract(contract_id)
        hours = interval_of(listing)
        found: list[FundingRateSample | Unreadable] = []
        span_ns = int(hours * HOUR_NS) * HISTORY_MAX
        for at_ns, end_ns in spans(max(since_ns, 0), until_ns, span_ns):
            request = ask(
                "market/funding/history", "", private=False, symbol=contract_id,
                startTime=-(-at_ns // MS), endTime=(end_ns - 1) // MS, limit=HISTORY_MAX,
            )  # fmt: skip
            rows = yield from pages(request)
            found += read_rows(rows, _Settled, lambda row: row.sample(listing, hours), ("symbol",))
        return samples_within(found, since_ns, until_ns)


def _tickers(contracts: Sequence[ContractId]) -> Flow[dict[ContractId, _Ticker | Unreadable]]:
    only = contracts[0] if len(contracts) == 1 else None
    rows = yield from pages(ask("market/tickers", "", private=False, symbol=only))
    return by_contract(read_rows(rows, _Ticker, as_is, ("symbol",)), lambda row: row.symbol)


def _sample(listing: Listing, ticker: _Ticker) -> FundingRateSample | Unreadable:
    hours = number(ticker.funding_interval_hour) or listing.funding_interval_hours
    if not ticker.funding_rate or not ticker.next_funding_time.isdigit() or hours is None:
        return Unreadable((ticker.symbol,), "the ticker tells no funding rate")
    next_time = parse_instant(int(ticker.next_funding_time))
    return FundingRateSample(listing.market.symbol, Decimal(ticker.funding_rate), hours, next_time)


def _stats(listing: Listing, ticker: _Ticker) -> MarketStats:
    mark = Decimal(ticker.mark_price)
    one_sided = number(ticker.single_open_interest) or number(ticker.open_interest) / TWO_SIDES
    return MarketStats(
        listing.market.symbol,
        number(ticker.turnover24h),
        one_sided * mark,
        mark,
        two_sided_source=not ticker.single_open_interest,
    )
