"""Which pairs funding would pay for holding: every two venues of a symbol, filtered and ranked.

The maths is ``execution.funding_edge``, the same that the bot decides by. A filter on a figure that
is not known refuses, and a rate that is stale makes no pair; how many were left out, and why, is
told beside the ranking.

Every two venues of hundreds of symbols are ten thousand pairs. What a leg contributes is computed
once for each leg, pairs are compared by integers, and the exact figures are made for those shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from heapq import nsmallest
from math import inf
from typing import NamedTuple, TypeAlias

from exchange_clients.base_models import NS, ZERO
from execution.funding_edge import (
    Capacity,
    Edge,
    PairBooks,
    PairCosts,
    PairFunding,
    break_even_hours,
    capacity,
    pair_costs,
    pair_edge,
    spread_of,
)
from execution.settlements import HOUR_NS
from funding_rate_service.core.board import (
    STALE_AFTER_S,
    BookReading,
    Listed,
    Snapshot,
    in_units,
)
from funding_rate_service.core.values import MarketRate

BOOKS_APART_MAX_NS = 10 * NS
"""Two books that were read further apart tell of two markets at two times."""


class Sorting(StrEnum):
    """What comes first."""

    NET = "net"
    DIVERGENCE = "divergence"
    VOLUME = "volume"
    OPEN_INTEREST = "open_interest"


class FeeBasis(StrEnum):
    """Whose fees are reckoned with."""

    TAKER = "taker"
    MAKER = "maker"


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and most; None asks nothing. What is not known keeps no bound."""

    least: Decimal | None = None
    most: Decimal | None = None

    def keeps(self, value: Decimal | None) -> bool:
        """Tell whether a value lies within."""
        if self.least is None and self.most is None:
            return True
        if value is None:
            return False
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What pairs are asked for. Rates and profits are fractions, amounts USD."""

    symbol: str | None = None
    dexes: tuple[str, ...] = ()
    """Only these venues; none given means all."""
    exclude: tuple[str, ...] = ()
    required_dex: str | None = None
    """One of the legs is there."""
    min_divergence: Decimal | None = None
    """Of rates per eight hours."""
    min_profit: Decimal | None = None
    """Of the net within the horizon."""
    volume: Bounds = Bounds()
    """Of each leg."""
    open_interest: Bounds = Bounds()
    max_spread: Decimal | None = None
    """Of each leg's book, as a fraction of mid."""
    max_price_divergence: Decimal | None = Decimal("0.01")
    """Of the marks, as a fraction of their mean: two tokens of one name differ by more."""
    horizon_hours: Decimal = Decimal(24)
    notional: Decimal = Decimal(1000)
    """USD on each leg, for what depth costs."""
    fees: FeeBasis = FeeBasis.TAKER
    stale_after_s: float = STALE_AFTER_S
    sort: Sorting = Sorting.NET


class Leg(NamedTuple):
    """One market with what it contributes to any pair, in units of 10^-UNITS."""

    listed: Listed
    at_ns: int
    as_long: int
    """What holding it long costs within the horizon, its two orders' fees included."""
    as_short: int
    """What holding it short brings, less its fees."""
    fee: Decimal
    """Of one order."""
    book: BookReading | None

    @property
    def venue(self) -> str:
        """Where it is held."""
        return self.listed.venue

    @property
    def rate(self) -> MarketRate:
        """What the venue told."""
        return self.listed.rate


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair and what it earns; what is costly to compute is computed when it is read."""

    long: Leg
    short: Leg
    horizon_hours: Decimal
    costs: PairCosts
    depth_known: bool
    """Whether slippage and basis are part of the costs."""
    now_ns: int

    @property
    def symbol(self) -> str:
        """What both legs hold."""
        return self.long.rate.symbol

    @property
    def key(self) -> tuple[str, str, str]:
        """Symbol, long venue, short venue."""
        return self.symbol, self.long.venue, self.short.venue

    @property
    def divergence_8h(self) -> Decimal:
        """The short's rate less the long's, per eight hours."""
        return self.short.rate.rate_8h - self.long.rate.rate_8h

    @property
    def edge(self) -> Edge:
        """Funding within the horizon against all costs."""
        return pair_edge(self._funding, self.costs, self.now_ns, self.horizon_hours)

    @property
    def _funding(self) -> PairFunding:
        return PairFunding(self.long.listed.schedule, self.short.listed.schedule)

    @property
    def break_even_hours(self) -> Decimal | None:
        """After how long funding has paid the costs; None where it does not within 30 days."""
        return break_even_hours(self._funding, self.costs.total, self.now_ns)

    @property
    def capacity(self) -> Capacity | None:
        """The notional at which the edge is used up; None where a book is not known."""
        books = _books(self.long, self.short)
        return None if books is None else capacity(books, self.costs.fees, self.edge.funding)


@dataclass(frozen=True, slots=True)
class Ranking:
    """Pairs, best first."""

    pairs: Sequence[Pair]
    more: bool
    """Whether others follow."""
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many markets make no pair at all, by the reason."""


