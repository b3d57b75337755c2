"""Which pairs are worth a position: every two venues of a symbol, judged and ranked.

The venue with the lower rate is held long, the other one short. A pair that lacks a number is
refused, never guessed: each rule names what it read and what it allows.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from exchange_clients.base_models import DepthView, Symbol
from execution.funding_edge import (
    Capacity,
    Edge,
    PairBooks,
    PairFunding,
    basis_of,
    break_even_hours,
    capacity,
    pair_costs,
    pair_edge,
    per_token,
    spread_of,
)
from execution.readings import MarketReading
from execution.settlements import FundingSchedule
from strategies.implementations.funding_arbitrage.parameters import Selection


class Rule(StrEnum):
    """What a pair may be refused for, in the order of asking."""

    RATE = "rate"
    VENUE = "venue"
    VOLUME = "volume"
    OPEN_INTEREST = "open_interest"
    BOOK = "book"
    SPREAD = "spread"
    PRICE_DIVERGENCE = "price_divergence"
    DEPTH = "depth"
    EDGE = "edge"
    BREAK_EVEN = "break_even"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a pair is not tradeable: the rule, and what was read against what is allowed."""

    symbol: Symbol
    long: str
    short: str
    rule: Rule
    detail: str


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A pair with what it earns at ``notional`` (USD) on each leg."""

    long: MarketReading
    short: MarketReading
    divergence_8h: Decimal
    """The short's rate less the long's, per eight hours."""
    edge: Edge
    break_even_hours: Decimal
    books: PairBooks
    notional: Decimal

    @property
    def symbol(self) -> Symbol:
        """What both legs hold."""
        return self.long.symbol

    @property
    def capacity(self) -> Capacity:
        """The notional at which the edge is used up; computed anew, as only people ask for it."""
        return capacity(self.books, self.edge.costs.fees, self.edge.funding)

    @property
    def pair(self) -> tuple[Symbol, str, str]:
        """Symbol, long venue, short venue."""
        return self.symbol, self.long.venue, self.short.venue


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything that one look at the markets came to."""

    opportunities: tuple[Opportunity, ...]
    """Best first: by edge, then by name."""
    refusals: tuple[Refusal, ...]

    def is_best(self, pair: tuple[str, str, str]) -> bool:
        """Whether a pair leads the ranking."""
        return bool(self.opportunities) and self.opportunities[0].pair == pair


def scan(readings: Sequence[MarketReading], settings: Selection, now_ns: int) -> Scan:
    """Judge every two venues of every symbol."""
    return ranked(judge(long, short, settings, now_ns) for long, short in _pairs(readings))


def ranked(verdicts: Iterable[Opportunity | Refusal]) -> Scan:
    """Sort verdicts: opportunities by edge, then by name; refusals as they come."""
    told = list(verdicts)
    opportunities = [each for each in told if isinstance(each, Opportunity)]
    opportunities.sort(key=lambda each: (-each.edge.net, each.pair))
    return Scan(tuple(opportunities), tuple(each for each in told if isinstance(each, Refusal)))


def judge(
    long: MarketReading, short: MarketReading, settings: Selection, now_ns: int
) -> Opportunity | Refusal:
    """Return what a pair is worth, or the first rule that refuses it."""
    return (
        _refused_early(long, short, settings, now_ns)
        or _refused_leg(long, short, _BOOK_RULES, settings, now_ns)
        or _judge_pair(long, short, settings, now_ns)
    )


def divergence_8h(long: MarketReading, short: MarketReading) -> Decimal | None:
    """Return the short's rate less the long's per eight hours; None where one is not known."""
    if long.funding is None or short.funding is None:
        return None
    return short.funding.normalized_rate - long.funding.normalized_rate


def token_book(reading: MarketReading) -> DepthView | None:
    """Return the book per token; None where there is none."""
    if reading.book is None:
        return None
    if reading.market.multiplier == 1:
        return reading.book
    return per_token(reading.book, reading.market.multiplier)


def rate_refusal(reading: MarketReading, age_max_ns: int, now_ns: int) -> str:
    """Say why a rate cannot be relied on; empty where it can."""
    if reading.funding is None:
        return "no rate"
    age_ns = now_ns - reading.funding_ns
    if age_ns > age_max_ns:
        return f"rate is {age_ns // 10**9} s old, limit {age_max_ns // 10**9} s"
    return ""


def _pairs(readings: Sequence[MarketReading]) -> Iterator[tuple[MarketReading, MarketReading]]:
    """Yield (lower rate, higher rate) of every two venues of a symbol, in the order of names."""
    ordered = sorted(readings, key=lambda each: (each.symbol, each.venue))
    for _, group in itertools.groupby(ordered, key=lambda each: each.symbol):
        for one, other in itertools.combinations(group, 2):
            if one.venue == other.venue:
                continue  # two contracts of one account are no pair: they net
            falling = (divergence_8h(one, other) or 0) < 0
            yield (other, one) if falling else (one, other)


def _rate(reading: MarketReading, settings: Selection, now_ns: int) -> str:
    return rate_refusal(reading, settings.rate_age_ns, now_ns)


def _venue(reading: MarketReading, settings: Selection, now_ns: int) -> str:
    del settings, now_ns
    return reading.trouble


def _volume(reading: MarketReading, settings: Selection, now_ns: int) -> str:
    del now_ns
    volume = None if reading.stats is None else reading.stats.volume_24h
    return _atleast(volume, settings.min_volume_usd)


