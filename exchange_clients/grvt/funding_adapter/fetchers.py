"""Funding, volume and open interest, as GRVT words them: one ticker for each market.

Rates are percentage points for the market's own interval, as live payments prove; positive means
that longs pay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.grvt.client.utils.converters import Page, pages
from exchange_clients.grvt.common import MARKET_DATA, call
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.funding_rows import interval_of
from exchange_clients.shared.market_table import MarketTable

PERCENT = Decimal(100)
LIMIT = 1000


class Ticker(msgspec.Struct):
    """What REST and the stream say of a market."""

    event_time: str
    instrument: str
    mark_price: Decimal
    funding_rate: Decimal
    next_funding_time: str
    open_interest: Decimal
    buy_volume_24h_q: Decimal
    sell_volume_24h_q: Decimal


class _Settled(msgspec.Struct):
    funding_rate: Decimal
    funding_time: str
    funding_interval_hours: int | str = 0


class GrvtFunding:
    """Public funding data."""

    def rates(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, FundingRateSample]]:
        """Return the current rate of each contract."""
        found = {}
        for contract_id in contracts:
            listing = table.of_contract(contract_id)
            ticker = yield from _ticker(contract_id)
            symbol = listing.market.symbol
            found[symbol] = FundingRateSample(
                symbol,
                ticker.funding_rate / PERCENT,
                interval_of(listing),
                parse_instant(int(ticker.next_funding_time)),
            )
        return found

    def stats(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, MarketStats]]:
        """Return volume (what was bought and what was sold) and open interest in USD."""
        found = {}
        for contract_id in contracts:
            symbol = table.of_contract(contract_id).market.symbol
            ticker = yield from _ticker(contract_id)
            found[symbol] = MarketStats(
                symbol,
                volume_24h=ticker.buy_volume_24h_q + ticker.sell_volume_24h_q,
                open_interest=ticker.open_interest * ticker.mark_price,
                mark_price=ticker.mark_price,
            )
        return found

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample]]:
        """Return settled rates; records by the minute, from before October 2025, are left out."""
        symbol = table.of_contract(contract_id).market.symbol
        body = {
            "instrument": contract_id,
            "start_time": str(since_ns),
            "end_time": str(until_ns),
            "limit": LIMIT,
        }
        rows = yield from pages(
            lambda cursor: call(MARKET_DATA, "funding", {**body, "cursor": cursor}, "market"),
            Page[list[_Settled]],
        )
        return [
            FundingRateSample(
                symbol,
                row.funding_rate / PERCENT,
                Decimal(row.funding_interval_hours),
                parse_instant(int(row.funding_time)),
            )
            for row in rows
            if since_ns <= int(row.funding_time) < until_ns and int(row.funding_interval_hours) > 0
        ]


def _ticker(contract_id: ContractId) -> Flow[Ticker]:
    answer = yield call(MARKET_DATA, "ticker", {"instrument": contract_id}, "prices")
    return msgspec.json.decode(answer.body, type=Page[Ticker]).result
