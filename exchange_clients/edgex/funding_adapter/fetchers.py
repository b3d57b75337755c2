"""Funding, volume and open interest, as edgeX words them.

A rate is a fraction for the contract's own interval (four hours as a rule), which begins at a
multiple of it from midnight UTC; positive means that longs pay. Between settlements a row's
``fundingTime`` is the boundary that has passed, and ``forecastFundingRate`` the rate to come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ContractId, Symbol
from exchange_clients.edgex.client.utils.converters import Answer, Whole, pages, told
from exchange_clients.edgex.common import public
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import FundingUpdate, Unreadable
from exchange_clients.shared.amounts import Amount
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.funding_rows import by_symbol, next_boundary, samples_within
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.rows import by_contract, flattened, read_rows

LIMIT = 100
BOOKED_WITHIN_MS = 600_000
"""How long after its boundary a settlement is written at most; it takes about a minute."""


class Rate(msgspec.Struct, rename="camel"):
    """A contract's rate at one moment, in any answer and in the stream."""

    contract_id: Whole
    funding_rate: object
    funding_time: Whole
    forecast_funding_rate: object = None
    funding_timestamp: Whole = 0
    funding_rate_interval_min: Whole = 0
    mark_price: object = None
    is_settlement: bool = False

    @property
    def contract(self) -> ContractId:
        """Whose rate it is."""
        return ContractId(str(self.contract_id))

    def rate(self, *, coming: bool) -> Decimal:
        """Return the rate to come, which is the forecast where there is one, or the settled."""
        rate = told(self.forecast_funding_rate if coming else None, self.funding_rate)
        if rate is None:
            raise MalformedPayload(f"contract {self.contract_id} has no funding rate")
        return rate

    def interval_hours(self, listing: Listing) -> Decimal:
        """Return the contract's interval as the row says it, or the list; it is never guessed."""
        hours = Decimal(self.funding_rate_interval_min) / 60 or listing.funding_interval_hours
        if not hours:
            raise MalformedPayload(f"contract {self.contract_id} says no funding interval")
        return hours

    @property
    def made_ns(self) -> int:
        """When the row was made."""
        return (int(self.funding_timestamp) or int(self.funding_time)) * MS

    def next_ns(self, listing: Listing) -> int:
        """Return the boundary after the row was made; the row's own one may be long past, or 0."""
        return next_boundary(self.made_ns, self.interval_hours(listing))

    def sample(self, listing: Listing) -> FundingRateSample:
        """Return the rate to come."""
        rate, hours = self.rate(coming=True), self.interval_hours(listing)
        return FundingRateSample(
            listing.market.symbol, rate, hours, parse_instant(self.next_ns(listing))
        )

    def charged(self, listing: Listing) -> Sequence[FundingRateSample]:
        """Return the rate that was charged at ``funding_time``, if the row is of a settlement."""
        if not self.is_settlement:
            return ()
        rate, hours = self.rate(coming=False), self.interval_hours(listing)
        settled = parse_instant(int(self.funding_time))
        return [FundingRateSample(listing.market.symbol, rate, hours, settled)]

    def update(self, listing: Listing) -> FundingUpdate:
        """Return the rate to come as the stream tells it."""
        return FundingUpdate(
            contract_id=listing.market.contract_id,
            symbol=listing.market.symbol,
            rate=self.rate(coming=True),
            interval_hours=self.interval_hours(listing),
            next_funding_ns=self.next_ns(listing),
            mark_price=told(self.mark_price),
            venue_ns=self.made_ns,
        )


class _Ticker(msgspec.Struct, rename="camel"):
    value: Amount
    open_interest: Amount
    mark_price: object = None
    oracle_price: object = None

    def stats(self, symbol: Symbol) -> MarketStats:
        """Return it in USD; whether interest counts one side is unconfirmed."""
        mark = told(self.mark_price, self.oracle_price)
        interest = None if mark is None else Decimal(self.open_interest) * mark
        return MarketStats(symbol, Decimal(self.value), interest, mark)


class EdgexFunding:
    """Public funding data."""

    def rates(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, FundingRateSample | Unreadable]]:
        """Return the rate to come of each contract, all by one question."""
        answer = yield public("funding/getLatestFundingRate", contractId=",".join(contracts))
        rows = read_rows(
            _rows(answer.body).data,
            Rate,
            lambda row: (row.contract, row.sample(table.of_contract(row.contract))),
            ("contractId",),
        )
        told_rates = by_contract(rows, lambda told_rate: told_rate[0])
        return by_symbol(table, contracts, told_rates, lambda listing, told_rate: told_rate[1])

    def stats(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, MarketStats | Unreadable]]:
        """Return volume and open interest of each contract that the venue tells a ticker of.

        It takes one contract a question, and answers some with nothing.
        """
        found = {}
        for contract_id in contracts:
            symbol = table.of_contract(contract_id).market.symbol
            answer = yield public("quote/getTicker", contractId=contract_id)
            for row in _stats(_rows(answer.body).data, symbol):
                found[symbol] = row
        return found

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample | Unreadable]]:
        """Return settled rates; rows by the minute slip through the venue's own filter."""
        listing = table.of_contract(contract_id)
        params: Mapping[str, object] = {
            "contractId": contract_id,
            "size": LIMIT,
            "filterSettlementFundingRate": True,
            "filterBeginTimeInclusive": max(since_ns, 0) // MS or None,
            "filterEndTimeExclusive": until_ns // MS + BOOKED_WITHIN_MS,
        }
        rows = yield from pages(
            lambda cursor: public("funding/getFundingRatePage", **params, offsetData=cursor)
        )
        settled = read_rows(reversed(rows), Rate, lambda row: row.charged(listing))
        return samples_within(flattened(settled), since_ns, until_ns)


_rows = msgspec.json.Decoder(Answer[list[msgspec.Raw]]).decode


def _stats(rows: Sequence[msgspec.Raw], symbol: Symbol) -> Sequence[MarketStats | Unreadable]:
    return read_rows(rows, _Ticker, lambda row: row.stats(symbol))
