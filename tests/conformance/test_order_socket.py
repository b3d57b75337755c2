"""Orders over a WebSocket where the venue takes them so; elsewhere the same cases by HTTP."""

from __future__ import annotations

import asyncio

from exchange_clients.base_models import OrderStatus, Side
from tests.conformance.rig import PASSIVE, SIZE, Rig, Setting, setting
from tests.conformance.venues import Deed

BY_SOCKET = Setting(order_socket=True)


@setting(BY_SOCKET)
async def test_orders_go_over_the_socket_where_there_is_one(rig: Rig) -> None:
    await rig.settle()
    name = await rig.rest_a_buy()
    result = await rig.client.cancel_order(name)
    assert (result.success, result.status) == (True, OrderStatus.CANCELED)
    by_http = rig.requests(Deed.CREATE) + rig.requests(Deed.CANCEL)
    assert bool(by_http) == (not rig.facts.order_socket)
    assert rig.world_open() == []


@setting(BY_SOCKET)
async def test_refusal_over_the_socket_is_told_as_over_http(rig: Rig) -> None:
    await rig.settle()
    await rig.rest_a_buy()
    placed = await rig.client.place_limit_order(
        rig.btc, SIZE, PASSIVE + 200, Side.BUY, post_only=True
    )
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id, 5)
    assert info.status in (OrderStatus.REJECTED, OrderStatus.EXPIRED)
    assert len(rig.world_open()) == 1


@setting(BY_SOCKET)
async def test_order_whose_socket_ends_under_it_is_looked_up_and_never_doubled(rig: Rig) -> None:
    """W2 and O1: the frame may have arrived, its answer has not."""
    await rig.settle()
    rest = 0
    for _ in range(5):
        placing = asyncio.ensure_future(
            rig.client.place_limit_order(rig.btc, SIZE, PASSIVE, Side.BUY)
        )
        await asyncio.sleep(0.002)
        if rig.facts.order_socket:
            rig.venue.cut(path=rig.facts.order_socket)
        result = await placing
        assert result.client_order_id is not None
        await rig.settle(60)
        info = await rig.client.get_order_info(result.client_order_id)
        rest += info is not None and not info.status.terminal
        assert len(rig.world_open()) == rest


@setting(BY_SOCKET)
async def test_socket_that_is_gone_leaves_orders_to_http_until_it_is_back(rig: Rig) -> None:
    await rig.settle()
    if rig.facts.order_socket:
        rig.venue.cut(path=rig.facts.order_socket)
    await rig.settle(0.05)
    result = await rig.client.place_limit_order(rig.btc, SIZE, PASSIVE, Side.BUY)
    assert result.outcome_known
    await rig.settle(60)
    before = len(rig.requests(Deed.CREATE))
    assert (await rig.client.place_limit_order(rig.btc, SIZE, PASSIVE, Side.BUY)).success
    await rig.settle()
    by_http = len(rig.requests(Deed.CREATE)) - before
    assert by_http == int(not rig.facts.order_socket)
    assert len(rig.world_open()) == 2
