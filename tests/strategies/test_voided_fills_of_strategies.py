"""What a strategy does where its venue voids a fill: its books go back by it, once."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import Fill, Side
from execution.readings import FillVoided
from strategies.implementations.funding_arbitrage.state import PairStatus
from strategies.implementations.grid.state import GridState
from tests.strategies.arbitrage_stage import Stage, fill
from tests.strategies.grid_driver import RANGE, FakeBot, a_bot, a_grid, a_hedging_bot

D = Decimal


def void(bot: FakeBot, key: str, times: int = 1) -> Fill:
    """Let the venue take back all that an order has filled, and tell it so often."""
    order = bot.orders[key]
    price = order.params.price
    assert price is not None
    reversing = bot.trade(order, order.filled, price).taken_back(bot.now_ns)
    bot.position += reversing.side.sign * reversing.size
    bot.cash -= reversing.side.sign * reversing.size * price
    for _ in range(times):
        bot.tell(FillVoided(key, reversing, bot.now_ns))
    return reversing


def open_ended(bot: FakeBot) -> None:
    """Confirm every cancel of a close that is under way."""
    for key in bot.live("close"):
        if key in bot.cancelled:
            bot.cancel_done(key)


def test_a_voided_entry_is_held_no_more_and_its_close_is_withdrawn() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    void(bot, "entry-1", times=2)
    assert bot.cancelled == ["close-1"]
    open_ended(bot)
    assert bot.strategy.report()["held"] == bot.position == 0
    assert bot.live("close") == {}
    assert bot.strategy.report()["gross_profit"] == 0


def test_of_several_entries_the_close_of_the_voided_one_is_withdrawn() -> None:
    bot = a_bot(max_orders=12)
    for number, ask in ((1, "2000.0"), (2, "1990.0")):
        bot.quote(D(ask) - D("0.1"), ask)
        bot.fill(f"entry-{number}")
        bot.pass_time(1)
    void(bot, "entry-1")
    assert bot.cancelled == ["close-1"]
    open_ended(bot)
    assert bot.strategy.report()["held"] == bot.position == bot.covered()
    assert list(bot.live("close")) == ["close-2"]


def test_a_voided_close_is_held_again_and_closed_again_for_as_much_profit() -> None:
    bot = a_bot()
    bot.quote("1999.9", "2000.0")
    bot.fill("entry-1")
    target = bot.orders["close-1"].params.price
    bot.fill("close-1")
    profit = bot.strategy.report()["gross_profit"]
    void(bot, "close-1", times=2)
    (order,) = bot.live("close").values()
    assert bot.covered() == bot.position == bot.strategy.report()["held"]
    assert abs(order.params.price - target) <= D("0.1")  # type: ignore[operator]  # both are limits
    bot.fill(order.params.key)
    assert bot.strategy.report()["held"] == bot.position == 0
    assert bot.strategy.report()["gross_profit"] == bot.cash
    assert abs(bot.cash - profit) <= D("0.001")  # type: ignore[operator]  # a tick at most


def test_what_a_voided_entry_has_still_to_give_up_takes_what_a_voided_close_has_left() -> None:
    bot = a_bot(max_orders=12)
    for number, ask in ((1, "2000.0"), (2, "1990.0")):
        bot.quote(D(ask) - D("0.1"), ask)
        bot.fill(f"entry-{number}")
        bot.pass_time(1)
    bot.fill("close-1")
    void(bot, "entry-2")
    assert bot.cancelled == ["close-2"]
    void(bot, "close-1")
    assert bot.strategy.report()["held"] == bot.position == D("0.01")
    open_ended(bot)
    assert bot.covered() == bot.position


def test_a_voided_hedge_is_missing_again() -> None:
    bot = a_hedging_bot()
    state = bot.strategy.machine.state
    assert isinstance(state, GridState)
    state.hedge.held = D("0.01")
    hedge = fill("7", Side.SELL, "0.01", "2000").taken_back(bot.now_ns)
    bot.tell(FillVoided("hedge-1", hedge, bot.now_ns))
    assert state.hedge.held == 0


def test_a_cell_whose_entry_was_voided_holds_nothing_and_opens_again() -> None:
    bot = FakeBot(a_grid(RANGE))
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    void(bot, "entry-3", times=2)
    assert bot.cancelled == ["close-1"]
    open_ended(bot)
    report = bot.strategy.report()
    assert (report["held"], report["cash"], report["cycles_completed"]) == (0, 0, 0)
    assert bot.live("close") == {}
    bot.quote("2019.9", "2020.0")
    assert len(bot.live("entry")) == 3


def test_a_cell_whose_close_was_voided_holds_again_and_is_closed_at_its_level() -> None:
    bot = FakeBot(a_grid(RANGE))
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    bot.fill("close-1")
    bot.quote("2019.9", "2020.0")
    (entry,) = [key for key, each in bot.live("entry").items() if each.params.price == D(2000)]
    void(bot, "close-1", times=2)
    assert bot.cancelled == [entry], "a cell that holds has no entry"
    (close,) = bot.live("close").values()
    assert (close.params.price, close.params.quantity) == (D(2050), D("0.01"))
    bot.cancel_done(entry)
    assert bot.covered() == bot.position == bot.strategy.report()["held"]
    bot.fill(close.params.key)
    report = bot.strategy.report()
    assert (report["held"], report["cycles_completed"]) == (0, 1)
    assert report["gross_profit"] == report["cash"] == D("0.50")


@pytest.mark.parametrize("kind", ["one-sided", "range"])
def test_what_was_taken_back_is_remembered_over_a_restart(kind: str) -> None:
    bot = a_bot() if kind == "one-sided" else FakeBot(a_grid(RANGE))
    bot.quote("2019.9", "2020.0")
    key = next(iter(bot.live("entry")))
    bot.fill(key)
    reversing = void(bot, key)
    bot.restart()
    bot.tell(FillVoided(key, reversing, bot.now_ns))
    open_ended(bot)
    assert bot.strategy.report()["held"] == 0


def test_a_pair_that_lost_a_fill_is_read_anew_and_evened() -> None:
    stage = Stage()
    pair = stage.opened()
    lost = replace(fill("t1", pair.long.side, str(pair.long.target), "2000"))
    stage.held["low"] = D(0)
    reversing = lost.taken_back(stage.now_ns)
    for _ in range(2):
        stage.tell(FillVoided(f"{pair.key}-entry-1", reversing, stage.now_ns))
    assert pair.long.ledger.quantity == 0
    assert pair.status is PairStatus.OPEN
    (order,) = stage.survey(0.1).orders
    assert (order.venue, order.reduce_only, order.quantity) == ("high", True, pair.short.target)


def test_a_pair_that_had_ended_closes_what_a_voided_close_has_left() -> None:
    stage = Stage()
    pair = stage.opened()
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    result = stage.survey(30)
    (order,) = result.legs or stage.survey(30).legs
    stage.execute(order)
    stage.survey()
    assert stage.status() is PairStatus.CLOSED
    size = pair.long.target
    closing = fill("t9", pair.long.side.opposite, str(size), "2000")
    stage.held["low"] = size
    stage.tell(FillVoided(f"{order.key}-entry-9", closing.taken_back(stage.now_ns), stage.now_ns))
    assert stage.status() is PairStatus.CLOSING
    (again,) = stage.survey(0.1).orders
    assert (again.venue, again.reduce_only, again.quantity) == ("low", True, size)
