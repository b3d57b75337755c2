"""Streams that are cut, silent, reordered, late or full of junk."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest

from exchange_clients.base_models import NS, OrderStatus, Side
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import ExchangeError, NotConnectedError
from exchange_clients.events import Signal
from tests.conformance.rig import ACCOUNT, ASK, BID, BTC, PASSIVE, SIZE, Rig, Setting, setting
from tests.conformance.venues import Channel, Deed
from venue_simulators.faults import Fault, FaultRow
from venue_simulators.last_words import LAST_WORDS

D = Decimal
LIVE = Setting(feeds=True)
OLD_NS = 32 * NS
"""Prices are not shown any longer after the channel that told them fell silent."""
QUIET_S = 300.0
"""How long nothing happens in a quiet market."""
NOTICED_AFTER_LOOKS = 3
"""Of half a second each, until it is noticed that what comes is old."""


def books_agree(rig: Rig) -> bool:
    """Tell whether the client's book is the venue's."""
    return rig.client.stream.get_order_book(rig.btc, 50) == rig.world.depth(rig.btc, 50)[0]


def move(rig: Rig, shift: int) -> None:
    """Show a book of which no level was there before."""
    rig.set_book(
        [(BID - shift, D(1)), (BID - 40 - shift, D(2))], [(ASK + shift, D(1)), (ASK + 50, D(2))]
    )


async def keep_moving(rig: Rig, seconds: float) -> None:
    """Let the market move as markets do: of one that stands still no stream says anything."""
    for step in range(round(seconds * 2)):
        move(rig, step % 30)
        await rig.settle(0.5)


def signals(rig: Rig, kind: Signal) -> int:
    """Return how often something was told of BTC's feed."""
    return sum(each.signal is kind and each.contract_id == rig.btc for each in rig.signals)


# Books --------------------------------------------------------------------------------------------


@setting(LIVE)
async def test_channel_that_falls_silent_is_subscribed_again(rig: Rig) -> None:
    rig.disturb("ws.mute", Channel.BOOK, None)
    move(rig, 3)
    await rig.settle(70)
    assert signals(rig, Signal.STALE) >= 1
    quote = rig.client.stream.best_bid_offer(rig.btc)
    assert quote is None or quote.bid == float(BID - 3)
    rig.plan.clear()
    await keep_moving(rig, 60)
    assert books_agree(rig)


async def test_subscription_that_was_ignored_is_repeated(rig: Rig) -> None:
    rig.plan.once("ws.ignore_sub", service="*ws*", contains=rig.facts.book_subscription)
    await rig.client.stream.prepare_market_feed(rig.btc, timeout=1)
    await keep_moving(rig, 40)
    assert books_agree(rig)


@setting(LIVE)
async def test_lost_delta_closes_the_book_until_a_snapshot(rig: Rig) -> None:
    shown: list[tuple[float, float]] = []
    rig.client.stream.add_quote_listener(rig.btc, lambda one: shown.append((one.bid, one.ask)))
    rig.disturb("ws.drop", Channel.BOOK)
    for shift in range(1, 8):
        move(rig, shift)
        await rig.settle(0.5)
    await rig.settle(20)
    assert signals(rig, Signal.GAP) + signals(rig, Signal.STALE) >= 1
    assert books_agree(rig)
    true = [(float(BID - shift), float(ASK + shift)) for shift in range(1, 8)]
    assert all(quote in true for quote in shown)


@setting(LIVE)
async def test_repeated_delta_changes_nothing(rig: Rig) -> None:
    before = len(rig.requests(Deed.BOOK)) + len(rig.handshakes())
    rig.disturb("ws.dup", Channel.BOOK, None)
    for shift in range(1, 8):
        move(rig, shift)
        await rig.settle(0.5)
    assert books_agree(rig)
    assert len(rig.requests(Deed.BOOK)) + len(rig.handshakes()) == before


@setting(LIVE)
async def test_swapped_deltas_end_in_the_true_book(rig: Rig) -> None:
    rig.disturb("ws.swap", Channel.BOOK, 3)
    for shift in range(1, 8):
        move(rig, shift)
        await rig.settle(0.3)
    await rig.settle(20)
    move(rig, 9)
    await rig.settle(1)
    assert books_agree(rig)
    assert len(rig.requests(Deed.BOOK)) <= 10


