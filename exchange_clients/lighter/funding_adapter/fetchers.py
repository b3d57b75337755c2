"""Funding, volume and open interest, as Lighter words them. Every perpetual pays each hour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Literal, TypeVar

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.events import Unreadable
from exchange_clients.lighter.client.managers.market_data import HOUR, MarketList
from exchange_clients.lighter.client.utils.converters import instant_ns
from exchange_clients.lighter.common import HOUR_NS, NAME, PERCENT, ask
from exchange_clients.shared.amounts import Amount
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import as_is, read_rows, told_once

SHOWN_HOURS = Decimal(8)
"""``funding-rates`` shows the rate of an hour times eight."""
ROWS_MAX = 100

R = TypeVar("R")
T = TypeVar("T")


class _Owned(msgspec.Struct):
    """What says which row a row is; the rest is read only of those that are wanted."""

    market_id: int
    exchange: str = NAME


class _Rate(msgspec.Struct):
    rate: Decimal


class _Rates(msgspec.Struct):
    funding_rates: list[msgspec.Raw]


class _Activity(msgspec.Struct):
    open_interest: Decimal
    daily_quote_token_volume: Decimal
    mark_price: Decimal | None = None
    last_trade_price: Decimal | None = None


class _Settled(msgspec.Struct):
    timestamp: int
    rate: Amount
    direction: Literal["long", "short"]

    @property
    def at_ns(self) -> int:
        """When it was settled; it comes in seconds."""
        return instant_ns(self.timestamp)


class _History(msgspec.Struct):
    fundings: list[msgspec.Raw]


class LighterFunding:
    """Public funding data."""

    def rates(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, FundingRateSample | Unreadable]]:
        """Return current rates; the list holds those of other exchanges as well."""
        answer = yield ask("funding-rates")
        rows = _by_contract(msgspec.json.decode(answer.body, type=_Rates).funding_rates)
        found = {}
        for symbol, row in _wanted(table, contracts, rows):
            found[symbol] = _read(row, _Rate, _Sampler(symbol).now)
        return found

    def stats(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, MarketStats | Unreadable]]:
        """Return volume in USD and open interest, which REST tells in base units of one side."""
        answer = yield ask("orderBookDetails", filter="perp")
        rows = _by_contract(msgspec.json.decode(answer.body, type=MarketList).order_book_details)
        found = {}
        for symbol, row in _wanted(table, contracts, rows):
            found[symbol] = _read(row, _Activity, _Sampler(symbol).stats)
        return found

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        """Return settled rates, 100 hours at a time; the sign is in ``direction``."""
        rows: list[msgspec.Raw] = []
        for start_ns in range(since_ns, until_ns, ROWS_MAX * HOUR_NS):
            end_ns = min(start_ns + ROWS_MAX * HOUR_NS, until_ns)
            answer = yield ask(
                "fundings", market_id=contract_id, resolution="1h",
                # A window of 100 hours with both of its ends would hold 101 rows.
                start_timestamp=start_ns // 10**6, end_timestamp=-(-end_ns // 10**6) - 1,
                count_back=ROWS_MAX,
            )  # fmt: skip
            rows += msgspec.json.decode(answer.body, type=_History).fundings
        read = read_rows(rows, _Settled, as_is)
        settled = {
            row.at_ns: row
            for row in read
            if isinstance(row, _Settled) and since_ns <= row.at_ns < until_ns
        }
        sampler = _Sampler(table.of_contract(contract_id).market.symbol)
        in_order = [sampler.settled(row) for _, row in sorted(settled.items())]
        return [*in_order, *(row for row in read if isinstance(row, Unreadable))]


class _Sampler:
    """Turns rows into values of one symbol."""

    def __init__(self, symbol: Symbol) -> None:
        self._symbol = symbol

    def now(self, row: _Rate) -> FundingRateSample:
        return FundingRateSample(self._symbol, row.rate / SHOWN_HOURS, HOUR, None)

    def settled(self, row: _Settled) -> FundingRateSample:
        percent = Decimal(row.rate) if row.direction == "long" else -Decimal(row.rate)
        return FundingRateSample(self._symbol, percent / PERCENT, HOUR, parse_instant(row.at_ns))

    def stats(self, row: _Activity) -> MarketStats:
        price = row.mark_price or row.last_trade_price
        interest = row.open_interest * price if price else None
        return MarketStats(
            self._symbol, row.daily_quote_token_volume, interest, row.mark_price or None
        )


def _by_contract(rows: Sequence[msgspec.Raw]) -> Mapping[ContractId, msgspec.Raw | Unreadable]:
    """Return the rows that are the venue's own."""
    owners = read_rows(rows, _Owned, as_is)
    return told_once(
        (ContractId(str(owner.market_id)), row)
        for owner, row in zip(owners, rows, strict=True)
        if isinstance(owner, _Owned) and owner.exchange == NAME
    )


def _read(
    row: msgspec.Raw | Unreadable, row_type: type[R], read: Callable[[R], T]
) -> T | Unreadable:
    if isinstance(row, Unreadable):
        return row
    (value,) = read_rows([row], row_type, read)
    return value


def _wanted(
    table: MarketTable,
    contracts: Sequence[ContractId],
    rows: Mapping[ContractId, msgspec.Raw | Unreadable],
) -> Sequence[tuple[Symbol, msgspec.Raw | Unreadable]]:
    return [
        (table.of_contract(each).market.symbol, rows[each]) for each in contracts if each in rows
    ]
