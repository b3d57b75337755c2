"""The session of a network client: before it may trade, and after a feed was lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ContractId,
    Feature,
    Fill,
    NewOrder,
    OrderStatus,
    OrderType,
    Side,
    Symbol,
)
from exchange_clients.errors import (
    ClientConfigError,
    ExchangeError,
    MissingCredentialsError,
    NotConnectedError,
    UnsupportedFeature,
)
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.client.managers.order_manager import UNMINTED
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.flow import Response
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.toy_host import BTC, ETH, Fault, ToyHost
from tests.support.toy_stage import ToyStage, play, toy_link

ONE, PRICE = Decimal(1), Decimal(100)


async def buy(stage: ToyStage, contract_id: ContractId = BTC) -> str:
    placed = await stage.client.place_limit_order(contract_id, ONE, PRICE, Side.BUY)
    assert placed.success
    return str(placed.client_order_id)


def test_an_order_is_placed_filled_and_heard_of() -> None:
    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        stage.host.trade(stage.order())
        await stage.clock.sleep(0.1)
        assert await stage.client.get_position(Symbol("BTC")) == ONE

    stage = play(scene)
    told = [each if isinstance(each, Fill) else each.status for each in stage.heard]
    assert [told[0], told[2]] == [OrderStatus.OPEN, OrderStatus.FILLED]
    assert isinstance(told[1], Fill)
    assert stage.host.closed == 1


def test_one_client_serves_several_markets() -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.prices = {ETH: (10.0, 10.5)}
        assert await stage.client.stream.prepare_market_feed("BTC")
        assert await stage.client.stream.prepare_market_feed("ETH-PERP")
        assert await stage.client.fetch_bbo_prices(BTC) == (Decimal(100), Decimal(101))
        assert await stage.client.fetch_bbo_prices(ETH) == (Decimal(10), Decimal("10.5"))
        await buy(stage, ETH)
        assert len(await stage.client.get_active_orders(BTC)) == 0

    assert play(scene).host.sent("GET", "/book") == 0


def test_nothing_is_answered_before_connect_and_after_disconnect() -> None:
    async def scene(stage: ToyStage) -> None:
        client = stage.client
        for _ in range(2):
            for call in (
                client.fetch_bbo_prices(BTC),
                client.get_position(Symbol("BTC")),
                client.get_account_balance(),
                client.get_contract_attributes("BTC"),
                client.place_limit_order(BTC, ONE, PRICE, Side.BUY),
                client.cancel_all_orders(),
            ):
                with pytest.raises(NotConnectedError, match=r"toy is not connected: await connect"):
                    await call
            await client.connect()
            await client.disconnect()

    assert play(scene, connects=False).host.sent("POST") == 0


def test_a_client_without_an_account_says_so() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        host = ToyHost(clock)
        client = VenueClient(toy_link(clock, host, private=False), journal=MemoryJournal())
        with pytest.raises(MissingCredentialsError, match="toy needs credentials to trade"):
            await client.connect()
        assert host.closed == 1

    run_virtual(main)


def test_a_connection_that_fails_may_be_tried_again() -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.faults = [Fault("GET", "/positions", times=99, answer=Response(200, b"<html>"))]
        with pytest.raises(ExchangeError):
            await stage.client.connect()
        with pytest.raises(NotConnectedError):
            await stage.client.get_account_balance()
        stage.host.faults = []
        await stage.client.connect()
        await buy(stage)

    play(scene, connects=False)


def test_nothing_is_placed_without_the_private_feed() -> None:
    async def scene(stage: ToyStage) -> None:
        stage.host.refuses_streams = True
        with pytest.raises(NotConnectedError, match="the private feed of toy was not ready"):
            await stage.client.connect()
        assert stage.host.closed == 1

    play(scene, connects=False)


# After a reconnect --------------------------------------------------------------------------------


@pytest.mark.parametrize("outage_s", [1, 600])
def test_what_happened_while_the_feed_was_cut_is_known_before_anything_is_placed(
    outage_s: float,
) -> None:
    """W9, W12: the fill is told once, whatever is replayed afterwards."""

    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        await buy(stage)
        stage.host.refuses_streams = True
        stage.host.cut()
        fill = stage.host.trade(stage.order())
        stage.host.change(stage.order(1), state=OrderStatus.CANCELED)
        await stage.clock.sleep(outage_s)
        stage.host.refuses_streams = False
        await stage.clock.sleep(70)
        stage.host.tell("fill", fill)
        await buy(stage)
        assert await stage.client.get_position(Symbol("BTC")) == ONE

    stage = play(scene)
    assert [each.size for each in stage.heard if isinstance(each, Fill)] == [ONE]
    ends = [each.status for each in stage.heard if not isinstance(each, Fill)]
    assert {OrderStatus.FILLED, OrderStatus.CANCELED} < {*ends}


def test_an_order_waits_for_the_reconciliation_and_goes_out_after_it() -> None:
    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        await stage.clock.sleep(1)
        stage.host.faults = [Fault("GET", "/fills", own=True, delay_s=2)]
        stage.host.cut()
        await stage.clock.sleep(1.5)
        before_ns = stage.clock.now_ns()
        await buy(stage)
        assert stage.clock.now_ns() - before_ns > 0.5e9

    play(scene)


def test_while_nothing_is_known_entries_are_refused_and_exits_go_out() -> None:
    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        stage.host.refuses_streams = True
        stage.host.cut()
        await stage.clock.sleep(0.1)
        with pytest.raises(NotConnectedError, match="nothing was sent, try again"):
            await stage.client.place_limit_order(BTC, ONE, PRICE, Side.BUY)
        canceled = await stage.client.cancel_order(stage.order())
        assert canceled.success
        exit_order = await stage.client.place_close_order(BTC, ONE, PRICE, Side.SELL)
        assert exit_order.success

    assert play(scene).host.sent("POST") == 2


def test_a_reconciliation_that_fails_is_tried_until_it_succeeds() -> None:
    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        await stage.clock.sleep(1)
        stage.host.faults = [
            Fault("GET", "/positions", times=9, answer=Response(200, b"<html>"), delay_s=0)
        ]
        stage.host.cut()
        await stage.clock.sleep(200)
        await buy(stage)

    assert play(scene).host.sent("POST") == 2


def test_a_restart_finds_orders_fills_and_positions() -> None:
    journal = MemoryJournal()

    async def before(stage: ToyStage) -> None:
        await buy(stage)

    first = play(before, journal=journal)
    ref = first.order()

    def while_away(host: ToyHost) -> None:
        host.orders = dict(first.host.orders)
        host.trade(ref)

    async def after(stage: ToyStage) -> None:
        truth = stage.client.reconciliation
        assert truth is not None
        info = await stage.client.get_order_info(ref)
        assert info is not None
        assert info.status is OrderStatus.FILLED
        assert truth.positions == {BTC: ONE}
        assert await stage.client.get_position(Symbol("BTC")) == ONE
        assert await buy(stage) != ref

    play(after, journal=journal, host=while_away)


def test_a_second_session_places_nothing_before_it_is_reconciled() -> None:
    async def scene(stage: ToyStage) -> None:
        await buy(stage)
        await stage.client.disconnect()
        stage.host.faults = [Fault("GET", "/fills", own=True, delay_s=2)]
        connecting = asyncio.create_task(stage.client.connect())
        await stage.clock.sleep(0.5)
        before_ns = stage.clock.now_ns()
        await buy(stage)
        assert stage.clock.now_ns() - before_ns > 1e9
        await connecting
        stage.host.cut()
        await stage.clock.sleep(5)
        await buy(stage)

    assert play(scene).host.sent("POST") == 3


def test_two_who_connect_share_what_is_opened() -> None:
    async def scene(stage: ToyStage) -> None:
        await asyncio.gather(stage.client.connect(), stage.client.connect())
        await buy(stage)

    assert play(scene, connects=False).host.sent("GET", "/markets") == 1


# What it can do -----------------------------------------------------------------------------------


def test_features_are_what_the_words_and_the_record_show() -> None:
    async def scene(stage: ToyStage) -> None:
        can = {feature for feature in Feature if stage.client.supports(feature)}
        assert can == {
            Feature.RISK_MANAGEMENT,
            Feature.ORDER_BOOK_DEPTH,
            Feature.TRADE_HISTORY,
            Feature.CANCEL_ALL,
            Feature.LIQUIDATION_EVENTS,
        }
        assert stage.client.supports_risk_management()

    play(scene)


def test_what_a_venue_lacks_is_named() -> None:
    stop = NewOrder(
        UNMINTED, BTC, Side.SELL, ONE, None, OrderType.STOP_MARKET, trigger_price=Decimal(90)
    )
    trailing = replace(stop, order_type=OrderType.TRAILING_STOP)

    async def scene(stage: ToyStage) -> None:
        client = stage.client
        ref = await buy(stage)
        for call, lacking in (
            (client.place_conditional_order(stop), "conditional orders"),
            (client.place_conditional_order(trailing), "trailing stop"),
            (client.amend_order(ref, price=Decimal(99)), "amend"),
            (client.set_leverage(Symbol("BTC"), Decimal(5)), "set leverage"),
            (client.get_funding_payments(Symbol("BTC"), 0, 1), "funding payments"),
        ):
            with pytest.raises(UnsupportedFeature, match=f"toy does not support {lacking}"):
                await call

    play(scene)


def test_the_configured_ticker_is_what_account_positions_means() -> None:
    async def scene(stage: ToyStage) -> None:
        await stage.client.place_limit_order(BTC, ONE, PRICE, Side.SELL)
        stage.host.trade(stage.order())
        await stage.clock.sleep(1)
        assert await stage.client.get_account_positions() == ONE

    async def without(stage: ToyStage) -> None:
        with pytest.raises(ClientConfigError, match="ticker is not set"):
            await stage.client.get_account_positions()

    play(scene, ticker="BTC")
    play(without)


@pytest.mark.parametrize("ours", [True, False])
def test_a_liquidation_reaches_the_queue_once(ours: bool) -> None:
    async def scene(stage: ToyStage) -> None:
        event = {
            "contract_id": BTC,
            "symbol": "BTC",
            "side": "sell",
            "size": "1",
            "price": "90",
            "venue_ns": 1,
            "ours": ours,
        }
        stage.host.tell("liquidation", event)
        await stage.clock.sleep(1)
        assert stage.client.liquidation_events_queue.qsize() == 1

    play(scene)
