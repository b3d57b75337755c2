"""Funding, volume and open interest, as Lighter words them. Every perpetual pays each hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.lighter.client.managers.market_data import HOUR, MarketList, ask
from exchange_clients.lighter.common import HOUR_NS, NAME, PERCENT
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import MarketTable

SHOWN_HOURS = Decimal(8)
"""``funding-rates`` shows the rate of an hour times eight."""
ROWS_MAX = 100


class _Rate(msgspec.Struct):
    market_id: int
    exchange: str
    rate: Decimal


class _Rates(msgspec.Struct):
    funding_rates: list[_Rate]


class _Settled(msgspec.Struct):
    timestamp: int
    rate: Decimal
    direction: Literal["long", "short"]


class _History(msgspec.Struct):
    fundings: list[_Settled]


class LighterFunding:
    """Public funding data."""

    def rates(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, FundingRateSample]]:
        """Return current rates; the list holds those of other exchanges as well."""
        answer = yield ask("funding-rates")
        rows = msgspec.json.decode(answer.body, type=_Rates).funding_rates
        own = {str(row.market_id): row.rate for row in rows if row.exchange == NAME}
        symbols = {each: table.of_contract(each).market.symbol for each in contracts if each in own}
        return {
            symbol: FundingRateSample(symbol, own[contract_id] / SHOWN_HOURS, HOUR, None)
            for contract_id, symbol in symbols.items()
        }

    def stats(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, MarketStats]]:
        """Return volume in USD and open interest, which REST tells in base units of one side."""
        answer = yield ask("orderBookDetails", filter="perp")
        rows = msgspec.json.decode(answer.body, type=MarketList).order_book_details
        wanted = dict.fromkeys(contracts)
        found = {}
        for row in rows:
            contract_id = ContractId(str(row.market_id))
            if contract_id in wanted:
                symbol = table.of_contract(contract_id).market.symbol
                mark = row.mark_price or row.last_trade_price
                found[symbol] = MarketStats(
                    symbol, row.daily_quote_token_volume, row.open_interest * mark, mark
                )
        return found

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample]]:
        """Return settled rates, 100 hours at a time; the sign is in ``direction``."""
        symbol = table.of_contract(contract_id).market.symbol
        rows: list[_Settled] = []
        for start_ns in range(since_ns, until_ns, ROWS_MAX * HOUR_NS):
            end_ns = min(start_ns + ROWS_MAX * HOUR_NS, until_ns)
            answer = yield ask(
                "fundings", market_id=contract_id, resolution="1h",
                start_timestamp=start_ns // 10**6, end_timestamp=end_ns // 10**6,
                count_back=ROWS_MAX,
            )  # fmt: skip
            rows += msgspec.json.decode(answer.body, type=_History).fundings
        by_time = {
            row.timestamp: row for row in rows if since_ns <= row.timestamp * 10**9 < until_ns
        }
        return [
            FundingRateSample(
                symbol,
                (row.rate if row.direction == "long" else -row.rate) / PERCENT,
                HOUR,
                parse_instant(stamp),
            )
            for stamp, row in sorted(by_time.items())
        ]
