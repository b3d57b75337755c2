"""What a grid books and sends where another hand has closed a part of what it holds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, OrderStatus, OrderType, Reason
from execution.position_check import PositionsRead
from strategies.implementations.grid.exits import REFUSED_PAUSE_S
from strategies.implementations.grid.range_rules import held_against
from tests.strategies.grid_driver import (
    CONTRACT,
    VENUE,
    FakeBot,
    a_bot,
    a_hedging_bot,
    a_stopping_bot,
)

D = Decimal


def holding_one() -> FakeBot:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    return bot


def test_a_close_that_its_venue_has_cut_books_what_traded() -> None:
    bot = holding_one()
    order = bot.orders["close-1"]
    half = order.params.quantity / 2
    bot.tell(PositionsRead(VENUE, {CONTRACT: half}, bot.now_ns))
    order.filled = half
    bot.end("close-1", OrderStatus.FILLED)
    assert bot.strategy.report()["held"] == half
    assert bot.live() == {}, "what is gone is not closed again"


def test_a_close_that_finds_nothing_to_close_is_never_sold_at_market() -> None:
    bot = holding_one()
    for _ in range(8):
        (key,) = bot.live("close")
        bot.refuse(key, Reason.REDUCE_ONLY_REJECTED)
        bot.pass_time(61)
    assert all(order.order_type is not OrderType.MARKET for order in bot.sent)
    assert len(bot.live("close")) == 1


@pytest.mark.parametrize("reason", [Reason.MARKET_UNAVAILABLE, Reason.DENIED_LOCALLY])
def test_refused_closes_of_what_is_left_are_sent_again_after_pauses(reason: Reason) -> None:
    bot = holding_one()
    half = bot.orders["close-1"].params.quantity / 2
    bot.tell(PositionsRead(VENUE, {CONTRACT: half}, bot.now_ns))
    sent = len(bot.sent)
    for _ in range(60):
        while closes := bot.live("close"):
            bot.refuse(next(iter(closes)), reason)
        bot.pass_time(1)
    assert 10 <= len(bot.sent) - sent <= 60 / REFUSED_PAUSE_S * 3
    bot.pass_time(REFUSED_PAUSE_S + 1)
    assert sum(order.params.quantity for order in bot.live("close").values()) == half


@pytest.mark.parametrize("recovering", [{"position_timeout_minutes": 5}, {"stop_loss_pct": "1"}])
def test_what_is_left_is_recovered_once_and_not_placed_anew_each_time(
    recovering: dict[str, object],
) -> None:
    """I31: its close is withdrawn, and closed at market; it is no limit order again."""
    bot = a_bot(recovery_mode="aggressive", **recovering)
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    half = bot.orders["close-1"].params.quantity / 2
    bot.tell(PositionsRead(VENUE, {CONTRACT: half}, bot.now_ns))
    bot.end("close-1", OrderStatus.CANCELED)
    assert [order.quantity for order in bot.sent[2:]] == [half]
    bot.pass_time(301)
    bot.quote("1899.9", "1900.0")
    (key,) = bot.live("close")
    assert bot.cancelled == [key]
    bot.end(key, OrderStatus.CANCELED, Reason.USER_CANCELED)
    (closing,) = bot.live("close").values()
    assert (closing.params.order_type, closing.params.quantity) == (OrderType.MARKET, half)
    sent = len(bot.sent)
    for _ in range(60):
        for key, order in bot.live("close").items():
            if key in bot.cancelled or order.params.order_type is OrderType.MARKET:
                bot.end(key, OrderStatus.CANCELED)
        bot.pass_time(1)
    assert len(bot.sent) - sent <= 60 / REFUSED_PAUSE_S * 3, "what trades nothing makes it wait"


def test_nothing_is_entered_while_a_part_is_gone_and_a_restart_remembers_it() -> None:
    bot = holding_one()
    bot.tell(PositionsRead(VENUE, {CONTRACT: bot.position}, bot.now_ns))
    bot.restart()
    bot.pass_time(3600)
    bot.quote("1899.9", "1900.0")
    assert bot.live("entry") == {}
    bot.tell(PositionsRead(VENUE, {}, bot.now_ns))
    bot.quote("1899.8", "1899.9")
    assert len(bot.live("entry")) == 1


def test_a_stop_of_a_range_closes_what_is_there_and_ends() -> None:
    bot = a_stopping_bot()
    bot.refuse("stop-1", Reason.REDUCE_ONLY_REJECTED)
    bot.tell(PositionsRead(VENUE, {CONTRACT: bot.position}, bot.now_ns))
    bot.pass_time(10)
    assert bot.halted
    assert [order.key for order in bot.sent if order.key.startswith("stop")] == ["stop-1"]


def test_a_hedge_that_another_hand_has_closed_is_not_closed_again() -> None:
    bot = a_hedging_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1979.8", "1979.9")
    bot.fill("hedge-1", price="1979.8")
    bot.tell(PositionsRead("other", {ContractId("BTC-OTHER"): D("0.004")}, bot.now_ns))
    bot.fill("close-1")
    assert (bot.sent[-1].quantity, bot.sent[-1].reduce_only) == (D("0.006"), True)
    bot.fill("unhedge-2", price="2001.8")
    bot.pass_time(100)
    assert bot.live("unhedge") == {}


def test_what_another_hand_has_closed_is_hedged_no_more() -> None:
    """I16: the hedge would be all that is left of it."""
    bot = a_hedging_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1979.8", "1979.9")
    bot.fill("hedge-1", price="1979.8")
    bot.tell(PositionsRead(VENUE, {CONTRACT: D("0.006")}, bot.now_ns))
    assert (bot.sent[-1].quantity, bot.sent[-1].reduce_only) == (D("0.006"), True)
    bot.fill("unhedge-2", price="1979.8")
    bot.tell(PositionsRead(VENUE, {}, bot.now_ns))
    bot.fill("hedge-3", price="1979.8")
    assert bot.hedged == -bot.position


@pytest.mark.parametrize(("held", "hedges"), [("0.5", 0), ("-0.5", 1)])
def test_nothing_is_hedged_out_of_a_position_that_another_hand_holds(
    held: str, hedges: int
) -> None:
    """I18: a grid that buys hedges with a sell."""
    bot, contract_id = a_hedging_bot(), ContractId("BTC-OTHER")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.tell(PositionsRead("other", {}, bot.now_ns, {contract_id: D(held)}))
    bot.quote("1979.8", "1979.9")
    assert len(bot.live("hedge")) == hedges
    bot.tell(PositionsRead("other", {}, bot.now_ns))
    assert len(bot.live("hedge")) == 1
    bot.fill("hedge-1", price="1979.8")
    bot.tell(PositionsRead("other", {}, bot.now_ns, {contract_id: D(held)}))
    bot.fill("close-1")
    assert (bot.sent[-1].quantity, bot.sent[-1].reduce_only) == (D("0.01"), True)


@pytest.mark.parametrize(("held", "entries"), [("-0.5", 0), ("0.5", 1)])
def test_nothing_is_entered_beside_a_position_on_the_other_side(held: str, entries: int) -> None:
    """I18: one account nets both, so that an entry would take of what is another's."""
    bot = a_bot()
    bot.tell(PositionsRead(VENUE, {}, bot.now_ns, {CONTRACT: D(held)}))
    bot.quote("1999.9", "2000.0")
    assert len(bot.live("entry")) == entries
    bot.tell(PositionsRead(VENUE, {}, bot.now_ns))
    bot.quote("1999.8", "1999.9")
    assert len(bot.live("entry")) == 1


def test_an_entry_that_rests_is_withdrawn_where_a_position_on_the_other_side_comes_up() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.tell(PositionsRead(VENUE, {}, bot.now_ns, {CONTRACT: D("-0.5")}))
    assert bot.cancelled == ["entry-1"]


@pytest.mark.parametrize(
    ("side", "others", "against"),
    [("long", "-1", "1"), ("long", "1", "0"), ("short", "1", "1"), ("neutral", "-1", "1")],
)
def test_cells_would_take_of_what_is_on_their_other_side(
    side: str, others: str, against: str
) -> None:
    assert held_against(side, D(others)) == D(against)
