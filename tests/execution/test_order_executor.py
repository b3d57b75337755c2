"""Modes of the executor at venues of every kind of answer, judged by the venue's own books."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import OrderStatus, OrderType, Side
from execution.execution_values import (
    EndReason,
    ExecutionLimits,
    ExecutionMode,
    ExecutionOutcome,
    Urgency,
)
from tests.conformance.conforming import Conforming
from tests.conformance.rig import ASK, BID, Rig, play, setting
from tests.support.execution_stage import EVERYWHERE, RICH, asked, check_truth, executor_of

D = Decimal


@EVERYWHERE
def test_what_the_limit_did_not_fill_in_time_is_taken(facts: Conforming) -> None:
    """X4: the limit fills 0.6 of 1.0, so the market order is of 0.4 and never of 1.0."""

    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.clock.call_later(5, lambda: rig.let_the_market_sell(D("0.6"), BID))
        request = asked(rig, ExecutionMode.LIMIT_WITH_FALLBACK)
        report = await executor_of(rig).execute(request)
        check_truth(rig, report)
        assert [(order.size, order.filled_size) for order in report.orders] == [
            (D(1), D("0.6")),
            (D("0.4"), D("0.4")),
        ]
        assert [order.order_type for order in report.orders] == [OrderType.LIMIT, OrderType.MARKET]
        assert report.outcome is ExecutionOutcome.FILLED
        assert report.ended_by is EndReason.COMPLETE
        assert report.arrival_mid == (BID + ASK) / 2
        assert 40 <= report.duration_s < 42

    play(facts, case)


@EVERYWHERE
def test_market_only_takes_all_of_it_at_once(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        report = await executor_of(rig).execute(asked(rig, ExecutionMode.MARKET_ONLY))
        check_truth(rig, report)
        assert report.outcome is ExecutionOutcome.FILLED
        assert [order.status for order in report.orders] == [OrderStatus.FILLED]
        assert report.average_price == ASK
        assert report.slippage_bps is not None
        assert round(report.slippage_bps, 4) == D("0.5000")

    play(facts, case)


@EVERYWHERE
def test_limit_only_leaves_what_did_not_fill(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.clock.call_later(5, lambda: rig.let_the_market_sell(D("0.6"), BID))
        report = await executor_of(rig).execute(asked(rig, ExecutionMode.LIMIT_ONLY))
        check_truth(rig, report)
        assert report.filled_size == D("0.6")
        assert report.outcome is ExecutionOutcome.PARTIALLY_FILLED
        assert report.ended_by is EndReason.TIMED_OUT

    play(facts, case)


@EVERYWHERE
def test_an_aggressive_limit_trades_through_the_spread_in_the_end(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        report = await executor_of(rig).execute(asked(rig, ExecutionMode.AGGRESSIVE_LIMIT))
        check_truth(rig, report)
        assert report.outcome is ExecutionOutcome.FILLED
        assert report.orders_used == 11
        assert report.duration_s < 13
        prices = [order.price for order in report.orders if order.price is not None]
        assert prices == sorted(prices)
        assert prices[0] == BID

    play(facts, case)


@EVERYWHERE
def test_a_closing_works_through_its_eight_tries_and_only_reduces(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        await rig.buy_at_once(D(1))
        mine = len(rig.world_fills())
        request = asked(
            rig,
            ExecutionMode.AGGRESSIVE_LIMIT,
            side=Side.SELL,
            urgency=Urgency.CLOSE,
            reduce_only=True,
        )
        report = await executor_of(rig).execute(request)
        assert report.outcome is ExecutionOutcome.FILLED
        assert report.orders_used <= 9
        assert report.duration_s < 9
        assert rig.world_position() == 0
        assert report.filled_size == sum((fill.size for fill in rig.world_fills()[mine:]), D(0))
        assert not rig.world_open()

    play(facts, case)


@EVERYWHERE
def test_adaptive_takes_at_once_what_a_deep_narrow_book_holds(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        report = await executor_of(rig).execute(asked(rig, ExecutionMode.ADAPTIVE))
        check_truth(rig, report)
        assert report.mode is ExecutionMode.MARKET_ONLY
        assert report.filled

    play(facts, case)


@EVERYWHERE
def test_adaptive_leaves_a_book_alone_that_is_too_thin(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        limits = ExecutionLimits(timeout_s=3)
        request = asked(rig, ExecutionMode.ADAPTIVE, "20", limits=limits)
        report = await executor_of(rig).execute(request)
        check_truth(rig, report)
        assert report.mode is ExecutionMode.LIMIT_ONLY
        assert report.outcome is ExecutionOutcome.NOT_FILLED

    play(facts, case)


@EVERYWHERE
def test_nothing_is_bought_beyond_the_slippage_that_is_allowed(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        limits = ExecutionLimits(max_slippage_bps=D(1))
        request = asked(rig, ExecutionMode.MARKET_ONLY, "7", limits=limits)
        report = await executor_of(rig).execute(request)
        check_truth(rig, report)
        assert report.filled_size == 5
        assert report.ended_by in (EndReason.TOO_DEAR, EndReason.TIMED_OUT)
        assert all(order.price is not None for order in report.orders)
        assert all(fill.price <= D("100015.1") for fill in rig.world_fills())

    play(facts, case)


@EVERYWHERE
def test_a_refusal_that_stays_one_is_reported_at_once(facts: Conforming) -> None:
    async def case(rig: Rig) -> None:
        report = await executor_of(rig).execute(asked(rig, ExecutionMode.LIMIT_ONLY, "3"))
        check_truth(rig, report)
        assert report.outcome is ExecutionOutcome.NOT_FILLED
        assert report.ended_by is EndReason.REFUSED
        assert report.message == "refused: insufficient_margin"
        assert report.duration_s < 1

    play(facts, case)


@EVERYWHERE
def test_less_than_the_least_order_is_refused_before_anything_is_sent(facts: Conforming) -> None:
    async def case(rig: Rig) -> None:
        request = asked(rig, ExecutionMode.MARKET_ONLY, "0.00000001")
        report = await executor_of(rig).execute(request)
        assert report.ended_by is EndReason.REFUSED
        assert "below the least order" in report.message
        assert report.orders == ()

    play(facts, case)