def rank(
    snapshot: Snapshot, wanted: Wanted, now_ns: int, *, limit: int = 50, offset: int = 0
) -> Ranking:
    """Return so many of the pairs that are wanted, best first; ties by name."""
    left_out: Counter[str] = Counter()
    groups = [legs for legs in _legs(snapshot, wanted, now_ns, left_out) if len(legs) > 1]
    end = offset + limit
    best = _best(groups, wanted, end + 1)
    pairs = [
        _pair(long, short, costs, wanted, now_ns) for *_, long, short, costs in best[offset:end]
    ]
    return Ranking(pairs, len(best) > end, dict(sorted(left_out.items())))


def _best(groups: Sequence[Sequence[Leg]], wanted: Wanted, count: int) -> list[_Candidate]:
    """Return so many of the best pairs; symbols that can hold none of them are not looked into."""
    if wanted.sort is not Sorting.NET:
        return nsmallest(count, [each for legs in groups for each in _candidates(legs, wanted)])
    best: list[_Candidate] = []
    promises = [(-_promise(legs), place) for place, legs in enumerate(groups)]
    for promise, place in sorted(promises):
        if len(best) == count and promise > best[-1][0]:
            break
        best = nsmallest(count, [*best, *_candidates(groups[place], wanted)])
    return best


def _promise(legs: Sequence[Leg]) -> float:
    """Return what no pair of a symbol exceeds; a book may turn the basis into a gain."""
    if any(leg.book is not None for leg in legs):
        return inf
    return max(leg.as_short for leg in legs) - min(leg.as_long for leg in legs)


# Legs ---------------------------------------------------------------------------------------------


def _legs(
    snapshot: Snapshot, wanted: Wanted, now_ns: int, left_out: Counter[str]
) -> Iterator[list[Leg]]:
    """Yield the usable legs of every symbol, the lowest rate first."""
    stale = snapshot.stale_venues(now_ns, wanted.stale_after_s)
    symbols = snapshot.by_symbol
    chosen = symbols if wanted.symbol is None else {wanted.symbol: symbols.get(wanted.symbol, [])}
    make = _LegMaker(snapshot, wanted, now_ns)
    for rates in chosen.values():
        legs = []
        for each in rates:
            if (wanted.dexes and each.venue not in wanted.dexes) or each.venue in wanted.exclude:
                continue
            leg = "stale" if each.venue in stale else make.leg(each)
            if isinstance(leg, str):
                left_out[leg] += 1
            else:
                legs.append(leg)
        legs.sort(key=lambda leg: (leg.listed.units_8h, leg.listed.venue))
        yield legs


class _LegMaker:
    """Makes legs for one question; markets that settle at the same time share the count."""

    def __init__(self, snapshot: Snapshot, wanted: Wanted, now_ns: int) -> None:
        self._snapshot = snapshot
        self._wanted = wanted
        self._span_ns = now_ns, now_ns + int(wanted.horizon_hours * HOUR_NS)
        self._book_ns = now_ns - int(STALE_AFTER_S * NS)
        self._counts: dict[tuple[int, int | None], tuple[int, int]] = {}
        self._maker = wanted.fees is FeeBasis.MAKER
        self._asks_figures = (wanted.volume, wanted.open_interest) != (Bounds(), Bounds())

    def leg(self, listed: Listed) -> Leg | str:
        """Return a leg, or which filter it fails."""
        rate, wanted = listed.rate, self._wanted
        fee = rate.maker_fee if self._maker else rate.taker_fee
        fee_units = listed.maker_units if self._maker else listed.taker_units
        if fee is None or fee_units is None:
            return "fees"
        if self._asks_figures and not wanted.volume.keeps(rate.volume_24h_usd):
            return "volume"
        if self._asks_figures and not wanted.open_interest.keeps(rate.open_interest_usd):
            return "open_interest"
        book = self._book(listed)
        if wanted.max_spread is not None:
            spread = None if book is None else spread_of(book.book)
            if spread is None or spread > wanted.max_spread:
                return "spread"
        paid = self._paid(listed)
        at_ns = self._snapshot.collections[listed.venue].at_ns
        return Leg(listed, at_ns, paid + 2 * fee_units, paid - 2 * fee_units, fee, book)

    def _paid(self, listed: Listed) -> int:
        """Return what a long pays within the horizon."""
        schedule = listed.schedule
        key = schedule.interval_ns, schedule.next_ns
        ratio = self._counts.get(key)
        if ratio is None:
            ratio = schedule.settlements(*self._span_ns).as_integer_ratio()
            self._counts[key] = ratio
        return listed.rate_units * ratio[0] // ratio[1]

    def _book(self, listed: Listed) -> BookReading | None:
        """Return the book where it is known and fresh."""
        reading = self._snapshot.books.get((listed.venue, listed.rate.symbol))
        return reading if reading is not None and reading.at_ns >= self._book_ns else None


