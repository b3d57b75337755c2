"""Funding rates and activity, in the dialect: fractions per the interval of each market.

Positive means that longs pay. No rate carries its interval: a list of its own tells it, and leaves
out what has the usual one. Intervals change while markets trade, so it is asked for each time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.errors import VenueRejected
from exchange_clients.events import Unreadable
from exchange_clients.shared.amounts import Amount, Positive, Unsigned
from exchange_clients.shared.dialects.fapi.converters import Number, listed
from exchange_clients.shared.dialects.fapi.dialect import Fapi
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.funding_rows import by_symbol, stats_of
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.paging import Ascending
from exchange_clients.shared.rows import as_is, by_contract, read_rows, told_apart

USUAL_HOURS, PAGE = Decimal(8), 1000
HOUR_MS, MINUTE_MS, LOOK_BACK_NS = 3_600_000, 60_000, 8 * 3_600_000 * MS
"""The last: how much earlier a history begins, to tell how long the first of its rates was for."""

R = TypeVar("R", bound="_Row")


class _Interval(msgspec.Struct, rename="camel"):
    symbol: ContractId
    funding_interval_hours: Number


class _Row(msgspec.Struct):
    symbol: ContractId


class _Premium(_Row, rename="camel"):
    mark_price: Positive
    last_funding_rate: Amount
    next_funding_time: Number
    time: Number


class _Ticker(_Row, rename="camel"):
    quote_volume: Unsigned


class _Interest(msgspec.Struct, rename="camel"):
    open_interest: Unsigned


class _Settled(msgspec.Struct, rename="camel"):
    funding_rate: Amount
    funding_time: Number

    @property
    def at_ms(self) -> int:
        """When it was settled; stamps lag behind the full minute by some milliseconds."""
        return self.funding_time // MINUTE_MS * MINUTE_MS


_SETTLED = Ascending(_Settled, as_is, lambda row: row.at_ms * MS, PAGE)


class FapiFunding:
    """Public funding data of one venue, of every market in one answer where that is possible."""

    def __init__(self, dialect: Fapi) -> None:
        self._dialect = dialect

    def rates(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, FundingRateSample | Unreadable]]:
        """Return the running estimate of each contract, due at its next settlement.

        Rates and intervals come by two answers. Where an interval was changed between them a rate
        would be taken for one that it is not for: then rates are asked for again.
        """
        premiums = yield from self._all("premiumIndex", _Premium, contracts)
        hours = yield from intervals(self._dialect)
        known = (
            (row, _interval_of(table.of_contract(row.symbol), row.symbol, hours))
            for row in map(premiums.get, contracts)
            if isinstance(row, _Premium)
        )
        if not all(each is None or _is_of(row, each) for row, each in known):
            premiums = yield from self._all("premiumIndex", _Premium, contracts)
        return by_symbol(
            table,
            contracts,
            premiums,
            lambda listing, row: _sample(listing, row, _interval_of(listing, row.symbol, hours)),
        )

    def stats(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, MarketStats | Unreadable]]:
        """Return volume, and open interest, which is told in base units, at the mark."""
        premiums = yield from self._all("premiumIndex", _Premium, contracts)
        tickers = yield from self._all("ticker/24hr", _Ticker, contracts)
        found: dict[Symbol, MarketStats | Unreadable] = {}
        for contract_id in contracts:
            request = self._dialect.ask("openInterest", {"symbol": contract_id})
            answer = yield replace(request, answers=(VenueRejected,))  # not every market has it
            body = [] if answer.error else [msgspec.Raw(answer.body)]
            symbol = table.of_contract(contract_id).market.symbol
            told = (premiums.get(contract_id), tickers.get(contract_id))
            found[symbol] = stats_of(symbol, *told, *read_rows(body, _Interest, as_is))
        return found

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        """Return settled rates; each was for the time since the one before it."""
        symbol = table.of_contract(contract_id).market.symbol
        hours = yield from intervals(self._dialect)
        params = {"symbol": contract_id, "limit": PAGE}
        rows = yield from _SETTLED.between(
            lambda start_ms: self._dialect.ask(
                "fundingRate", {**params, "startTime": start_ms, "endTime": -(-until_ns // MS)}
            ),
            max(since_ns - LOOK_BACK_NS, 0),
            until_ns,
        )
        settled, unread = told_apart(rows)
        samples = [
            FundingRateSample(
                symbol,
                Decimal(row.funding_rate),
                _spacing(before, row) or hours.get(contract_id) or USUAL_HOURS,
                parse_instant(row.at_ms),
            )
            for before, row in zip([None, *settled], settled, strict=False)
            if row.at_ms * MS >= since_ns
        ]
        return [*samples, *unread]

    def _all(
        self, name: str, row_type: type[R], contracts: Sequence[ContractId]
    ) -> Flow[dict[ContractId, R | Unreadable]]:
        """Return rows by contract: of one alone, or of all at once."""
        alone = len(contracts) == 1
        params = {"symbol": contracts[0]} if alone else {}
        answer = yield self._dialect.ask(name, params, scope=name if alone else f"{name}/all")
        rows = read_rows(listed(answer.body), row_type, as_is, ("symbol",))
        return by_contract(rows, lambda row: row.symbol)


def _sample(
    listing: Listing, premium: _Premium, hours: Decimal | None
) -> FundingRateSample | Unreadable:
    if hours is None:
        return Unreadable((premium.symbol,), "its funding interval cannot be read")
    return FundingRateSample(
        listing.market.symbol,
        Decimal(premium.last_funding_rate),
        hours,
        parse_instant(premium.next_funding_time),
    )


def _is_of(premium: _Premium, hours: Decimal) -> bool:
    """Tell whether a market's next settlement may be one of an interval.

    Those stand on its multiples since the epoch, and the next one comes within it.
    """
    interval_ms, next_ms = int(hours * HOUR_MS), premium.next_funding_time
    return next_ms % interval_ms == 0 and next_ms - premium.time <= interval_ms


def _interval_of(
    listing: Listing, contract_id: ContractId, told: Mapping[str, Decimal | None]
) -> Decimal | None:
    """Return a market's interval in hours; the usual one is left out of the list.

    None for a market of another interval that the list lacks now: it was answered empty.
    """
    usual = USUAL_HOURS if listing.funding_interval_hours == USUAL_HOURS else None
    return told.get(contract_id, usual)


def _spacing(before: _Settled | None, row: _Settled) -> Decimal | None:
    """Return the hours between two settlements; None where one may be missing between them."""
    hours, rest = divmod(0 if before is None else row.at_ms - before.at_ms, HOUR_MS)
    return Decimal(hours) if rest == 0 and 0 < hours <= USUAL_HOURS else None


def intervals(dialect: Fapi) -> Flow[Mapping[str, Decimal | None]]:
    """Return the interval of each market that is listed, in hours; None where it is unreadable."""
    answer = yield dialect.ask("fundingInfo", {})
    rows = read_rows(listed(answer.body), _Interval, as_is, ("symbol",))
    return {
        name: hours
        for row in rows
        for name, hours in (
            ((each, None) for each in row.ids)
            if isinstance(row, Unreadable)
            else ((row.symbol, Decimal(row.funding_interval_hours)),)
        )
    }
