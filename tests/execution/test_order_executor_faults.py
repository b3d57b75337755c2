"""Executions while things go wrong: each order ends, proven, and nothing is traded twice."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, OrderStatus, Reason
from execution.execution_values import (
    EndReason,
    ExecutionLimits,
    ExecutionMode,
    ExecutionOutcome,
)
from tests.conformance.conforming import Body, Channel, Conforming, Deed
from tests.conformance.rig import ASK, ASKS, BID, BIDS, Rig, play, setting
from tests.support.execution_stage import (
    EVERYWHERE,
    RICH,
    asked,
    check_execution,
    check_filled,
    check_truth,
    executor_of,
)
from venue_simulators.memory import LATENCY_NS

D = Decimal
SHORT = ExecutionLimits(timeout_s=3)
LIMIT = ExecutionMode.LIMIT_WITH_FALLBACK
PLACING_FAULTS = ("rp.drop", "rp.reset", "rp.error_after", "rp.trunc", "rp.html", "rq.drop")
NO_LIMITS = ("paper",)
"""Venues that have no word for asking to slow down."""
CANCELLING_FAULTS = ("rp.drop", "rp.reset", "rp.error_after", "rp.status", "rp.html", "rq.drop")


@EVERYWHERE
@pytest.mark.parametrize("mode", [LIMIT, ExecutionMode.MARKET_ONLY])
@pytest.mark.parametrize("kind", PLACING_FAULTS)
def test_a_lost_answer_to_a_placement_never_trades_twice(
    facts: Conforming, kind: str, mode: ExecutionMode
) -> None:
    """X6: what may be live is looked up; what is missing is sent once that is known."""

    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.befall(kind, Deed.CREATE)
        await check_filled(rig, asked(rig, mode, limits=SHORT))

    play(facts, case)


@EVERYWHERE
@pytest.mark.parametrize("times", [1, 7])
@pytest.mark.parametrize("kind", CANCELLING_FAULTS)
def test_the_rest_is_sent_only_once_the_cancelled_order_has_provably_ended(
    facts: Conforming, kind: str, times: int
) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.clock.call_later(1, lambda: rig.let_the_market_sell(D("0.6"), BID))
        rig.befall(kind, Deed.CANCEL, times)
        report = await check_filled(rig, asked(rig, LIMIT, limits=SHORT))
        assert [order.filled_size for order in report.orders] == [D("0.6"), D("0.4")]

    play(facts, case)


@EVERYWHERE
@pytest.mark.parametrize("offset", range(-3, 4))
def test_a_fill_that_races_with_the_cancel_is_counted(facts: Conforming, offset: int) -> None:
    """The fill reaches the venue just before, with, or just after the cancel."""

    @setting(RICH)
    async def case(rig: Rig) -> None:
        at_s = SHORT.timeout_s + offset * LATENCY_NS / NS
        rig.clock.call_later(at_s, lambda: rig.let_the_market_sell(D("0.3"), BID))
        await check_filled(rig, asked(rig, LIMIT, limits=SHORT))

    play(facts, case)


@EVERYWHERE
@pytest.mark.parametrize("channel", [Channel.ORDERS, Channel.FILLS])
@pytest.mark.parametrize("kind", ["ws.mute", "ws.dup", "ws.swap", "ws.delay"])
def test_reports_that_are_lost_late_or_repeated_change_no_size(
    facts: Conforming, kind: str, channel: Channel
) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.disturb(kind, channel, None)
        rig.clock.call_later(1, lambda: rig.let_the_market_sell(D("0.6"), BID))
        await check_filled(rig, asked(rig, LIMIT, limits=SHORT))

    play(facts, case)


@EVERYWHERE
def test_an_order_that_cannot_be_watched_is_cancelled_before_anything_else(
    facts: Conforming, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X5: whatever is raised while waiting, no order is left open."""

    @setting(RICH)
    async def case(rig: Rig) -> None:
        async def failing(order_id: str, timeout: float = 0) -> None:
            raise RuntimeError("a defect")

        monkeypatch.setattr(rig.client, "await_order_update", failing)
        report = await check_execution(rig, asked(rig, LIMIT))
        assert report.ended_by is EndReason.FAILED
        assert "a defect" in report.message
        assert [order.status for order in report.orders] == [OrderStatus.CANCELED]

    play(facts, case)


