"""Requests that are throttled, slow, stale or answered with something else."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, OrderStatus, Side
from exchange_clients.errors import AuthenticationFailed, ExchangeError, StaleData
from tests.conformance.rig import BTC, SIZE, Rig, Setting, setting
from tests.conformance.venues import Body, Deed

D = Decimal


async def test_older_answer_does_not_contradict_our_newest_fill(rig: Rig) -> None:
    assert await rig.client.get_position(BTC) == 0
    await rig.buy_at_once()
    rig.befall("rp.stale", Deed.POSITIONS, None, seconds=0.001)
    try:
        held = await rig.client.get_position(BTC)
    except StaleData:
        return
    assert held == rig.world_position() == SIZE


async def test_web_page_is_no_answer_to_a_question(rig: Rig) -> None:
    rig.befall("rp.html", Deed.BALANCE, None)
    with pytest.raises(ExchangeError):
        await rig.client.get_account_balance()
    rig.plan.clear()
    assert await rig.client.get_account_balance() > 0


async def test_web_page_of_maintenance_is_no_empty_list(rig: Rig) -> None:
    await rig.rest_a_buy()
    rig.befall("rp.html", Deed.ACTIVE, None, status=503)
    with pytest.raises(ExchangeError):
        await rig.client.get_active_orders(rig.btc)


async def test_truncated_answer_is_not_half_believed(rig: Rig) -> None:
    await rig.rest_a_buy()
    rig.befall("rp.trunc", Deed.ACTIVE, None)
    with pytest.raises(ExchangeError):
        await rig.client.get_active_orders(rig.btc)


async def test_error_inside_a_success_is_an_error(rig: Rig) -> None:
    rig.befall("rp.empty", Deed.BALANCE, None, body=rig.facts.bodies[Body.FAILED])
    with pytest.raises(ExchangeError):
        await rig.client.get_account_balance()


async def test_read_is_repeated_after_a_hiccup(rig: Rig) -> None:
    rig.befall("rp.status", Deed.BALANCE, 1, status=502)
    assert await rig.client.get_account_balance() > 0


async def test_throttled_read_waits_as_long_as_it_was_told(rig: Rig) -> None:
    rig.befall(
        "rp.status", Deed.BALANCE, 1, status=429, seconds=7, body=rig.facts.bodies[Body.THROTTLED]
    )
    await rig.client.get_account_balance()
    first, second = rig.requests(Deed.BALANCE)[-2:]
    assert second.at_ns - first.at_ns >= 7 * NS


async def test_throttling_causes_no_storm(rig: Rig) -> None:
    before = len(rig.requests(Deed.BALANCE))
    rig.befall(
        "rp.status",
        Deed.BALANCE,
        None,
        status=429,
        seconds=5,
        body=rig.facts.bodies[Body.THROTTLED],
    )
    start_ns = rig.clock.now_ns()
    for _ in range(5):
        with pytest.raises(ExchangeError):
            await rig.client.get_account_balance()
    elapsed_s = (rig.clock.now_ns() - start_ns) / NS
    assert len(rig.requests(Deed.BALANCE)) - before <= elapsed_s / 5 + 3


async def test_cancel_passes_while_reads_are_throttled(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.befall(
        "rp.status", Deed.BALANCE, 1, status=429, seconds=20, body=rig.facts.bodies[Body.THROTTLED]
    )
    reading = asyncio.create_task(rig.client.get_account_balance())
    await rig.settle(0.5)
    asked_ns = rig.clock.now_ns()
    result = await rig.client.cancel_order(name)
    assert result.status is OrderStatus.CANCELED
    assert rig.clock.now_ns() - asked_ns < 5 * NS
    await asyncio.gather(reading, return_exceptions=True)


async def test_throttled_create_was_not_done_and_is_told_so(rig: Rig) -> None:
    rig.befall(
        "rp.status", Deed.CREATE, None, status=429, seconds=1, body=rig.facts.bodies[Body.THROTTLED]
    )
    placed = await rig.buy()
    await rig.settle(60)
    assert rig.world_orders() == []
    assert not placed.success or not placed.outcome_known
    assert placed.client_order_id is not None
    info = await rig.client.get_order_info(placed.client_order_id)
    assert info is None or info.status is OrderStatus.REJECTED


@setting(Setting(balance=D(10_000_000)))
async def test_page_that_fails_makes_the_whole_list_unknown(rig: Rig) -> None:
    market = rig.facts.markets["BTC"]
    count = rig.facts.fills_page + 5
    await rig.rest_a_buy(market.step * count * 10)
    for _ in range(count):
        rig.let_the_market_sell(market.step * 10)
    await rig.settle(20)
    rig.let_the_second_page_fail(Deed.FILLS)
    with pytest.raises(ExchangeError):
        await rig.client.get_user_trade_history(BTC, 0, rig.clock.now_ns() + 1)


async def test_slow_answer_ends_within_its_deadline_and_holds_up_no_cancel(rig: Rig) -> None:
    name = await rig.rest_a_buy()
    rig.befall("rp.slow", Deed.BALANCE, None, seconds=300)
    start_ns = rig.clock.now_ns()
    reading = asyncio.create_task(rig.client.get_account_balance())
    result = await rig.client.cancel_order(name)
    assert result.status is OrderStatus.CANCELED
    assert rig.clock.now_ns() - start_ns < 5 * NS
    with pytest.raises(ExchangeError):
        await reading
    assert rig.clock.now_ns() - start_ns < 120 * NS


async def test_session_that_the_venue_forgot_is_renewed_once(rig: Rig) -> None:
    logins = rig.logins()
    rig.refuse_the_account(Deed.BALANCE, 1)
    assert await rig.client.get_account_balance() > 0
    assert rig.logins() - logins <= 1


async def test_account_that_is_refused_is_told_so_at_once(rig: Rig) -> None:
    before = len(rig.venue.log)
    rig.refuse_the_account(Deed.BALANCE, None)
    with pytest.raises(AuthenticationFailed):
        await rig.client.get_account_balance()
    assert len(rig.venue.log) - before < 8


async def test_revoked_key_is_said_and_causes_no_storm(rig: Rig) -> None:
    await rig.buy_at_once()
    before = len(rig.venue.log)
    for deed in (Deed.BALANCE, Deed.POSITIONS):
        rig.refuse_the_account(deed, None)
    with pytest.raises(AuthenticationFailed):
        await rig.client.get_account_balance()
    with pytest.raises(ExchangeError):
        await rig.client.get_position(BTC)
    assert len(rig.venue.log) - before < 20
    rig.plan.clear()
    await rig.settle(60)
    assert await rig.client.get_position(BTC) == rig.world_position() == SIZE


async def test_session_outlives_its_first_token(rig: Rig) -> None:
    for _ in range(3):
        await rig.settle(rig.facts.session_hours * 3600 / 3 + 600)
        assert await rig.client.get_account_balance() > 0
    await rig.rest_a_buy()
    placed = await rig.client.place_market_order(rig.btc, SIZE, Side.BUY)
    assert placed.client_order_id is not None
    await rig.settle()
    assert [fill.size for fill in rig.fills] == [SIZE]


async def test_venue_whose_clock_differs_is_understood(rig: Rig) -> None:
    rig.plan.always("clk.skew", seconds=20)
    await rig.client.disconnect()
    await rig.restart()
    await rig.rest_a_buy()
    await rig.buy_at_once()
    assert rig.world_position() == SIZE
