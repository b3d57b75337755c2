"""Prices: the venue's own book, level by level, or none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, DepthView
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import ClientConfigError, StaleData
from exchange_clients.events import PublicTrade, Signal
from tests.conformance.rig import ASK, ASKS, BID, BIDS, BTC, PASSIVE, SIZE, Rig, Setting, setting
from tests.conformance.venues import Channel, Deed

D = Decimal
LIVE = Setting(feeds=True)


def live_book(rig: Rig, contract_id: ContractId | None = None) -> DepthView | None:
    """Return the client's book of a contract."""
    return rig.client.stream.get_order_book(contract_id or rig.btc, 50)


def true_book(rig: Rig, contract_id: ContractId | None = None) -> DepthView:
    """Return the venue's."""
    return rig.world.depth(contract_id or rig.btc, 50)[0]


@setting(LIVE)
async def test_live_book_is_the_venues_level_by_level(rig: Rig) -> None:
    assert live_book(rig) == true_book(rig)
    assert [(each.price, each.size) for each in true_book(rig).bids] == list(BIDS)


@setting(LIVE)
async def test_live_book_follows_every_change(rig: Rig) -> None:
    for step in range(20):
        shift = D(step % 7)
        rig.set_book(
            [(BID - shift, D(1 + step)), (BID - 50 + shift, D(2))],
            [(ASK + shift, D(3)), (ASK + 60, D(4 + step))],
        )
        await rig.settle(0.3)
        assert live_book(rig) == true_book(rig)


@setting(LIVE)
async def test_own_orders_are_part_of_the_book(rig: Rig) -> None:
    await rig.rest_a_buy(price=BID - 5)
    await rig.settle()
    assert live_book(rig) == true_book(rig)
    book = live_book(rig)
    assert book is not None
    assert (BID - 5, SIZE) in [(each.price, each.size) for each in book.bids]


async def test_best_prices_come_by_request_where_there_is_no_feed(rig: Rig) -> None:
    assert await rig.client.fetch_bbo_prices(rig.btc) == (BID, ASK)
    assert len(rig.requests(Deed.BOOK)) == 1


@setting(LIVE)
async def test_best_prices_come_from_the_live_book_without_a_request(rig: Rig) -> None:
    before = len(rig.requests(Deed.BOOK))
    assert await rig.client.fetch_bbo_prices(rig.btc) == (BID, ASK)
    assert len(rig.requests(Deed.BOOK)) == before


async def test_depth_by_request_is_the_venues(rig: Rig) -> None:
    depth = await rig.client.get_order_book_depth(rig.btc, 3)
    assert [(each.price, each.size) for each in depth.bids] == list(BIDS)
    assert [(each.price, each.size) for each in depth.asks] == list(ASKS)


async def test_depth_holds_no_more_levels_than_asked(rig: Rig) -> None:
    depth = await rig.client.get_order_book_depth(rig.btc, 2)
    assert (len(depth.bids), len(depth.asks)) == (2, 2)


@setting(LIVE)
async def test_two_markets_do_not_mix(rig: Rig) -> None:
    assert await rig.client.stream.prepare_market_feed(rig.facts.eth)
    rig.set_book([(D(3990), D(7))], [(D(3991), D(8))], rig.facts.eth)
    rig.set_book([(BID - 1, D(1))], [(ASK + 1, D(1))])
    await rig.settle()
    for contract_id in (rig.btc, rig.facts.eth):
        assert live_book(rig, contract_id) == true_book(rig, contract_id)


@setting(LIVE)
async def test_quotes_are_told_in_order_and_once(rig: Rig) -> None:
    told: list[tuple[float, float]] = []
    rig.client.stream.add_quote_listener(rig.btc, lambda quote: told.append((quote.bid, quote.ask)))
    for shift in (1, 2, 3):
        rig.set_book([(BID - shift, D(1))], [(ASK + shift, D(1))])
        await rig.settle(0.5)
    assert told == [(float(BID - shift), float(ASK + shift)) for shift in (1, 2, 3)]