@setting(LIVE)
async def test_snapshot_after_a_reconnect_replaces_everything(rig: Rig) -> None:
    rig.cut_the_streams()
    rig.set_book([(BID - 100, D(1))], [(BID - 90, D(1))])
    await rig.settle(20)
    assert books_agree(rig)
    assert rig.world.depth(rig.btc, 50)[0].bids[0].price == BID - 100


async def test_snapshot_that_trails_the_deltas_is_bridged(rig: Rig) -> None:
    await rig.client.fetch_bbo_prices(rig.btc)
    rig.befall("rp.delay", Deed.BOOK, 2, seconds=1)
    for shift in range(1, 12):
        rig.clock.call_later(shift * 0.25, partial(move, rig, shift))
    assert await rig.client.stream.prepare_market_feed(rig.btc)
    await rig.settle(10)
    assert books_agree(rig)


async def test_snapshot_of_a_lagging_copy_is_not_joined_to_newer_deltas(rig: Rig) -> None:
    assert await rig.client.stream.prepare_market_feed(rig.btc)
    move(rig, 1)
    await rig.settle(3)
    rig.befall("rp.stale", Deed.BOOK, 2, seconds=1)
    rig.cut_the_streams()
    await keep_moving(rig, 30)
    assert books_agree(rig)


@setting(LIVE)
async def test_book_is_sound_after_the_venues_maintenance(rig: Rig) -> None:
    now_ns = rig.clock.now_ns() - rig.plan.start_ns
    rig.plan.add(FaultRow(Fault.MAINTENANCE, from_ns=now_ns, for_ns=20 * NS))
    rig.host.pump()
    await rig.settle(5)
    assert rig.client.stream.best_bid_offer(rig.btc) is None
    await keep_moving(rig, 120)
    assert books_agree(rig)


@setting(LIVE)
async def test_quiet_market_is_asked_about_now_and_then_and_stays_shown(rig: Rig) -> None:
    before = len(rig.requests(Deed.BOOK)) + len(rig.handshakes())
    for _ in range(round(QUIET_S)):
        await rig.settle(1)
        age_s = rig.client.stream.age_s(rig.btc, FeedKind.BOOK)
        assert rig.client.stream.best_bid_offer(rig.btc) is not None
        assert age_s is not None
        assert age_s < 20
    assert len(rig.requests(Deed.BOOK)) + len(rig.handshakes()) - before <= QUIET_S / 15
    assert signals(rig, Signal.STALE) == 0
    assert books_agree(rig)


@setting(LIVE)
async def test_feed_that_is_minutes_behind_is_not_believed(rig: Rig) -> None:
    rig.disturb("ws.delay", Channel.BOOK, None, seconds=120)
    old_looks = 0
    for step in range(400):
        move(rig, step % 30)
        await rig.settle(0.5)
        quote = rig.client.stream.best_bid_offer(rig.btc)
        told_ns = None if quote is None else quote.venue_ns
        old = told_ns is not None and rig.clock.now_ns() - told_ns > OLD_NS
        old_looks = old_looks + 1 if old else 0
        assert old_looks <= NOTICED_AFTER_LOOKS


@setting(LIVE)
async def test_junk_between_frames_harms_nothing(rig: Rig) -> None:
    rig.disturb("ws.junk", Channel.BOOK, 3)
    for shift in range(1, 8):
        move(rig, shift)
        await rig.settle(0.5)
    await rig.settle(20)
    assert books_agree(rig)
    await rig.buy_at_once()
    assert [fill.size for fill in rig.fills] == [SIZE]


# The account --------------------------------------------------------------------------------------


