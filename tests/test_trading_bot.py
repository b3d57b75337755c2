"""The bot's rules: one queue, ungated exits, names and state saved before anything is sent."""

from __future__ import annotations

import logging
from dataclasses import replace
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
from exchange_clients.shared.virtual_time import VirtualClock
from execution.readings import MarketChanged
from helpers.risk_values import RiskAction
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
    MARKET,
    ScriptedStrategy,
    Stage,
    make_fill,
    on_stage,
    placing,
)


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


def test_other_rules_of_the_market_are_told_once_before_anything_is_decided_by_them() -> None:
    coarser = replace(MARKET, tick=Decimal("0.5"))

    async def play(stage: Stage) -> None:
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.client.listed = replace(MARKET)
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.client.listed = coarser
        stage.strategy.log.clear()
        for _ in range(2):
            stage.quote(99.9, 100.1)
            await stage.settle()
        await stage.end()

    stage = on_stage(play)
    told = [event for event in stage.strategy.events if isinstance(event, MarketChanged)]
    assert [(event.venue, event.market) for event in told] == [("test", coarser)]
    assert stage.strategy.quotes[-1].best_bid == Decimal("99.9"), "it is no price of the new tick"


def test_other_rules_are_told_before_whatever_else_is_decided_by_them() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.client.listed = replace(MARKET, tick=Decimal("0.5"))
        stage.fill("c1", "0.4")
        await stage.settle()
        await stage.end()

    kinds = [type(event) for event in on_stage(play).strategy.events]
    assert kinds.index(MarketChanged) < kinds.index(OrderFilled)


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
        stage.store.history[:] = [make_fill("c0", "0.2", "t0")]
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
        stage.bot.events._handling = True
        for number in range(5):
            stage.quote(99.0 + number / 10, 100.1)
            stage.fill("c1", "0.1", f"t{number}")
        stage.bot.events._handling = False
        seen = len(stage.strategy.quotes)
        stage.bot.events._run()
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


@pytest.mark.parametrize(
    ("said", "told"), [(None, "post_only_would_cross"), ("51000: px", "51000: px")]
)
def test_a_refusal_is_logged_with_its_words_or_its_reason(
    said: str | None, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def play(stage: Stage) -> None:
        stage.orders.reply = OrderResult(
            success=False,
            status=OrderStatus.REJECTED,
            reason=Reason.POST_ONLY_WOULD_CROSS,
            error_message=said,
        )
        stage.strategy.entries = [placing("entry-1")]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        await stage.end()

    with caplog.at_level(logging.INFO, logger="trading_bot"):
        on_stage(play)
    assert f"event=refused key=entry-1 request=place reason={told}" in caplog.messages