def _open_interest(reading: MarketReading, settings: Selection, now_ns: int) -> str:
    del now_ns
    interest = None if reading.stats is None else reading.stats.open_interest
    return _atleast(interest, settings.min_open_interest_usd)


def _book(reading: MarketReading, settings: Selection, now_ns: int) -> str:
    if reading.book is None or spread_of(reading.book) is None:
        return "no sound book"
    age_ns = now_ns - reading.book_ns
    if age_ns > settings.book_age_ns:
        return f"book is {age_ns // 10**9} s old, limit {settings.book_age_ns // 10**9} s"
    return ""


def _spread(reading: MarketReading, settings: Selection, now_ns: int) -> str:
    del now_ns
    spread = None if reading.book is None else spread_of(reading.book)
    return _at_most(spread, settings.max_spread)


_LegRules: TypeAlias = tuple[tuple[Rule, Callable[[MarketReading, Selection, int], str]], ...]

EARLY_RULES: _LegRules = (
    (Rule.RATE, _rate),
    (Rule.VENUE, _venue),
    (Rule.VOLUME, _volume),
    (Rule.OPEN_INTEREST, _open_interest),
)
"""What is asked of each leg before any book is read, in this order."""
_BOOK_RULES: _LegRules = ((Rule.BOOK, _book), (Rule.SPREAD, _spread))


def _refused_early(
    long: MarketReading, short: MarketReading, settings: Selection, now_ns: int
) -> Refusal | None:
    return _refused_leg(long, short, EARLY_RULES, settings, now_ns)


def _refused_leg(
    long: MarketReading,
    short: MarketReading,
    rules: _LegRules,
    settings: Selection,
    now_ns: int,
) -> Refusal | None:
    """Return the first rule that either leg breaks; None where they keep all."""
    for rule, check in rules:
        for reading in (long, short):
            detail = check(reading, settings, now_ns)
            if detail:
                return refuse(long, short, rule, f"{reading.venue}: {detail}")
    return None


def _judge_pair(
    long: MarketReading, short: MarketReading, settings: Selection, now_ns: int
) -> Opportunity | Refusal:
    """Judge what only both legs together tell; each leg alone has passed."""
    long_book, short_book = token_book(long), token_book(short)
    assert long_book is not None, "a book was asked for before"
    assert short_book is not None, "a book was asked for before"
    books = PairBooks(long_book, short_book)
    basis = basis_of(books)
    if detail := _at_most(None if basis is None else abs(basis), settings.max_price_divergence):
        return refuse(long, short, Rule.PRICE_DIVERGENCE, detail)
    fees = _fees(long, short, settings)
    costs = pair_costs(books, fees, settings.notional)
    if costs is None:
        detail = f"a book shows less than {settings.notional} USD on one side"
        return refuse(long, short, Rule.DEPTH, detail)
    funding = _funding(long, short)
    edge = pair_edge(funding, costs, now_ns, settings.horizon_hours)
    if edge.net < settings.min_edge:
        return refuse(long, short, Rule.EDGE, f"{percent(edge.net)}, {least(settings.min_edge)}")
    hours = break_even_hours(funding, costs.total, now_ns)
    if hours is None or hours > settings.max_break_even_hours:
        detail = "never" if hours is None else f"{hours:.1f} h"
        limit = f"limit {settings.max_break_even_hours} h"
        return refuse(long, short, Rule.BREAK_EVEN, f"{detail}, {limit}")
    divergence = divergence_8h(long, short)
    assert divergence is not None, "rates were asked for before"
    return Opportunity(
        long=long,
        short=short,
        divergence_8h=divergence,
        edge=edge,
        break_even_hours=hours,
        books=books,
        notional=settings.notional,
    )


def _fees(long: MarketReading, short: MarketReading, settings: Selection) -> Decimal:
    """Return what the four orders of a pair cost."""
    return 2 * (settings.fee(long.market) + settings.fee(short.market))


def _funding(long: MarketReading, short: MarketReading) -> PairFunding:
    assert long.funding is not None, "a rate was asked for before"
    assert short.funding is not None, "a rate was asked for before"
    return PairFunding(FundingSchedule.of(long.funding), FundingSchedule.of(short.funding))


def percent(fraction: Decimal) -> str:
    """Write a fraction for people: 0.0005 is ``0.0500 %``."""
    return f"{fraction * 100:.4f} %"


def refuse(long: MarketReading, short: MarketReading, rule: Rule, detail: str) -> Refusal:
    """Return a refusal of a pair."""
    return Refusal(long.symbol, long.venue, short.venue, rule, detail)


def _atleast(value: Decimal | None, limit: Decimal) -> str:
    """Say what is wrong with a figure in USD; one that is not known is wrong, whatever the limit.

    A limit of zero asks nothing, so that it can be switched off where a venue tells no figure.
    """
    if limit == 0 or (value is not None and value >= limit):
        return ""
    return f"{'not known' if value is None else f'{value:.0f} USD'}, at least {limit} USD"


def _at_most(value: Decimal | None, limit: Decimal) -> str:
    if value is not None and value <= limit:
        return ""
    return f"{'not known' if value is None else percent(value)}, at most {percent(limit)}"


def least(limit: Decimal) -> str:
    """Say that something must be at least so large."""
    return f"at least {percent(limit)}"
