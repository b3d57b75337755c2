"""How the bot stops, and what it finds again: stops, restarts, late and lost answers."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    OrderResult,
    OrderStatus,
    Purpose,
)
from exchange_clients.events import Signal, StreamSignal
from strategies.base_strategy import (
    OrderFilled,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyResult,
)
from tests.support.bot_stage import (
    CONTRACT,
    MemoryStore,
    Stage,
    make_fill,
    on_stage,
    placing,
)


def test_a_stop_cancels_what_rests_and_sends_nothing_new() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.strategy.answers[StopRequested] = [placing("close-9", purpose=Purpose.CLOSE)]
        stage.bot.request_stop("asked to")
        await stage.settle()
        stage.report("c1", OrderStatus.CANCELED)
        stage.strategy.entries = [placing("entry-2")]
        stage.quote(99.9, 100.2)
        assert await stage.running == "asked to"

    stage = on_stage(play)
    assert stage.orders.cancelled == ["c1"]
    assert [placed.key for placed in stage.orders.placed] == ["entry-1"]


def test_a_stop_leaves_the_exits_that_the_strategy_does_not_cancel() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.answers[Reconciled] = [placing("close-1", "close-2", purpose=Purpose.CLOSE)]
        stage.strategy.answers[StopRequested] = [StrategyResult(cancels=["close-2"])]
        await stage.start()
        stage.bot.request_stop("asked to")
        await stage.settle()
        stage.report("c2", OrderStatus.CANCELED)
        await stage.running
        assert [live.key for live in stage.bot.desk.keys.live()] == ["close-1"]

    assert on_stage(play).orders.cancelled == ["c2"]


def test_a_stop_is_bounded_when_no_cancellation_is_confirmed() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        started = stage.loop.time()
        stage.bot.request_stop("asked to")
        await stage.running
        assert stage.loop.time() - started < 10.2

    assert on_stage(play).orders.cancelled == ["c1"]


def test_the_end_of_the_market_data_ends_the_run() -> None:
    async def play(stage: Stage) -> None:
        await stage.start()
        stage.client.stream.signal(StreamSignal(Signal.ENDED, None, 0, "the recording has ended"))
        assert await stage.running == "the recording has ended"

    assert not on_stage(play).client.connected


def test_a_halt_ends_the_run_with_its_reason() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.answers[Reconciled] = [
            StrategyResult(StrategyAction.HALT, message="stop price reached")
        ]
        await stage.start()
        assert await stage.running == "stop price reached"

    assert on_stage(play).orders.placed == []


def test_keys_are_saved_before_the_order_is_sent() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        stage.orders.delay_s = 60.0
        await stage.start()
        stage.quote(99.9, 100.1)
        assert '"entry-1"' in stage.store.values["bot"]
        assert stage.orders.placed == []
        await stage.settle()
        await stage.end()

    assert len(on_stage(play).orders.placed) == 1


def test_a_restart_tells_the_strategy_what_became_of_its_orders() -> None:
    store = MemoryStore()

    async def first(stage: Stage) -> None:
        stage.strategy.state = {"cycle_state": "waiting_for_fill"}
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        await stage.end()

    async def second(stage: Stage) -> None:
        stage.store.history[:] = [make_fill("c1", "0.4")]
        await stage.start()
        await stage.end()

    on_stage(first, store)
    stage = on_stage(second, store)
    (told,) = stage.strategy.of(Reconciled)
    assert told.restarted
    assert told.orders == {}, "the venue never saw the order"
    assert told.position == {("test", CONTRACT): Decimal("0.4")}
    assert stage.strategy.get_strategy_state("cycle_state") == "waiting_for_fill"


def test_orders_of_others_are_not_told_to_the_strategy() -> None:
    async def play(stage: Stage) -> None:
        await stage.start()
        stage.report("somebody-else", OrderStatus.OPEN)
        stage.fill("somebody-else", "1")
        await stage.end()

    stage = on_stage(play)
    assert stage.strategy.of(OrderFilled) == []
    assert stage.notes.orders == []


def test_a_late_fill_of_a_cancelled_order_reaches_the_strategy() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.report("c1", OrderStatus.CANCELED)
        stage.fill("c1", "0.3")
        await stage.end()

    (told,) = on_stage(play).strategy.of(OrderFilled)
    assert (told.key, told.filled_size) == ("entry-1", Decimal("0.3"))


def test_a_run_ends_once_the_fills_on_their_way_are_told() -> None:
    """A report may be known before its fills are, and the run be over by it."""

    async def play(stage: Stage) -> None:
        async def arrive(timeout: float) -> bool:
            await stage.clock.sleep(timeout / 2)
            stage.fill("c1", "1")
            return True

        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.client.await_fills = arrive  # type: ignore[method-assign]  # one that has to wait
        await stage.end()

    (told,) = on_stage(play).strategy.of(OrderFilled)
    assert told.key == "entry-1"


@pytest.mark.parametrize("known", [True, False])
def test_a_lost_answer_leaves_the_order_live(*, known: bool) -> None:
    async def play(stage: Stage) -> None:
        stage.orders.reply = OrderResult(
            success=False, status=OrderStatus.REJECTED, outcome_known=known
        )
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        assert [live.key for live in stage.bot.desk.keys.live()] == ([] if known else ["entry-1"])
        await stage.end()

    assert len(on_stage(play).orders.placed) == 1
