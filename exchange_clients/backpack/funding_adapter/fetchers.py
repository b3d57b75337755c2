"""Funding rates and activity, as Backpack words them: fractions per the listed interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, TypeVar

import msgspec

from exchange_clients.backpack.client.utils.converters import ROWS, instant_ns, read_back
from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import NS, ContractId, Symbol
from exchange_clients.errors import StaleData
from exchange_clients.events import Unreadable
from exchange_clients.shared.amounts import Amount, Positive
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.funding_rows import by_symbol, interval_of, stats_of
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.rows import as_is, by_contract, read_rows, told_apart

AGE_MAX_S = 5
HOURLY_SINCE_NS = 1_755_676_800 * NS
"""2025-08-20 08:00 UTC: what was settled up to then was settled for eight hours."""


class _Row(msgspec.Struct, rename="camel"):
    symbol: ContractId


class _Mark(_Row, rename="camel"):
    funding_rate: Amount
    mark_price: Positive
    next_funding_timestamp: Annotated[int, msgspec.Meta(gt=0)]


class _Interest(_Row, rename="camel"):
    open_interest: Amount


class _Ticker(_Row, rename="camel"):
    quote_volume: Amount


class _Settled(_Row, rename="camel"):
    funding_rate: Amount
    interval_end_timestamp: str


R = TypeVar("R", bound=_Row)


class BackpackFunding:
    """Public funding data, of every market in one answer where the venue allows it."""

    def rates(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, FundingRateSample | Unreadable]]:
        """Return the running estimate of each contract."""
        marks = yield from _marks()
        return by_symbol(table, contracts, marks, _sample)

    def stats(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, MarketStats | Unreadable]]:
        """Return volume as told, and open interest, which is told in base units, at the mark."""
        marks = yield from _marks()
        tickers = yield from _all("/api/v1/tickers", _Ticker)
        interests = yield from _all("/api/v1/openInterest", _Interest)
        return {
            market.symbol: stats_of(
                market.symbol,
                marks.get(market.contract_id),
                tickers.get(market.contract_id),
                interests.get(market.contract_id),
            )
            for market in (table.of_contract(each).market for each in contracts)
        }

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        """Return settled rates; the first row may be of the running interval, which ends later."""
        listing = table.of_contract(contract_id)
        request = Request(Method.GET, "/api/v1/fundingRates", {"symbol": contract_id})
        rows = yield from read_back(
            request, _Settled, lambda row: _settled(listing, row), ("symbol",), _ended_ns, since_ns
        )
        known, unread = told_apart(rows)
        samples = {_ended_ns(row): row for row in known}
        within = [at_ns for at_ns in sorted(samples) if since_ns <= at_ns < until_ns]
        return [*(samples[at_ns] for at_ns in within), *unread]


def _marks() -> Flow[dict[ContractId, _Mark | Unreadable]]:
    """Return prices and rates now; rows tell no time, and a cache may answer for an hour."""
    request = Request(Method.GET, "/api/v1/markPrices")
    answer = yield request
    age_s = int(answer.headers.get("age", "0"))
    if age_s > AGE_MAX_S:
        raise StaleData(f"{request.path} was cached {age_s} s ago; {AGE_MAX_S} s are allowed")
    return _by_contract(answer.body, _Mark)


def _all(path: str, row_type: type[R]) -> Flow[dict[ContractId, R | Unreadable]]:
    answer = yield Request(Method.GET, path)
    return _by_contract(answer.body, row_type)


def _by_contract(body: bytes, row_type: type[R]) -> dict[ContractId, R | Unreadable]:
    rows = read_rows(ROWS.decode(body), row_type, as_is, ("symbol",))
    return by_contract(rows, lambda row: row.symbol)


def _sample(listing: Listing, mark: _Mark) -> FundingRateSample:
    return FundingRateSample(
        listing.market.symbol,
        Decimal(mark.funding_rate),
        interval_of(listing),
        parse_instant(mark.next_funding_timestamp),
    )


def _settled(listing: Listing, row: _Settled) -> FundingRateSample:
    ended_ns = instant_ns(row.interval_end_timestamp)
    hours = interval_of(listing) if ended_ns > HOURLY_SINCE_NS else Decimal(8)
    ended = parse_instant(row.interval_end_timestamp)
    return FundingRateSample(listing.market.symbol, Decimal(row.funding_rate), hours, ended)


def _ended_ns(sample: FundingRateSample) -> int:
    assert sample.next_funding_time is not None, "set above"
    return int(sample.next_funding_time.timestamp()) * NS
