"""I29: what is told of funding, by whom ever, is what its venue told when it was asked.

A rate moves with every second, so that it says itself when it was asked for. Of each venue it is
noted when it answered anything; a rate that is told is that of one of those instants.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from functools import partial

import msgspec

from exchange_clients.base_funding_adapter import (
    CANONICAL_INTERVAL_HOURS,
    BaseFundingAdapter,
    FundingRateSample,
)
from exchange_clients.base_models import NS, Market, Symbol
from exchange_clients.events import FundingUpdate
from tests.simulation.whole.injectors import ahead_s
from tests.simulation.whole.scenario import Scenario
from tests.simulation.whole.truth import WholeTruth
from tests.simulation.whole.venues import BEGIN_NS, WorldVenue
from venue_simulators.faults import Fault
from venue_simulators.paradex.listing import listing_of
from venue_simulators.request_log import Logged

D = Decimal
DIGIT_8H = D("1e-7")
"""What venues round away: the eighth digit of an hour's rate."""
ASKED_MAX_S = 46.0
"""How long a question about rates may be under way."""
STALE_MAX_S = 10.0
"""From how long ago an answer may be that its venue's replica gives."""
AS_OF_S = 1.1
"""How old an answer of the service may be: it is kept for a second."""
MS = 1_000_000
TOLD_NS = 999
"""What is cut off of an instant that is told, at most."""
HOUR_NS = 3600 * NS
ACCRUING = "paradex"
"""Pays by the minute, and tells a rate per the period that its list of markets names."""
SETTLED_ONLY = "lighter"
"""Tells the rate that was settled last, not the one that comes."""


class Row(msgspec.Struct):
    """One rate as the service's documents describe it."""

    dex: str
    symbol: str
    rate: Decimal
    interval_hours: Decimal
    next_funding_time: datetime | None
    collected_at: datetime
    age_s: float
    stale: bool


class Page(msgspec.Struct):
    """Rates as the service's documents describe them."""

    as_of: datetime
    stale_after_s: float
    rates: list[Row]


