"""Which books are worth asking for: every pair of every venue judged by all but its books.

Of nine venues with two hundred markets each there are 7,200 pairs, looked at in each survey on the
loop that trades. So what a market alone decides is computed once for each market, and a refusal is
worded when somebody reads it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import NamedTuple

from exchange_clients.base_models import ZERO, Symbol
from execution.readings import MarketReading
from execution.settlements import HOUR_NS, FundingSchedule
from strategies.implementations.funding_arbitrage.parameters import Selection
from strategies.implementations.funding_arbitrage.scanner import (
    EARLY_RULES,
    Refusal,
    Rule,
    least,
    percent,
    refuse,
)

KEPT = len(EARLY_RULES)
"""The place after the last rule."""


def promising(readings: Sequence[MarketReading], settings: Selection, now_ns: int) -> Promising:
    """Judge every pair by all but its books: which books are worth asking for, best first.

    The edge before slippage and basis is the most that slippage leaves, so a pair refused for it
    here cannot pass later unless its basis is a gain; the refusal says so.
    """
    until_ns = now_ns + int(settings.horizon_hours * HOUR_NS)
    legs = [_early_leg(each, settings, now_ns, until_ns) for each in readings]
    found: list[tuple[Decimal, _EarlyPair]] = []
    refused: list[_EarlyPair] = []
    for pair in _early_pairs(legs):
        net = pair.net
        if net is not None and net >= settings.min_edge:
            found.append((net, pair))
        else:
            refused.append(pair)
    found.sort(key=itemgetter(0), reverse=True)  # those of one edge stay in the order of names
    pairs = [(pair.long.reading, pair.short.reading) for _, pair in found]
    return Promising(pairs, _EarlyRefusals(refused, settings))


@dataclass(frozen=True, slots=True)
class Promising:
    """What a look at all markets without books came to."""

    pairs: Sequence[tuple[MarketReading, MarketReading]]
    """Long and short of those that may be worth a position, best first."""
    refusals: Iterable[Refusal]
    """Of the others, in the order of names; worded one by one, for who wants to read them."""


@dataclass(frozen=True, slots=True)
class _EarlyLeg:
    """What one market says of every pair that it may be a leg of."""

    reading: MarketReading
    symbol: Symbol
    venue: str
    told: bool
    """Whether its rate is known; what is not known is refused, and never the lower one."""
    rate: Decimal
    """Per eight hours."""
    broken: int
    """The first early rule that it breaks, by its place; ``KEPT`` where it keeps all."""
    detail: str
    as_long: Decimal
    """What holding it long earns within the horizon, less the fees of opening and closing."""
    as_short: Decimal
    """The same of holding it short."""


class _EarlyPair(NamedTuple):
    """Two markets of a symbol, the lower rate first."""

    long: _EarlyLeg
    short: _EarlyLeg

    @property
    def net(self) -> Decimal | None:
        """The edge before slippage and basis; None where a rule refuses either leg."""
        if self.long.broken != KEPT or self.short.broken != KEPT:
            return None
        return self.long.as_long + self.short.as_short

    def refusal(self, settings: Selection) -> Refusal:
        """Say why it is not worth a look at its books."""
        net = self.net
        if net is not None:
            detail = f"{percent(net)} before slippage and basis, {least(settings.min_edge)}"
            return refuse(self.long.reading, self.short.reading, Rule.EDGE, detail)
        worse = self.long if self.long.broken <= self.short.broken else self.short
        rule, _ = EARLY_RULES[worse.broken]
        detail = f"{worse.venue}: {worse.detail}"
        return refuse(self.long.reading, self.short.reading, rule, detail)


class _EarlyRefusals:
    """Words refusals when they are read: of thousands of pairs people read the first ones."""

    def __init__(self, pairs: Sequence[_EarlyPair], settings: Selection) -> None:
        self._pairs = pairs
        self._settings = settings

    def __iter__(self) -> Iterator[Refusal]:
        return (pair.refusal(self._settings) for pair in self._pairs)


def _early_leg(
    reading: MarketReading, settings: Selection, now_ns: int, until_ns: int
) -> _EarlyLeg:
    funding, paid, fees = reading.funding, ZERO, 2 * settings.fee(reading.market)
    broken, detail = KEPT, ""
    for place, (_, check) in enumerate(EARLY_RULES):
        detail = check(reading, settings, now_ns)
        if detail:
            broken = place
            break
    if funding is not None and not detail:
        paid = FundingSchedule.of(funding).paid_by_longs(now_ns, until_ns)
    return _EarlyLeg(
        reading=reading,
        symbol=reading.symbol,
        venue=reading.venue,
        told=funding is not None,
        rate=ZERO if funding is None else funding.normalized_rate,
        broken=broken,
        detail=detail,
        as_long=-paid - fees,
        as_short=paid - fees,
    )


def _early_pairs(legs: Sequence[_EarlyLeg]) -> Iterator[_EarlyPair]:
    """Yield every two venues of a symbol as ``_pairs`` does."""
    ordered = sorted(legs, key=lambda each: (each.symbol, each.venue))
    for _, group in itertools.groupby(ordered, key=lambda each: each.symbol):
        for one, other in itertools.combinations(group, 2):
            if one.venue != other.venue:
                falling = one.told and other.told and other.rate < one.rate
                yield _EarlyPair(other, one) if falling else _EarlyPair(one, other)
