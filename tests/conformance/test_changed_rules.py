"""A market whose rules its venue changes: what is refused, what is learned, what fits then."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import Market, OrderStatus
from exchange_clients.errors import InvalidOrder
from tests.conformance.rig import PASSIVE, SIZE, Rig

D = Decimal
OLD_S = 100.0
"""After so long the list of markets is no news any more."""


async def announce(rig: Rig, **changes: Any) -> Market:
    """Let the list of markets get old, then let the venue announce other rules of BTC."""
    await rig.settle(OLD_S)
    rules = replace(rig.client.market(rig.btc), **changes)
    rig.at_the_venue(
        lambda world: world.deeds.announce(
            replace(world.rules[rig.btc], **changes)  # what its list does not say stays
        )
    )
    return rules


async def assert_refused(rig: Rig, size: Decimal = SIZE, price: Decimal = PASSIVE) -> None:
    """Buy by rules that are no more: the venue refuses it."""
    refused = await rig.buy(size, price=price)
    await rig.settle(5)
    assert refused.client_order_id is not None
    assert rig.heard(refused.client_order_id) is OrderStatus.REJECTED


async def assert_refused_once(rig: Rig) -> None:
    """Buy by rules that are no more: the next time the client knows better."""
    await assert_refused(rig)
    with pytest.raises(InvalidOrder, match="below the minimum"):
        await rig.buy()


async def test_order_off_a_new_tick_is_refused_and_the_next_one_fits(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    before = rig.client.market(rig.btc)
    rules = await announce(rig, tick=before.tick * 10)
    await assert_refused(rig, price=PASSIVE + before.tick)
    assert rig.client.market(rig.btc).tick == rules.tick
    assert f"tick={before.tick}->{rig.client.market(rig.btc).tick}" in caplog.text
    await rig.rest_a_buy(price=PASSIVE + before.tick)
    assert [order.price for order in rig.world_open()] == [PASSIVE]


async def test_order_between_new_steps_is_refused_and_the_next_one_fits(rig: Rig) -> None:
    before = rig.client.market(rig.btc)
    step = before.step * 2
    await announce(rig, step=step, min_size=max(before.min_size, step))
    await assert_refused(rig, SIZE + before.step)
    await rig.rest_a_buy(SIZE + before.step)
    assert [order.size % step for order in rig.world_open()] == [0]


async def test_order_below_a_new_least_notional_is_refused_once(
    rig: Rig,
) -> None:
    await announce(rig, min_notional=SIZE * PASSIVE * 2)
    await assert_refused_once(rig)


async def test_order_below_a_new_least_size_is_refused_once(
    rig: Rig,
) -> None:
    await announce(rig, min_size=SIZE * 2)
    await assert_refused_once(rig)
