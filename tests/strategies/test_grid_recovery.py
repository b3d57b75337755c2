"""One-sided cycles: stops, restarts, recovery, and what goes missing or comes late."""

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
from strategies.base_strategy import ParameterError
from tests.strategies.grid_driver import (
    a_bot,
    a_bot_with_closes,
)

D = Decimal


def test_stop_cancels_everything_then_flattens_then_halts() -> None:
    """G10."""
    bot = a_bot_with_closes(3, quantity="0.01", stop_price="1900")
    bot.quote("1960.0", "1960.1")
    bot.fill("entry-4", "0.002")
    assert len(bot.live("close")) == 4
    bot.quote("1899.8", "1900.0")
    assert sorted(bot.cancelled) == ["close-1", "close-2", "close-3", "close-4", "entry-4"]
    for key in ("close-1", "entry-4", "close-2", "close-3"):
        bot.cancel_done(key)
        assert bot.live("stop") == {}
    bot.cancel_done("close-4")
    stop = bot.sent[-1]
    assert (stop.side, stop.quantity, stop.order_type) == (Side.SELL, D("0.032"), OrderType.MARKET)
    assert stop.reduce_only
    assert stop.purpose is Purpose.STOP
    assert not bot.halted
    bot.fill("stop-1", price="1899.8")
    assert bot.position == 0
    assert bot.state() == "halted"
    assert "flat" in bot.halted


def test_short_grid_buys_when_its_stop_triggers() -> None:
    """G13."""
    bot = a_bot(direction="sell", stop_price="2100")
    bot.quote("2000.0", "2000.1")
    assert bot.sent[0].price == D("2000.2")
    bot.fill("entry-1")
    bot.quote("2100.0", "2100.2")
    bot.cancel_done("close-1")
    assert (bot.sent[-1].side, bot.sent[-1].reduce_only) == (Side.BUY, True)
    bot.fill("stop-1", price="2100.2")
    assert bot.position == 0


@pytest.mark.parametrize("direction", ["buy", "sell"])
def test_a_side_of_the_book_that_is_gone_sets_no_stop_off(direction: str) -> None:
    """What is left there may be anybody's order, far away; once both sides are there it counts."""
    buying = direction == "buy"
    bot = a_bot(direction=direction, stop_price="1900" if buying else "2100")
    bot.quote("2000.0", "2000.1")
    bot.fill("entry-1")
    bot.quote(*(("1600.0", "2000.1") if buying else ("2000.0", "2400.0")))
    assert bot.cancelled == []
    bot.quote(*(("1600.0", "1899.9") if buying else ("2100.1", "2400.0")))
    assert "close-1" in bot.cancelled


def test_unfilled_rest_of_a_stop_is_tried_again() -> None:
    bot = a_bot(stop_price="1900")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1899.8", "1899.9")
    bot.cancel_done("close-1")
    bot.fill("stop-1", "0.004", "1899")
    bot.end("stop-1", OrderStatus.CANCELED)
    assert bot.live("stop") == {}
    bot.pass_time(3)
    assert bot.sent[-1].quantity == D("0.006")
    bot.fill("stop-2", price="1899")
    assert bot.halted


def test_a_stop_leaves_of_a_grid_what_its_venue_takes_no_order_for() -> None:
    bot = a_bot_with_closes(1, quantity="0.01", stop_price="1900")
    bot.quote("1899.8", "1900.0")
    bot.cancel_done("close-1")
    bot.fill("stop-1", "0.009", price="1899")
    bot.end("stop-1", OrderStatus.CANCELED, Reason.NO_LIQUIDITY)
    bot.pass_time(3)
    bot.refuse("stop-2", Reason.BELOW_MINIMUM)
    assert "0.001 left, below the least order" in bot.halted
    assert bot.position == D("0.001")


def test_halted_grid_stays_halted_until_rearmed() -> None:
    bot = a_bot(stop_price="1900")
    bot.quote("1899.8", "1899.9")
    assert bot.halted
    bot.restart()
    assert "rearm" in bot.halted
    bot.restart(rearm=True)
    assert not bot.halted
    bot.quote("1999.9", "2000.0")
    assert list(bot.live()) == ["entry-1"]


def test_position_that_differs_stops_entries_and_sells_nothing() -> None:
    """G14."""
    bot = a_bot(quantity="108.25")
    bot.reconcile(restarted=False)
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    sent = len(bot.sent)
    bot.reconcile(restarted=False, position=D(0))
    bot.pass_time(100)
    bot.quote("1900.0", "1900.1")
    assert len(bot.sent) == sent
    bot.reconcile(restarted=False, position=D("108.25"))
    bot.quote("1900.0", "1900.1")
    assert list(bot.live("entry")) == ["entry-2"]


def test_cancel_that_came_too_late_is_a_fill() -> None:
    """G16."""
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.pass_time(11)
    bot.quote("2005.0", "2005.1")
    assert bot.cancelled == ["entry-1"]
    result = OrderResult(
        success=False,
        status=OrderStatus.FILLED,
        size=D("0.01"),
        filled_size=D("0.01"),
        average_price=D("1999.8"),
        reason=Reason.ALREADY_TERMINAL,
    )
    bot.outcome("entry-1", result, cancel=True)
    assert (bot.sent[-1].quantity, bot.sent[-1].price) == (D("0.01"), D("2001.8"))
    bot.fill("entry-1")
    assert len(bot.live("close")) == 1


