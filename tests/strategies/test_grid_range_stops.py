"""How a fixed range stops, and what a restart makes of a stop."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import OrderStatus, Reason, Side
from tests.strategies.grid_driver import STOPPING_RANGE, FakeBot, a_grid, a_stopping_bot

D = Decimal


TAKING_PROFIT: dict[str, object] = {"stop_price": None, "range_take_profit_usd": "0.3"}


def a_halted_bot() -> FakeBot:
    bot = a_stopping_bot()
    bot.fill("stop-1", price="1849.8")
    assert bot.halted
    return bot


@pytest.mark.parametrize(
    ("limit", "gone", "there"),
    [
        ({}, ("1500.0", "2000.0"), ("1849.8", "1850.0")),
        ({"stop_price": None, "range_stop_loss_usd": "1"}, ("1500", "2000"), ("1850", "1851")),
        (TAKING_PROFIT, ("2000", "2600"), ("2040", "2041")),
    ],
)
def test_a_side_that_is_gone_neither_stops_a_range_nor_takes_its_profit(
    limit: dict[str, object], gone: tuple[str, str], there: tuple[str, str]
) -> None:
    bot = FakeBot(a_grid({**STOPPING_RANGE, **limit}))
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    bot.quote(*gone)
    assert bot.cancelled == []
    bot.quote(*there)
    assert bot.cancelled


def test_a_price_that_has_passed_the_closes_takes_no_profit_beyond_them() -> None:
    """The fills of what it has passed are told behind it."""
    bot = FakeBot(a_grid({**STOPPING_RANGE, "stop_price": None, "range_take_profit_usd": "1"}))
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    bot.quote("2149.9", "2150.0")
    assert not bot.cancelled
    bot.fill("close-1")
    bot.quote("2019.9", "2020.0")
    assert not bot.cancelled


def test_a_stop_that_was_refused_is_sent_again_until_it_is_flat() -> None:
    bot = a_stopping_bot()
    bot.refuse("stop-1", Reason.RATE_LIMITED)
    bot.pass_time(60)
    stop = bot.sent[-1]
    assert (stop.key, stop.side, stop.quantity, stop.reduce_only) == (
        "stop-2",
        Side.SELL,
        D("0.01"),
        True,
    )
    bot.fill("stop-2", price="1849.8")
    assert bot.halted
    assert bot.position == 0


def test_a_stop_that_filled_in_part_sells_the_rest() -> None:
    bot = a_stopping_bot()
    bot.fill("stop-1", "0.004", price="1849.8")
    bot.end("stop-1", OrderStatus.CANCELED, Reason.NO_LIQUIDITY)
    bot.pass_time(60)
    assert (bot.sent[-1].key, bot.sent[-1].quantity) == ("stop-2", D("0.006"))


def test_a_stop_leaves_what_its_venue_takes_no_order_for() -> None:
    bot = a_stopping_bot()
    bot.fill("stop-1", "0.009", price="1849.8")
    bot.end("stop-1", OrderStatus.CANCELED, Reason.NO_LIQUIDITY)
    bot.pass_time(3)
    bot.refuse("stop-2", Reason.BELOW_MINIMUM)
    assert bot.halted
    assert bot.position == D("0.001")
    assert "0.001 held" in bot.halted


def test_a_stopping_range_opens_nothing_however_the_price_returns() -> None:
    bot = a_stopping_bot()
    sent = len(bot.sent)
    bot.quote("2019.9", "2020.0")
    bot.pass_time(1)
    assert [order.key for order in bot.sent[sent:] if order.key.startswith("entry")] == []


def test_a_halted_range_stays_halted_after_a_restart() -> None:
    bot = a_halted_bot()
    sent = len(bot.sent)
    bot.restart()
    bot.quote("2019.9", "2020.0")
    assert bot.halted
    assert len(bot.sent) == sent


def test_a_range_that_is_rearmed_starts_anew() -> None:
    bot = a_halted_bot()
    sent = len(bot.sent)
    bot.restart(rearm=True)
    bot.quote("2019.9", "2020.0")
    assert [order.price for order in bot.sent[sent:]] == [D(1900), D(1950), D(2000)]


def test_a_range_that_a_person_has_stopped_still_holds_its_cells_where_it_may_rearm() -> None:
    bot = FakeBot(a_grid({**STOPPING_RANGE, "rearm": True}))
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    bot.stop()
    for key in bot.live("entry"):
        bot.end(key, OrderStatus.CANCELED, Reason.USER_CANCELED)
    sent = len(bot.sent)
    bot.restart()
    bot.quote("2019.9", "2020.0")
    ((close, order),) = bot.live("close").items()
    assert order.remaining == bot.position == D("0.01")
    assert bot.strategy.report()["position"] == bot.position
    assert [order.price for order in bot.sent[sent:]] == [D(1900), D(1950)]
    bot.fill(close)
    assert bot.position == 0


def test_a_range_that_died_amid_its_stop_and_is_rearmed_covers_what_it_still_holds() -> None:
    bot = a_stopping_bot()
    bot.fill("stop-1", "0.004", price="1849.8")
    bot.end("stop-1", OrderStatus.CANCELED, Reason.NO_LIQUIDITY)
    bot.restart(rearm=True)
    bot.quote("2019.9", "2020.0")
    assert [order.remaining for order in bot.live("close").values()] == [bot.position]


@pytest.mark.parametrize("restarted", [True, False])
def test_a_stop_under_way_is_finished_after_a_restart_or_a_reconnect(*, restarted: bool) -> None:
    bot = a_stopping_bot()
    if restarted:
        bot.restart()
    else:
        bot.reconcile(restarted=False)
    bot.quote("1849.8", "1850.0")
    bot.fill("stop-1", price="1849.8")
    bot.quote("1849.8", "1850.0")
    assert bot.halted
    assert bot.position == 0
    assert [order.key for order in bot.sent if order.key.startswith("stop")] == ["stop-1"]
