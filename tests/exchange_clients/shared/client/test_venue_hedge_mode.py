"""An account in hedge mode, on every venue that has one, judged by the venue's own positions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    Feature,
    NewOrder,
    OrderStatus,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from exchange_clients.errors import InvalidOrder, UnsupportedFeature
from exchange_clients.shared.account_words import PositionModeWords
from tests.conformance.rig import ASK, BTC, SIZE, Rig, Setting, play, setting
from tests.conformance.venues import VENUES, Conforming, Deed

D = Decimal
LONG, SHORT = PositionSide.LONG, PositionSide.SHORT
HEDGING = [facts for facts in VENUES if Feature.HEDGE_MODE in facts.words.features]
OTHERS = [facts for facts in VENUES if Feature.HEDGE_MODE not in facts.words.features]
WITH_EXITS = [facts for facts in VENUES if Feature.ATTACHED_EXITS in facts.words.features]
UNNAMED = ClientOrderId("")


async def set_mode(rig: Rig, *, hedged: bool) -> None:
    """Let the account's owner choose the mode, and connect anew."""
    await rig.link.open()
    assert rig.link.private is not None
    account = rig.link.private.account
    assert isinstance(account, PositionModeWords)
    await rig.link.run(account.set_hedged(hedged))
    await rig.restart()


def in_hedge_mode(facts: Conforming, case: Callable[[Rig], Awaitable[object]]) -> None:
    @setting(Setting(connects=False))
    async def scene(rig: Rig) -> None:
        await set_mode(rig, hedged=True)
        assert rig.client.hedged
        await case(rig)

    play(facts, scene)


def market(rig: Rig, side: Side, **told: object) -> NewOrder:
    order = NewOrder(UNNAMED, rig.btc, side, SIZE, None, OrderType.MARKET, TimeInForce.IOC)
    return replace(order, **told)  # type: ignore[arg-type]  # the fields of an order


@pytest.fixture(params=HEDGING, ids=lambda facts: facts.name)
def hedging(request: pytest.FixtureRequest) -> Conforming:
    facts = request.param
    assert isinstance(facts, Conforming)
    return facts


def test_there_are_venues_to_ask() -> None:
    assert {"bybit", "okx"} <= {facts.name for facts in HEDGING}


def test_a_buy_and_a_sell_stand_side_by_side_and_are_netted(hedging: Conforming) -> None:
    async def case(rig: Rig) -> None:
        client = rig.client
        await client.place_market_order(rig.btc, SIZE * 3, Side.BUY)
        await client.place_limit_order(rig.btc, SIZE, ASK - 1000, Side.SELL)
        await rig.settle(15)
        assert rig.world_position() == SIZE * 2
        (net,) = await client.get_detailed_positions()
        assert net.quantity == await client.get_position(BTC) == SIZE * 2
        legs = {leg.position_side: leg.quantity for leg in net.legs}
        assert legs == {LONG: SIZE * 3, SHORT: -SIZE}
        assert await client.get_position_snapshot(BTC) == net

    in_hedge_mode(hedging, case)


def test_sides_that_add_up_to_nothing_are_still_shown(hedging: Conforming) -> None:
    async def case(rig: Rig) -> None:
        await rig.client.place_market_order(rig.btc, SIZE, Side.BUY)
        await rig.client.place_market_order(rig.btc, SIZE, Side.SELL)
        await rig.settle(15)
        (net,) = await rig.client.get_detailed_positions()
        assert net.quantity == await rig.client.get_position(BTC) == 0
        assert len(net.legs) == 2
        assert await rig.client.get_position_snapshot(BTC) == net

    in_hedge_mode(hedging, case)


def test_what_reduces_closes_the_other_side(hedging: Conforming) -> None:
    async def case(rig: Rig) -> None:
        await rig.client.place_market_order(rig.btc, SIZE, Side.BUY)
        await rig.client.place_market_order(rig.btc, SIZE, Side.SELL)
        await rig.settle(15)
        await rig.client.place_market_order(rig.btc, SIZE, Side.SELL, reduce_only=True)
        await rig.settle(15)
        assert [held.size for held in rig.world_positions()] == [-SIZE]
        await rig.client.submit_order(market(rig, Side.BUY, position_side=SHORT))
        await rig.settle(15)
        assert rig.world_positions() == []

    in_hedge_mode(hedging, case)


def test_one_way_mode_refuses_a_side_before_anything_is_sent(hedging: Conforming) -> None:
    async def case(rig: Rig) -> None:
        assert not rig.client.hedged
        with pytest.raises(InvalidOrder, match="position_side long is given"):
            await rig.client.submit_order(market(rig, Side.BUY, position_side=LONG))
        assert rig.requests(Deed.CREATE) == []

    play(hedging, case)


@pytest.mark.parametrize("facts", OTHERS, ids=lambda facts: facts.name)
def test_venues_without_it_name_the_field(facts: Conforming) -> None:
    async def case(rig: Rig) -> None:
        client = rig.client
        assert not client.hedged
        with pytest.raises(UnsupportedFeature, match="hedge mode"):
            await client.submit_order(market(rig, Side.BUY, position_side=LONG))
        if facts not in WITH_EXITS:
            with pytest.raises(UnsupportedFeature, match="attached exits"):
                await client.submit_order(market(rig, Side.BUY, take_profit_price=ASK * 2))
        assert rig.requests(Deed.CREATE) == []

    play(facts, case)


@pytest.mark.parametrize("facts", WITH_EXITS, ids=lambda facts: facts.name)
def test_exits_come_with_the_order_that_they_belong_to(facts: Conforming) -> None:
    async def case(rig: Rig) -> None:
        wanted = market(rig, Side.BUY, take_profit_price=ASK * 2, stop_loss_price=ASK / 2)
        placed = await rig.client.submit_order(wanted)
        assert placed.client_order_id is not None
        await rig.settle(5)
        assert rig.heard(placed.client_order_id) is OrderStatus.FILLED
        assert rig.world_position() == SIZE
        (sent,) = rig.requests(Deed.CREATE)
        for price in (ASK * 2, ASK / 2):
            assert format(price.normalize(), "f") in sent.text

    play(facts, case)


@pytest.mark.parametrize("facts", VENUES, ids=lambda facts: facts.name)
@pytest.mark.parametrize("kind", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_order_that_may_not_rest_does_not(facts: Conforming, kind: TimeInForce) -> None:
    async def case(rig: Rig) -> None:
        wanted = replace(
            market(rig, Side.BUY), order_type=OrderType.LIMIT, price=ASK, time_in_force=kind,
            size=D(8),
        )  # fmt: skip
        if kind not in facts.words.times_in_force:
            with pytest.raises(UnsupportedFeature, match="time in force fok"):
                await rig.client.submit_order(wanted)
            assert rig.requests(Deed.CREATE) == []
            return
        placed = await rig.client.submit_order(wanted)
        assert placed.client_order_id is not None
        info = await rig.client.await_order_update(placed.client_order_id)
        assert info.status.terminal
        assert rig.world_open() == []
        assert rig.world_position() == (D(5) if kind is TimeInForce.IOC else 0)

    @setting(Setting(balance=D(1_000_000)))
    async def scene(rig: Rig) -> None:
        await case(rig)

    play(facts, scene)
