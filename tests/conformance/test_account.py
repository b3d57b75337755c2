"""Positions and money, as the venue has them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, Side
from exchange_clients.errors import StaleData
from exchange_clients.shared.account_words import MarginModeWords
from tests.conformance.altered import FRAME, Json
from tests.conformance.rig import ACCOUNT, ASK, BALANCE, BID, BTC, ETH, SIZE, Rig, Setting, setting
from tests.conformance.venues import Channel

D = Decimal
CENT = D("0.01")
HOUR_NS = 3600 * NS


def without_positions(place: str, message: Json) -> Json:
    """Return an answer that lists no position, in whichever of the venues' forms."""
    if place == FRAME:
        return message
    if isinstance(message, list):
        return []
    assert isinstance(message, dict)
    if "accounts" in message:
        return {**message, "accounts": [{**each, "positions": []} for each in message["accounts"]]}
    listed = next(each for each in ("data", "rows", "results", "result") if each in message)
    inside = message[listed]
    if not isinstance(inside, dict):
        return {**message, listed: []}
    return {**message, listed: {**inside, "positionList": [], "list": []}}


async def test_long_position_is_above_zero(rig: Rig) -> None:
    await rig.buy_at_once()
    await rig.settle()
    assert await rig.client.get_position(BTC) == rig.world_position() == SIZE
    assert await rig.client.get_account_positions() == SIZE


async def test_short_position_is_below_zero(rig: Rig) -> None:
    await rig.client.place_market_order(rig.btc, SIZE, Side.SELL)
    await rig.settle()
    assert await rig.client.get_position(BTC) == rig.world_position() == -SIZE
    assert await rig.client.get_account_positions() == SIZE


async def test_no_position_is_zero(rig: Rig) -> None:
    assert await rig.client.get_position(BTC) == 0
    assert await rig.client.get_detailed_positions() == []
    assert await rig.client.get_position_snapshot(BTC) is None


async def test_position_is_detailed_as_the_venue_has_it(rig: Rig) -> None:
    await rig.buy_at_once()
    await rig.settle()
    (held,) = rig.world_positions()
    (shown,) = await rig.client.get_detailed_positions()
    assert (shown.symbol, shown.contract_id, shown.quantity) == (BTC, rig.btc, held.size)
    assert shown.entry_price == held.entry_price == ASK
    for said, true in ((shown.mark_price, held.mark), (shown.unrealized_pnl, held.unrealised)):
        assert said is None or abs(said - true) <= CENT
    snapshot = await rig.client.get_position_snapshot(BTC)
    assert snapshot is not None
    assert snapshot.quantity == SIZE


async def test_positions_of_two_markets_do_not_mix(rig: Rig) -> None:
    await rig.buy_at_once()
    await rig.client.place_market_order(rig.facts.eth, D("0.5"), Side.SELL)
    await rig.settle()
    assert await rig.client.get_position(BTC) == SIZE
    assert await rig.client.get_position(ETH) == D("-0.5")
    shown = {each.symbol: each.quantity for each in await rig.client.get_detailed_positions()}
    assert shown == {BTC: SIZE, ETH: D("-0.5")}


async def test_position_that_somebody_else_opened_is_seen(rig: Rig) -> None:
    rig.place_by_hand()
    await rig.settle(60)
    assert await rig.client.get_position(BTC) == rig.world_position() == SIZE


@setting(Setting(connects=False))
async def test_position_from_before_is_read_at_the_start(rig: Rig) -> None:
    rig.place_by_hand()
    for channel in (Channel.POSITIONS, Channel.FILLS):
        rig.disturb("ws.mute", channel, None)
    await rig.client.connect()
    assert await rig.client.get_position(BTC) == rig.world_position() == SIZE


async def test_balance_is_what_can_be_used(rig: Rig) -> None:
    await rig.buy_at_once(SIZE * 5)
    await rig.settle()
    funds = rig.world.funds(ACCOUNT)
    available = await rig.client.get_account_balance()
    # Some venues leave out what is lost but not yet realised.
    unrealised = sum(abs(held.unrealised) for held in rig.world_positions())
    assert abs(available - funds.available) <= unrealised + CENT
    assert available < BALANCE - funds.initial_margin + CENT


async def test_balance_shrinks_with_resting_orders_as_at_the_venue(rig: Rig) -> None:
    await rig.rest_a_buy(SIZE * 10)
    await rig.settle()
    funds = rig.world.funds(ACCOUNT)
    assert abs(await rig.client.get_account_balance() - funds.available) <= CENT


async def test_total_value_is_balance_and_unrealised_profit(rig: Rig) -> None:
    await rig.buy_at_once()
    rig.set_book([(BID + 1000, D(5))], [(ASK + 1000, D(5))])
    await rig.settle(5)
    funds = rig.world.funds(ACCOUNT)
    assert abs(await rig.client.get_total_asset_value() - funds.equity) <= CENT


