"""A grid whose market changes its rules: what is held is closed by them, and no order grows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, Market, OrderStatus, Reason
from execution.readings import MarketChanged
from strategies.base_strategy import OrderChanged
from tests.strategies.grid_driver import STEP_GRID, VENUE, FakeBot, a_grid, a_market

D = Decimal
RANGE: dict[str, object] = {
    "grid_kind": "fixed_range",
    "lower_price": "1900",
    "upper_price": "2100",
    "levels": 5,
    "quantity": "0.1",
}


def change(bot: FakeBot, market: Market) -> None:
    """Tell that the venue lists the market by other rules."""
    bot.tell(MarketChanged(VENUE, market, bot.now_ns))


def a_bot() -> FakeBot:
    return FakeBot(a_grid({**STEP_GRID, "quantity": "0.1"}))


def test_a_fill_is_covered_on_the_new_tick_and_step() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    change(bot, a_market(tick="0.5", step="0.01", min_size="0.01"))
    bot.fill("entry-1", "0.037")
    close = bot.sent[-1]
    assert close.quantity == D("0.03")
    assert close.price is not None
    assert close.price % D("0.5") == 0
    assert bot.strategy.report()["residual"] == D("0.007")


def test_what_was_less_than_a_step_is_closed_once_the_step_is_finer_again() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    change(bot, a_market(step="0.01", min_size="0.01"))
    bot.fill("entry-1", "0.037")
    change(bot, a_market())
    assert bot.covered() == bot.position


def test_a_close_that_ended_off_a_new_step_is_placed_again_on_it() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.037")
    change(bot, a_market(step="0.01", min_size="0.01"))
    bot.end("close-1", OrderStatus.CANCELED, Reason.USER_CANCELED)
    assert [order.params.quantity for order in bot.live("close").values()] == [D("0.03")]
    assert bot.strategy.report()["residual"] == D("0.007")


def test_what_is_cut_off_a_close_on_its_way_waits_for_another_one() -> None:
    """Its client fits it to the rules that it knows when it sends it."""
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.037")
    change(bot, a_market(step="0.01", min_size="0.01"))
    close = bot.info("close-1")
    bot.tell(OrderChanged("close-1", replace(close, size=D("0.03")), bot.now_ns))
    assert bot.strategy.report()["residual"] == D("0.007")
    bot.orders["close-1"].params = replace(bot.orders["close-1"].params, quantity=D("0.03"))
    change(bot, a_market())
    assert bot.covered() == bot.position


def test_what_was_refused_as_too_small_is_tried_again_by_other_rules() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.037")
    bot.refuse("close-1", Reason.BELOW_MINIMUM)
    assert bot.live("close") == {}
    change(bot, a_market(tick="0.5"))
    assert bot.covered() == bot.position


def test_no_entry_is_larger_than_those_that_the_run_began_with() -> None:
    """A person has seen their size; a least order that has grown is agreed to by the settings."""
    bot = a_bot()
    change(bot, a_market(min_size="0.5"))
    bot.quote("1999.9", "2000.0")
    assert bot.sent == []
    change(bot, a_market())
    bot.quote("1999.9", "2000.0")
    assert [order.quantity for order in bot.sent] == [D("0.1")]


@pytest.mark.parametrize("least", ["0.001", "0.5"])
def test_a_range_opens_no_cell_larger_than_the_run_began_with(least: str) -> None:
    bot = FakeBot(a_grid(RANGE))
    change(bot, a_market(min_size=least))
    bot.quote("1999.9", "2000.0")
    assert {order.quantity for order in bot.sent} == ({D("0.1")} if least == "0.001" else set())


@pytest.mark.parametrize("grid", [{**STEP_GRID, "quantity": "0.1"}, RANGE])
def test_a_restart_agrees_to_no_larger_orders_and_settings_do(grid: dict[str, object]) -> None:
    bot = FakeBot(a_grid(grid))
    bot.restart(a_market(min_size="0.5"))
    bot.quote("1999.9", "2000.0")
    assert bot.sent == []
    bot.restart(a_market(min_size="0.5"), quantity="0.5")
    bot.quote("1999.9", "2000.0")
    assert {order.quantity for order in bot.sent} == {D("0.5")}


def test_another_market_changes_nothing() -> None:
    bot = a_bot()
    other = Market(a_market().symbol, ContractId("ETH-PERP"), D(1), D(1), D(1))
    change(bot, other)
    bot.quote("1999.9", "2000.0")
    assert [order.quantity for order in bot.sent] == [D("0.1")]
