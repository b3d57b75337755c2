"""Fills: each counts once, whenever and however often it is told."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import Fill, Liquidity, OrderInfo, OrderStatus, Side
from exchange_clients.shared.client.gateway import Found
from exchange_clients.shared.venue import OrderKey
from tests.conformance.rig import ASK, BID, BTC, EXTRA, PASSIVE, SIZE, Rig, Setting, setting
from tests.conformance.venues import Channel, Deed

D = Decimal
HALF = SIZE / 2
HOUR_NS = 3_600_000_000_000


def essence(fill: Fill) -> tuple[object, ...]:
    """Return what a fill says without the names that each side gives it."""
    return (fill.contract_id, fill.side, fill.price, fill.size, fill.fee, fill.liquidity)


async def test_fill_is_heard_as_the_venue_booked_it(rig: Rig) -> None:
    name = await rig.buy_at_once()
    await rig.settle()
    (fill,) = rig.fills
    (booked,) = rig.world_fills()
    assert essence(fill) == essence(booked)
    assert fill.client_order_id == name
    assert fill.liquidity is Liquidity.TAKER
    assert abs(fill.venue_ns - booked.venue_ns) < 1_000_000


async def test_resting_order_is_filled_as_maker(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.let_the_market_sell(D(10))
    await rig.until(lambda: rig.heard(name) is OrderStatus.FILLED)
    (fill,) = rig.fills
    assert essence(fill) == essence(rig.world_fills()[0])
    assert fill.liquidity is Liquidity.MAKER
    assert rig.fills[0].price == PASSIVE


async def test_partial_fills_add_up(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.let_the_market_sell(D("0.004"))
    await rig.until(lambda: rig.heard(name) is OrderStatus.PARTIALLY_FILLED)
    assert (await rig.info(name)).filled_size == D("0.004")
    rig.let_the_market_sell(D(1))
    await rig.until(lambda: rig.heard(name) is OrderStatus.FILLED)
    assert [fill.size for fill in rig.fills] == [D("0.004"), D("0.006")]
    assert (await rig.info(name)).filled_size == SIZE


async def test_average_price_is_that_of_the_fills(rig: Rig) -> None:
    rig.set_book([(BID, D(5))], [(ASK, HALF), (ASK + 10, D(5))])
    name = await rig.buy_at_once()
    await rig.settle()
    info = await rig.info(name)
    assert info.filled_size == SIZE
    assert info.average_price == ASK + 5
    assert sum(fill.size * fill.price for fill in rig.fills) == SIZE * (ASK + 5)


async def test_fill_that_is_told_twice_counts_once(rig: Rig) -> None:
    rig.disturb("ws.dup", Channel.FILLS, None)
    rig.disturb("ws.dup", Channel.ORDERS, None)
    await rig.buy_at_once()
    await rig.settle()
    assert [fill.size for fill in rig.fills] == [SIZE]
    assert await rig.client.get_position(BTC) == SIZE


async def test_fill_before_the_creates_answer_is_ours(rig: Rig) -> None:
    rig.befall("rp.delay", Deed.CREATE, seconds=3)
    placed = await rig.client.place_limit_order(rig.btc, SIZE, ASK + 10, Side.BUY)
    await rig.settle()
    assert placed.client_order_id is not None
    (fill,) = rig.fills
    assert fill.client_order_id == placed.client_order_id
    assert (await rig.info(placed.client_order_id)).status is OrderStatus.FILLED
    assert rig.heard(placed.client_order_id) is OrderStatus.FILLED


async def test_several_fills_in_one_millisecond_all_count(rig: Rig) -> None:
    levels = [(ASK + number, D("0.001")) for number in range(10)]
    rig.set_book([(BID, D(5))], levels)
    name = await rig.buy_at_once()
    await rig.settle()
    assert len(rig.fills) == len(rig.world_fills()) == 10
    assert [essence(fill) for fill in rig.fills] == [essence(one) for one in rig.world_fills()]
    assert (await rig.info(name)).filled_size == SIZE


async def test_what_a_venue_fills_beyond_an_order_is_heard_and_counts(rig: Rig) -> None:
    name = await rig.buy_at_once()
    await rig.settle()
    rig.fill_on()
    await rig.until(lambda: len(rig.fills) > 1)
    await rig.settle()
    assert [essence(fill) for fill in rig.fills] == [essence(one) for one in rig.world_fills()]
    info = await rig.info(name)
    assert (info.status, info.size, info.filled_size) == (OrderStatus.FILLED, SIZE, SIZE + EXTRA)
    assert await rig.client.get_position(BTC) == rig.world_position() == SIZE + EXTRA


async def test_order_that_was_filled_beyond_its_size_is_told_and_listed_so(rig: Rig) -> None:
    name = await rig.buy_at_once()
    await rig.settle()
    rig.fill_on()
    await rig.settle()
    told = [each.filled_size for each in rig.private if isinstance(each, OrderInfo)]
    assert told[-1] == SIZE + EXTRA
    private, order_id = rig.link.private, (await rig.info(name)).order_id
    assert private is not None, "the rig has an account"
    key = OrderKey(name, rig.btc, order_id)
    listed = await rig.link.run(private.orders.find(key, rig.clock.now_ns()))
    assert isinstance(listed, Found)
    assert (listed.info.status, listed.info.filled_size) == (OrderStatus.FILLED, SIZE + EXTRA)


async def test_what_a_venue_fills_beyond_an_order_unheard_is_found_in_its_lists(rig: Rig) -> None:
    name = await rig.buy_at_once()
    await rig.settle()
    await rig.client.disconnect()
    rig.fill_on()
    await rig.settle()
    await rig.restart()
    await rig.settle()
    assert [fill.size for fill in rig.fills] == [EXTRA]
    info = await rig.info(name)
    assert (info.status, info.filled_size) == (OrderStatus.FILLED, SIZE + EXTRA)


async def test_fill_is_heard_before_the_change_of_its_order(rig: Rig) -> None:
    heard: list[str] = []
    rig.client.setup_fill_handler(lambda _: heard.append("fill"))
    rig.client.setup_order_update_handler(lambda info: heard.append(info.status))
    await rig.buy_at_once()
    await rig.settle()
    assert "fill" in heard
    assert heard.index("fill") < heard.index(OrderStatus.FILLED)


async def test_late_fill_after_a_cancel_counts(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.disturb("ws.delay", Channel.FILLS, seconds=3)
    rig.let_the_market_sell(D("0.004"))
    result = await rig.client.cancel_order(name)
    assert result.filled_size == D("0.004")
    await rig.settle(10)
    assert [fill.size for fill in rig.fills] == [D("0.004")]
    info = await rig.info(name)
    assert (info.status, info.filled_size) == (OrderStatus.CANCELED, D("0.004"))
    assert await rig.client.get_position(BTC) == rig.world_position() == D("0.004")


async def test_lost_fill_frame_is_asked_for(rig: Rig) -> None:
    rig.disturb("ws.drop", Channel.FILLS, None)
    name = await rig.rest_a_buy()
    rig.let_the_market_sell(D(1))
    await rig.settle(60)
    assert [fill.size for fill in rig.fills] == [SIZE]
    assert (await rig.info(name)).status is OrderStatus.FILLED


async def test_fill_whose_order_event_is_lost_still_counts(rig: Rig) -> None:
    rig.disturb("ws.drop", Channel.ORDERS, None)
    placed = await rig.client.place_limit_order(rig.btc, SIZE, ASK + 10, Side.BUY)
    await rig.settle(60)
    assert placed.client_order_id is not None
    assert [fill.size for fill in rig.fills] == [SIZE]
    assert (await rig.info(placed.client_order_id)).status is OrderStatus.FILLED


async def test_order_events_out_of_order_never_move_it_back(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.disturb("ws.swap", Channel.ORDERS)
    rig.let_the_market_sell(D("0.004"))
    rig.let_the_market_sell(D(1))
    await rig.settle(10)
    filled = [info.filled_size for info in rig.orders if info.client_order_id == name]
    assert filled == sorted(filled)
    assert rig.heard(name) is OrderStatus.FILLED
    assert sum(fill.size for fill in rig.fills) == SIZE


async def test_trade_history_is_the_venues(rig: Rig) -> None:
    start_ns = rig.clock.now_ns() - HOUR_NS
    names = [await rig.buy_at_once() for _ in range(3)]
    await rig.settle(5)
    history = await rig.client.get_user_trade_history(BTC, start_ns, rig.clock.now_ns() + 1)
    assert [essence(fill) for fill in history] == [essence(one) for one in rig.world_fills()]
    assert [fill.trade_id for fill in history] == [fill.trade_id for fill in rig.fills]
    assert [fill.client_order_id for fill in history] == names, "lists of some lack our names"


@setting(Setting(balance=D(10_000_000)))
async def test_trade_history_goes_to_the_last_page(rig: Rig) -> None:
    start_ns = rig.clock.now_ns() - HOUR_NS
    market = rig.facts.markets["BTC"]
    count = rig.facts.fills_page + 5
    await rig.rest_a_buy(market.step * count * 10)
    for _ in range(count):
        rig.let_the_market_sell(market.step * 10)
    await rig.settle(20)
    assert len(rig.world_fills()) == count
    history = await rig.client.get_user_trade_history(BTC, start_ns, rig.clock.now_ns() + 1)
    assert len(history) == count
    assert len({fill.trade_id for fill in history}) == count


async def test_trade_history_of_one_order_is_its_own(rig: Rig) -> None:
    start_ns = rig.clock.now_ns() - HOUR_NS
    names = [await rig.buy_at_once() for _ in range(2)]
    await rig.settle(5)
    order_id = (await rig.info(names[1])).order_id
    end_ns = rig.clock.now_ns() + 1
    history = await rig.client.get_user_trade_history(BTC, start_ns, end_ns, order_id)
    assert [fill.trade_id for fill in history] == [rig.fills[1].trade_id]


async def test_fill_of_a_strangers_order_is_not_told_as_ours(rig: Rig) -> None:
    rig.place_by_hand()
    await rig.settle(5)
    assert rig.world_position() == SIZE
    assert rig.fills == []
    assert rig.orders == []