class RateTruth:
    """Compares rates that are told with those that were.

    Args:
        scenario: Says where reads may be stale.
        venues: Whose rates they are.
        truth: Takes a sentence for each that was not.
    """

    def __init__(
        self,
        scenario: Scenario,
        venues: Mapping[str, WorldVenue],
        truth: WholeTruth,
    ) -> None:
        self._venues = venues
        self._now_ns = truth.now_ns
        self._found = truth.found
        self.marks: Counter[str] = Counter()
        self.read_ns: dict[tuple[str, str], int] = {}
        """From when the youngest rate is that a process was told, by venue and symbol."""
        self._proven: dict[tuple[str, str, int, Decimal], None] = {}
        self._lagging = {row.venue for row in scenario.troubles if row.kind == Fault.STALE}
        self._wrong_clocks = [row for row in scenario.troubles if ahead_s(row)]
        self._answers: dict[str, list[tuple[int, int]]] = {}
        """By venue: when it answered, and what time it was there then."""
        for name, venue in venues.items():
            answers = self._answers[name] = []
            log = venue.venue.log
            log.keep = partial(_noted, log.keep, answers, venue)  # type: ignore[method-assign]

    def on_answer(self, body: bytes) -> None:
        """Take an answer of the service about running rates."""
        page = msgspec.json.decode(body, type=Page)
        as_of_ns = _ns(page.as_of)
        off_ns = self._off_ns(self._now_ns())
        if not -off_ns <= self._now_ns() - as_of_ns <= AS_OF_S * NS + off_ns:
            self._found(f"I29: an answer is said to be of {page.as_of}")
        for row in page.rates:
            self._check_age(row, page, as_of_ns)
            self._read(row.dex, row.symbol, self._now_ns() - round(row.age_s * NS))
            market = self._venues[row.dex].markets[row.symbol]
            sample = FundingRateSample(
                Symbol(row.symbol), row.rate, row.interval_hours, row.next_funding_time
            )
            self._check(row.dex, market, sample, _ns(row.collected_at), ASKED_MAX_S, as_of_ns)

    def rate_8h(self, venue: WorldVenue, market: Market) -> Decimal:
        """Return the rate per eight hours that a venue would tell now."""
        return self._at(venue.name, market, venue.world.now_ns)[0]

    def watch(self, venue: str, adapter: BaseFundingAdapter) -> None:
        """Compare what a venue's own adapter tells from now on."""
        fetch = adapter.fetch_funding_rates

        async def fetch_funding_rates() -> dict[Symbol, FundingRateSample]:
            asked_ns = self._now_ns()
            samples = await fetch()
            for_s = (self._now_ns() - asked_ns) / NS
            self.marks["rates of the venue itself"] += 1
            for symbol, sample in samples.items():
                market = self._venues[venue].markets[str(symbol)]
                self._check(venue, market, sample, asked_ns, for_s, None)
                self._read(venue, str(symbol), asked_ns)
            return samples

        adapter.fetch_funding_rates = fetch_funding_rates  # type: ignore[method-assign]

    def _read(self, venue: str, symbol: str, at_ns: int) -> None:
        key = (venue, symbol)
        self.read_ns[key] = max(self.read_ns.get(key, 0), at_ns)

    def _check_age(self, row: Row, page: Page, as_of_ns: int) -> None:
        # Of both instants we are told the microsecond, so that their distance is known to one.
        past_ns = as_of_ns - _ns(row.collected_at)
        ages_s = [max((past_ns + off_ns) // MS / 1000, 0.0) for off_ns in (TOLD_NS, -TOLD_NS)]
        self.marks["rates served old" if row.stale else "rates served"] += 1
        # A clock that was set back leaves rates of the future, which are told as of now.
        future = past_ns < -TOLD_NS and not self._off_ns(as_of_ns)
        if future or row.age_s not in ages_s:
            told, is_s = row.age_s, past_ns / NS
            self._found(f"I29: {row.dex} {row.symbol} is told as {told} s old, it is {is_s}")
        if row.stale != (row.age_s > page.stale_after_s):
            self._found(f"I29: {row.dex} {row.symbol} of {row.age_s} s ago is told as {row.stale=}")

    def _check(
        self,
        venue: str,
        market: Market,
        sample: FundingRateSample,
        since_ns: int,
        for_s: float,
        as_of_ns: int | None,
    ) -> None:
        if as_of_ns is not None:
            self._check_next(venue, sample, since_ns, as_of_ns)
        key = (venue, str(sample.symbol), since_ns, sample.raw_rate)
        if key in self._proven:
            return
        self._proven[key] = None
        told = sample.raw_rate * CANONICAL_INTERVAL_HOURS / sample.interval_hours
        off_ns = self._off_ns(since_ns)
        until_ns = since_ns + round(for_s * NS) + off_ns
        truths = self._truths(venue, market, since_ns - off_ns, until_ns)
        if not any(abs(true - told) <= DIGIT_8H for true, _ in truths):
            near = ", ".join(f"{true:.8f}" for true, _ in truths)
            self._found(f"I29: {venue} {sample.symbol} is told as {told:.8f}, it was {near}")
        elif not any(hours == sample.interval_hours for _, hours in truths):
            self._found(f"I29: {venue} {sample.symbol} is told per {sample.interval_hours} h")

    def _check_next(
        self, venue: str, sample: FundingRateSample, since_ns: int, as_of_ns: int
    ) -> None:
        """Check when it is paid: to the millisecond, and always in the future.

        It is counted on by the interval of when the rate was asked for.
        """
        told = sample.next_funding_time
        off_ns = self._off_ns(as_of_ns)
        instants = [as_of_ns] if not off_ns else [as_of_ns - off_ns, as_of_ns, as_of_ns + off_ns]
        funding = self._venues[venue].world._exchange.funding
        asked = (since_ns - off_ns - STALE_MAX_S * NS, since_ns, since_ns + ASKED_MAX_S * NS)
        known = dict.fromkeys(funding.terms(round(at_ns)) for at_ns in asked)
        true_ns = [terms.next_settlement_ns(at_ns) for terms in known for at_ns in instants]
        if told is not None and _ns(told) not in true_ns:
            self._found(f"I29: {venue} {sample.symbol} is told as paid at {told}, not {true_ns}")

    def _off_ns(self, at_ns: int) -> int:
        """Return by how much the machine's clock may be, or have been, off about an instant.

        It may have been set while its quartz drifts.
        """
        at_s = (at_ns - BEGIN_NS) / NS
        return sum(
            round(abs(ahead_s(row)) * NS)
            for row in self._wrong_clocks
            if row.at_s - STALE_MAX_S <= at_s <= row.at_s + row.for_s + STALE_MAX_S
        )

    def _truths(
        self, venue: str, market: Market, since_ns: int, until_ns: int
    ) -> list[tuple[Decimal, Decimal]]:
        """Return what the venue would have told whenever it answered within a span."""
        if venue in self._lagging:
            since_ns -= round(STALE_MAX_S * NS)
        answers = self._answers[venue]
        begin = bisect_left(answers, (since_ns - MS, 0))
        end = bisect_right(answers, until_ns + MS, key=lambda each: each[0])
        return [self._at(venue, market, there_ns) for _, there_ns in answers[begin:end]]

    def _at(self, venue: str, market: Market, at_ns: int) -> tuple[Decimal, Decimal]:
        """Return the rate per eight hours and its interval in hours, as the venue tells them."""
        coming = self._announced(venue, market, at_ns)
        rate_8h = coming.rate * CANONICAL_INTERVAL_HOURS / coming.interval_hours
        if venue == ACCRUING:
            return rate_8h, D(listing_of(market.contract_id).funding_hours)
        if venue != SETTLED_ONLY:
            return rate_8h, coming.interval_hours
        assert coming.next_funding_ns is not None, "it settles at instants"
        last_ns = coming.next_funding_ns - int(coming.interval_hours * HOUR_NS)
        world = self._venues[venue].world
        (last,) = world.funding_rates(market.contract_id, last_ns, last_ns + 1)
        return last.rate * CANONICAL_INTERVAL_HOURS / last.interval_hours, last.interval_hours

    def _announced(self, venue: str, market: Market, at_ns: int) -> FundingUpdate:
        funding = self._venues[venue].world._exchange.funding
        return funding.announced(market.contract_id, at_ns)


def _noted(
    keep: Callable[[Logged], None],
    answers: list[tuple[int, int]],
    venue: WorldVenue,
    entry: Logged,
) -> None:
    keep(entry)
    if entry.status == 200:
        answers.append((entry.at_ns, venue.world.now_ns))


def _ns(instant: datetime) -> int:
    whole = int(instant.replace(microsecond=0).timestamp())
    return whole * NS + instant.microsecond * 1000
