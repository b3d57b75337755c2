"""What an order may say beside size and price: which position it changes, and how it is left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    Feature,
    NewOrder,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
)
from exchange_clients.errors import UnsupportedFeature
from exchange_clients.shared.account_words import PositionModeWords
from tests.conformance.conforming import Deed
from tests.conformance.rig import ASK, BTC, SIZE, Rig

LONG, SHORT = PositionSide.LONG, PositionSide.SHORT


def market_buy(rig: Rig) -> NewOrder:
    return NewOrder(
        ClientOrderId(""), rig.btc, Side.BUY, SIZE, None, OrderType.MARKET, TimeInForce.IOC
    )


async def test_hedge_mode_holds_both_sides_of_a_market(rig: Rig) -> None:
    wanted = replace(market_buy(rig), position_side=LONG)
    if not rig.client.supports(Feature.HEDGE_MODE):
        with pytest.raises(UnsupportedFeature, match="hedge mode"):
            await rig.client.submit_order(wanted)
        assert rig.requests(Deed.CREATE) == []
        return
    assert rig.link.private is not None
    account = rig.link.private.account
    assert isinstance(account, PositionModeWords)
    await rig.link.run(account.set_hedged(True))
    await rig.client.disconnect()
    await rig.restart()
    assert rig.client.hedged
    await rig.client.submit_order(replace(wanted, size=SIZE * 2))
    await rig.client.submit_order(replace(wanted, side=Side.SELL, position_side=SHORT))
    await rig.settle(15)
    (net,) = await rig.client.get_detailed_positions()
    assert {leg.position_side: leg.quantity for leg in net.legs} == {LONG: SIZE * 2, SHORT: -SIZE}
    assert rig.world_position() == net.quantity == await rig.client.get_position(BTC) == SIZE


async def test_exits_come_with_the_order_that_opens(rig: Rig) -> None:
    wanted = replace(market_buy(rig), take_profit_price=ASK * 2, stop_loss_price=ASK / 2)
    if not rig.client.supports(Feature.ATTACHED_EXITS):
        with pytest.raises(UnsupportedFeature, match="attached exits"):
            await rig.client.submit_order(wanted)
        assert rig.requests(Deed.CREATE) == []
        return
    assert (await rig.client.submit_order(wanted)).success
    await rig.settle(5)
    assert rig.world_position() == SIZE
    (sent,) = rig.requests(Deed.CREATE)
    for price in (ASK * 2, ASK / 2):
        assert format(price.normalize(), "f") in sent.text
