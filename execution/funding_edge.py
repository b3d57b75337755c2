"""What a pair of perpetuals earns by funding, and what the pair costs: the maths of opportunities.

Bot, API and page show the same numbers because they ask this module. A pair is long on one venue
and short on another, equal in tokens. Everything is a fraction of one leg's notional:

    net = funding that settles within the horizon
          - four fees - slippage of entry and exit - basis

Rates are taken to stay as they are. Prices and sizes are per token, so that a contract of a
thousand tokens compares with one of a single token.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from exchange_clients.base_models import ZERO, DepthView, Level
from execution.liquidity import InsufficientDepth, walk_book
from execution.settlements import HOUR_NS, FundingSchedule

HOURS_PER_YEAR = Decimal(8760)
BREAK_EVEN_MAX_H = 720
"""A pair that needs longer than 30 days to earn its costs has no break-even worth telling."""
CAPACITY_STEPS = 24
"""Halvings in the search of a capacity: within a ten-millionth of the depth shown."""


@dataclass(frozen=True, slots=True)
class PairFunding:
    """The two legs' funding."""

    long: FundingSchedule
    short: FundingSchedule

    def received(self, now_ns: int, until_ns: int) -> Decimal:
        """Return what the pair receives after ``now_ns`` and up to ``until_ns``."""
        return self.short.paid_by_longs(now_ns, until_ns) - self.long.paid_by_longs(
            now_ns, until_ns
        )


@dataclass(frozen=True, slots=True)
class PairBooks:
    """Both venues' books, per token; see ``per_token``."""

    long: DepthView
    short: DepthView


@dataclass(frozen=True, slots=True)
class PairCosts:
    """What opening and closing costs, once; a negative basis is a gain."""

    fees: Decimal
    """Of four orders."""
    entry_slippage: Decimal = ZERO
    """From the mids to the average prices of a market order on each venue."""
    exit_slippage: Decimal = ZERO
    basis: Decimal = ZERO
    """How much dearer the long is than the short; it is taken to close until the exit."""

    @property
    def total(self) -> Decimal:
        """All of it."""
        return self.fees + self.entry_slippage + self.exit_slippage + self.basis


@dataclass(frozen=True, slots=True)
class Edge:
    """What is left of a pair's funding within a horizon."""

    horizon_hours: Decimal
    funding: Decimal
    costs: PairCosts

    @property
    def net(self) -> Decimal:
        """Funding less all costs."""
        return self.funding - self.costs.total

    @property
    def annual(self) -> Decimal:
        """``net`` repeated for a year, without compounding: 0.002 in 24 h is 0.73."""
        return self.net * HOURS_PER_YEAR / self.horizon_hours


@dataclass(frozen=True, slots=True)
class Capacity:
    """The notional (USD) of each leg at which the edge is used up."""

    notional: Decimal
    shown_depth_used: bool
    """Whether the edge outlasts the books as shown, so that the true figure is larger."""


def pair_edge(funding: PairFunding, costs: PairCosts, now_ns: int, horizon_hours: Decimal) -> Edge:
    """Return what the pair earns from now until the horizon."""
    if horizon_hours <= 0:
        raise ValueError(f"horizon_hours must be positive, got {horizon_hours}")
    until_ns = now_ns + int(horizon_hours * HOUR_NS)
    return Edge(horizon_hours, funding.received(now_ns, until_ns), costs)


def break_even_hours(funding: PairFunding, costs: Decimal, now_ns: int) -> Decimal | None:
    """Return after how many hours the funding received first covers ``costs``.

    None where that does not happen within ``BREAK_EVEN_MAX_H``; zero where there is nothing to
    cover. Settlements arrive at once, accrual grows in between, so the answer is a settlement or an
    instant on the slope after one.
    """
    if costs <= 0:
        return ZERO
    slope = _accrual_per_ns(funding)
    settled = ZERO
    for instant_ns, due in _settlements(funding, now_ns, now_ns + BREAK_EVEN_MAX_H * HOUR_NS):
        accrued = slope * (instant_ns - now_ns)
        if slope > 0 and costs - settled <= accrued:
            return (costs - settled) / slope / HOUR_NS
        settled += due
        if settled + accrued >= costs:
            return Decimal(instant_ns - now_ns) / HOUR_NS
    return None


