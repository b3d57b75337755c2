"""What the executor promises its caller beside the outcome."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    OrderResult,
    OrderStatus,
    Reason,
    Side,
)
from exchange_clients.journal import JournalError
from exchange_clients.paper.config import PaperConfig
from execution.legs.record import ExecutionRecord
from execution.legs.state import Job, Outcome, Phase
from execution.legs.values import Times
from tests.exchange_clients.paper.venue_stage import market
from tests.execution.legs.legs_stage import ABOVE, FLAT, LIMITS, Stage, on_stage, pair

D = Decimal
RESTING = ([(99.8, 100.0)], [(100.5, 100.0)])
"""A book of venue a at which a buy at 100 rests."""
HIGH = ([(99.0, 100.0)], [(100.9, 100.0)])
"""A book of venue b at which a sell at 100.1 rests."""


def test_a_cancelled_caller_leaves_no_leg_alone() -> None:
    async def play(stage: Stage) -> None:
        for turns in range(40):
            task = asyncio.get_running_loop().create_task(
                stage.executor.execute_atomically(pair("1"))
            )
            for _ in range(turns):
                await stage.clock.sleep(0.0005)
            task.cancel()
            await stage.clock.sleep(2)
            positions = await stage.positions()
            assert positions["a"] == -positions["b"], f"cancelled after {turns} turns"
            await stage.check_no_order_is_open()

    on_stage(play)


def test_a_stop_ends_what_rests_and_nothing_is_opened_after_it() -> None:
    async def play(stage: Stage) -> None:
        running = asyncio.get_running_loop().create_task(stage.executor.execute_atomically(pair()))
        await stage.clock.sleep(0.5)
        assert [len(await venue.open_orders()) for venue in stage.venues.values()] == [1, 1]
        await stage.executor.stop()
        report = await running
        assert report.outcome is Outcome.NOTHING
        await stage.check_no_order_is_open()
        again = await stage.executor.execute_atomically(pair())
        assert again.outcome is Outcome.NOTHING
        assert all(len(venue.orders) <= 3 for venue in stage.venues.values())

    on_stage(play, {0: RESTING}, {0: HIGH})


def test_orders_that_nobody_takes_are_cancelled_in_time() -> None:
    async def play(stage: Stage) -> None:
        begun_ns = stage.clock.now_ns()
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.NOTHING
        assert 10 <= (stage.clock.now_ns() - begun_ns) / 1e9 < 10.1
        await stage.check_no_order_is_open()

    on_stage(play, {0: RESTING}, {0: HIGH})


def test_a_leg_that_is_refused_takes_the_other_one_back() -> None:
    """X8 of the faults."""

    async def play(stage: Stage) -> None:
        async def refusing(*_: object) -> OrderResult:
            return OrderResult(
                success=False, status=OrderStatus.REJECTED, reason=Reason.INSUFFICIENT_MARGIN
            )

        stage.b.client.place_limit_order = refusing  # type: ignore[assignment,method-assign]  # no
        stage.b.client.place_market_order = refusing  # type: ignore[assignment,method-assign]  # no
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.UNWOUND, report
        assert await stage.positions() == {"a": D(0), "b": D(0)}
        assert report.in_bound
        assert report.unhedged_usd_seconds > 0

    on_stage(play)


def test_fees_orders_and_prices_of_every_fill_are_told() -> None:
    async def play(stage: Stage) -> None:
        report = await stage.executor.execute_atomically(pair())
        by_venue = {leg.venue: leg for leg in report.legs}
        assert by_venue["a"].fees == {"USD": D("0.5")}
        assert by_venue["b"].fees == {"USD": D("0.5005")}
        assert all(leg.fees_complete for leg in report.legs)
        (order,) = by_venue["b"].orders
        assert (order.average_price, order.order.filled) == (D("100.1"), D(10))
        assert order.order.client_order_id == stage.b.orders[-1].client_order_id
        assert [leg.net_tokens for leg in report.legs] == [D(10), D(10)]

    on_stage(play, specs=[market(taker_fee="0.0005")] * 2)


def test_the_exposure_is_measured_between_the_fills() -> None:
    async def play(stage: Stage) -> None:
        place = stage.b.client.place_limit_order

        async def late(*given: object) -> OrderResult:
            await stage.clock.sleep(0.1)
            return await place(*given)  # type: ignore[arg-type]  # passed on as it came

        stage.b.client.place_limit_order = late  # type: ignore[assignment,method-assign]  # a slow venue
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.HEDGED
        assert report.unhedged_s == pytest.approx(0.1, abs=0.01)
        assert report.peak_unhedged_usd == D(999)
        assert float(report.unhedged_usd_seconds) == pytest.approx(99.9, abs=10)

    on_stage(play)


def test_nothing_is_sent_that_could_not_be_recorded() -> None:
    async def play(stage: Stage) -> None:
        save, refused = stage.store.save_state, 0

        def full(key: str, value_json: str, at_ns: int = 0) -> None:
            nonlocal refused
            refused += 1
            if refused < 4:
                assert stage.a.orders == []
                raise JournalError("the disk is full")
            save(key, value_json, at_ns)

        stage.store.save_state = full  # type: ignore[method-assign]  # a full disk
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.HEDGED, "the disk had room again"

    on_stage(play)


def test_a_record_that_can_never_be_written_is_told() -> None:
    async def play(stage: Stage) -> None:
        def full(key: str, value_json: str, at_ns: int = 0) -> None:
            raise JournalError("the disk is full")

        stage.store.save_state = full  # type: ignore[method-assign]  # a full disk
        with pytest.raises(JournalError, match="the disk is full"):
            await stage.executor.execute_atomically(pair())
        assert stage.a.orders == stage.b.orders == []

    on_stage(play)


def test_the_record_holds_every_step_before_it_acts() -> None:
    async def play(stage: Stage) -> None:
        named: list[bool] = []
        place = stage.a.client.place_limit_order

        async def watched(*given: object) -> OrderResult:
            (kept,) = ExecutionRecord(stage.store).unfinished()
            names = [one.client_order_id for state in kept.legs for one in state.orders]
            named.append(given[-1] in names)
            return await place(*given)  # type: ignore[arg-type]  # passed on as it came

        stage.a.client.place_limit_order = watched  # type: ignore[assignment,method-assign]  # overheard
        report = await stage.executor.execute_atomically(pair())
        assert named == [True]
        kept = ExecutionRecord(stage.store).load(report.execution_id)
        assert kept is not None
        assert (kept.phase, kept.outcome) == (Phase.DONE, Outcome.HEDGED)
        assert await stage.executor.resume() == []

    on_stage(play)


def test_a_fill_that_is_told_after_the_end_is_undone_and_the_report_corrected() -> None:
    async def play(stage: Stage) -> None:
        report = await stage.executor.execute_atomically(pair())
        assert report.outcome is Outcome.HEDGED
        entry = stage.a.orders[-1]
        more = await stage.a.client.place_market_order(entry.contract_id, D(2), Side.BUY)
        assert more.success
        # As if the venue had filled the first order beyond its size.
        late = replace(entry, filled_size=D(12))
        stage.executor._on_order(late)
        await stage.clock.sleep(2)
        assert await stage.positions() == {"a": D(10), "b": D(-10)}
        corrected = stage.executor.reports[report.execution_id]
        assert corrected.outcome is Outcome.HEDGED
        trims = [each.order for leg in corrected.legs for each in leg.orders][1:2]
        assert [(one.job, one.quantity, one.reduce_only) for one in trims] == [
            (Job.UNWIND, D(2), True)
        ]

    on_stage(play)


def test_three_legs_end_even() -> None:
    async def play(stage: Stage) -> None:
        orders = [
            replace(pair()[0], quantity=D(10)),
            replace(pair()[1], quantity=D(6)),
            replace(pair()[1], venue="c", quantity=D(4), price=None),
        ]
        report = await stage.executor.execute_atomically(orders)
        assert report.outcome is Outcome.HEDGED, report
        assert await stage.positions() == {"a": D(10), "b": D(-6), "c": D(-4)}

    on_stage(play, {0: FLAT}, {0: ABOVE}, {0: ABOVE})


def test_many_executions_run_side_by_side() -> None:
    async def play(stage: Stage) -> None:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(stage.executor.execute_atomically(pair("1"))) for _ in range(20)]
        outcomes = [(await task).outcome for task in tasks]
        assert outcomes == [Outcome.HEDGED] * 20
        assert await stage.positions() == {"a": D(20), "b": D(-20)}

    limits = replace(LIMITS, times=Times(open_s=5.0))
    on_stage(play, limits=limits, config=PaperConfig(starting_balance=D(100_000)))
