"""What the answers of venues come to in the same way: funding rates and activity of markets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Protocol, TypeVar

from exchange_clients.base_funding_adapter import FundingRateSample, MarketStats
from exchange_clients.base_models import NS, ContractId, Symbol
from exchange_clients.errors import MalformedPayload
from exchange_clients.events import Unreadable
from exchange_clients.shared.market_table import Listing, MarketTable
from exchange_clients.shared.rows import told_apart

HOUR_MS = 3_600_000
HOUR_NS = 3_600 * NS
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

R = TypeVar("R")
T = TypeVar("T")


class Marked(Protocol):
    """A row that tells the price by which positions are valued."""

    mark_price: str


class Traded(Protocol):
    """A row that tells what was traded in a day, in the quote currency."""

    quote_volume: str


class Held(Protocol):
    """A row that tells what is open, in base units of one side."""

    open_interest: str


def interval_of(listing: Listing) -> Decimal:
    """Return a market's funding interval (hours), which is never guessed.

    Raises:
        MalformedPayload: the list of markets does not say it.
    """
    if listing.funding_interval_hours is None:
        raise MalformedPayload(f"{listing.market.contract_id} is listed without funding interval")
    return listing.funding_interval_hours


def next_boundary(at_ns: int, interval_hours: Decimal) -> int:
    """Return the settlement that follows an instant (ns), where they count from midnight UTC."""
    interval_ns = int(interval_hours * HOUR_NS)
    return (at_ns // interval_ns + 1) * interval_ns


def hours_between(times_ms: Iterable[int]) -> dict[int, Decimal]:
    """Return for each settlement the hours since the one before it; for the first, until the next.

    Where a venue's rows tell no interval. One settlement alone has none.
    """
    times = sorted(times_ms)
    gaps = [Decimal(later - at) / HOUR_MS for at, later in pairwise(times)]
    return dict(zip(times, [*gaps[:1], *gaps], strict=False))


def samples_within(
    samples: Iterable[FundingRateSample | Unreadable], since_ns: int, until_ns: int
) -> list[FundingRateSample | Unreadable]:
    """Return the rates settled in [since, until), each once, oldest first; then the unreadable.

    When a rate was settled is its ``next_funding_time``; of two of one instant the later listed
    counts.
    """
    known, unread = told_apart(samples)
    settled = {_settled_ns(sample): sample for sample in known}
    within = [settled[at_ns] for at_ns in sorted(settled) if since_ns <= at_ns < until_ns]
    return [*within, *unread]


def by_symbol(
    table: MarketTable,
    contracts: Sequence[ContractId],
    rows: Mapping[ContractId, R | Unreadable],
    read: Callable[[Listing, R], T | Unreadable],
) -> dict[Symbol, T | Unreadable]:
    """Return what each contract's row comes to; contracts without a row are left out."""
    return {
        listing.market.symbol: row if isinstance(row, Unreadable) else read(listing, row)
        for listing in map(table.of_contract, contracts)
        if (row := rows.get(listing.market.contract_id)) is not None
    }


def stats_of(
    symbol: Symbol,
    mark: Marked | Unreadable | None,
    ticker: Traded | Unreadable | None,
    interest: Held | Unreadable | None = None,
) -> MarketStats | Unreadable:
    """Return a market's activity out of three rows, what is open valued at the mark.

    A row that is missing leaves its figure unknown; one that cannot be read is told instead.
    """
    if isinstance(mark, Unreadable):
        return mark
    if isinstance(ticker, Unreadable):
        return ticker
    if isinstance(interest, Unreadable):
        return interest
    price = None if mark is None else Decimal(mark.mark_price)
    volume = None if ticker is None else Decimal(ticker.quote_volume)
    size = None if interest is None else Decimal(interest.open_interest)
    value = None if size is None or price is None else size * price
    return MarketStats(symbol, volume, value, price)


def _settled_ns(sample: FundingRateSample) -> int:
    """Return when a rate was settled."""
    assert sample.next_funding_time is not None, "a settled rate says when"
    return (sample.next_funding_time - _EPOCH) // timedelta(microseconds=1) * 1000