# Pairs --------------------------------------------------------------------------------------------


_Candidate: TypeAlias = tuple[int | Decimal, str, str, str, Leg, Leg, PairCosts | None]
"""Less is better; then symbol and venues for ties, and what a pair is made of."""


def _candidates(legs: Sequence[Leg], wanted: Wanted) -> Iterator[_Candidate]:
    """Yield what is wanted of every two legs; the lower rate, which comes first, is held long."""
    least_profit = None if wanted.min_profit is None else in_units(wanted.min_profit)
    least_apart = None if wanted.min_divergence is None else in_units(wanted.min_divergence)
    by_net = wanted.sort is Sorting.NET
    symbol = legs[0].listed.rate.symbol
    for place, long in enumerate(legs):
        long_venue, long_8h = long.listed.venue, long.listed.units_8h
        for short in legs[place + 1 :]:
            short_venue = short.listed.venue
            if wanted.required_dex not in (None, long_venue, short_venue):
                continue
            if least_apart is not None and short.listed.units_8h - long_8h < least_apart:
                continue
            if _prices_differ(long.rate, short.rate, wanted.max_price_divergence):
                continue
            costs = None if long.book is None or short.book is None else _full(long, short, wanted)
            net = short.as_short - long.as_long
            if costs is not None:
                net -= in_units(costs.total - costs.fees)
            if least_profit is not None and net < least_profit:
                continue
            worth = net if by_net else _worth(long, short, wanted.sort)
            yield -worth, symbol, long_venue, short_venue, long, short, costs


def _pair(long: Leg, short: Leg, costs: PairCosts | None, wanted: Wanted, now_ns: int) -> Pair:
    known = costs is not None
    return Pair(long, short, wanted.horizon_hours, costs or _fees(long, short), known, now_ns)


def _fees(long: Leg, short: Leg) -> PairCosts:
    """Return what four orders cost, without depth."""
    return PairCosts(2 * (long.fee + short.fee))


def _full(long: Leg, short: Leg, wanted: Wanted) -> PairCosts | None:
    """Return the costs with slippage and basis; None where a book shows too little."""
    books = _books(long, short)
    return None if books is None else pair_costs(books, _fees(long, short).fees, wanted.notional)


def _books(long: Leg, short: Leg) -> PairBooks | None:
    """Return both books; None where they do not tell of one instant, which would be a basis."""
    one, other = long.book, short.book
    if one is None or other is None or abs(one.at_ns - other.at_ns) > BOOKS_APART_MAX_NS:
        return None
    return PairBooks(one.book, other.book)


def _prices_differ(one: MarketRate, other: MarketRate, most: Decimal | None) -> bool:
    """Tell whether two marks are further apart than asked; one that is not known is."""
    if most is None:
        return False
    if one.mark_price is None or other.mark_price is None:
        return True
    apart = abs(one.mark_price - other.mark_price) * 2
    return apart > most * (one.mark_price + other.mark_price)


def _worth(long: Leg, short: Leg, sorting: Sorting) -> int | Decimal:
    """Return what a pair is ranked by; of two legs the smaller figure counts."""
    if sorting is Sorting.DIVERGENCE:
        return short.listed.units_8h - long.listed.units_8h
    if sorting is Sorting.VOLUME:
        return min(each.rate.volume_24h_usd or ZERO for each in (long, short))
    return min(each.rate.open_interest_usd or ZERO for each in (long, short))
