"""What a venue does of its own: takes positions, changes fees, refuses orders, shows odd marks."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import NS, OrderStatus, Reason, Side
from exchange_clients.paper.funding import HOUR_NS
from tests.support.scripted_world import BTC, ETH, ME, market_order, scripted_market, scripted_world
from venue_simulators.scripted_source import START_NS
from venue_simulators.venue_deeds import everything, reducing_only, resting_only, without_margin
from venue_simulators.world import PublicLiquidation, Wanted, World

D = Decimal


def holding(size: str) -> World:
    world = scripted_world(scripted_market())
    world.place(ME, market_order(Side.BUY, size))
    return world


def test_a_venue_takes_a_share_of_a_position_at_no_more_than_the_usual_fee() -> None:
    world = holding("0.5")
    told: list[PublicLiquidation] = []
    world.listen_liquidations(told.append)
    world.deeds.take(ME, BTC, D("0.33"), world.now_ns)
    world.advance(world.now_ns)
    assert world.positions(ME)[0].size == D("0.34")
    assert [(each.side, each.size) for each in told] == [(Side.SELL, D("0.16"))]
    assert world.funds(ME).cash == 10_000 - D("0.16") - sum(f.fee for f in world.fills(ME))


def test_nothing_is_taken_of_what_nobody_holds() -> None:
    world = scripted_world()
    world.deeds.take(ME, BTC, D(1), world.now_ns)
    world.advance(world.now_ns)
    assert world.fills(ME) == []


def test_other_fees_hold_from_the_next_fill_on_until_they_are_taken_back() -> None:
    world = holding("0.1")
    world.deeds.charge(BTC, D(3))
    world.place(ME, market_order(Side.BUY, "0.1"))
    world.deeds.charge(BTC, D(1))
    world.place(ME, market_order(Side.BUY, "0.1"))
    usual, thrice, again = (fill.fee for fill in world.fills(ME))
    assert (thrice, again) == (3 * usual, usual)


def test_a_market_may_take_some_orders_alone() -> None:
    world = holding("0.5")
    opens = market_order(Side.BUY, "0.1")
    closes = replace(market_order(Side.SELL, "0.1"), reduce_only=True)
    rests = Wanted(BTC, Side.BUY, D("0.1"), D(900))
    for admits, refused in (
        (reducing_only, Reason.MARKET_UNAVAILABLE),
        (without_margin, Reason.INSUFFICIENT_MARGIN),
    ):
        world.deeds.admit(BTC, admits)
        assert (world.place(ME, opens).reason, world.place(ME, closes).reason) == (refused, None)
    world.deeds.admit(BTC, resting_only)
    assert world.place(ME, rests).reason is Reason.MARKET_UNAVAILABLE
    world.deeds.admit(BTC, everything)
    assert world.place(ME, rests).reason is None


def test_a_mark_that_is_shown_wrongly_liquidates_nobody() -> None:
    world = holding("0.5")
    true = world.mark(BTC)
    world.deeds.show_mark(BTC, D("0.01"))
    world.advance(world.now_ns + 1)
    assert world.ticker(BTC).mark == D(10)
    assert (world.mark(BTC), world.positions(ME)[0].size) == (true, D("0.5"))
    assert world.ticker(ETH).mark == true


def test_funding_is_paid_by_another_interval_from_now_on_until_it_is_as_before() -> None:
    world = holding("0.5")
    usual = world.ticker(BTC)
    assert usual.funding_interval_hours == 8
    world.deeds.settle_every(1, world.now_ns)
    told = world.ticker(BTC)
    assert told.funding_interval_hours == 1
    assert told.next_funding_ns % HOUR_NS == 0
    world.advance(world.now_ns + 2 * HOUR_NS)
    assert len(world.payments(ME)) == 2
    assert {
        rate.interval_hours for rate in world.funding_rates(BTC, START_NS + 1, world.now_ns)
    } == {1}
    world.deeds.settle_every(None, world.now_ns)
    assert world.ticker(BTC).next_funding_ns == usual.next_funding_ns
    world.advance(usual.next_funding_ns)
    assert len(world.payments(ME)) == 3


def test_a_level_that_is_not_there_crosses_the_book_and_trades_with_nobody() -> None:
    world = holding("0.5")
    before, _ = world.depth(BTC)
    assert world.deeds.cross(BTC, Side.BUY, 5, world.now_ns)
    world.advance(world.now_ns + NS)
    bid, ask, _ = world.best(BTC)
    assert bid is not None
    assert ask is not None
    assert bid[0] == ask[0] + 5 * world.markets[BTC].tick
    sold = world.place(ME, market_order(Side.SELL, "0.1"))
    assert sold.reason is None
    assert world.fills(ME)[-1].price < ask[0]
    world.deeds.uncross(BTC, world.now_ns)
    world.advance(world.now_ns + NS)
    after, _ = world.depth(BTC)
    assert [level.price for level in after.bids] == [level.price for level in before.bids]


def test_a_level_at_the_price_of_the_other_side_locks_the_book() -> None:
    world = scripted_world(scripted_market())
    assert world.deeds.cross(BTC, Side.SELL, 0, world.now_ns)
    world.advance(world.now_ns + NS)
    bid, ask, _ = world.best(BTC)
    assert bid is not None
    assert ask is not None
    assert bid[0] == ask[0]


def test_a_venue_fills_on_once_at_the_last_price_for_the_usual_fee() -> None:
    world = scripted_world(scripted_market())
    placed = world.place(ME, market_order(Side.BUY, "0.5"))
    assert placed.order is not None
    order_id, at_ns = placed.order.order_id, world.now_ns + NS // 2
    heard: list[object] = []
    world.listen_private(ME, heard.append)
    for _ in range(2):
        world.deeds.overfill(ME, order_id, D("0.02"), at_ns)
    world.advance(at_ns)
    first, extra = world.fills(ME)
    assert (extra.order_id, extra.size, extra.price) == (order_id, D("0.02"), first.price)
    assert (extra.fee * 25, extra.liquidity) == (first.fee, first.liquidity)
    assert (extra.trade_id != first.trade_id, extra.venue_ns) == (True, at_ns)
    booked = world.deeds.extras[order_id]
    assert (booked.is_told_by(first), booked.is_told_by(extra)) == (False, True)
    info = world.order(ME, order_id)
    assert info is not None
    assert (info.status, info.size, info.filled_size) == (OrderStatus.FILLED, D("0.5"), D("0.52"))
    assert (info.average_price, info.remaining_size) == (first.price, D(0))
    assert extra in heard
    assert heard[-1] == info
    assert world.positions(ME)[0].size == D("0.52")
    assert world.deeds.extra(order_id) == D("0.02")


def test_nothing_is_filled_beyond_an_order_that_ended_otherwise() -> None:
    world = scripted_world(scripted_market())
    placed = world.place(ME, Wanted(BTC, Side.BUY, D("0.1"), D(900)))
    assert placed.order is not None
    order_id = placed.order.order_id
    world.deeds.overfill(ME, order_id, D("0.01"), world.now_ns + NS)
    world.cancel(ME, order_id)
    world.advance(world.now_ns + NS)
    assert (world.fills(ME), world.deeds.extra(order_id)) == ([], D(0))


def test_what_closes_is_not_filled_beyond_what_is_held() -> None:
    world = holding("0.5")
    placed = world.place(ME, replace(market_order(Side.SELL, "0.5"), reduce_only=True))
    assert placed.order is not None
    world.deeds.overfill(ME, placed.order.order_id, D("0.02"), world.now_ns + NS)
    world.advance(world.now_ns + NS)
    assert (len(world.fills(ME)), world.positions(ME)) == (2, [])
    assert world.deeds.extra(placed.order.order_id) == D(0)