@setting(LIVE)
async def test_public_trades_are_heard(rig: Rig) -> None:
    told: list[PublicTrade] = []
    rig.client.stream.add_trade_listener(rig.btc, told.append)
    rig.let_the_market_sell(D("0.5"), BID)
    await rig.settle()
    mine = [(trade.price, trade.size, trade.aggressor) for trade in told]
    (true,) = rig.world.trades(rig.btc, 5)
    assert mine == [(float(true.price), float(true.size), true.aggressor)]


async def test_empty_book_is_no_price(rig: Rig) -> None:
    rig.set_book([], [(ASK, D(1))])
    await rig.settle(0.5)
    with pytest.raises(StaleData):
        await rig.client.fetch_bbo_prices(rig.btc)


async def test_venue_that_tells_no_book_gives_stale_data_not_old_prices(rig: Rig) -> None:
    await rig.client.fetch_bbo_prices(rig.btc)
    rig.befall("rp.status", Deed.BOOK, None, status=503)
    with pytest.raises(StaleData):
        await rig.client.fetch_bbo_prices(rig.btc)


@setting(LIVE)
async def test_silent_feed_is_replaced_by_requests(rig: Rig) -> None:
    rig.disturb("ws.mute", Channel.BOOK, None)
    rig.set_book([(BID - 9, D(1))], [(ASK - 9, D(1))])
    await rig.settle(60)
    assert await rig.client.fetch_bbo_prices(rig.btc) == (BID - 9, ASK - 9)


@setting(LIVE)
async def test_age_of_a_feed_grows_with_silence(rig: Rig) -> None:
    rig.set_book([(BID - 1, D(1))], [(ASK + 1, D(1))])
    await rig.settle(1)
    young = rig.client.stream.age_s(rig.btc, FeedKind.BOOK)
    assert young is not None
    assert young < 5
    assert rig.client.stream.age_s(rig.btc, FeedKind.PRIVATE) is not None
    assert rig.client.stream.age_s(rig.facts.eth, FeedKind.BOOK) is None


@setting(LIVE)
async def test_best_levels_pass_over_dust(rig: Rig) -> None:
    rig.set_book([(BID, D("0.001")), (BID - 10, D(5))], [(ASK, D("0.001")), (ASK + 10, D(5))])
    await rig.settle()
    bid, ask = rig.client.stream.get_best_levels(rig.btc, D(1000))
    assert bid is not None
    assert ask is not None
    assert (bid.price, ask.price) == (BID - 10, ASK + 10)


@setting(LIVE)
async def test_released_market_is_told_no_more(rig: Rig) -> None:
    told: list[object] = []
    rig.client.stream.add_quote_listener(rig.btc, told.append)
    await rig.client.stream.release_market_feed(rig.btc)
    await rig.settle()
    told.clear()
    rig.set_book([(BID - 1, D(1))], [(ASK + 1, D(1))])
    await rig.settle()
    assert told == []


async def test_unknown_market_has_no_feed(rig: Rig) -> None:
    with pytest.raises(ClientConfigError):
        await rig.client.stream.prepare_market_feed("NOSUCH")


@setting(LIVE)
async def test_listeners_are_told_when_a_feed_is_ready(rig: Rig) -> None:
    ready = [each for each in rig.signals if each.signal is Signal.READY]
    assert [each.contract_id for each in ready] == [rig.btc]


async def test_prices_stand_on_the_tick(rig: Rig) -> None:
    market = await rig.client.get_market_metadata(rig.btc)
    true = rig.facts.markets["BTC"]
    assert (market.tick, market.step, market.symbol) == (true.tick, true.step, BTC)
    for price in await rig.client.fetch_bbo_prices(rig.btc):
        assert price % market.tick == 0
    assert PASSIVE % market.tick == 0
