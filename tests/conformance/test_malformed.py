"""Answers that are not what they should be: what cannot be read is an error, never a number."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from exchange_clients.base_models import OrderStatus, Side
from exchange_clients.errors import ExchangeError
from tests.conformance.altered import FRAME, Json
from tests.conformance.rig import ASK, BID, BTC, SIZE, Rig, Setting, setting
from tests.conformance.venues import Deed

D = Decimal
LIVE = Setting(feeds=True)


def mapped(message: Json, change: Callable[[Json], Json]) -> Json:
    """Return a message with every value in it changed, innermost first."""
    if isinstance(message, dict):
        return change({key: mapped(value, change) for key, value in message.items()})
    if isinstance(message, list):
        return change([mapped(value, change) for value in message])
    return change(message)


def with_news(value: Json) -> Json:
    """Return an object with a field that nobody knows; what maps ids to values is left alone."""
    if isinstance(value, dict) and len(value) > 3:
        return {**value, "brandNewField": {"nested": [1, None, "x"]}}
    return value


def amounts_as(other: Json) -> Callable[[Json], Json]:
    """Return what puts another value in the place of every amount that is written as text."""

    def change(value: Json) -> Json:
        if not isinstance(value, str):
            return other if isinstance(value, float) else value
        return other if value.replace(".", "", 1).removeprefix("-").isdigit() else value

    return change


@setting(LIVE)
async def test_unknown_fields_are_ignored(rig: Rig) -> None:
    rig.altered.change = lambda _, message: mapped(message, with_news)
    name = await rig.rest_a_buy()
    rig.set_book([(BID - 1, D(3))], [(ASK + 1, D(3))])
    await rig.client.cancel_order(name)
    await rig.buy_at_once()
    await rig.settle()
    assert [fill.size for fill in rig.fills] == [SIZE]
    assert await rig.client.get_position(BTC) == SIZE
    assert await rig.client.get_account_balance() > 0
    assert rig.client.stream.get_order_book(rig.btc, 9) == rig.world.depth(rig.btc, 9)[0]


@pytest.mark.parametrize("other", ["NaN", "Infinity", "", "abc", None, True, [], {}])
async def test_what_is_no_amount_never_becomes_money(rig: Rig, other: Json) -> None:
    rig.altered.change = lambda _, message: mapped(message, amounts_as(other))
    with pytest.raises(ExchangeError):
        await rig.client.get_account_balance()


@pytest.mark.parametrize("other", ["NaN", "", None, {}])
async def test_what_is_no_amount_never_becomes_a_position(rig: Rig, other: Json) -> None:
    await rig.buy_at_once()
    await rig.settle()
    rig.altered.change = lambda _, message: mapped(message, amounts_as(other))
    try:
        held = await rig.client.get_position(BTC)
    except ExchangeError:
        return
    assert held == SIZE


@pytest.mark.parametrize("other", ["NaN", "", None, []])
async def test_what_is_no_amount_never_becomes_a_price(rig: Rig, other: Json) -> None:
    rig.altered.change = lambda _, message: mapped(message, amounts_as(other))
    with pytest.raises(ExchangeError):
        await rig.client.fetch_bbo_prices(rig.btc)


async def test_unreadable_order_frames_are_asked_about(rig: Rig) -> None:
    def broken(place: str, message: Json) -> Json:
        return mapped(message, amounts_as("x")) if place == FRAME else message

    rig.altered.change = broken
    placed = await rig.client.place_limit_order(rig.btc, SIZE, ASK + 10, Side.BUY)
    await rig.settle(60)
    assert placed.client_order_id is not None
    info = await rig.info(placed.client_order_id)
    assert (info.status, info.filled_size) == (OrderStatus.FILLED, SIZE)
    assert [fill.size for fill in rig.fills] == [SIZE]


async def test_lists_of_nothing_known_are_no_orders(rig: Rig) -> None:
    await rig.rest_a_buy()
    rig.befall("rp.empty", Deed.ACTIVE, None, body="null")
    with pytest.raises(ExchangeError):
        await rig.client.get_active_orders(rig.btc)


@pytest.mark.parametrize("body", ["", "null", "[]", "{}", "0", '"ok"', "[null]", "{"])
async def test_answer_of_another_shape_is_no_balance(rig: Rig, body: str) -> None:
    rig.befall("rp.empty", Deed.BALANCE, None, body=body)
    with pytest.raises(ExchangeError):
        await rig.client.get_account_balance()


@pytest.mark.parametrize("body", ["", "null", "{}", "0", '"ok"', "[null]", "{"])
async def test_answer_of_another_shape_is_no_position(rig: Rig, body: str) -> None:
    await rig.buy_at_once()
    await rig.settle()
    rig.befall("rp.empty", Deed.POSITIONS, None, body=body)
    with pytest.raises(ExchangeError):
        await rig.client.get_position(BTC)


@pytest.mark.parametrize("body", ["", "null", "{}", "[[]]", "{"])
async def test_answer_of_another_shape_is_no_list_of_fills(rig: Rig, body: str) -> None:
    await rig.buy_at_once()
    rig.befall("rp.empty", Deed.FILLS, None, body=body)
    with pytest.raises(ExchangeError):
        await rig.client.get_user_trade_history(BTC, 0, rig.clock.now_ns() + 1)
