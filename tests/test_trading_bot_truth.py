"""The bot opens nothing while it does not know its own orders and holdings, and asks until it does.

A failed read is never taken for an empty one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal

from exchange_clients.base_models import NS, ClientOrderId, OrderStatus, Purpose, Side
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual
from execution import bot_state
from execution.key_book import KeyedOrder
from execution.order_params import OrderParams
from execution.reconciliation import Truth
from strategies.base_strategy import (
    OrderFilled,
    Reconciled,
    StrategyAction,
    StrategyResult,
)
from tests.support.bot_stage import CONTRACT, MemoryStore, Stage, order


def on_stage(play: Callable[[Stage], Awaitable[None]]) -> Stage:
    async def main(loop: VirtualLoop) -> Stage:
        stage = Stage(loop)
        await play(stage)
        return stage

    return run_virtual(main)


def placing(*orders: OrderParams) -> StrategyResult:
    return StrategyResult(StrategyAction.PLACE_ORDER, orders=orders)


async def tell(stage: Stage, signal: Signal) -> None:
    stage.client.stream.signal(StreamSignal(signal, None, stage.clock.now_ns()))
    await stage.settle()


def test_nothing_is_opened_before_the_truth_is_known() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing(order())]
        stage.client.failing = 3
        await stage.start()
        for _ in range(6):
            stage.quote(99.9, 100.1)
            await stage.settle(1)
            assert stage.orders.placed == []
        await stage.settle(1)
        stage.quote(99.9, 100.1)
        await stage.settle()
        await stage.end()

    stage = on_stage(play)
    assert [placed.key for placed in stage.orders.placed] == ["entry-1"]
    assert len(stage.strategy.of(Reconciled)) == 1
    assert len([text for text in stage.notes.texts if "not reconciled" in text]) == 3


def test_nothing_is_opened_between_a_drop_and_the_next_truth() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing(order())]
        await stage.start()
        await tell(stage, Signal.DISCONNECTED)
        stage.quote(99.9, 100.1)
        await stage.settle(30)
        stage.client.failing = 1
        await tell(stage, Signal.CONNECTED)
        stage.quote(99.9, 100.1)
        await stage.settle()
        assert stage.orders.placed == []
        await stage.settle(2)
        stage.quote(99.9, 100.1)
        await stage.settle()
        await stage.end()

    stage = on_stage(play)
    assert [placed.key for placed in stage.orders.placed] == ["entry-1"]
    assert [event.restarted for event in stage.strategy.of(Reconciled)] == [False, False]


def test_an_exit_passes_while_the_truth_is_not_known() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing(order())]
        stage.strategy.answers[OrderFilled] = [placing(order("close-1", Purpose.CLOSE))]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        await tell(stage, Signal.DISCONNECTED)
        stage.fill("c1", "1")
        await stage.settle()
        await stage.end()

    assert [placed.key for placed in on_stage(play).orders.placed] == ["entry-1", "close-1"]


def test_a_doubtful_truth_is_asked_again_after_growing_pauses() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.doubts = 3
        await stage.start()
        await stage.settle(100)
        await stage.end()

    told = on_stage(play).strategy.of(Reconciled)
    assert [round((event.now_ns - told[0].now_ns) / NS) for event in told] == [0, 1, 3, 7]


def test_a_reconnect_does_not_wait_for_the_pause_after_a_doubtful_truth() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.doubts = 5
        await stage.start()
        await stage.settle(16)
        for signal in (Signal.DISCONNECTED, Signal.CONNECTED):
            await tell(stage, signal)
        await stage.settle(0.5)
        await stage.end()

    told = on_stage(play).strategy.of(Reconciled)
    assert [round((event.now_ns - told[0].now_ns) / NS) for event in told] == [0, 1, 3, 7, 15, 16]


def test_an_order_named_while_the_venue_was_asked_is_not_told_as_never_sent() -> None:
    asked, named = keyed("close-1"), keyed("close-2")
    truth = Truth(orders={}, positions={}, asked={"close-1": True})
    assert truth.orders_with([asked, named]) == {"close-2": named.pending()}


def test_an_order_named_between_an_answer_and_its_turn_is_not_told_as_never_sent() -> None:
    """At a start reports wait in the queue, and the first answer behind them."""

    async def play(stage: Stage) -> None:
        entry = keyed("entry-1")
        stage.store.save_state(*saved(entry))
        stage.client.known["entry-1"] = stage.order_info("entry-1", OrderStatus.OPEN)
        stage.strategy.answers[OrderFilled] = [placing(order("close-1", Purpose.CLOSE))]
        stage.client.on_listed = lambda: stage.fill("entry-1", "1")
        await stage.start()
        await stage.settle()
        await stage.end()

    stage = on_stage(play)
    (told,) = stage.strategy.of(Reconciled)
    assert told.restarted
    assert told.orders["close-1"].status is OrderStatus.PENDING


def test_an_open_order_is_known_from_the_list_without_a_question_of_its_own() -> None:
    async def play(stage: Stage) -> None:
        stage.strategy.entries = [placing(order())]
        await stage.start()
        stage.quote(99.9, 100.1)
        await stage.settle()
        stage.client.known["c1"] = stage.order_info("c1", OrderStatus.OPEN)
        await tell(stage, Signal.CONNECTED)
        stage.client.known["c1"] = stage.order_info("c1", OrderStatus.CANCELED)
        await tell(stage, Signal.CONNECTED)
        await stage.end()

    stage = on_stage(play)
    assert stage.client.questions == ["c1"]
    statuses = [event.orders["entry-1"].status for event in stage.strategy.of(Reconciled)[1:]]
    assert statuses == [OrderStatus.OPEN, OrderStatus.CANCELED]


def saved(*orders: KeyedOrder) -> tuple[str, str]:
    """Return what a bot with these orders has kept, and under which key."""
    store = MemoryStore()
    bot_state.save(store, orders, b"{}", 0)
    ((key, value),) = store.values.items()
    return key, value


def keyed(key: str) -> KeyedOrder:
    return KeyedOrder(
        key=key,
        client_order_id=ClientOrderId(key),
        venue="test",
        contract_id=CONTRACT,
        purpose=Purpose.CLOSE,
        side=Side.SELL,
        size=Decimal(1),
    )
