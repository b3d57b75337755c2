"""One-sided cycles: entries, take-profits, cooldown and grid step."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    OrderResult,
    OrderStatus,
    OrderType,
    Purpose,
    Reason,
    Side,
)
from strategies.factory import StrategyFactory, parse_parameters
from strategies.implementations.grid.cooldown import calculate_wait_ns
from strategies.implementations.grid.exits import (
    CLOSES_PER_CYCLE,
    close_price,
    joined,
    take_size,
)
from strategies.implementations.grid.parameters import cycle_settings
from strategies.implementations.grid.state import Lot
from tests.strategies.grid_driver import (
    STEP_GRID,
    FakeBot,
    a_bot,
    a_bot_with_closes,
    a_grid,
    a_market,
)

D = Decimal


@pytest.mark.parametrize(
    ("side", "take_profit", "extra", "fill", "tick", "price"),
    [
        ("buy", "0.008", {}, "62000", "0.01", "62004.96"),
        ("buy", "0.008", {}, "62000", "0.1", "62005.0"),
        (
            "buy",
            "0.1",
            {"take_profit_basis": "margin", "target_leverage": 20},
            "62000",
            "0.01",
            "62003.10",
        ),
        ("buy", "0.02", {}, "2000.40", "0.01", "2000.81"),
        ("sell", "0.02", {}, "2000.40", "0.01", "1999.99"),
    ],
)
def test_close_is_at_the_target_or_better(
    side: str, take_profit: str, extra: dict[str, object], fill: str, tick: str, price: str
) -> None:
    """G1, G2, G3."""
    raw = {"take_profit": take_profit, "quantity": "0.00273", "direction": side, **extra}
    values = parse_parameters(StrategyFactory.strategy_class("grid"), raw)
    assert close_price(cycle_settings(values), a_market(tick), D(fill)) == D(price)


def test_fill_is_covered_by_a_reduce_only_close_of_its_size() -> None:
    """G1."""
    market = a_market("0.01", "0.00001", "0.00001")
    bot = FakeBot(a_grid({"take_profit": "0.008", "quantity": "0.00273"}, market))
    bot.quote("62000.01", "62000.02")
    assert bot.sent[0].price == D(62000)
    bot.fill("entry-1")
    close = bot.sent[1]
    assert (close.side, close.quantity, close.price) == (Side.SELL, D("0.00273"), D("62004.96"))
    assert close.reduce_only
    assert close.purpose is Purpose.CLOSE


def test_a_report_that_tells_nothing_new_needs_no_saving() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000")
    bot.fill("entry-1")
    revision = bot.strategy.revision

    bot.end("entry-1", OrderStatus.FILLED)
    bot.outcome("close-1", OrderResult(success=True, status=OrderStatus.OPEN))

    assert bot.strategy.revision == revision


def test_entries_keep_the_grid_step_and_closes_pay_out() -> None:
    """G4, G5, G6."""
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    assert (bot.sent[0].price, bot.sent[0].post_only) == (D("1999.8"), True)
    assert bot.state() == "waiting_for_fill"
    bot.fill("entry-1")
    assert bot.sent[1].price == D("2001.8")
    assert bot.state() == "ready"
    bot.pass_time(1)
    bot.quote("1995.8", "1995.9")
    assert len(bot.sent) == 2
    bot.quote("1995.7", "1995.8")
    assert bot.sent[2].price == D("1995.6")
    bot.fill("entry-2")
    assert bot.sent[3].price == D("1997.6")
    bot.fill("close-2")
    bot.fill("close-1")
    report = bot.strategy.report()
    assert report["gross_profit"] == D("0.04")
    assert (report["cycles_completed"], report["cycles_open"], report["held"]) == (2, 0, 0)
    assert bot.live() == {}


@pytest.mark.parametrize(
    ("closes", "seconds"),
    [(0, 15), (1, 15), (2, 30), (3, 30), (4, 60), (7, 60), (8, 120), (11, 120)],
)
def test_wait_grows_with_the_closes(closes: int, seconds: int) -> None:
    """G7."""
    assert calculate_wait_ns(closes, 12, 60) == seconds


@pytest.mark.parametrize(("closes", "seconds"), [(1, 15), (2, 30), (4, 60), (8, 120)])
def test_no_entry_before_the_cooldown_and_one_after(closes: int, seconds: int) -> None:
    """G7."""
    bot = a_bot_with_closes(closes)
    bot = _with_wait_time(bot, "60")
    bot.pass_time(seconds)
    bot.quote("1000.0", "1000.1")
    assert bot.live("entry") == {}
    bot.pass_time(D("0.001"))
    bot.quote("1000.0", "1000.1")
    assert len(bot.live("entry")) == 1


def _with_wait_time(bot: FakeBot, seconds: str) -> FakeBot:
    bot.restart(wait_time=seconds)
    return bot


def test_no_entry_at_max_orders() -> None:
    """G7."""
    bot = a_bot_with_closes(12)
    bot.pass_time(10_000)
    bot.quote("1000.0", "1000.1")
    assert bot.live("entry") == {}


def test_a_filled_close_waives_the_wait_once() -> None:
    """G7."""
    bot = _with_wait_time(a_bot_with_closes(4), "60")
    bot.fill("close-1")
    bot.quote("1000.0", "1000.1")
    assert list(bot.live("entry")) == ["entry-5"]
    bot.fill("entry-5")
    bot.pass_time(1)
    bot.quote("900.0", "900.1")
    assert bot.live("entry") == {}


def test_take_profit_is_placed_whatever_the_price_does() -> None:
    """G8."""
    bot = a_bot(pause_price="2010")
    bot.quote("1999.9", "2000.0")
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-1")
    assert bot.covered() == D("0.01")
    bot.quote("2019.9", "2020.0")
    assert bot.live("entry") == {}


def test_partial_fill_of_a_cancelled_entry_is_covered_exactly() -> None:
    """G9."""
    bot = a_bot(quantity="1.0")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.4")
    assert bot.covered() == D("0.4")
    bot.end("entry-1", OrderStatus.CANCELED, Reason.USER_CANCELED)
    assert bot.covered() == D("0.4")
    assert bot.state() == "ready"


def test_each_partial_fill_is_covered_at_once() -> None:
    bot = a_bot(quantity="1.0")
    bot.quote("1999.9", "2000.0")
    for part in ("0.3", "0.2", "0.5"):
        bot.fill("entry-1", part)
        assert bot.covered() == bot.position
    assert [order.quantity for order in bot.sent[1:]] == [D("0.3"), D("0.2"), D("0.5")]


def test_parts_below_the_least_order_wait_for_the_next() -> None:
    market = a_market(step="0.001", min_size="0.01")
    bot = FakeBot(a_grid({**STEP_GRID, "quantity": "0.1"}, market))
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.004")
    assert bot.covered() == 0
    assert bot.strategy.report()["residual"] == D("0.004")
    bot.fill("entry-1", "0.006")
    assert bot.covered() == D("0.010")
    assert bot.strategy.report()["residual"] == 0


def test_more_parts_than_a_cycle_may_have_are_merged() -> None:
    bot = a_bot(quantity="1.0", max_orders=1)
    bot.quote("1999.9", "2000.0")
    for _ in range(CLOSES_PER_CYCLE):
        bot.fill("entry-1", "0.1")
    assert bot.cancelled == []
    bot.fill("entry-1", "0.2")
    assert bot.cancelled == ["close-4"]
    bot.fill("close-4", "0.05")
    bot.cancel_done("close-4")
    assert list(bot.live("close")) == ["close-1", "close-2", "close-3", "close-5"]
    assert bot.covered() == bot.position == D("0.55")


def test_an_entry_that_filled_in_parts_counts_once_towards_max_orders() -> None:
    bot = a_bot(quantity="1.0", max_orders=2, wait_time="0")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.5")
    bot.fill("entry-1", "0.5")
    assert len(bot.live("close")) == 2
    bot.pass_time(1)
    bot.quote("1989.9", "1990.0")
    assert list(bot.live("entry")) == ["entry-2"]


def test_refused_entry_is_repriced_twice_then_paused() -> None:
    bot = a_bot()
    for number in (1, 2, 3):
        bot.quote("1999.9", "2000.0")
        bot.refuse(f"entry-{number}", Reason.POST_ONLY_WOULD_CROSS)
    bot.quote("1999.9", "2000.0")
    assert bot.live() == {}
    bot.pass_time(D("5.001"))
    bot.quote("1999.9", "2000.0")
    assert list(bot.live()) == ["entry-4"]


def test_entry_left_by_the_market_moves() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.quote("2004.9", "2005.0")
    bot.pass_time(D("10.1"))
    bot.quote("2000.0", "2000.1")
    assert bot.cancelled == []
    bot.quote("2000.1", "2000.2")
    assert bot.cancelled == ["entry-1"]
    bot.cancel_done("entry-1")
    bot.quote("2000.1", "2000.2")
    assert bot.sent[-1].price == D("2000.0")


def test_boost_closes_each_fill_at_market() -> None:
    bot = a_bot(boost=True)
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    assert (bot.sent[-1].order_type, bot.sent[-1].reduce_only) == (OrderType.MARKET, True)
    bot.fill("close-1", price="2000.5")
    assert bot.strategy.report()["gross_profit"] == D("0.007")


def test_a_close_at_market_is_booked_by_its_fill_where_the_answer_names_no_price() -> None:
    bot = a_bot(boost=True)
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    size = bot.sent[-1].quantity
    bot.outcome("close-1", OrderResult(True, OrderStatus.FILLED, size=size, filled_size=size))
    assert bot.strategy.report()["gross_profit"] == 0, "of no price there is no profit"
    bot.fill("close-1", price="2000.5")
    assert bot.strategy.report()["gross_profit"] == D("0.007")


def test_quantity_is_raised_to_the_least_order() -> None:
    market = a_market(min_notional="50")
    bot = FakeBot(a_grid({**STEP_GRID, "quantity": "0.0015"}, market))
    bot.quote("1999.9", "2000.0")
    assert bot.sent[0].quantity == D("0.026")


def test_margin_limit_holds_entries_back() -> None:
    bot = a_bot(max_margin_usd="3", target_leverage=10)
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.pass_time(1)
    bot.quote("1900.0", "1900.1")
    assert bot.live("entry") == {}


def test_in_a_closed_market_one_close_at_a_time_asks_whether_it_trades_again() -> None:
    bot = a_bot_with_closes(5)
    for key in sorted(bot.live("close")):
        bot.refuse(key, Reason.MARKET_UNAVAILABLE)
    for _ in range(3_600):
        bot.pass_time(1)
        for key in sorted(bot.live("close")):
            bot.refuse(key, Reason.MARKET_UNAVAILABLE)
    assert len(bot.sent) < 120
    bot.pass_time(60)
    (asked,) = bot.live("close")
    bot.end(asked, OrderStatus.OPEN)
    bot.pass_time(1)
    assert bot.covered() == bot.position


def test_closes_that_are_cut_short_leave_no_more_lots_than_there_were_fills() -> None:
    lots = [Lot(1, D(2000), D("0.3"), 7), Lot(2, D(2001), D("0.3"), 8)]
    for _ in range(9):
        lots = joined([*take_size(lots, D("0.4")), *lots])
    assert sorted((lot.entry, lot.size) for lot in lots) == [(1, D("0.3")), (2, D("0.3"))]


def test_close_refused_as_too_small_goes_along_with_the_next() -> None:
    bot = a_bot(quantity="0.1")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.002")
    bot.refuse("close-1", Reason.BELOW_MINIMUM)
    assert bot.live("close") == {}
    bot.fill("entry-1", "0.003")
    assert bot.covered() == bot.position == D("0.005")
