"""What a grid does with more than it ordered, and with less than its venue takes a close for."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import OrderStatus, Reason, Side
from execution.adoption import AdoptedPosition, PositionsAdopted
from execution.order_params import OrderParams
from tests.strategies.grid_driver import (
    RANGE,
    VENUE,
    FakeBot,
    VenueOrder,
    a_bot,
    a_grid,
    a_market,
)

D = Decimal


def a_range() -> FakeBot:
    """Return a range whose cells below the market have their entries."""
    bot = FakeBot(a_grid(RANGE))
    bot.quote("2019.9", "2020.0")
    return bot


def fill_beyond(bot: FakeBot, key: str, extra: str) -> None:
    """Let all of an order be told at once, with what its venue filled beyond it."""
    order = bot.orders[key]
    part = order.remaining + D(extra)
    order.filled += part
    bot.position += order.params.side.sign * part
    bot.end(key, OrderStatus.FILLED)


def test_what_an_entry_was_filled_beyond_its_size_is_held_and_covered() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    size = bot.orders["entry-1"].params.quantity
    fill_beyond(bot, "entry-1", "0.001")
    assert bot.strategy.report()["held"] == bot.covered() == bot.position == size + D("0.001")


def test_what_is_told_of_an_entry_beyond_its_size_after_its_end_is_covered_as_well() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    fill_beyond(bot, "entry-1", "0.001")
    assert bot.strategy.report()["held"] == bot.covered() == bot.position


def test_what_a_close_was_filled_beyond_its_size_is_taken_of_another_one() -> None:
    bot = a_bot()
    for bid, ask in (("1999.9", "2000.0"), ("1979.9", "1980.0")):
        bot.pass_time(600)
        bot.quote(bid, ask)
        bot.fill(next(iter(bot.live("entry"))))
    assert len(bot.live("close")) == 2
    fill_beyond(bot, "close-1", "0.001")
    for key in bot.cancelled:
        bot.cancel_done(key)
    assert bot.strategy.report()["held"] == bot.covered() == bot.position


def test_a_position_may_be_taken_over_that_a_close_has_taken_already() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    fill_beyond(bot, "close-1", "0.001")
    order = VenueOrder(OrderParams(Side.BUY, D("0.001"), key="by-hand"))
    taken = AdoptedPosition(VENUE, a_market(), bot.trade(order, D("0.001"), D(2000)))
    bot.tell(PositionsAdopted([taken], bot.now_ns))
    assert (bot.strategy.report()["held"], bot.live("close")) == (0, {})


def test_a_cell_closes_what_its_entry_was_filled_beyond_its_size() -> None:
    bot = a_range()
    fill_beyond(bot, "entry-3", "0.001")
    assert [each.remaining for each in bot.live("close").values()] == [D("0.011")]
    assert bot.strategy.report()["position"] == bot.position == D("0.011")


def test_what_closes_a_cell_and_more_is_taken_of_another_cell() -> None:
    bot = a_range()
    bot.fill("entry-3")
    bot.fill("entry-2")
    fill_beyond(bot, "close-1", "0.001")
    for key in bot.cancelled:
        bot.cancel_done(key)
    assert [each.remaining for each in bot.live("close").values()] == [D("0.009")]
    assert bot.strategy.report()["position"] == bot.position == D("0.009")


def test_a_close_that_is_too_small_for_its_venue_waits_for_the_next_fill_of_its_cell() -> None:
    bot = a_range()
    bot.fill("entry-3", "0.004")
    bot.end("entry-3", OrderStatus.CANCELED)
    bot.refuse("close-1", Reason.BELOW_MINIMUM)
    bot.pass_time(100)
    assert bot.live("close") == {}
    bot.quote("2019.9", "2020.0")
    (entry,) = [key for key, each in bot.live("entry").items() if each.params.price == D(2000)]
    bot.fill(entry)
    assert [each.remaining for each in bot.live("close").values()] == [D("0.014")]