async def test_profit_is_the_venues(rig: Rig) -> None:
    await rig.buy_at_once()
    rig.set_book([(BID + 1000, D(5))], [(ASK + 1000, D(5))])
    await rig.settle(5)
    true = sum(held.unrealised for held in rig.world_positions())
    assert true > 5
    assert abs(await rig.client.get_account_pnl() - true) <= CENT


async def test_loss_is_below_zero(rig: Rig) -> None:
    await rig.buy_at_once()
    rig.set_book([(BID - 1000, D(5))], [(ASK - 1000, D(5))])
    await rig.settle(5)
    assert await rig.client.get_account_pnl() < -5


async def test_leverage_is_set_and_read_back(rig: Rig) -> None:
    said = await rig.client.set_leverage(BTC, D(5))
    await rig.settle()
    assert said == rig.world.leverage(ACCOUNT, rig.btc) == 5
    assert rig.link.private is not None
    account: object = rig.link.private.account
    if isinstance(account, MarginModeWords):
        assert not await rig.link.run(account.isolated(rig.btc))


async def test_leverage_rules_of_a_market_are_the_venues(rig: Rig) -> None:
    info = await rig.client.get_leverage_info(BTC)
    assert info.error is None
    assert info.max_leverage == rig.facts.markets["BTC"].max_leverage
    unknown = await rig.client.get_leverage_info(type(BTC)("NOSUCH"))
    assert unknown.error is not None


async def held_until_funding_was_paid(rig: Rig) -> int:
    """Connect, hold a position until funding is paid for it, and return since when (epoch ns).

    Where it accrues, the position is closed, by which it is paid.
    """
    hours_s = rig.facts.funding_hours * 3600.0
    held_s = hours_s if rig.facts.funding_accrues else 600.0
    await rig.settle(hours_s - held_s)
    await rig.client.connect()
    start_ns = rig.clock.now_ns()
    await rig.buy_at_once()
    await rig.settle(held_s + 60)
    if rig.facts.funding_accrues:
        await rig.client.place_market_order(rig.btc, SIZE, Side.SELL, reduce_only=True)
        await rig.settle(5)
    return start_ns


@setting(Setting(connects=False))
async def test_funding_that_was_paid_is_listed(rig: Rig) -> None:
    start_ns = await held_until_funding_was_paid(rig)
    true = [each for each in rig.world.payments(ACCOUNT) if each.amount]
    assert true
    listed = await rig.client.get_funding_payments(BTC, start_ns, rig.clock.now_ns() + 1)
    if rig.facts.funding_accrues:
        (at_once,) = listed
        paid = sum((each.amount for each in true), D(0))
        assert paid < 0
        assert round(at_once.amount, 4) == round(paid, 4)
        return
    assert [round(each.amount, 4) for each in listed] == [round(one.amount, 4) for one in true]
    assert all(each.amount < 0 for each in listed)
    assert [each.venue_ns // NS for each in listed] == [each.venue_ns // NS for each in true]


@setting(Setting(connects=False))
async def test_payment_that_is_listed_late_is_listed_once_and_at_last(rig: Rig) -> None:
    rig.world.deeds.late.put_off(240 * NS, rig.world.now_ns)
    start_ns = await held_until_funding_was_paid(rig)
    cash = rig.world.funds(ACCOUNT).cash
    early = await rig.client.get_funding_payments(BTC, start_ns, rig.clock.now_ns() + 1)
    await rig.settle(240)
    (paid,) = await rig.client.get_funding_payments(BTC, start_ns, rig.clock.now_ns() + 1)
    assert not early
    assert paid.amount < 0
    assert rig.world.funds(ACCOUNT).cash == cash


async def test_empty_list_is_no_proof_of_being_flat(rig: Rig) -> None:
    await rig.buy_at_once()
    await rig.settle()
    rig.altered.change = without_positions
    assert await rig.client.get_position(BTC) == SIZE
    await rig.settle(60)
    with pytest.raises(StaleData):
        await rig.client.get_position(BTC)
    rig.altered.change = None
    assert await rig.client.get_position(BTC) == SIZE


async def test_our_own_liquidation_is_heard_of(rig: Rig) -> None:
    await rig.buy_at_once(D("0.8"))
    await rig.settle()
    rig.set_book([(D(86_000), D(5))], [(D(86_010), D(5))])
    await rig.settle(10)
    assert rig.world_position() == 0
    queue = rig.client.liquidation_events_queue
    heard = [queue.get_nowait() for _ in range(queue.qsize())]
    assert (rig.btc, Side.SELL) in [(each.contract_id, each.side) for each in heard]
    assert await rig.client.get_position(BTC) == 0