def per_token(book: DepthView, multiplier: Decimal) -> DepthView:
    """Return a book of contracts as one of tokens: 1000PEPE at 0.01 is PEPE at 0.00001."""
    return DepthView(
        {
            side: [Level(level.price / multiplier, level.size * multiplier) for level in levels]
            for side, levels in book.items()
        }
    )


def mid_of(book: DepthView) -> Decimal | None:
    """Return the middle between the best prices; None where a side is empty or they cross."""
    if not book.bids or not book.asks or book.bids[0].price >= book.asks[0].price:
        return None
    return (book.bids[0].price + book.asks[0].price) / 2


def spread_of(book: DepthView) -> Decimal | None:
    """Return the spread as a fraction of mid; None where there is no mid."""
    mid = mid_of(book)
    return None if mid is None else (book.asks[0].price - book.bids[0].price) / mid


def basis_of(books: PairBooks) -> Decimal | None:
    """Return how much dearer the long is, as a fraction of the mean mid; None without a mid."""
    long, short = mid_of(books.long), mid_of(books.short)
    if long is None or short is None:
        return None
    return (long - short) * 2 / (long + short)


def pair_costs(books: PairBooks, fees: Decimal, notional: Decimal) -> PairCosts | None:
    """Return what the pair costs at ``notional`` (USD) on each leg.

    None where a book has no mid, or shows less than the notional: what is not known is not cheap.
    """
    basis = basis_of(books)
    buy, sell = _slippage(books.long, "asks", notional), _slippage(books.short, "bids", notional)
    back, cover = _slippage(books.long, "bids", notional), _slippage(books.short, "asks", notional)
    if basis is None or buy is None or sell is None or back is None or cover is None:
        return None
    return PairCosts(fees, buy + sell, back + cover, basis)


def capacity(books: PairBooks, fees: Decimal, funding: Decimal) -> Capacity:
    """Return the largest notional whose costs the funding of a horizon still covers.

    Slippage only grows with the notional, so the border is found by halving; the answer lies on its
    safe side and is rounded down to a cent.
    """

    def covered(notional: Decimal) -> bool:
        costs = pair_costs(books, fees, notional)
        return costs is not None and costs.total <= funding

    depth = _cents(min(_depth(book, side) for book in (books.long, books.short) for side in _SIDES))
    if depth <= 0:
        return Capacity(ZERO, shown_depth_used=False)
    if covered(depth):
        return Capacity(depth, shown_depth_used=True)
    low, high = ZERO, depth
    for _ in range(CAPACITY_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if covered(middle) else (low, middle)
    return Capacity(_cents(low), shown_depth_used=False)


_SIDES = ("bids", "asks")


def _slippage(book: DepthView, side: str, notional: Decimal) -> Decimal | None:
    """Return how far from mid a market order would trade on average, as a fraction of mid."""
    mid = mid_of(book)
    walk = walk_book(book[side], notional)
    if mid is None or isinstance(walk, InsufficientDepth):
        return None
    return abs(walk.average_price - mid) / mid


def _depth(book: DepthView, side: str) -> Decimal:
    return sum((level.price * level.size for level in book[side]), start=ZERO)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_FLOOR)


def _accrual_per_ns(funding: PairFunding) -> Decimal:
    """Return what the pair receives in each nanosecond by funding that accrues."""
    short, long = funding.short, funding.long
    earned = short.rate / short.interval_ns if short.next_ns is None else ZERO
    return earned - (long.rate / long.interval_ns if long.next_ns is None else ZERO)


def _settlements(funding: PairFunding, now_ns: int, until_ns: int) -> Iterator[tuple[int, Decimal]]:
    """Yield each settlement's instant, and what the pair receives then; at last the end.

    Both legs' of one instant are one.
    """
    never_ns = until_ns + 1
    short, long = funding.short, funding.long
    short_ns = short.next_after(now_ns) or never_ns
    long_ns = long.next_after(now_ns) or never_ns
    instant_ns = now_ns
    while instant_ns < until_ns:
        instant_ns, due = min(short_ns, long_ns, until_ns), ZERO
        if short_ns == instant_ns:
            due += short.rate
            short_ns += short.interval_ns
        if long_ns == instant_ns:
            due -= long.rate
            long_ns += long.interval_ns
        yield instant_ns, due
