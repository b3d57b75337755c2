"""The bot's rules: one queue, ungated exits, names and state saved before anything is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    OrderResult,
    OrderStatus,
    OrderType,
    Purpose,
    Reason,
    Side,
)
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.ports import RiskAction
from strategies.base_strategy import (
    MarketData,
    OrderFilled,
    OrderOutcome,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyResult,
    TimerFired,
    WakeBand,
)
from strategies.driver import ERRORS_MAX, StrategySuspended
from tests.support.bot_stage import (
    CONTRACT,
    MemoryStore,
    ScriptedStrategy,
    Stage,
    make_fill,
    order,
)


def on_stage(play: Callable[[Stage], Awaitable[None]], store: MemoryStore | None = None) -> Stage:
    """Run a play on a stage of its own and return the stage for asserts."""

    async def main(loop: VirtualLoop) -> Stage:
        stage = Stage(loop, store)
        await play(stage)
        return stage

    return run_virtual(main)


def placing(*keys: str, purpose: Purpose = Purpose.ENTRY) -> StrategyResult:
    return StrategyResult(StrategyAction.PLACE_ORDER, orders=[order(key, purpose) for key in keys])


def test_a_cycle_checks_risk_then_data_then_asks_then_executes() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.log.clear()
        stage.quote(99.9, 100.1)
        await stage.settle()
        await stage.end()

    stage = on_stage(play)
    assert stage.log[:3] == ["risk", "should_execute", "execute"]
    assert [placed.key for placed in stage.orders.placed] == ["entry-1"]
    assert stage.strategy.quotes[-1].mid_price == Decimal("100.0")


def test_each_order_of_a_result_is_sent_once() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1", "entry-2")]
        await stage.start()
        stage.quote(99.9, 100.1)
        stage.quote(99.8, 100.1)
        await stage.settle()
        await stage.end()

    assert [placed.key for placed in on_stage(play).orders.placed] == ["entry-1", "entry-2"]


def test_an_exit_on_a_fill_passes_closed_entry_gates() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        stage.strategy.answers[OrderFilled] = [placing("close-1", purpose=Purpose.CLOSE)]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.strategy.wants_entry = False
        stage.risk.action = RiskAction.PAUSE_TRADING
        stage.fill("c1", "0.4")
        await stage.settle()
        await stage.end()

    stage = on_stage(play)
    assert [placed.key for placed in stage.orders.placed] == ["entry-1", "close-1"]
    assert stage.strategy.of(OrderFilled)[0].filled_size == Decimal("0.4")


def test_closing_the_position_sells_exactly_what_the_bot_holds() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        stage.client.history = [make_fill("c0", "0.2", "t0")]
        stage.strategy.answers[TimerFired] = [StrategyResult(StrategyAction.CLOSE_POSITION)]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.fill("c1", "0.4")
        stage.bot._post(TimerFired(0))
        await stage.settle()
        await stage.end()

    closing = on_stage(play).orders.placed[-1]
    assert (closing.side, closing.quantity) == (Side.SELL, Decimal("0.6"))
    assert (closing.order_type, closing.reduce_only) == (OrderType.MARKET, True)


def test_an_exit_from_the_gated_method_is_an_error_and_is_not_sent() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("close-1", purpose=Purpose.CLOSE)]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        await stage.end()

    stage = on_stage(play)
    assert stage.orders.placed == []
    assert "move ['close-1'] to on_event" in stage.notes.texts[0]


def test_an_entry_held_back_by_risk_is_told_to_the_strategy_after_a_pause() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.answers[Reconciled] = [placing("entry-1")]
        stage.risk.action = RiskAction.PAUSE_TRADING
        await stage.start()
        assert stage.strategy.of(OrderOutcome) == []
        await stage.settle(1.1)
        await stage.end()

    stage = on_stage(play)
    (outcome,) = stage.strategy.of(OrderOutcome)
    assert (outcome.key, outcome.result.reason) == ("entry-1", Reason.DENIED_LOCALLY)
    assert stage.orders.placed == []


def test_a_strategy_error_does_not_stop_the_next_cycle() -> None:
    async def play(stage: Stage) -> None:
        await stage.start()
        stage.strategy.error = ValueError("boom")
        stage.quote(99.9, 100.1)
        stage.strategy.error = None
        stage.strategy.entries = [placing("entry-1")]
        stage.quote(99.8, 100.1)
        await stage.settle()
        await stage.end()

    stage = on_stage(play)
    assert "boom" in stage.notes.texts[0]
    assert [placed.key for placed in stage.orders.placed] == ["entry-1"]


def test_errors_in_a_row_stop_entries_but_not_exits() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.answers[StopRequested] = []
        await stage.start()
        stage.strategy.error = ValueError("boom")
        for number in range(ERRORS_MAX):
            stage.quote(99.0 + number / 10, 100.1)
        stage.strategy.error = None
        stage.strategy.entries = [placing("entry-1")]
        stage.quote(99.9, 100.1)
        stage.strategy.answers[TimerFired] = [placing("close-1", purpose=Purpose.CLOSE)]
        stage.bot._post(TimerFired(0))
        await stage.settle()
        await stage.end()

    assert [placed.key for placed in on_stage(play).orders.placed] == ["close-1"]


def test_a_strategy_that_suspends_is_reported_as_an_error() -> None:
    class Sleepy(ScriptedStrategy):
        clock: VirtualClock

        async def should_execute(self, market_data: MarketData) -> bool:
            await self.clock.sleep(1)
            return True

    async def play(stage: Stage) -> None:
        sleepy = Sleepy(stage.log)
        sleepy.clock = stage.clock
        stage.bot = stage.make_bot(sleepy)
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.end()

    assert StrategySuspended.__name__ in on_stage(play).notes.texts[0]


def test_quotes_inside_the_wake_band_do_not_call_the_strategy() -> None:
    async def play(stage: Stage) -> None:
        band = WakeBand(Decimal("99.5"), Decimal("100.5"))
        stage.strategy.entries = [StrategyResult(wake=band)] * 5
        await stage.start()
        for bid, ask in ((99.9, 100.1), (99.8, 100.2), (99.6, 100.4), (99.5, 100.2), (99.9, 100.5)):
            stage.quote(bid, ask)
        await stage.end()

    assert [float(data.best_bid) for data in on_stage(play).strategy.quotes] == [99.9, 99.5, 99.9]


def test_any_event_lifts_the_wake_band() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [StrategyResult(wake=WakeBand(Decimal(1), Decimal(1000)))]
        await stage.start()
        stage.quote(99.9, 100.1)
        stage.quote(99.8, 100.1)
        stage.bot._post(TimerFired(0))
        stage.quote(99.7, 100.1)
        await stage.end()

    bids = [float(data.best_bid) for data in on_stage(play).strategy.quotes]
    assert bids[0] == 99.9
    assert bids[-1] == 99.7
    assert len(bids) == 3, "the first quote, the timer's look at 99.8, and the quote after it"


def test_quotes_conflate_while_behind_and_fills_do_not() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.bot._queue._handling = True
        for number in range(5):
            stage.quote(99.0 + number / 10, 100.1)
            stage.fill("c1", "0.1", f"t{number}")
        stage.bot._queue._handling = False
        seen = len(stage.strategy.quotes)
        stage.bot._queue._run()
        assert len(stage.strategy.quotes) == seen + 1
        await stage.end()

    stage = on_stage(play)
    assert len(stage.strategy.of(OrderFilled)) == 5
    assert stage.strategy.quotes[-1].best_bid == Decimal("99.4")


def test_a_wait_sets_a_timer_that_decides_again_without_a_new_quote() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [
            StrategyResult(StrategyAction.WAIT, wait_time=5.0, wake=WakeBand()),
            placing("entry-1"),
        ]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle(4.9)
        assert stage.orders.placed == []
        await stage.settle(0.2)
        await stage.end()

    stage = on_stage(play)
    assert len(stage.strategy.of(TimerFired)) == 1
    assert [placed.key for placed in stage.orders.placed] == ["entry-1"]


def test_an_old_quote_is_not_decided_on_by_a_timer() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [
            StrategyResult(StrategyAction.WAIT, wait_time=60.0, wake=WakeBand()),
            placing("entry-1"),
        ]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle(61.0)
        await stage.end()

    assert on_stage(play).orders.placed == []


def test_a_gap_takes_the_quote_away_until_the_next() -> None:
    async def play(stage: Stage) -> None:
        await stage.start()
        stage.quote(99.9, 100.1)
        stage.client.stream.signal(StreamSignal(Signal.GAP, CONTRACT, 0, "update 12 is missing"))
        assert stage.bot.last_quote() is None
        await stage.end()

    assert on_stage(play).notes.texts == ["gap: update 12 is missing"]


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
        stage.client.history = [make_fill("c1", "0.4")]
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
