"""Markets and prices on a network venue: fresh, or not told at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NewOrder,
    OrderResult,
    OrderType,
    Reason,
    Side,
    Symbol,
    TimeInForce,
)
from exchange_clients.errors import ClientConfigError, NotConnectedError, StaleData
from exchange_clients.shared.client.managers.market_data import (
    MARKETS_MAX_AGE_S,
    REFRESH_PAUSE_S,
)
from exchange_clients.shared.client.managers.order_manager import UNMINTED
from exchange_clients.shared.flow import Response
from tests.support.toy_host import BTC, ETH, Fault, market, refusal
from tests.support.toy_stage import ToyStage, play
from tests.support.toy_venue import VENUE

BOUNDED = replace(VENUE, bounded_market_orders=True)
ONE = Decimal(1)
BTC_SYMBOL = Symbol("BTC")


@pytest.mark.parametrize("ticker", ["BTC", "btc", "BTC-PERP", " BTC "])
def test_a_market_is_found_by_symbol_and_by_contract(ticker: str) -> None:
    async def scene(stage: ToyStage) -> None:
        assert await stage.client.get_contract_attributes(ticker) == (BTC, Decimal("0.5"))
        assert (await stage.client.get_market_metadata(BTC)).symbol == "BTC"

    play(scene)


def test_a_market_that_is_not_there_is_refused_in_words() -> None:
    async def scene(stage: ToyStage) -> None:
        with pytest.raises(ValueError, match=r"^Ticker is empty$"):
            await stage.client.get_contract_attributes(" ")
        with pytest.raises(ValueError, match=r"^Market DOGE not found or not tradeable on toy$"):
            await stage.client.get_contract_attributes("DOGE")
        with pytest.raises(ClientConfigError, match="did you mean BTC"):
            await stage.client.get_min_order_notional(Symbol("BTCC"))

    play(scene)


def test_prices_come_from_the_live_book_else_from_the_venue_else_not_at_all() -> None:
    async def scene(stage: ToyStage) -> None:
        client = stage.client
        assert await client.fetch_bbo_prices(BTC) == (Decimal(100), Decimal(101))
        assert stage.host.sent("GET", "/book") == 1
        assert await client.stream.prepare_market_feed("BTC")
        depth = await client.get_order_book_depth(BTC, 3)
        assert (depth.bids[0].price, depth.asks[0].size) == (Decimal(100), ONE)
        assert stage.host.sent("GET", "/book") == 1
        stage.host.refuses_streams = True
        stage.host.cut()
        await stage.clock.sleep(0.1)
        stage.host.prices = {BTC: (102.0, 103.0)}
        assert await client.fetch_bbo_prices(BTC) == (Decimal(102), Decimal(103))
        stage.host.faults = [Fault("GET", "/book", times=99, answer=Response(200, b"<html>"))]
        with pytest.raises(StaleData, match="the live book of BTC-PERP on toy is not fresh"):
            await client.fetch_bbo_prices(BTC)
        with pytest.raises(ValueError, match="levels must be at least 1"):
            await client.get_order_book_depth(BTC, 0)

    play(scene)


@pytest.mark.parametrize("prices", [(0.0, 101.0), (100.0, 0.0), (101.0, 101.0), (102.0, 101.0)])
def test_a_book_that_is_crossed_or_empty_on_a_side_tells_no_price(
    prices: tuple[float, float],
) -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.prices = {BTC: prices}
        with pytest.raises(StaleData, match="empty on a side, or crossed"):
            await stage.client.fetch_bbo_prices(BTC)

    play(scene)


def test_leverage_and_minimums_are_the_markets() -> None:
    async def scene(stage: ToyStage) -> None:
        info = await stage.client.get_leverage_info(BTC_SYMBOL)
        assert (info.max_leverage, info.margin_requirement) == (Decimal(20), Decimal("0.05"))
        unknown = await stage.client.get_leverage_info(Symbol("DOGE"))
        assert (unknown.max_leverage, unknown.error) == (None, "DOGE is not listed on toy")
        assert await stage.client.get_min_order_notional(BTC_SYMBOL) == 5
        assert stage.client.get_quantity_multiplier(BTC_SYMBOL) == 1

    play(scene)


# Bounded market orders ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("side", "worst"),
    [(Side.BUY, Decimal("103.0")), (Side.SELL, Decimal("98.0"))],
)
def test_a_market_order_names_the_worst_price_where_the_venue_wants_one(
    side: Side, worst: Decimal
) -> None:
    """2 % from 101 is 103.02, from 100 it is 98: both rounded towards the book on ticks of 0.5."""

    async def scene(stage: ToyStage) -> None:
        placed = await stage.client.place_market_order(BTC, ONE, side)
        assert placed.success
        assert stage.host.orders[stage.order()].price == worst

    play(scene, venue=BOUNDED)


def test_a_market_order_without_a_book_is_not_sent_where_the_venue_wants_a_bound() -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.faults = [Fault("GET", "/book", times=99, answer=Response(200, b"<html>"))]
        with pytest.raises(StaleData):
            await stage.client.place_market_order(BTC, ONE, Side.BUY)

    assert play(scene, venue=BOUNDED).host.sent("POST") == 0


def test_a_market_order_elsewhere_needs_no_book() -> None:
    async def scene(stage: ToyStage) -> None:
        assert (await stage.client.place_order("BTC", "buy", OrderType.MARKET, ONE)).success
        assert stage.host.orders[stage.order()].price is None

    assert play(scene).host.sent("GET", "/book") == 0


@pytest.mark.parametrize("general", [False, True])
def test_a_feed_lost_while_a_price_is_asked_for_holds_an_entry_back_and_no_exit(
    *, general: bool
) -> None:
    async def take(stage: ToyStage, *, reduce_only: bool) -> OrderResult:
        side = Side.SELL if reduce_only else Side.BUY
        stage.host.faults = [Fault("GET", "/book", own=True, delay_s=1)]
        asyncio.get_running_loop().call_later(0.5, stage.host.cut)
        if not general:
            return await stage.client.place_market_order(BTC, ONE, side, reduce_only)
        order = NewOrder(
            client_order_id=UNMINTED,
            contract_id=BTC,
            side=side,
            size=ONE,
            price=None,
            order_type=OrderType.MARKET,
            time_in_force=TimeInForce.IOC,
            reduce_only=reduce_only,
        )
        return await stage.client.submit_order(order)

    async def scene(stage: ToyStage) -> None:
        stage.host.refuses_streams = True
        with pytest.raises(NotConnectedError, match="nothing was sent, try again"):
            await take(stage, reduce_only=False)
        assert stage.host.sent("POST") == 0

    async def exit_scene(stage: ToyStage) -> None:
        stage.host.refuses_streams = True
        assert (await take(stage, reduce_only=True)).success

    play(scene, venue=BOUNDED)
    play(exit_scene, venue=BOUNDED)


# The list of markets ------------------------------------------------------------------------------


def test_a_refusal_that_speaks_of_the_market_makes_the_list_be_read_again() -> None:
    """At most once in a while, however many refusals come."""

    async def scene(stage: ToyStage) -> None:
        stage.host.markets[BTC] = market(BTC, tick=Decimal("0.1"))
        stage.host.faults = [
            Fault("POST", "/orders", times=3, arrives=False, answer=refusal("halted"), delay_s=0)
        ]
        await stage.clock.sleep(60)
        for _ in range(3):
            placed = await stage.client.place_limit_order(BTC, ONE, Decimal(100), Side.BUY)
            assert placed.reason is Reason.MARKET_UNAVAILABLE
        await stage.clock.sleep(1)
        assert stage.client.market(BTC).tick == Decimal("0.1")

    assert play(scene).host.sent("GET", "/markets") == 2


def test_a_refusal_that_comes_too_soon_for_another_reading_is_not_forgotten(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.markets[BTC] = market(BTC, min_notional=Decimal(500))
        stage.host.faults = [
            Fault("POST", "/orders", arrives=False, answer=refusal("halted"), delay_s=0)
        ]
        await stage.clock.sleep(10)
        await stage.client.place_limit_order(BTC, ONE, Decimal(100), Side.BUY)
        await stage.clock.sleep(10)
        assert stage.client.market(BTC).min_notional == 5
        await stage.clock.sleep(40)
        assert stage.client.market(BTC).min_notional == 500

    assert play(scene).host.sent("GET", "/markets") == 2
    assert "event=market_changed venue=toy contract_id=BTC-PERP min_notional=5->500" in caplog.text


def test_refusals_that_mean_something_else_have_the_list_read_ever_more_seldom() -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.faults = [
            Fault("POST", "/orders", times=900, arrives=False, answer=refusal("halted"), delay_s=0)
        ]
        for _ in range(80):
            await stage.clock.sleep(10)
            await stage.client.place_limit_order(BTC, ONE, Decimal(100), Side.BUY)

    assert 6 <= play(scene).host.sent("GET", "/markets") <= 9


def test_a_price_between_the_ticks_has_the_list_read_again() -> None:
    """So a tick that is made finer is noticed, of which no refusal tells; it is told exactly."""

    async def scene(stage: ToyStage) -> None:
        assert await stage.client.stream.prepare_market_feed("BTC")
        stage.host.prices[BTC] = (100.1, 100.2)
        stage.host.markets[BTC] = market(BTC, tick=Decimal("0.1"))
        stage.host.cut()
        await stage.clock.sleep(5)
        told = await stage.client.fetch_bbo_prices(BTC)
        assert told == (Decimal("100.1"), Decimal("100.2"))
        assert stage.client.market(BTC).tick == Decimal("0.5")
        await stage.clock.sleep(60)
        assert stage.client.market(BTC).tick == Decimal("0.1")

    play(scene)


def test_who_wants_a_market_as_it_is_now_has_the_list_read_where_it_is_not_young() -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.markets[BTC] = market(BTC, tick=Decimal("0.1"))
        assert (await stage.client.get_market_metadata(BTC, fresh=True)).tick == Decimal("0.5")
        await stage.clock.sleep(60)
        assert (await stage.client.get_market_metadata(BTC)).tick == Decimal("0.5")
        assert (await stage.client.get_market_metadata(BTC, fresh=True)).tick == Decimal("0.1")

    assert play(scene).host.sent("GET", "/markets") == 2


def test_while_a_closed_market_is_wanted_the_list_is_read_again_soon() -> None:
    """Nothing is sent to a market that does not trade, so no refusal would tell that it does."""

    async def scene(stage: ToyStage) -> None:
        listed = stage.host.markets
        stage.host.markets = {ETH: market(ETH)}
        await stage.clock.sleep(1000)
        with pytest.raises(ValueError, match="not tradeable"):
            await stage.client.get_contract_attributes("BTC")
        stage.host.markets = listed
        await stage.clock.sleep(60)
        assert (await stage.client.get_contract_attributes("BTC"))[0] == BTC

    play(scene)


def test_the_list_is_read_again_by_time_and_a_failure_leaves_the_old_one_a_while() -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.markets = {ETH: market(ETH)}
        stage.host.faults = [Fault("GET", "/markets", times=1, answer=Response(200, b"<html>"))]
        await stage.clock.sleep(MARKETS_MAX_AGE_S + REFRESH_PAUSE_S / 2)
        contract_id, _ = await stage.client.get_contract_attributes("BTC")
        assert contract_id == BTC
        await stage.clock.sleep(2 * REFRESH_PAUSE_S)
        assert stage.client.market(ETH).symbol == "ETH"
        with pytest.raises(ValueError, match="Market BTC not found or not tradeable"):
            await stage.client.get_contract_attributes("BTC")
        assert stage.client.market(BTC).symbol == "BTC", "there may be a position in it"

    play(scene)
