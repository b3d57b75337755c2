"""Executions of two legs on two embedded paper venues."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import Side
from exchange_clients.paper.config import Acknowledge
from execution.legs.state import Job, Outcome
from tests.exchange_clients.paper.venue_stage import BTC
from tests.execution.legs.legs_stage import (
    ABOVE,
    BOTH,
    FLAT,
    LIMITS,
    SYMBOL,
    Book,
    Stage,
    on_stage,
    pair,
)

D = Decimal
VANISHED: Book = ([(92.0, 50.0)], [(100.2, 100.0)])
"""Venue b once its bids near the touch are gone."""
SHORT: Book = ([(100.1, 4.0), (92.0, 50.0)], [(100.2, 100.0)])
"""Venue b with bids for four alone near the touch."""


@pytest.mark.parametrize("acknowledge", BOTH)
def test_both_legs_fill_and_nothing_else_is_sent(acknowledge: Acknowledge) -> None:
    async def play(stage: Stage) -> None:
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.HEDGED, report
        assert report.success
        assert await stage.positions() == {"a": D(10), "b": D(-10)}
        assert report.residual_usd == 0
        assert [len(leg.orders) for leg in report.legs] == [1, 1]
        assert report.in_bound
        await stage.check_no_order_is_open()

    on_stage(play, acknowledge=acknowledge)


@pytest.mark.parametrize("acknowledge", BOTH)
def test_a_leg_whose_bids_vanish_is_undone_with_the_other_at_the_stated_cost(
    acknowledge: Acknowledge,
) -> None:
    """X1."""

    async def play(stage: Stage) -> None:
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.UNWOUND, report
        assert not report.success
        assert await stage.positions() == {"a": D(0), "b": D(0)}
        assert report.cost_usd == D("2.40")
        by_venue = {leg.venue: leg for leg in report.legs}
        assert by_venue["a"].cash_flow == D("-2.00")
        assert by_venue["b"].cash_flow == D("-0.40")
        undoing = [
            (leg.venue, each.order.side, each.order.filled, each.order.reduce_only)
            for leg in report.legs
            for each in leg.orders
            if each.order.job is Job.UNWIND
        ]
        assert sorted(undoing) == [("a", Side.SELL, D(10), True), ("b", Side.BUY, D(4), True)]
        assert [decision.choice for decision in report.decisions] == ["unwind"]
        await stage.check_no_order_is_open()

    on_stage(play, {0: FLAT}, {0: SHORT, 0.75: VANISHED}, acknowledge=acknowledge)


def test_undoing_ends_at_the_position_that_was_held_before() -> None:
    """X2."""

    async def play(stage: Stage) -> None:
        held = await stage.a.client.place_market_order(BTC, D(5), Side.BUY)
        assert held.success
        await stage.clock.sleep(0.1)
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.UNWOUND, report
        assert await stage.positions() == {"a": D(5), "b": D(0)}

    on_stage(play, {0: FLAT}, {0: SHORT, 0.75: VANISHED})


def test_parts_are_matched_where_that_costs_less_than_undoing_them() -> None:
    """X3."""
    a: Book = ([(99.8, 100.0)], [(100.0, 3.0), (100.3, 100.0)])
    b: Book = ([(100.1, 2.0), (99.9, 100.0)], [(100.2, 100.0)])
    dry_a: Book = ([(99.8, 100.0)], [(100.3, 100.0)])
    dry_b: Book = ([(99.9, 100.0)], [(100.2, 100.0)])

    async def play(stage: Stage) -> None:
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.HEDGED, report
        assert await stage.positions() == {"a": D(3), "b": D(-3)}
        hedges = [
            (leg.venue, each.order.quantity)
            for leg in report.legs
            for each in leg.orders
            if each.order.job is not Job.ENTRY
        ]
        assert hedges == [("b", D(1))]
        await stage.check_no_order_is_open()

    on_stage(play, {0: a, 0.75: dry_a}, {0: b, 0.75: dry_b})


@pytest.mark.parametrize(
    ("bid", "outcome", "held"),
    [(99.7, Outcome.HEDGED, D(-10)), (99.4, Outcome.UNWOUND, D(0))],
    ids=["within", "beyond"],
)
def test_a_hedge_pays_no_more_than_the_gap_to_the_other_leg(
    bid: float, outcome: Outcome, held: Decimal
) -> None:
    """A bought at 100, so with a gap of 0.50 B sells at 99.50 or better, or A is undone."""
    fallen: Book = ([(bid, 100.0)], [(bid + 0.1, 100.0)])

    async def play(stage: Stage) -> None:
        limits = replace(LIMITS, price_gap_max=D("0.5"))
        report = await stage.executor.execute_atomically(pair(), limits=limits)
        assert report.outcome is outcome, report
        assert (await stage.positions())["b"] == held
        await stage.check_no_order_is_open()

    on_stage(play, {0: FLAT}, {0: fallen})


def test_an_execution_that_closes_ends_flat() -> None:
    async def play(stage: Stage) -> None:
        await stage.executor.execute_atomically(pair())
        closing = [
            type(one)(one.venue, SYMBOL, one.side.opposite, one.quantity, reduce_only=True)
            for one in pair()
        ]
        report = await stage.executor.execute_atomically(closing)
        assert report.outcome is Outcome.HEDGED, report
        assert await stage.positions() == {"a": D(0), "b": D(0)}

    on_stage(play, {0: FLAT}, {0: ABOVE})