def test_restart_keeps_closes_and_waits_for_the_cooldown() -> None:
    """G12."""
    bot = a_bot_with_closes(5, wait_time="0")
    before = {key: order.params for key, order in bot.live("close").items()}
    bot.restart(wait_time="60")
    bot.quote("1000.0", "1000.1")
    assert {key: order.params for key, order in bot.live().items()} == before
    bot.pass_time(61)
    bot.quote("1000.0", "1000.1")
    assert list(bot.live("entry")) == ["entry-6"]


def test_fill_during_an_outage_is_covered_after_the_restart() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    order = bot.orders["entry-1"]
    order.filled, order.status = order.params.quantity, OrderStatus.FILLED
    bot.position = order.filled
    bot.restart()
    assert bot.covered() == bot.position
    assert bot.sent[-1].price == D("2001.8")


def test_close_that_was_never_sent_is_placed_after_the_restart() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    del bot.orders["close-1"]
    bot.restart()
    assert list(bot.live()) == ["close-2"]
    assert bot.covered() == bot.position


def test_missing_close_is_reposted_a_tick_further_then_closed_at_market() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    for number in (1, 2, 3, 4):
        bot.end(f"close-{number}", OrderStatus.CANCELED)
        bot.pass_time(5)
    prices = [order.price for order in bot.sent[1:]]
    assert prices == [D("2001.8"), D("2001.9"), D("2002.0"), D("2002.1"), None]
    assert bot.sent[-1].reduce_only


def test_lost_answer_is_never_sent_again() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    lost = OrderResult(success=False, status=OrderStatus.PENDING, outcome_known=False)
    bot.outcome("entry-1", lost)
    bot.pass_time(100)
    bot.quote("2100.0", "2100.1")
    assert len(bot.sent) == 1
    assert bot.cancelled == []
    bot.end("entry-1", OrderStatus.REJECTED)
    bot.pass_time(10)
    bot.quote("2100.0", "2100.1")
    assert list(bot.live()) == ["entry-2"]


def test_ceiling_ends_the_run_and_keeps_the_closes() -> None:
    bot = a_bot(stop_price="2100", stop_price_mode="ceiling")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("2099.9", "2100.0")
    assert "1 closes stay open" in bot.halted
    assert bot.cancelled == []


def test_requested_stop_cancels_the_entry_and_keeps_the_closes() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.004")
    bot.stop()
    assert bot.cancelled == ["entry-1"]
    bot.fill("entry-1", "0.002")
    bot.cancel_done("entry-1")
    assert bot.covered() == bot.position == D("0.006")


def test_requested_stop_cancels_the_closes_where_configured() -> None:
    bot = a_bot(exit_open_orders="cancel")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.stop()
    assert bot.cancelled == ["close-1"]
    bot.cancel_done("close-1")
    assert bot.live() == {}
    bot.restart()
    assert bot.covered() == bot.position


def test_losing_cycle_is_closed_at_market() -> None:
    bot = a_bot(stop_loss_pct="1", grid_step="5")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1979.9", "1980.0")
    assert bot.cancelled == []
    bot.quote("1979.8", "1979.9")
    assert bot.cancelled == ["close-1"]
    bot.cancel_done("close-1")
    assert (bot.sent[-1].order_type, bot.sent[-1].quantity) == (OrderType.MARKET, D("0.01"))


def test_a_far_order_where_a_side_of_the_book_is_gone_is_no_loss() -> None:
    bot = a_bot(stop_loss_pct="1", grid_step="5")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.quote("1600.0", "2000.0")
    assert bot.cancelled == []
    bot.quote("1600.0", "1979.8")  # the other side has followed
    assert bot.cancelled == ["close-1"]


def test_old_cycle_is_closed_at_market_by_time_alone() -> None:
    bot = a_bot(position_timeout_minutes=5, recovery_mode="aggressive")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.pass_time(299)
    assert bot.cancelled == []
    bot.pass_time(1)
    assert bot.cancelled == ["close-1"]


def test_hedging_needs_a_second_venue() -> None:
    with pytest.raises(ParameterError, match="recovery_mode: hedge needs a second venue"):
        a_bot(recovery_mode="hedge", stop_loss_pct="1")


def test_late_fill_of_an_ended_entry_is_covered() -> None:
    bot = a_bot(quantity="1.0")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1", "0.4")
    bot.end("entry-1", OrderStatus.CANCELED)
    bot.fill("entry-1", "0.1")
    assert bot.covered() == bot.position == D("0.5")


def test_late_fill_of_an_ended_close_frees_its_cover() -> None:
    bot = a_bot(quantity="1.0")
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    bot.end("close-1", OrderStatus.CANCELED)
    bot.fill("close-1", "0.3")
    bot.cancel_done("close-2")
    assert bot.covered() == bot.position == D("0.7")