async def test_fills_during_a_cut_are_found_after_it(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    now_ns = rig.clock.now_ns() - rig.plan.start_ns
    rig.plan.add(FaultRow(Fault.CUT, service="*ws*", from_ns=now_ns, for_ns=60 * NS))
    rig.host.pump()
    await rig.settle(5)
    rig.let_the_market_sell(D(1))
    await rig.settle(180)
    assert [fill.size for fill in rig.fills] == [SIZE]
    assert rig.heard(name) is OrderStatus.FILLED
    assert await rig.client.get_position(BTC) == SIZE


async def test_nothing_is_placed_while_the_private_feed_is_lost(rig: Rig) -> None:
    now_ns = rig.clock.now_ns() - rig.plan.start_ns
    rig.plan.add(FaultRow(Fault.CUT, service="*ws*", from_ns=now_ns, for_ns=60 * NS))
    rig.host.pump()
    await rig.settle(1)
    with pytest.raises(NotConnectedError):
        await rig.buy()
    assert rig.requests(Deed.CREATE) == []
    await rig.settle(180)
    await rig.rest_a_buy()
    assert len(rig.world_open()) == 1


async def test_exit_is_sent_although_the_private_feed_is_lost(rig: Rig) -> None:
    await rig.buy_at_once()
    await rig.settle()
    now_ns = rig.clock.now_ns() - rig.plan.start_ns
    rig.plan.add(FaultRow(Fault.CUT, service="*ws*", from_ns=now_ns, for_ns=60 * NS))
    rig.host.pump()
    await rig.settle(1)
    await rig.client.place_market_order(rig.btc, SIZE, Side.SELL, reduce_only=True)
    await rig.settle(10)
    assert rig.world_position() == 0


async def test_fill_that_is_told_and_read_counts_once(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.let_the_market_sell(D("0.004"))
    await rig.settle()
    rig.cut_the_streams()
    await rig.settle(30)
    rig.let_the_market_sell(D(1))
    await rig.until(lambda: rig.heard(name) is OrderStatus.FILLED)
    await rig.settle(10)
    assert [fill.size for fill in rig.fills] == [D("0.004"), D("0.006")]
    assert len({fill.trade_id for fill in rig.fills}) == 2


async def test_two_cuts_within_a_second_leave_one_reader(rig: Rig) -> None:
    standing = rig.altered.open_connections
    for _ in range(2):
        rig.cut_the_streams()
        await rig.settle(0.4)
    await rig.settle(60)
    assert rig.altered.open_connections == standing
    await rig.buy_at_once()
    await rig.settle()
    assert [fill.size for fill in rig.fills] == [SIZE]


async def test_reconnects_are_spread_out(rig: Rig) -> None:
    before = len(rig.handshakes())
    now_ns = rig.clock.now_ns() - rig.plan.start_ns
    rig.plan.add(FaultRow(Fault.CUT, service="*ws*", from_ns=now_ns, for_ns=300 * NS))
    rig.host.pump()
    await rig.settle(300)
    tried = len(rig.handshakes()) - before
    assert 2 <= tried <= 80
    rig.plan.clear()
    await rig.settle(90)
    await rig.rest_a_buy()


async def test_half_open_connection_is_noticed_and_replaced(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.plan.always("ws.blackhole", service="*ws*")
    rig.let_the_market_sell(D(1))
    await rig.settle(100)
    rig.plan.clear()
    await rig.settle(120)
    assert [fill.size for fill in rig.fills] == [SIZE]
    assert rig.heard(name) is OrderStatus.FILLED


@setting(Setting(connects=False))
async def test_streams_that_are_refused_at_first_are_opened_later(rig: Rig) -> None:
    rig.plan.once("ws.refuse", 2, service="*ws*")
    await rig.client.connect()
    await rig.rest_a_buy()
    assert len(rig.world_open()) == 1


@setting(Setting(connects=False))
async def test_client_without_its_private_feed_does_not_connect(rig: Rig) -> None:
    rig.plan.always("ws.refuse", service="*ws*")
    with pytest.raises(ExchangeError):
        await rig.client.connect()
    with pytest.raises(NotConnectedError):
        await rig.buy()
    rig.plan.clear()
    await rig.client.connect()
    await rig.rest_a_buy()


async def test_junk_on_the_private_feed_harms_nothing(rig: Rig) -> None:
    rig.disturb("ws.junk", Channel.ORDERS, 2)
    name = await rig.rest_a_buy()
    rig.let_the_market_sell(D(1))
    await rig.until(lambda: rig.heard(name) is OrderStatus.FILLED)
    assert [fill.size for fill in rig.fills] == [SIZE]


async def test_order_cancelled_during_a_cut_is_known_after_it(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    (order,) = rig.world_open()
    rig.cut_the_streams()
    rig.at_the_venue(lambda world: world.cancel(ACCOUNT, order.order_id))
    await rig.settle(30)
    assert rig.heard(name) is OrderStatus.CANCELED
    assert (await rig.info(name)).price == PASSIVE


@setting(LIVE)
async def test_connection_that_is_about_to_end_is_followed_by_another(rig: Rig) -> None:
    at_first = len(rig.handshakes())
    rig.announce_the_end(40.0)
    await keep_moving(rig, 30)
    assert (len(rig.handshakes()) > at_first) is (rig.facts.name in LAST_WORDS)
    assert books_agree(rig)
    await keep_moving(rig, 40)
    assert len(rig.handshakes()) > at_first
    assert books_agree(rig)
    move(rig, 0)
    await rig.buy_at_once()
