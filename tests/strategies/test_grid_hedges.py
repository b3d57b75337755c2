"""The hedge of cycles that lose, on a second venue: how large it is, and who closes it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ContractId,
    OrderType,
    Purpose,
    Reason,
    Side,
)
from execution.order_params import OrderParams
from strategies.base_strategy import MarketData
from tests.strategies.grid_driver import (
    CONTRACT,
    VENUE,
    a_hedging_bot,
    a_market,
    drive,
)

D = Decimal


def test_losing_cycle_is_hedged_elsewhere_until_its_close_fills() -> None:
    bot = a_hedging_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1979.8", "1979.9")
    hedge = bot.sent[-1]
    assert (hedge.venue, hedge.side, hedge.purpose) == ("other", Side.SELL, Purpose.HEDGE)
    bot.fill("hedge-1", price="1979.8")
    assert bot.hedged == D("-0.01")
    assert bot.covered() == bot.position
    bot.fill("close-1", "0.004")
    assert (bot.sent[-1].side, bot.sent[-1].reduce_only) == (Side.BUY, True)
    bot.fill("unhedge-2", price="2001.8")
    bot.fill("close-1")
    bot.fill("unhedge-3", price="2001.8")
    assert bot.hedged == bot.position == 0


def closing(venue: str, contract_id: ContractId, side: Side) -> OrderParams:
    """Return an order that something above the grid closes with."""
    return OrderParams(
        side,
        D("0.01"),
        order_type=OrderType.MARKET,
        purpose=Purpose.STOP,
        reduce_only=True,
        venue=venue,
        contract_id=contract_id,
    )


@pytest.mark.parametrize("restarted", [False, True])
def test_what_is_closed_of_a_hedge_from_above_is_hedged_no_more(*, restarted: bool) -> None:
    bot = a_hedging_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1979.8", "1979.9")
    bot.fill("hedge-1", price="1979.8")
    first, second = bot.overrule(
        closing(VENUE, CONTRACT, Side.SELL),
        closing("other", ContractId("BTC-OTHER"), Side.BUY),
        cancels=["close-1"],
    )
    assert bot.live("unhedge") == {}, "it is being closed already"
    if restarted:
        bot.restart()
    bot.cancel_done("close-1")
    bot.fill(first, price="1979.8")
    bot.fill(second, price="1979.8")
    bot.pass_time(60)
    assert bot.strategy.report()["hedged"] == bot.hedged == 0
    assert bot.live("unhedge") == bot.live("hedge") == {}


def test_a_hedge_that_is_closed_from_above_before_what_it_hedges_is_not_opened_again() -> None:
    bot = a_hedging_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1979.8", "1979.9")
    bot.fill("hedge-1", price="1979.8")
    bot.overrule(cancels=["close-1"])
    (second,) = bot.overrule(closing("other", ContractId("BTC-OTHER"), Side.BUY))
    bot.fill(second, price="1979.8")
    bot.cancel_done("close-1")
    assert bot.live("hedge") == bot.live("close") == {}
    (first,) = bot.overrule(closing(VENUE, CONTRACT, Side.SELL))
    bot.fill(first, price="1979.8")
    bot.pass_time(60)
    assert bot.live("hedge") == bot.live("close") == {}
    assert bot.strategy.report()["hedged"] == bot.hedged == bot.position == 0


def test_refused_hedge_is_tried_again_after_a_pause() -> None:
    bot = a_hedging_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1979.8", "1979.9")
    bot.refuse("hedge-1", Reason.INSUFFICIENT_MARGIN)
    assert bot.live("hedge") == {}
    bot.pass_time(6)
    assert list(bot.live("hedge")) == ["hedge-2"]


def test_a_hedge_is_of_as_many_tokens_whatever_a_unit_of_its_market_stands_for() -> None:
    bot = a_hedging_bot(replace(a_market(step="0.1", min_size="0.1"), multiplier=D("0.01")))
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.01")
    bot.quote("1979.8", "1979.9")
    assert bot.sent[-1].quantity == 1
    bot.fill("hedge-1", price="19.798")
    bot.fill("close-1")
    assert (bot.sent[-1].quantity, bot.sent[-1].reduce_only) == (D(1), True)


def test_what_is_worth_less_than_the_second_venue_takes_is_hedged_with_the_next() -> None:
    bot = a_hedging_bot(a_market(min_notional="30"))
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1979.8", "1979.9")
    assert bot.live("hedge") == {}
    bot.pass_time(100)
    bot.quote("1879.8", "1879.9")
    bot.fill("entry-2")
    bot.quote("1859.8", "1859.9")
    assert [order.quantity for order in bot.sent[-1:]] == [D("0.02")]


def test_prices_of_the_venue_that_hedges_decide_nothing() -> None:
    bot = a_hedging_bot()
    elsewhere = MarketData(
        "BTC", D(2500), D("2500.1"), bot.now_ns, ContractId("BTC-OTHER"), "other"
    )
    assert not drive(bot.strategy.should_execute(elsewhere))
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    assert (
        drive(bot.strategy.on_quote(replace(elsewhere, best_bid=D(1), best_ask=D(2)))).orders == ()
    )
    assert bot.live("hedge") == {}
