"""Funding rates and activity: fractions per the stated interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeVar

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.events import Unreadable
from exchange_clients.paper.remote.converters import Rows, ask, pages
from exchange_clients.shared.amounts import Amount, Positive
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import Rates, Stats

T = TypeVar("T")


class _Ticker(msgspec.Struct):
    market: ContractId
    mark: Positive
    quote_volume_24h: Amount
    open_interest: Amount
    funding_rate: Amount
    funding_interval_hours: Positive
    next_funding_time: int

    def sample(self, table: MarketTable) -> FundingRateSample:
        return FundingRateSample(
            table.of_contract(self.market).market.symbol,
            Decimal(self.funding_rate),
            Decimal(self.funding_interval_hours),
            parse_instant(self.next_funding_time),
        )

    def stats(self, table: MarketTable) -> MarketStats:
        mark = Decimal(self.mark)
        return MarketStats(
            table.of_contract(self.market).market.symbol,
            Decimal(self.quote_volume_24h),
            Decimal(self.open_interest) * mark,
            mark,
        )


class _Settled(msgspec.Struct):
    market: ContractId
    rate: Amount
    interval_hours: Positive
    time: int

    def sample(self, table: MarketTable) -> FundingRateSample:
        return FundingRateSample(
            table.of_contract(self.market).market.symbol,
            Decimal(self.rate),
            Decimal(self.interval_hours),
            parse_instant(self.time),
        )


class PaperFunding:
    """Public funding data, of every market in one answer."""

    def rates(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[Rates]:
        """Return the running estimate of each contract."""
        return _tickers(table, contracts, _Ticker.sample)

    def stats(self, table: MarketTable, contracts: Sequence[ContractId]) -> Flow[Stats]:
        """Return volume as told, and open interest, which is told in base units, at the mark."""
        return _tickers(table, contracts, _Ticker.stats)

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        """Return settled rates."""
        span = {"start": since_ns, "end": until_ns}
        rows = yield from pages("/funding", private=False, market=contract_id, **span)
        return read_rows(rows, _Settled, lambda row: row.sample(table), ("market",))


def _tickers(
    table: MarketTable,
    contracts: Sequence[ContractId],
    read: Callable[[_Ticker, MarketTable], T],
) -> Flow[dict[Symbol, T | Unreadable]]:
    answer = yield from ask("/tickers", Rows)
    names = read_rows(answer.rows, _Ticker, lambda row: row.market, ("market",))
    values = read_rows(answer.rows, _Ticker, lambda row: read(row, table), ("market",))
    told = {
        "".join(name.ids) if isinstance(name, Unreadable) else name: value
        for name, value in zip(names, values, strict=True)
    }
    wanted = (table.of_contract(each).market for each in contracts)
    return {each.symbol: told[each.contract_id] for each in wanted if each.contract_id in told}
