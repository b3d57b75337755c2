"""What every client promises before, during and after a session."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import Feature, NewOrder, OrderStatus, OrderType, Side
from exchange_clients.errors import (
    ClientConfigError,
    ExchangeError,
    MissingCredentialsError,
    NotConnectedError,
    UnsupportedFeature,
)
from exchange_clients.shared.account_words import LeverageWords, PaymentWords
from exchange_clients.shared.client.managers.order_manager import UNMINTED
from exchange_clients.shared.venue import AmendWords
from tests.conformance.rig import BTC, PASSIVE, SIZE, Rig, Setting, setting
from tests.conformance.venues import Deed

D = Decimal
OFFLINE = Setting(connects=False)


@setting(OFFLINE)
async def test_nothing_works_before_connect(rig: Rig) -> None:
    with pytest.raises(NotConnectedError):
        await rig.buy()
    with pytest.raises(NotConnectedError):
        await rig.client.cancel_order("1")
    with pytest.raises(NotConnectedError):
        await rig.client.fetch_bbo_prices(rig.btc)
    with pytest.raises(NotConnectedError):
        await rig.client.get_account_balance()
    assert len(rig.venue.log) == 0


async def test_nothing_works_after_disconnect(rig: Rig) -> None:
    await rig.client.disconnect()
    asked = len(rig.venue.log)
    with pytest.raises(NotConnectedError):
        await rig.buy()
    with pytest.raises(NotConnectedError):
        await rig.client.get_position(BTC)
    assert len(rig.venue.log) == asked


async def test_connecting_twice_opens_nothing_more(rig: Rig) -> None:
    asked = len(rig.venue.log)
    await rig.client.connect()
    assert len(rig.venue.log) == asked


async def test_disconnecting_twice_does_nothing(rig: Rig) -> None:
    await rig.client.disconnect()
    await rig.client.disconnect()
    await rig.settle()
    assert rig.altered.open_connections == 0


async def test_client_connects_again_after_disconnect(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    await rig.client.disconnect()
    await rig.client.connect()
    assert (await rig.info(name)).status is OrderStatus.OPEN
    await rig.buy_at_once()
    assert rig.world_position() == SIZE


@setting(OFFLINE)
async def test_connect_that_fails_may_be_tried_again(rig: Rig) -> None:
    rig.befall("rp.status", Deed.MARKETS, None, status=503)
    with pytest.raises(ExchangeError):
        await rig.client.connect()
    assert rig.altered.open_connections == 0
    rig.plan.clear()
    await rig.client.connect()
    await rig.rest_a_buy()


async def test_disconnect_leaves_orders_at_the_venue(rig: Rig) -> None:
    await rig.rest_a_buy()
    await rig.client.disconnect()
    assert len(rig.world_open()) == 1


async def test_symbol_leads_to_its_contract_and_tick(rig: Rig) -> None:
    market = rig.facts.markets["BTC"]
    assert await rig.client.get_contract_attributes("BTC") == (rig.btc, market.tick)


async def test_unknown_symbol_is_an_error(rig: Rig) -> None:
    with pytest.raises(ValueError, match="NOSUCH"):
        await rig.client.get_contract_attributes("NOSUCH")
    with pytest.raises(ValueError, match="empty"):
        await rig.client.get_contract_attributes(" ")


async def test_unknown_contract_is_never_sent(rig: Rig) -> None:
    unknown = type(rig.btc)("NOSUCH")
    with pytest.raises(ClientConfigError):
        await rig.client.place_limit_order(unknown, SIZE, PASSIVE, Side.BUY)
    assert rig.requests(Deed.CREATE) == []


async def test_market_is_listed_as_the_venue_has_it(rig: Rig) -> None:
    for symbol, true in rig.facts.markets.items():
        if true.contract_id not in rig.world.markets:
            continue
        listed = rig.client.market(true.contract_id)
        assert (listed.symbol, listed.contract_id) == (symbol, true.contract_id)
        assert (listed.tick, listed.step) == (true.tick, true.step)
        assert listed.multiplier == true.multiplier
        assert listed.min_size >= true.min_size
        assert listed.min_notional == true.min_notional


async def test_venue_is_named(rig: Rig) -> None:
    assert rig.client.get_exchange_name() == rig.facts.name


async def test_features_are_those_that_the_words_can_say(rig: Rig) -> None:
    words = rig.link.private
    assert words is not None
    assert rig.client.supports(Feature.AMEND) is isinstance(words.orders, AmendWords)
    assert rig.client.supports(Feature.SET_LEVERAGE) is isinstance(words.account, LeverageWords)
    assert rig.client.supports(Feature.FUNDING_HISTORY) is isinstance(words.account, PaymentWords)
    for feature in (Feature.ORDER_BOOK_DEPTH, Feature.TRADE_HISTORY, Feature.CANCEL_ALL):
        assert rig.client.supports(feature)


async def test_unsupported_feature_names_the_venue_and_itself(rig: Rig) -> None:
    client = rig.client
    order = NewOrder(
        client_order_id=UNMINTED,
        contract_id=rig.btc,
        side=Side.SELL,
        size=SIZE,
        price=None,
        order_type=OrderType.TRAILING_STOP,
        trailing_fraction=D("0.01"),
    )
    if not client.supports(Feature.TRAILING_STOP):
        with pytest.raises(UnsupportedFeature, match=f"{rig.facts.name}.*trailing stop"):
            await client.place_conditional_order(order)
    if not client.supports(Feature.AMEND):
        name = await rig.rest_a_buy()
        with pytest.raises(UnsupportedFeature, match=f"{rig.facts.name}.*amend"):
            await client.amend_order(name, price=PASSIVE - 1)
    if not client.supports(Feature.SET_LEVERAGE):
        with pytest.raises(UnsupportedFeature, match=f"{rig.facts.name}.*leverage"):
            await client.set_leverage(BTC, D(3))
    assert all(not waits.order_type.conditional for waits in rig.world_open())


@setting(OFFLINE)
async def test_client_without_credentials_does_not_connect(rig: Rig) -> None:
    client = rig.new_client(rig.new_link(private=False))
    with pytest.raises(MissingCredentialsError):
        await client.connect()
    await rig.settle()
    assert rig.altered.open_connections == 0


async def test_secrets_are_in_no_representation(rig: Rig) -> None:
    shown = f"{rig.client!r} {rig.link!r} {vars(rig.link)!r}"
    for secret in rig.secrets():
        assert secret not in shown
