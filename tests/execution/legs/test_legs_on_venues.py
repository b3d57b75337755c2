"""Executions of two legs on pairs of simulated venues, with what goes wrong there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import NS
from execution.legs.state import Outcome
from tests.conformance.venues import Channel, Deed
from tests.execution.legs.legs_rigs import SELLS, SIZE, Pair, legs, on_venues

D = Decimal
PAIRS = [("lighter", "backpack"), ("backpack", "grvt"), ("grvt", "lighter"), ("okx", "bybit")]
everywhere = pytest.mark.parametrize(("first", "second"), PAIRS, ids="-".join)


@everywhere
def test_two_venues_end_hedged(first: str, second: str) -> None:
    async def play(pair: Pair) -> None:
        report = await pair.executor.execute_atomically(legs())
        assert report.outcome is Outcome.HEDGED, report
        assert pair.positions() == (SIZE, -SIZE)
        assert pair.orders() == (1, 1)
        assert report.in_bound
        pair.check_even()

    on_venues(play, first, second)


@everywhere
def test_a_lost_answer_of_an_entry_is_looked_up_and_not_sent_again(first: str, second: str) -> None:
    async def play(pair: Pair) -> None:
        pair.b.befall("rp.drop", Deed.CREATE)
        report = await pair.executor.execute_atomically(legs())
        await pair.a.settle(5)
        pair.check_even()
        assert report.outcome in (Outcome.HEDGED, Outcome.UNWOUND), report
        assert report.in_bound, report
        entries = [one for one in pair.b.world_orders() if not one.reduce_only]
        assert len(entries) == 1

    on_venues(play, first, second)


@everywhere
def test_an_entry_that_never_arrives_ends_even(first: str, second: str) -> None:
    async def play(pair: Pair) -> None:
        pair.b.befall("rq.drop", Deed.CREATE)
        report = await pair.executor.execute_atomically(legs())
        assert report.outcome in (Outcome.HEDGED, Outcome.UNWOUND), report
        assert report.in_bound, report
        await pair.a.settle(5)
        pair.check_even()

    on_venues(play, first, second)


@everywhere
def test_a_storm_of_429_on_one_venue_ends_even(first: str, second: str) -> None:
    async def play(pair: Pair) -> None:
        pair.b.throttle(Deed.CREATE, times=4, seconds=0.5)
        report = await pair.executor.execute_atomically(legs())
        assert report.outcome in (Outcome.HEDGED, Outcome.UNWOUND, Outcome.NOTHING), report
        assert report.in_bound, report
        await pair.a.settle(5)
        pair.check_even()

    on_venues(play, first, second)


@everywhere
def test_fills_and_reports_that_come_twice_count_once(first: str, second: str) -> None:
    async def play(pair: Pair) -> None:
        for rig in pair.rigs.values():
            rig.disturb("ws.dup", Channel.FILLS, times=None)
            rig.disturb("ws.dup", Channel.ORDERS, times=None)
        report = await pair.executor.execute_atomically(legs())
        assert report.outcome is Outcome.HEDGED, report
        assert pair.positions() == (SIZE, -SIZE)
        assert pair.orders() == (1, 1)

    on_venues(play, first, second)


@everywhere
def test_fills_that_are_told_late_are_not_hedged_twice(first: str, second: str) -> None:
    """X9 of the faults."""

    async def play(pair: Pair) -> None:
        pair.b.disturb("ws.delay", Channel.FILLS, times=None, seconds=3.0)
        if pair.b.facts.channels[Channel.ORDERS] != pair.b.facts.channels[Channel.FILLS]:
            pair.b.disturb("ws.delay", Channel.ORDERS, times=None, seconds=3.0)
        report = await pair.executor.execute_atomically(legs())
        await pair.a.settle(10)
        assert report.outcome in (Outcome.HEDGED, Outcome.UNWOUND), report
        pair.check_even()

    on_venues(play, first, second)


@everywhere
def test_a_part_that_fills_and_then_silence_ends_even(first: str, second: str) -> None:
    async def play(pair: Pair) -> None:
        pair.b.set_book([(D(100_000), SIZE / 4), (D(99_000), D(5))], SELLS)
        await pair.a.settle(0.5)
        pair.clock.call_later(0.3, lambda: pair.b.set_book([(D(99_000), D(5))], SELLS))
        report = await pair.executor.execute_atomically(legs())
        assert report.outcome in (Outcome.HEDGED, Outcome.UNWOUND), report
        await pair.a.settle(3)
        pair.check_even()

    on_venues(play, first, second)


@everywhere
def test_a_book_that_vanishes_after_the_check_ends_even(first: str, second: str) -> None:
    async def play(pair: Pair) -> None:
        pair.b.set_book([(D(99_000), D(5))], SELLS)
        report = await pair.executor.execute_atomically(legs(), pre_flight_check=False)
        assert report.outcome in (Outcome.HEDGED, Outcome.UNWOUND), report
        await pair.a.settle(3)
        pair.check_even()

    on_venues(play, first, second)


@everywhere
@pytest.mark.parametrize("lost", ["rq.drop", "rp.drop"])
def test_a_venue_that_is_down_is_left_with_nothing_once_it_is_back(
    first: str, second: str, lost: str
) -> None:
    """X6 of the faults."""

    async def play(pair: Pair) -> None:
        pair.b.befall(lost, Deed.CREATE, times=None)
        for deed in (Deed.FIND, Deed.ACTIVE, Deed.FILLS):
            pair.b.befall("rq.drop", deed, times=None)
        pair.b.disturb("ws.drop", Channel.FILLS, times=None)
        pair.b.disturb("ws.drop", Channel.ORDERS, times=None)
        back = pair.clock.call_later(80, pair.b.plan.clear)
        report = await pair.executor.execute_atomically(legs())
        assert report.unhedged_s <= 60, report
        await pair.a.settle(max(back.when() - pair.clock.monotonic_ns() / NS, 0) + 90)
        reports = [report, *await pair.executor.resume()]
        await pair.a.settle(5)
        assert reports[-1].outcome in (Outcome.HEDGED, Outcome.UNWOUND), reports
        assert all(each.in_bound for each in reports), reports
        assert reports[-1].away_s > reports[-1].longest_s, "it was the venue that was waited for"
        pair.check_even()

    on_venues(play, first, second)