@EVERYWHERE
def test_a_failing_query_withdraws_the_order_and_the_rest_goes_on(
    facts: Conforming, monkeypatch: pytest.MonkeyPatch
) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        async def failing(order_id: str, timeout: float = 0) -> None:
            raise TimeoutError

        monkeypatch.setattr(rig.client, "await_order_update", failing)
        report = await check_execution(rig, asked(rig, LIMIT, limits=SHORT))
        assert report.orders[0].status is OrderStatus.CANCELED
        assert report.orders[0].reason is not Reason.ORDER_NOT_FOUND

    play(facts, case)


@EVERYWHERE
def test_a_book_that_vanishes_is_not_bought_from(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.set_book(BIDS, [])
        await rig.settle(1)
        report = await check_execution(rig, asked(rig, ExecutionMode.MARKET_ONLY))
        assert report.ended_by is EndReason.NO_PRICE
        assert report.orders == ()

    play(facts, case)


@EVERYWHERE
def test_a_book_that_comes_back_in_time_is_traded_on(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.set_book(BIDS, [])
        await rig.settle(1)
        rig.clock.call_later(2, lambda: rig.set_book(BIDS, ASKS))
        report = await check_execution(rig, asked(rig, ExecutionMode.MARKET_ONLY))
        assert report.filled
        assert report.average_price == ASK

    play(facts, case)


@EVERYWHERE
def test_a_book_that_is_gone_when_the_time_is_up_is_waited_for(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.clock.call_later(20, lambda: rig.set_book(BIDS, []))
        rig.clock.call_later(42, lambda: rig.set_book(BIDS, ASKS))
        report = await check_execution(rig, asked(rig, LIMIT))
        assert report.filled
        assert 42 < report.duration_s < 44

    play(facts, case)


@EVERYWHERE
def test_what_the_venue_ends_is_placed_again_while_there_is_time(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        def end_all() -> None:
            rig.at_the_venue(
                lambda world: [world.cancel("main", order.order_id) for order in rig.world_open()]
            )

        rig.clock.call_later(1, end_all)
        rig.clock.call_later(2, lambda: rig.let_the_market_sell(D(1), BID))
        report = await check_filled(rig, asked(rig, LIMIT))
        assert report.orders_used == 2
        assert report.duration_s < 3

    play(facts, case)


@EVERYWHERE
@pytest.mark.parametrize("mode", [LIMIT, ExecutionMode.MARKET_ONLY])
def test_a_cancelled_caller_leaves_no_order_behind_whenever_it_was(
    facts: Conforming, mode: ExecutionMode
) -> None:
    """The caller is cancelled at many instants, those between two messages included."""

    @setting(RICH)
    async def case(rig: Rig, cancelled_s: float) -> None:
        executor = executor_of(rig)
        rig.clock.call_later(1, lambda: rig.let_the_market_sell(D("0.3"), BID))
        task = asyncio.get_running_loop().create_task(
            executor.execute(asked(rig, mode, limits=SHORT))
        )
        await rig.clock.sleep(cancelled_s)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        (record,) = executor.tracker.find()
        assert record.report is not None
        check_truth(rig, record.report)

    latency_s = LATENCY_NS / NS
    instants = [step * latency_s / 2 for step in range(0, 8, 2)]
    instants += [0.999, 1.0, 1.001, *(3 + step * latency_s / 2 for step in range(-2, 8, 2))]
    for instant in instants:
        rig = play(facts, case, given={"cancelled_s": instant})
        assert not rig.world_open()


def _after_steps(steps: int, task: asyncio.Task[object]) -> Callable[[], None]:
    """Return a callback that cancels a task after so many turns of the loop."""

    def turn(left: int = steps) -> None:
        if left:
            asyncio.get_running_loop().call_soon(turn, left - 1)
        else:
            task.cancel()

    return turn


@EVERYWHERE
def test_a_caller_cancelled_at_any_turn_of_the_loop_leaves_no_order_behind(
    facts: Conforming,
) -> None:
    @setting(RICH)
    async def case(rig: Rig, steps: int) -> None:
        executor = executor_of(rig)
        task = asyncio.get_running_loop().create_task(
            executor.execute(asked(rig, ExecutionMode.LIMIT_ONLY, limits=SHORT))
        )
        _after_steps(steps, task)()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not rig.world_open()
        for record in executor.tracker.find():
            assert record.report is not None
            assert record.report.ended_by is EndReason.STOPPED

    for steps in range(0, 40, 4):
        play(facts, case, given={"steps": steps})


@EVERYWHERE
def test_a_caller_cancelled_twice_does_not_wait_and_the_proof_goes_on(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        executor = executor_of(rig)
        task = asyncio.get_running_loop().create_task(executor.execute(asked(rig, LIMIT)))
        await rig.settle(1)
        rig.befall("rq.drop", Deed.CANCEL, 1, seconds=2)
        task.cancel()
        await rig.settle(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        (record,) = executor.tracker.find()
        assert record.report is None
        assert executor.tracker.under_way() == [record]
        await rig.settle(60)
        (record,) = executor.tracker.find()
        assert record.report is not None
        check_truth(rig, record.report)

    play(facts, case)


@EVERYWHERE
def test_a_deadline_of_the_caller_ends_the_execution_with_its_proof(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        executor = executor_of(rig)
        with pytest.raises(TimeoutError):
            async with rig.clock.deadline(2):
                await executor.execute(asked(rig, LIMIT))
        (record,) = executor.tracker.find()
        assert record.report is not None
        assert record.report.outcome is ExecutionOutcome.NOT_FILLED
        check_truth(rig, record.report)

    play(facts, case)


@EVERYWHERE
def test_closing_the_executor_withdraws_what_is_live(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        executor = executor_of(rig)
        task = asyncio.get_running_loop().create_task(executor.execute(asked(rig, LIMIT)))
        await rig.settle(1)
        assert len(rig.world_open()) == 1
        await executor.close()
        report = await task
        assert report.ended_by is EndReason.STOPPED
        check_truth(rig, report)

    play(facts, case)


@EVERYWHERE
def test_an_end_that_cannot_be_proven_is_given_up_by_close_alone(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        executor = executor_of(rig)
        task = asyncio.get_running_loop().create_task(executor.execute(asked(rig, LIMIT)))
        await rig.settle(1)
        rig.befall("rq.drop", Deed.CANCEL, None, seconds=0)
        await executor.close()
        with pytest.raises(asyncio.CancelledError):
            await task
        (record,) = executor.tracker.find()
        assert record.report is None
        assert len(rig.world_open()) == 1

    play(facts, case)


@EVERYWHERE
def test_a_fill_that_is_told_after_the_report_corrects_the_record(facts: Conforming) -> None:
    """The size is in the report from the beginning; price and fee follow."""

    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.disturb("ws.delay", Channel.FILLS, None, seconds=20)
        rig.befall("rp.status", Deed.FILLS, None, status=500)
        executor = executor_of(rig)
        report = await executor.execute(asked(rig, ExecutionMode.MARKET_ONLY))
        assert report.filled_size == 1
        rig.plan.clear()
        await rig.settle(60)
        (record,) = executor.tracker.find()
        assert record.report is not None
        check_truth(rig, record.report)
        assert not report.fees_complete
        assert record.late_fills == 1
        assert record.report.time_to_fill_s == report.time_to_fill_s

    play(facts, case)


@EVERYWHERE
@pytest.mark.parametrize("deed", [Deed.CREATE, Deed.CANCEL])
def test_a_venue_that_asks_to_slow_down_is_obeyed_and_the_quantity_traded(
    facts: Conforming, deed: Deed
) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        if Body.THROTTLED not in facts.bodies:
            assert facts.name in NO_LIMITS
            return
        rig.throttle(deed, 3, 1.0)
        await check_filled(rig, asked(rig, LIMIT, limits=SHORT))

    play(facts, case)
