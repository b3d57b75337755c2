"""What happens seldom: half a batch, a request on its way for minutes, strangers on our budget."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ZERO,
    ClientOrderId,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Side,
    VenueOrderId,
)
from exchange_clients.errors import ExchangeError, OutcomeUnknown, RateLimited, VenueRejected
from exchange_clients.shared.venue import BatchWords
from tests.conformance.rig import BTC, PASSIVE, SIZE, Rig
from tests.conformance.venues import Deed

D = Decimal
HELD_UP_S = 120.0
"""How long a request is under way that the venue takes when nobody thinks of it any more."""
TAKEN_LATE = ("grvt", "lighter", "toy")
"""Venues that take an order which was signed so long ago; with the others it has expired."""


async def told_absent(rig: Rig, name: ClientOrderId) -> bool:
    """Say whether the client holds an order for absent."""
    try:
        return await rig.client.get_order_info(name) is None
    except OutcomeUnknown:
        return False


async def test_order_that_is_taken_minutes_late_never_rests_unknown(rig: Rig) -> None:
    rig.befall("rq.delay", Deed.CREATE, seconds=HELD_UP_S)
    placed = await rig.buy()
    assert (placed.status, placed.outcome_known) == (OrderStatus.PENDING, False)
    assert placed.client_order_id is not None
    await rig.settle(HELD_UP_S - 10)
    assert await told_absent(rig, placed.client_order_id)
    await rig.settle(30)
    assert len(rig.requests(Deed.CREATE)) == 1, "what is under way is not sent again"
    # A venue refuses what was signed so long ago, or takes it, and then it is cancelled.
    assert rig.world_open() == []
    assert len(rig.requests(Deed.CANCEL)) == len(rig.world_orders())
    assert bool(rig.world_orders()) is (rig.facts.name in TAKEN_LATE)


async def test_fill_of_an_order_that_is_taken_minutes_late_is_counted(rig: Rig) -> None:
    rig.befall("rq.delay", Deed.CREATE, seconds=HELD_UP_S)
    placed = await rig.client.place_limit_order(rig.btc, SIZE, PASSIVE + 500, Side.BUY)
    assert placed.client_order_id is not None
    await rig.settle(HELD_UP_S + 20)
    assert [fill.size for fill in rig.fills] == [fill.size for fill in rig.world_fills()]
    assert await rig.client.get_position(BTC) == rig.world_position()


async def test_order_whose_lifetime_ends_unseen_is_known_to_be_over(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    await rig.client.disconnect()
    await rig.settle((rig.facts.order_days or 1) * 86_400 + 3600)
    await rig.restart()
    assert bool(rig.world_open()) is (rig.facts.order_days is None)
    info = await rig.info(name)
    assert info.status.terminal is not bool(rig.world_open())
    assert info.filled_size == ZERO


async def test_batch_that_succeeds_by_half_tells_an_outcome_for_each(rig: Rig) -> None:
    private = rig.link.private
    assert private is not None, "the rig has an account"
    words = private.orders
    assert isinstance(words, BatchWords)
    rig.at_the_venue(lambda world: world.set_tradable(rig.facts.eth, tradable=False))
    good, bad = (
        NewOrder(ClientOrderId(name), contract_id, Side.BUY, D(1), price)
        for name, contract_id, price in (
            ("1001", rig.btc, PASSIVE),
            ("1002", rig.facts.eth, D(3990)),
        )
    )
    placed, refused = await rig.link.run(words.place_many([good, bad]))
    assert isinstance(placed, OrderInfo)
    assert isinstance(refused, VenueRejected)
    await rig.settle()
    assert [each.price for each in rig.world_open()] == [PASSIVE]
    gone, unknown = await rig.link.run(words.cancel_many([placed, _never_placed(placed)]))
    assert isinstance(gone, OrderInfo)
    assert isinstance(unknown, ExchangeError)
    await rig.settle()
    assert rig.world_open() == []


def _never_placed(order: OrderInfo) -> OrderInfo:
    """Return an order like another one that the venue has never heard of."""
    return replace(order, order_id=VenueOrderId("99"), client_order_id=ClientOrderId("1003"))


async def test_what_others_use_of_the_budget_is_left_to_them(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.altered.headers = rig.facts.used_up
    with suppress(RateLimited):  # the second of several requests may know of it already
        await rig.client.get_account_balance()
    before = len(rig.requests(Deed.BALANCE))
    reading = asyncio.create_task(rig.client.get_account_balance())
    asked_ns = rig.clock.now_ns()
    result = await rig.client.cancel_order(name)
    assert result.status is OrderStatus.CANCELED
    assert rig.clock.now_ns() - asked_ns < 5 * NS, "what is kept for cancels is not waited for"
    await rig.settle(5)
    assert len(rig.requests(Deed.BALANCE)) == before
    rig.altered.headers = {}
    await asyncio.gather(reading, return_exceptions=True)
