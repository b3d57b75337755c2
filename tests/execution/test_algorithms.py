"""TWAP, iceberg and chase: their next steps by table, and their trades at simulated venues."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Market,
    OrderStatus,
    OrderType,
    Side,
    Symbol,
)
from execution.algorithms import Chase, Iceberg, Twap
from execution.execution_values import (
    EndReason,
    ExecutedOrder,
    ExecutionLimits,
    ExecutionMode,
    Urgency,
)
from execution.order_prices import Quote
from execution.plan_values import (
    Attempt,
    Finish,
    LiveOrder,
    Send,
    Situation,
    Step,
    Terms,
    Wait,
    Withdraw,
)
from tests.conformance.conforming import Conforming
from tests.conformance.rig import ASKS, BID, Rig, play, setting
from tests.support.execution_stage import EVERYWHERE, RICH, Guard, asked, check_truth, executor_of

D = Decimal
MARKET = Market(
    Symbol("BTC"), ContractId("BTC"), tick=D("0.1"), step=D("0.001"), min_notional=D(10)
)
TERMS = Terms(Side.BUY, D(1), MARKET, Urgency.OPEN, reduce_only=False, limits=ExecutionLimits())
START = Situation(0.0, D(1), Quote(D(10_000), D(10_010)), D(10_005))


def at(elapsed_s: float, missing: str = "1", **changes: object) -> Situation:
    return replace(START, elapsed_s=elapsed_s, missing=D(missing), **changes)  # type: ignore[arg-type]  # of each field


def attempt(
    filled: str, sent_s: float, ended_s: float, status: OrderStatus = OrderStatus.CANCELED
) -> Attempt:
    order = ExecutedOrder(
        ClientOrderId("1"), OrderType.LIMIT, D("0.25"), D(10_000), status, D(filled)
    )
    return Attempt(order, sent_s, ended_s)


QUARTERS = Twap(duration_s=40, slices=4)


@pytest.mark.parametrize(
    ("situation", "step"),
    [
        (START, Send(D("0.25"), D("10001.0"))),
        (at(3, live=LiveOrder(0.0, D(10_001))), Wait(5.0)),
        (at(8, live=LiveOrder(0.0, D(10_001))), Withdraw()),
        (
            at(8, "0.9", attempts=(attempt("0.1", 0.0, 8.0),)),
            Send(D("0.15"), taking=True),
        ),
        (at(9, "0.75", attempts=(attempt("0.25", 0.0, 1.0),)), Wait(1.0)),
        (at(10, "0.75", attempts=(attempt("0.25", 0.0, 1.0),)), Send(D("0.25"), D("10001.0"))),
        (at(10, "0.9", attempts=(attempt("0.1", 0.0, 1.0),)), Send(D("0.4"), D("10001.0"))),
        (at(41, "0.25", attempts=(attempt("0.75", 0.0, 1.0),)), Send(D("0.25"), taking=True)),
        (at(39, "0"), Finish(EndReason.COMPLETE)),
    ],
    ids=[
        "the first part rests",
        "for most of its slot",
        "and is withdrawn then",
        "what it lacks is taken",
        "what is ahead of the schedule waits",
        "each slot has its part",
        "and what the one before it missed",
        "what is late in the end is taken",
        "and all of it is the end",
    ],
)
def test_a_twap_follows_its_schedule(situation: Situation, step: Step) -> None:
    assert QUARTERS.plan(TERMS).decide(situation) == step


def test_a_twap_slot_that_is_too_dear_is_left_to_the_next_and_the_last_says_so() -> None:
    terms = replace(TERMS, limits=ExecutionLimits(max_slippage_bps=D(1)))
    plan = QUARTERS.plan(terms)
    assert plan.decide(at(9)) == Wait(1.0)
    last = plan.decide(at(39))
    assert isinstance(last, Finish)
    assert last.reason is EndReason.TOO_DEAR


@pytest.mark.parametrize(
    ("situation", "step"),
    [
        (START, Send(D(1), D("10000.0"))),
        (at(0.5, live=LiveOrder(0.0, D(9_999))), Wait(0.25)),
        (at(1, live=LiveOrder(0.0, D(9_999))), Withdraw()),
        (at(5, live=LiveOrder(0.0, D(10_000))), Wait(0.25)),
        (at(5, quote=None, live=LiveOrder(0.0, D(9_999))), Wait(0.25)),
        (at(5.5, attempts=(attempt("0", 5.0, 5.25),)), Wait(0.5)),
        (at(40, live=LiveOrder(0.0, D(10_000))), Withdraw()),
        (at(40), Send(D(1), taking=True)),
    ],
    ids=[
        "begins at the touch",
        "rests a second at least",
        "follows when others are better priced",
        "stays while it is the touch",
        "stays while there is no price",
        "does not hurry after an order that came to nothing",
        "is withdrawn when the time is up",
        "and the rest is taken",
    ],
)
def test_a_chase_follows_the_touch(situation: Situation, step: Step) -> None:
    assert Chase().plan(TERMS).decide(situation) == step


def test_a_chase_goes_no_further_than_its_bound() -> None:
    terms = replace(TERMS, limits=ExecutionLimits(max_slippage_bps=D(10)))
    away = replace(START, quote=Quote(D(11_000), D(11_010)))
    assert Chase().plan(terms).decide(away) == Send(D(1), D("10015.0"))


def test_a_chase_at_its_bound_rests_there_while_the_market_is_away() -> None:
    terms = replace(TERMS, limits=ExecutionLimits(max_slippage_bps=D(10)))
    away = Quote(D(11_000), D(11_010))
    resting = at(10, quote=away, live=LiveOrder(1.0, D("10015.0")))
    assert Chase().plan(terms).decide(resting) == Wait(0.25)


def test_an_iceberg_shows_a_part_and_refills_at_once() -> None:
    plan = Iceberg(visible=D("0.4")).plan(TERMS)
    assert plan.decide(START) == Send(D("0.4"), D("10000.0"))
    filled = attempt("0.4", 0.0, 0.1, OrderStatus.FILLED)
    assert plan.decide(at(0.1, "0.6", attempts=(filled,))) == Send(D("0.4"), D("10000.0"))
    assert plan.decide(at(0.2, "0.2", attempts=(filled, filled))) == Send(D("0.2"), D("10000.0"))


def test_an_iceberg_leaves_no_last_part_that_is_too_small() -> None:
    terms = replace(TERMS, market=replace(MARKET, min_notional=D(100)))
    plan = Iceberg(visible=D("0.995")).plan(terms)
    assert plan.decide(START) == Send(D(1), D("10000.0"))


def test_an_iceberg_that_is_not_filled_in_time_leaves_the_rest() -> None:
    left = Finish(EndReason.TIMED_OUT, "1 left when the time was up")
    assert Iceberg(visible=D("0.4")).plan(TERMS).decide(at(40)) == left


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Twap(0, 4), "duration_s must be above zero, got 0"),
        (lambda: Twap(60, 0), "slices must be at least 1, got 0"),
        (lambda: Twap(60, 2, 1.5), "resting_share is from 0 to 1, got 1.5"),
        (lambda: Iceberg(D(0)), "visible must be above zero base units, got 0"),
        (lambda: Iceberg(D(1), 0), "reprice_s must be above zero, got 0"),
        (lambda: Chase(-1), "reprice_s must be above zero, got -1"),
    ],
)
def test_settings_that_mean_nothing_are_refused(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]  # a builder


# At venues ----------------------------------------------------------------------------------------


@EVERYWHERE
def test_a_twap_spreads_its_parts_over_the_time(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        guard = Guard(rig, D(1))
        request = asked(rig, ExecutionMode.LIMIT_ONLY)
        report = await executor_of(rig).execute(request, Twap(duration_s=40, slices=4))
        check_truth(rig, report)
        guard.check()
        assert report.algorithm == "twap"
        assert report.filled
        taken = [order.filled_size for order in report.orders if order.taking]
        assert taken == [D("0.25")] * 4
        assert 38 <= report.duration_s < 40

    play(facts, case)


@EVERYWHERE
def test_an_iceberg_never_shows_more_than_its_part(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        guard = Guard(rig, D(1))
        for second in range(1, 5):
            rig.clock.call_later(second, lambda: rig.let_the_market_sell(D("0.3"), BID - 10))
        request = asked(rig, ExecutionMode.LIMIT_ONLY)
        report = await executor_of(rig).execute(request, Iceberg(visible=D("0.25")))
        check_truth(rig, report)
        guard.check()
        assert report.algorithm == "iceberg"
        assert report.filled
        assert max(order.size for order in report.orders) == D("0.25")
        assert all(order.price == BID for order in report.orders)

    play(facts, case)


@EVERYWHERE
def test_a_chase_climbs_with_the_bids_and_never_over_its_own(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        guard = Guard(rig, D(1))
        for second in (2, 4):
            bids = [(BID + second, D(5))]
            rig.clock.call_later(second, partial(rig.set_book, bids, ASKS))
        rig.clock.call_later(6, lambda: rig.let_the_market_sell(D(10), BID))
        request = asked(rig, ExecutionMode.LIMIT_ONLY)
        report = await executor_of(rig).execute(request, Chase())
        check_truth(rig, report)
        guard.check()
        assert report.filled
        assert [order.price for order in report.orders] == [BID, BID + 2, BID + 4]
        assert report.average_price == BID + 4

    play(facts, case)
