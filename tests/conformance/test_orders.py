"""Orders from placing to their end, as the venue has them."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest

from exchange_clients.base_models import (
    Feature,
    NewOrder,
    OrderStatus,
    OrderType,
    Reason,
    Side,
)
from exchange_clients.errors import InvalidOrder, OrderNotFound, UnsupportedFeature, VenueRejected
from exchange_clients.shared.client.managers.order_manager import UNMINTED
from tests.conformance.rig import ACCOUNT, ASK, BID, BTC, PASSIVE, SIZE, Rig, Setting, setting
from tests.conformance.venues import Deed
from venue_simulators.world import Wanted, World

D = Decimal
LONGEST_SWITCH_S = 315
"""Longer than any venue lets a switch of 100 s wait."""


async def test_limit_order_rests_as_it_was_asked_for(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    (order,) = rig.world_open()
    assert (order.side, order.size, order.price) == (Side.BUY, SIZE, PASSIVE)
    info = await rig.info(name)
    assert (info.status, info.side, info.size, info.price) == (
        OrderStatus.OPEN,
        Side.BUY,
        SIZE,
        PASSIVE,
    )
    assert info.contract_id == rig.btc
    assert info.order_id


async def test_sell_rests_on_its_own_side(rig: Rig) -> None:
    placed = await rig.client.place_limit_order(rig.btc, SIZE, ASK + 100, Side.SELL)
    await rig.settle()
    (order,) = rig.world_open()
    assert (order.side, order.price) == (Side.SELL, ASK + 100)
    assert placed.client_order_id is not None
    assert (await rig.info(placed.client_order_id)).side is Side.SELL


async def test_handlers_hear_each_state_once_in_order(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    await rig.client.cancel_order(name)
    await rig.settle()
    told = [info.status for info in rig.orders if info.status is not OrderStatus.PENDING]
    assert told == [OrderStatus.OPEN, OrderStatus.CANCELED]


async def test_life_of_an_order_is_heard_without_asking(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.let_the_market_sell(SIZE)
    await rig.until(lambda: rig.heard(name) is OrderStatus.FILLED)
    await rig.settle(10)
    assert rig.requests(Deed.FIND) + rig.requests(Deed.FILLS) + rig.requests(Deed.ACTIVE) == []


async def test_order_is_known_by_both_of_its_names(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    info = await rig.info(name)
    assert await rig.client.get_order_info(info.order_id) == info
    assert (await rig.client.cancel_order(info.order_id)).status is OrderStatus.CANCELED
    assert rig.world_open() == []


async def test_price_and_size_are_rounded_before_sending(rig: Rig) -> None:
    market = rig.facts.markets["BTC"]
    await rig.buy(SIZE + market.step / 3, PASSIVE + market.tick / 3)
    await rig.settle()
    (order,) = rig.world_open()
    assert (order.size, order.price) == (SIZE, PASSIVE)


async def test_sell_price_is_rounded_up(rig: Rig) -> None:
    market = rig.facts.markets["BTC"]
    await rig.client.place_limit_order(rig.btc, SIZE, ASK + 100 + market.tick / 3, Side.SELL)
    await rig.settle()
    (order,) = rig.world_open()
    assert order.price == ASK + 100 + market.tick


async def test_order_below_the_minimum_is_not_sent(rig: Rig) -> None:
    market = rig.facts.markets["BTC"]
    too_small = market.smallest_size(PASSIVE) - market.step
    with pytest.raises(InvalidOrder):
        await rig.buy(too_small)
    assert rig.requests(Deed.CREATE) == []


async def test_negative_size_is_not_sent(rig: Rig) -> None:
    with pytest.raises(InvalidOrder):
        await rig.buy(-SIZE)
    assert rig.requests(Deed.CREATE) == []


async def test_smallest_order_is_taken(rig: Rig) -> None:
    market = rig.client.market(rig.btc)
    await rig.rest_a_buy(market.smallest_size(PASSIVE))
    (order,) = rig.world_open()
    assert order.size == market.smallest_size(PASSIVE)


async def test_market_order_takes_the_best_price(rig: Rig) -> None:
    placed = await rig.client.place_market_order(rig.btc, SIZE, Side.BUY)
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id)
    assert (info.status, info.filled_size, info.average_price) == (OrderStatus.FILLED, SIZE, ASK)
    assert rig.world_position() == SIZE


async def test_market_sell_takes_the_best_bid(rig: Rig) -> None:
    placed = await rig.client.place_market_order(rig.btc, SIZE, Side.SELL)
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id)
    assert (info.status, info.average_price) == (OrderStatus.FILLED, BID)
    assert rig.world_position() == -SIZE


async def test_market_order_pays_no_price_beyond_its_bound(rig: Rig) -> None:
    far = ASK * 2
    await rig.client.fetch_bbo_prices(rig.btc)
    rig.set_book([(BID, D(5))], [(ASK, D("0.01")), (far, D(5))])
    placed = await rig.client.place_market_order(rig.btc, SIZE * 3, Side.BUY)
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id)
    await rig.settle()
    assert info.status.terminal
    assert all(fill.price < far for fill in rig.world_fills())
    assert (await rig.info(placed.client_order_id)).filled_size == rig.world_position()


async def test_post_only_order_that_would_cross_never_takes(rig: Rig) -> None:
    placed = await rig.buy(price=ASK + 10, post_only=True)
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id)
    assert info.status in (OrderStatus.REJECTED, OrderStatus.EXPIRED, OrderStatus.CANCELED)
    assert info.reason is Reason.POST_ONLY_WOULD_CROSS
    assert rig.world_fills() == []
    assert rig.world_open() == []


async def test_post_only_order_below_the_ask_rests(rig: Rig) -> None:
    name = await rig.rest_a_buy(price=BID, post_only=True)
    assert (await rig.info(name)).status is OrderStatus.OPEN
    assert len(rig.world_open()) == 1


async def test_reduce_only_order_never_opens_a_position(rig: Rig) -> None:
    placed = await rig.client.place_close_order(rig.btc, SIZE, BID - 10, Side.SELL)
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id, 5)
    await rig.settle()
    assert info.status.terminal
    assert info.filled_size == 0
    assert rig.world_position() == 0


async def test_reduce_only_order_closes_what_is_open(rig: Rig) -> None:
    await rig.buy_at_once()
    placed = await rig.client.place_close_order(rig.btc, SIZE, BID, Side.SELL)
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id)
    await rig.settle()
    assert (info.status, info.reduce_only) == (OrderStatus.FILLED, True)
    assert rig.world_position() == 0
    assert await rig.client.get_position(BTC) == 0


async def test_reduce_only_order_larger_than_the_position_never_flips_it(rig: Rig) -> None:
    await rig.buy_at_once()
    await rig.client.place_market_order(rig.btc, SIZE * 3, Side.SELL, reduce_only=True)
    await rig.settle()
    assert rig.world_position() >= 0
    assert await rig.client.get_position(BTC) == rig.world_position()


async def test_resting_reduce_only_order_dies_or_shrinks_with_its_position(rig: Rig) -> None:
    await rig.buy_at_once()
    placed = await rig.client.place_close_order(rig.btc, SIZE, ASK + 500, Side.SELL)
    await rig.settle()
    await rig.client.place_market_order(rig.btc, SIZE, Side.SELL, reduce_only=True)
    await rig.settle()
    rig.set_book([(ASK + 600, D(5))], [(ASK + 610, D(5))])
    await rig.settle()
    assert rig.world_position() == 0
    assert placed.client_order_id is not None
    assert (await rig.info(placed.client_order_id)).status.terminal
    assert rig.world_open() == []


async def test_order_that_the_account_cannot_carry_is_refused(rig: Rig) -> None:
    placed = await rig.buy(D(100))
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id, 5)
    assert (info.status, info.reason) == (OrderStatus.REJECTED, Reason.INSUFFICIENT_MARGIN)
    assert rig.world_open() == []


async def test_halted_market_refuses_with_its_reason(rig: Rig) -> None:
    rig.at_the_venue(lambda world: world.set_tradable(rig.btc, False))
    placed = await rig.buy()
    assert placed.client_order_id is not None
    info = await rig.client.await_order_update(placed.client_order_id, 5)
    assert info.status is OrderStatus.REJECTED
    assert info.reason is Reason.MARKET_UNAVAILABLE
    assert rig.world_orders() == []


async def test_client_order_id_is_not_used_twice(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    with pytest.raises(VenueRejected) as refusal:
        await rig.client.place_limit_order(rig.btc, SIZE, PASSIVE, Side.BUY, client_order_id=name)
    assert refusal.value.reason is Reason.DUPLICATE_CLIENT_ORDER_ID
    assert len(rig.requests(Deed.CREATE)) == 1


async def test_client_order_ids_stay_unique_over_a_restart(rig: Rig) -> None:
    first = await rig.rest_a_buy()
    await rig.client.disconnect()
    await rig.restart()
    second = await rig.rest_a_buy(price=PASSIVE - 1)
    assert first != second
    assert len(rig.world_open()) == 2


async def test_order_that_was_never_placed_is_not_ours(rig: Rig) -> None:
    with pytest.raises(OrderNotFound):
        await rig.client.get_order_info("12345")
    result = await rig.client.cancel_order("12345")
    assert not result.success
    assert rig.requests(Deed.CANCEL) == []


async def test_cancelling_twice_says_the_same_and_asks_once(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    first = await rig.client.cancel_order(name)
    second = await rig.client.cancel_order(name)
    assert first.status is second.status is OrderStatus.CANCELED
    assert len(rig.requests(Deed.CANCEL)) == 1


async def test_cancel_all_leaves_what_is_not_ours(rig: Rig) -> None:
    foreign = Wanted(rig.btc, Side.BUY, SIZE, PASSIVE - 50)
    rig.at_the_venue(lambda world: world.place(ACCOUNT, foreign))
    for number in range(3):
        await rig.rest_a_buy(price=PASSIVE - number)
    results = await rig.client.cancel_all_orders(rig.btc)
    assert [result.status for result in results] == [OrderStatus.CANCELED] * 3
    assert [order.price for order in rig.world_open()] == [PASSIVE - 50]


async def test_cancel_all_of_one_market_leaves_the_other(rig: Rig) -> None:
    await rig.rest_a_buy()
    await rig.client.place_limit_order(rig.facts.eth, D("0.5"), D(3900), Side.BUY)
    await rig.settle()
    await rig.client.cancel_all_orders(rig.btc)
    assert [order.contract_id for order in rig.world_open()] == [rig.facts.eth]


@setting(Setting(exclusive=True))
async def test_cancel_all_on_an_exclusive_account_ends_everything_of_ours(rig: Rig) -> None:
    for number in range(3):
        await rig.rest_a_buy(price=PASSIVE - number)
    results = await rig.client.cancel_all_orders()
    assert [result.status for result in results] == [OrderStatus.CANCELED] * 3
    assert rig.world_open() == []


async def test_order_that_the_venue_cancels_is_heard_of(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    (order,) = rig.world_open()
    rig.at_the_venue(lambda world: world.cancel(ACCOUNT, order.order_id))
    await rig.until(lambda: rig.heard(name) is OrderStatus.CANCELED)
    assert (await rig.info(name)).status is OrderStatus.CANCELED


async def test_orders_that_the_venue_cancels_all_at_once_are_heard_of(rig: Rig) -> None:
    names = [await rig.rest_a_buy(price=PASSIVE - number) for number in range(3)]
    for order in rig.world_open():
        rig.at_the_venue(partial(World.cancel, account=ACCOUNT, order_id=order.order_id))
    await rig.settle(5)
    assert [rig.heard(name) for name in names] == [OrderStatus.CANCELED] * 3


async def test_order_that_would_meet_our_own_ends_as_the_venue_says(rig: Rig) -> None:
    await rig.rest_a_buy(price=BID + 5)
    await rig.client.place_limit_order(rig.btc, SIZE, BID + 5, Side.SELL)
    await rig.settle(10)
    told = {info.client_order_id: info for info in rig.orders}
    ends = sorted((each.side, each.status.terminal, each.filled_size) for each in told.values())
    true = [(each.side, each.status.terminal, each.filled_size) for each in rig.world_orders()]
    assert ends == sorted(true)
    assert await rig.client.get_position(BTC) == rig.world_position()


async def test_active_orders_are_the_venues_oldest_first(rig: Rig) -> None:
    for number in range(3):
        await rig.rest_a_buy(price=PASSIVE - number)
    await rig.settle()
    active = await rig.client.get_active_orders(rig.btc)
    shown = [(each.contract_id, each.price, each.size, each.side, each.status) for each in active]
    true = [(o.contract_id, o.price, o.size, o.side, o.status) for o in rig.world_open()]
    assert shown == true


async def test_stop_waits_for_its_trigger_and_then_trades(rig: Rig) -> None:
    await rig.buy_at_once()
    order = NewOrder(
        client_order_id=UNMINTED,
        contract_id=rig.btc,
        side=Side.SELL,
        size=SIZE,
        price=None,
        order_type=OrderType.STOP_MARKET,
        reduce_only=True,
        trigger_price=D(99_500),
    )
    placed = await rig.client.place_conditional_order(order)
    await rig.settle()
    (waiting,) = await rig.client.get_active_orders(rig.btc)
    assert (waiting.order_type.conditional, waiting.side) == (True, Side.SELL)
    assert rig.world_position() == SIZE
    rig.set_book([(D(99_400), D(5))], [(D(99_410), D(5))])
    await rig.settle(5)
    assert rig.world_position() == 0
    assert placed.client_order_id is not None
    assert (await rig.info(placed.client_order_id)).status is OrderStatus.FILLED
    assert await rig.client.get_position(BTC) == 0


async def test_stop_that_is_cancelled_never_trades(rig: Rig) -> None:
    order = NewOrder(
        client_order_id=UNMINTED,
        contract_id=rig.btc,
        side=Side.BUY,
        size=SIZE,
        price=None,
        order_type=OrderType.STOP_MARKET,
        trigger_price=D(101_000),
    )
    placed = await rig.client.place_conditional_order(order)
    assert placed.client_order_id is not None
    await rig.settle()
    assert (await rig.client.cancel_order(placed.client_order_id)).status is OrderStatus.CANCELED
    assert rig.world_open() == []


async def test_amend_changes_the_order_in_place(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    await rig.client.amend_order(name, price=PASSIVE - 100, quantity=SIZE * 2)
    await rig.settle()
    (order,) = rig.world_open()
    assert (order.price, order.size) == (PASSIVE - 100, SIZE * 2)
    info = await rig.info(name)
    assert (info.status, info.price, info.size) == (OrderStatus.OPEN, PASSIVE - 100, SIZE * 2)


async def test_open_order_waits_for_its_fill(rig: Rig) -> None:
    rig.clock.call_later(1.0, lambda: rig.let_the_market_sell(D(50), BID - 10))
    result = await rig.client.place_open_order(rig.btc, SIZE, Side.BUY)
    assert (result.status, result.filled_size) == (OrderStatus.FILLED, SIZE)
    assert result.price == ASK - rig.facts.markets["BTC"].tick
    assert rig.world_position() == SIZE


async def test_dead_man_switch_cancels_what_is_open_unless_it_is_renewed(rig: Rig) -> None:
    if not rig.client.supports(Feature.DEAD_MAN):
        with pytest.raises(UnsupportedFeature, match=rig.facts.name):
            await rig.client.arm_dead_man(100)
        return
    name = await rig.rest_a_buy()
    for _ in range(2):
        await rig.client.arm_dead_man(100)
        await rig.settle(80)
    assert len(rig.world_open()) == 1
    await rig.settle(LONGEST_SWITCH_S)
    assert rig.world_open() == []
    assert (await rig.info(name)).status is OrderStatus.CANCELED

    await rig.rest_a_buy()
    await rig.client.arm_dead_man(100)
    await rig.client.arm_dead_man(0)
    await rig.settle(LONGEST_SWITCH_S)
    assert len(rig.world_open()) == 1
