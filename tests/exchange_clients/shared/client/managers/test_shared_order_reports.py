"""Fills and reports of the stream, in any order, are told once and in the right one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
)
from exchange_clients.errors import OrderNotFound, OutcomeUnknown
from exchange_clients.shared.client.gateway import Found
from tests.exchange_clients.shared.client.managers.order_stage import (
    WANTED,
    Stage,
    answer,
    play,
)
from tests.exchange_clients.shared.client.managers.scripted_gateway import (
    shown,
    traded,
)


def test_a_fill_is_told_once_and_before_the_change_of_its_order() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        order = stage.order()
        stage.heard.clear()
        stage.manager.on_order(shown(order, OrderStatus.PARTIALLY_FILLED, "0.4", "100"))
        assert stage.heard == [], "the change waits for its fill"
        stage.manager.on_fill(traded(order, "t1", "0.4"))
        stage.manager.on_fill(replace(traded(order, "t1", "0.4"), replayed=True))

    stage = play(scene, answer(OrderStatus.OPEN))
    assert [type(each) for each in stage.heard] == [Fill, OrderInfo]
    assert stage.journal.fills("paper") == [traded(stage.order(), "t1", "0.4")]
    assert stage.gateway.fill_queries == []


def test_a_fill_that_the_stream_lost_is_fetched() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        order = stage.order()
        stage.heard.clear()
        stage.gateway.trades = [traded(order, "t1", "1.0", 1_001 * NS)]
        stage.manager.on_order(shown(order, OrderStatus.FILLED, "1.0", "100"))
        await asyncio.sleep(5)

    stage = play(scene, answer(OrderStatus.OPEN))
    assert [type(each) for each in stage.heard] == [Fill, OrderInfo]
    assert len(stage.gateway.fill_queries) == 1


def test_a_change_whose_fills_never_come_is_told_in_the_end() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.heard.clear()
        stage.manager.on_order(shown(stage.order(), OrderStatus.FILLED, "1.0", "100"))
        await asyncio.sleep(600)

    stage = play(scene, answer(OrderStatus.OPEN))
    assert stage.statuses() == [OrderStatus.FILLED]
    assert len(stage.gateway.fill_queries) == 5


def test_reports_under_the_venue_id_alone_are_kept_until_the_answer_names_it() -> None:
    async def scene(stage: Stage) -> None:
        placing = asyncio.create_task(stage.manager.place(WANTED))
        await asyncio.sleep(0.05)
        nameless = replace(traded(stage.order(), "t1", "0.4"), client_order_id=None)
        stage.manager.on_fill(nameless)
        stage.manager.on_order(
            replace(shown(stage.order(), OrderStatus.PARTIALLY_FILLED, "0.4"), client_order_id=None)
        )
        assert stage.heard == []
        await placing

    stage = play(scene, answer(OrderStatus.OPEN))
    assert stage.statuses()[-1] is OrderStatus.PARTIALLY_FILLED
    assert [each for each in stage.heard if isinstance(each, Fill)] == [
        traded(stage.order(), "t1", "0.4")
    ]
    assert stage.tracker.foreign == 0


def test_orders_of_others_are_not_told() -> None:
    async def scene(stage: Stage) -> None:
        other = replace(WANTED, client_order_id=ClientOrderId("theirs"))
        stage.manager.on_order(shown(other, OrderStatus.OPEN))
        stage.manager.on_fill(traded(other, "t9", "1"))

    stage = play(scene)
    assert stage.heard == []
    assert stage.tracker.foreign == 2
    assert stage.journal.fills("paper") == []


def test_waiting_for_an_update_ends_with_the_order() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        loop = asyncio.get_running_loop()
        order = stage.order()
        loop.call_later(2, stage.manager.on_fill, traded(order, "t1", "0.4"))
        loop.call_later(3, stage.manager.on_fill, traded(order, "t2", "0.6"))
        start = loop.time()
        info = await stage.manager.await_update(order.client_order_id)
        assert (info.status, loop.time() - start) == (OrderStatus.FILLED, 3.0)

    play(scene, answer(OrderStatus.OPEN))


def test_waiting_for_an_update_is_bounded() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        info = await stage.manager.await_update(stage.order().client_order_id, timeout=1.5)
        assert info.status is OrderStatus.OPEN
        with pytest.raises(OrderNotFound):
            await stage.manager.await_update("theirs")

    play(scene, answer(OrderStatus.OPEN))


def test_an_order_is_read_from_memory_until_a_fresh_look_is_asked_for() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        name = stage.order().client_order_id
        remembered = await stage.manager.order_info(name)
        assert remembered is not None
        assert (remembered.status, stage.gateway.found) == (OrderStatus.OPEN, [])
        stage.gateway.lookups = [Found(shown(stage.order(), OrderStatus.CANCELED))]
        fresh = await stage.manager.order_info(f"v-{name}", refresh=True)
        assert fresh is not None
        assert fresh.status is OrderStatus.CANCELED
        with pytest.raises(OrderNotFound, match="not an order that this client placed"):
            await stage.manager.order_info("theirs")

    stage = play(scene, answer(OrderStatus.OPEN))
    assert len(stage.gateway.found) == 1


def test_fills_are_asked_for_again_when_the_venue_cannot_tell_them() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        stage.gateway.fills_error = OutcomeUnknown("down")
        stage.manager.on_order(shown(stage.order(), OrderStatus.FILLED, "1.0", "100"))
        await asyncio.sleep(1.5)
        stage.gateway.fills_error = None
        stage.gateway.trades = [traded(stage.order(), "t1", "1.0", 1_001 * NS)]
        await asyncio.sleep(3)

    stage = play(scene, answer(OrderStatus.OPEN))
    assert [type(each) for each in stage.heard] == [OrderInfo, Fill, OrderInfo]
    assert len(stage.gateway.fill_queries) == 2


def test_two_may_wait_for_one_order() -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        name = stage.order().client_order_id
        short = asyncio.create_task(stage.manager.await_update(name, timeout=1))
        long = asyncio.create_task(stage.manager.await_update(name, timeout=9))
        asyncio.get_running_loop().call_later(
            2, stage.manager.on_fill, traded(stage.order(), "t1", "1.0")
        )
        assert (await short).status is OrderStatus.OPEN
        assert (await long).status is OrderStatus.FILLED
        assert (await stage.manager.await_update(name)).status is OrderStatus.FILLED

    play(scene, answer(OrderStatus.OPEN))


@pytest.mark.parametrize(("liquidity", "warnings"), [(Liquidity.TAKER, 1), (Liquidity.MAKER, 0)])
def test_a_fill_trades_on_the_side_of_its_order(
    liquidity: Liquidity, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scene(stage: Stage) -> None:
        await stage.manager.place(WANTED)
        told = traded(stage.order(), "t1", "0.4")
        stage.manager.on_fill(replace(told, side=told.side.opposite, liquidity=liquidity))

    stage = play(scene, answer(OrderStatus.OPEN))
    assert [fill.side for fill in stage.journal.fills("paper")] == [stage.order().side]
    said = [each for each in caplog.messages if "a taker's fill to " in each]
    assert len(said) == warnings, "only a maker's fill may be told by the taker's side"
