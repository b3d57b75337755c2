"""Answers that are lost, late or wrong: what was sent once is never sent again, and is found."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import OrderResult, OrderStatus, Side
from exchange_clients.errors import OutcomeUnknown
from tests.conformance.rig import ASK, BTC, PASSIVE, SIZE, Rig, Setting, setting
from tests.conformance.venues import Channel, Deed

D = Decimal
LONG_S = 90.0
"""Longer than every lookup of a lost placement takes."""


async def check_found_open(rig: Rig, placed: OrderResult) -> None:
    """Check that an order was sent once, rests at the venue, and is known to."""
    await rig.settle(LONG_S)
    assert len(rig.requests(Deed.CREATE)) == 1
    (order,) = rig.world_orders()
    assert (order.status, order.size, order.price) == (OrderStatus.OPEN, SIZE, PASSIVE)
    assert placed.client_order_id is not None
    info = await rig.info(placed.client_order_id)
    assert (info.status, info.size, info.price) == (OrderStatus.OPEN, SIZE, PASSIVE)


async def check_proven_absent(rig: Rig, placed: OrderResult) -> None:
    """Check that an order was sent once, never reached the venue, and is known not to have."""
    await rig.settle(LONG_S)
    assert len(rig.requests(Deed.CREATE)) == 1
    assert rig.world_orders() == []
    assert placed.client_order_id is not None
    assert await rig.client.get_order_info(placed.client_order_id) is None


# Creating -----------------------------------------------------------------------------------------


async def test_lost_answer_to_a_create_is_not_sent_twice(rig: Rig) -> None:
    rig.befall("rp.drop", Deed.CREATE)
    await check_found_open(rig, await rig.buy())


async def test_lost_answer_is_looked_up_where_the_stream_is_silent(rig: Rig) -> None:
    rig.disturb("ws.mute", Channel.ORDERS, None)
    rig.befall("rp.drop", Deed.CREATE)
    placed = await rig.buy()
    assert (placed.status, placed.outcome_known) == (OrderStatus.PENDING, False)
    await check_found_open(rig, placed)


async def test_connection_that_breaks_after_a_create_leaves_it_unknown_not_refused(
    rig: Rig,
) -> None:
    rig.befall("rp.reset", Deed.CREATE)
    placed = await rig.buy()
    assert placed.status is not OrderStatus.REJECTED
    await check_found_open(rig, placed)


async def test_create_that_never_arrived_is_absent_only_after_the_visibility_time(
    rig: Rig,
) -> None:
    rig.befall("rq.drop", Deed.CREATE, seconds=0)
    placed = await rig.buy()
    assert (placed.status, placed.outcome_known) == (OrderStatus.PENDING, False)
    assert placed.client_order_id is not None
    with pytest.raises(OutcomeUnknown):
        await rig.client.get_order_info(placed.client_order_id)
    await check_proven_absent(rig, placed)


async def test_server_error_after_acceptance_leaves_the_order_to_be_found(rig: Rig) -> None:
    rig.befall("rp.error_after", Deed.CREATE, status=500)
    placed = await rig.buy()
    assert placed.status is not OrderStatus.REJECTED
    await check_found_open(rig, placed)


async def test_bad_gateway_after_acceptance_leaves_the_order_to_be_found(rig: Rig) -> None:
    rig.befall("rp.error_after", Deed.CREATE, status=502, body="<html>Bad Gateway</html>")
    placed = await rig.buy()
    assert placed.status is not OrderStatus.REJECTED
    await check_found_open(rig, placed)


async def test_service_unavailable_is_no_proof_of_absence(rig: Rig) -> None:
    rig.befall("rp.error_after", Deed.CREATE, status=503, body="{}")
    placed = await rig.buy()
    assert placed.status is not OrderStatus.REJECTED
    await check_found_open(rig, placed)


async def test_reply_after_our_timeout_changes_nothing(rig: Rig) -> None:
    rig.befall("rp.delay", Deed.CREATE, seconds=20)
    await check_found_open(rig, await rig.buy())


async def test_truncated_answer_to_a_create_leaves_it_unknown(rig: Rig) -> None:
    rig.befall("rp.trunc", Deed.CREATE)
    placed = await rig.buy()
    assert placed.status is not OrderStatus.REJECTED
    await check_found_open(rig, placed)


async def test_empty_answer_to_a_create_leaves_it_unknown(rig: Rig) -> None:
    rig.befall("rp.empty", Deed.CREATE)
    placed = await rig.buy()
    assert placed.status is not OrderStatus.REJECTED
    await check_found_open(rig, placed)


async def test_web_page_instead_of_an_answer_to_a_create_is_no_refusal(rig: Rig) -> None:
    rig.befall("rp.html", Deed.CREATE, status=503)
    placed = await rig.buy()
    assert placed.status is not OrderStatus.REJECTED
    await check_proven_absent(rig, placed)


@setting(Setting(lag_s=3.0))
async def test_fresh_order_that_no_list_shows_yet_is_not_taken_for_absent(rig: Rig) -> None:
    rig.disturb("ws.mute", Channel.ORDERS, None)
    rig.befall("rp.reset", Deed.CREATE)
    await check_found_open(rig, await rig.buy())


async def test_lost_answer_of_a_taking_order_counts_its_fill_once(rig: Rig) -> None:
    rig.befall("rp.drop", Deed.CREATE)
    placed = await rig.client.place_limit_order(rig.btc, SIZE, ASK + 10, Side.BUY)
    await rig.settle(LONG_S)
    assert len(rig.requests(Deed.CREATE)) == 1
    assert placed.client_order_id is not None
    info = await rig.info(placed.client_order_id)
    assert (info.status, info.filled_size) == (OrderStatus.FILLED, SIZE)
    assert [fill.size for fill in rig.fills] == [SIZE]
    assert await rig.client.get_position(BTC) == rig.world_position() == SIZE


async def test_every_second_answer_lost_leaves_both_books_the_same(rig: Rig) -> None:
    for number in range(6):
        if number % 2:
            rig.befall("rp.reset", Deed.CREATE)
        await rig.buy(price=PASSIVE - number)
    await rig.settle(LONG_S)
    assert len(rig.requests(Deed.CREATE)) == 6
    prices = [info.price for info in await rig.client.get_active_orders(rig.btc)]
    assert prices == [info.price for info in rig.world_open()]
    assert len(prices) == 6


async def test_client_that_restarts_finds_an_order_whose_answer_was_lost(rig: Rig) -> None:
    rig.disturb("ws.mute", Channel.ORDERS, None)
    rig.befall("rp.reset", Deed.CREATE)
    rig.befall("rq.drop", Deed.FIND, 3, seconds=0)
    placed = await rig.buy()
    await rig.client.disconnect()
    rig.plan.clear()
    await rig.restart()
    await check_found_open(rig, placed)


async def test_order_whose_events_are_lost_is_looked_up(rig: Rig) -> None:
    for channel in (Channel.ORDERS, Channel.FILLS, Channel.POSITIONS):
        rig.disturb("ws.mute", channel, None)
    placed = await rig.buy()
    await check_found_open(rig, placed)


async def test_orders_after_one_that_was_lost_are_taken(rig: Rig) -> None:
    for kind in ("rq.drop", "rp.drop"):
        rig.befall(kind, Deed.CREATE, seconds=0)
        await rig.buy(price=PASSIVE - 50)
        await rig.rest_a_buy()
    await rig.settle(LONG_S)
    prices = sorted(order.price or D(0) for order in rig.world_open())
    assert prices == [PASSIVE - 50, PASSIVE, PASSIVE]
    assert len(rig.requests(Deed.CREATE)) == 4


# Cancelling ---------------------------------------------------------------------------------------


async def test_lost_answer_to_a_cancel_is_proven_before_it_is_told(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.befall("rp.drop", Deed.CANCEL)
    result = await rig.client.cancel_order(name)
    assert (result.status, result.outcome_known) == (OrderStatus.CANCELED, True)
    assert rig.world_open() == []


async def test_cancel_that_never_arrived_is_not_told_as_done(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.befall("rq.drop", Deed.CANCEL, None, seconds=0)
    result = await rig.client.cancel_order(name)
    assert len(rig.world_open()) == 1
    assert result.status is OrderStatus.OPEN
    assert not (result.success and result.outcome_known)


async def test_cancel_of_a_filled_order_is_told_as_filled(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    for channel in (Channel.ORDERS, Channel.FILLS):
        rig.disturb("ws.mute", channel, None)
    rig.let_the_market_sell(D(10))
    await rig.settle(0.5)
    result = await rig.client.cancel_order(name)
    assert (result.status, result.filled_size) == (OrderStatus.FILLED, SIZE)
    await rig.settle(60)
    assert [fill.size for fill in rig.fills] == [SIZE]


async def test_final_size_of_a_cancelled_order_is_the_venues(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.let_the_market_sell(D("0.004"))
    result = await rig.client.cancel_order(name)
    (order,) = rig.world_orders()
    assert order.filled_size == D("0.004")
    assert (result.status, result.filled_size) == (OrderStatus.CANCELED, D("0.004"))
    await rig.settle()
    assert sum(fill.size for fill in rig.fills) == D("0.004")


async def test_cancel_after_a_server_error_ends_the_order(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.befall("rp.error_after", Deed.CANCEL, status=500)
    result = await rig.client.cancel_order(name)
    assert (result.status, result.outcome_known) == (OrderStatus.CANCELED, True)
    assert rig.world_open() == []
