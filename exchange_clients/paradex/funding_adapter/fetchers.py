"""Funding, volume and open interest, as Paradex words them.

Funding accrues by the second into an index, in USDC for one base unit; nothing is settled at fixed
hours. The rate that is published is a fraction per the market's own period; positive means that
longs pay. The past is told in samples of it, which may not be summed: what a period came to is the
difference of the index between its ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats, parse_instant
from exchange_clients.base_models import ZERO, ContractId, Symbol
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.paradex.client.utils.converters import Instant, Name, pages, read_page
from exchange_clients.paradex.common import get
from exchange_clients.shared.amounts import Amount, Optional, Positive
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.funding_rows import HOUR_NS, by_symbol, interval_of
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.rows import as_is, by_contract, read_rows, readable

SAMPLES_MAX = 5000


class Summary(msgspec.Struct):
    """What is told of a market now."""

    symbol: Name
    mark_price: Positive
    funding_rate: Amount
    open_interest: Amount
    volume_24h: Amount


class FundingData(msgspec.Struct):
    """One sample of the rate, in lists and in the stream."""

    market: Name
    funding_index: Amount
    funding_rate: Amount
    funding_premium: Amount
    created_at: Instant
    funding_period_hours: Decimal = ZERO
    funding_rate_8h: Optional = ""


class ParadexFunding:
    """Public funding data."""

    def rates(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, FundingRateSample | Unreadable]]:
        """Return the rate at which funding accrues now; it is settled at no hour."""
        told = yield from _summaries(contracts)
        return by_symbol(table, contracts, told, _sample)

    def stats(
        self, table: MarketTable, contracts: Sequence[ContractId]
    ) -> Flow[Mapping[Symbol, MarketStats | Unreadable]]:
        """Return volume in USD, and open interest, which is told in base units, at the mark."""
        told = yield from _summaries(contracts)
        return by_symbol(table, contracts, told, _stats)

    def history(
        self, table: MarketTable, contract_id: ContractId, since_ns: int, until_ns: int
    ) -> Flow[Sequence[FundingRateSample]]:
        """Return what each whole period that ended in [since, until) came to, oldest first."""
        listing = table.of_contract(contract_id)
        hours = interval_of(listing)
        period_ns = int(hours * HOUR_NS)
        first, last = -(-since_ns // period_ns), -(-until_ns // period_ns) - 1
        if first > last:
            return []
        request = get(
            "funding/data",
            market=contract_id,
            start_at=(first - 2) * period_ns // MS,
            end_at=(last + 1) * period_ns // MS,
            page_size=SAMPLES_MAX,
        )
        rows = readable(read_rows((yield from pages(request)), FundingData, as_is))
        periods: dict[int, list[FundingData]] = {}
        for row in sorted(rows, key=lambda row: row.created_at):
            periods.setdefault(-(-row.created_at * MS // period_ns), []).append(row)
        # A period is whole where there are samples before it and after it.
        return [
            FundingRateSample(
                listing.market.symbol,
                accrued(periods[end - 1][-1], periods[end]),
                hours,
                parse_instant(end * period_ns),
            )
            for end in periods
            if first <= end <= last and end - 1 in periods and end + 1 in periods
        ]


def _sample(listing: Listing, row: Summary) -> FundingRateSample:
    rate = Decimal(row.funding_rate)
    return FundingRateSample(listing.market.symbol, rate, interval_of(listing), None)


def _stats(listing: Listing, row: Summary) -> MarketStats:
    mark = Decimal(row.mark_price)
    interest = Decimal(row.open_interest) * mark
    return MarketStats(listing.market.symbol, Decimal(row.volume_24h), interest, mark)


def accrued(before: FundingData, samples: Sequence[FundingData]) -> Decimal:
    """Return the rate that a period came to: the growth of its index over the price.

    A premium is rate times price, which tells the price; without any rate nothing accrues.
    """
    growth = Decimal(samples[-1].funding_index) - Decimal(before.funding_index)
    rates = sum((abs(Decimal(each.funding_rate)) for each in samples), ZERO)
    premiums = sum((abs(Decimal(each.funding_premium)) for each in samples), ZERO)
    return growth * rates / premiums if premiums else ZERO


def summary_of(contract_id: ContractId) -> Flow[Summary]:
    """Return what is told of one market.

    Raises:
        MalformedPayload: nothing that can be read.
    """
    told = yield from _summaries([contract_id])
    row = told.get(contract_id)
    if not isinstance(row, Summary):
        raise MalformedPayload(f"the summary of {contract_id} cannot be read")
    return row


def _summaries(contracts: Sequence[ContractId]) -> Flow[dict[ContractId, Summary | Unreadable]]:
    """Ask for one market by name; the answer for all of them holds hundreds of options."""
    market = contracts[0] if len(contracts) == 1 else "ALL"
    answer = yield get("markets/summary", market=market)
    rows = read_rows(read_page(answer.body).rows, Summary, as_is, ("symbol",))
    return by_contract(rows, lambda row: ContractId(row.symbol))
