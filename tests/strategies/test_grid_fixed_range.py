"""Fixed ranges: levels, cells, trailing, trigger, and limits on the whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import OrderResult, OrderStatus, Reason, Side
from strategies.base_strategy import ParameterError
from strategies.factory import StrategyFactory, parse_parameters
from strategies.implementations.grid.range_settings import level_prices, range_settings
from tests.strategies.grid_driver import RANGE, FakeBot, a_grid, a_market

D = Decimal


def a_bot(**parameters: object) -> FakeBot:
    return FakeBot(a_grid({**RANGE, **parameters}))


def prices(bot: FakeBot, word: str) -> list[Decimal]:
    found = [order.params.price for order in bot.live(word).values()]
    return sorted(price for price in found if price is not None)


def levels_of(**parameters: object) -> list[Decimal]:
    raw = {**RANGE, **parameters}
    values = parse_parameters(StrategyFactory.strategy_class("grid"), raw)
    return level_prices(range_settings(values), a_market())


def test_levels_are_an_equal_distance_or_percentage_apart() -> None:
    assert levels_of() == [D(1900), D(1950), D(2000), D(2050), D(2100)]
    geometric = levels_of(spacing="geometric", lower_price="1000", upper_price="1600", levels=3)
    assert geometric == [D(1000), D("1264.9"), D(1600)]


@pytest.mark.parametrize(
    ("side", "entries"),
    [
        ("long", ["1900", "1950", "2000"]),
        ("short", ["2050", "2100"]),
        ("neutral", ["1900", "1950", "2050", "2100"]),
    ],
)
def test_cells_open_on_the_passive_side_of_the_market(side: str, entries: list[str]) -> None:
    bot = a_bot(side=side)
    bot.quote("2019.9", "2020.0")
    assert prices(bot, "entry") == [D(price) for price in entries]


def test_fill_is_answered_at_the_neighbouring_level_and_pays_the_cell() -> None:
    bot = a_bot()
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    close = bot.sent[-1]
    assert (close.side, close.price, close.quantity) == (Side.SELL, D(2050), D("0.01"))
    assert close.reduce_only
    bot.fill("close-1")
    report = bot.strategy.report()
    assert (report["gross_profit"], report["cycles_completed"]) == (D("0.50"), 1)
    cycles = report["cycles"]
    assert isinstance(cycles, Sequence)
    assert list(cycles) == [
        {
            "number": 1,
            "quantity": D("0.01"),
            "entry_price": D(2000),
            "exit_price": D(2050),
            "opened_ns": bot.now_ns,
            "closed_ns": bot.now_ns,
            "gross_profit": D("0.50"),
        }
    ]
    bot.quote("2049.9", "2050.1")
    assert prices(bot, "entry") == [D(1900), D(1950), D(2000), D(2050)]


def test_short_cell_closes_a_level_below() -> None:
    bot = a_bot(side="short")
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-1")
    assert (bot.sent[-1].side, bot.sent[-1].price) == (Side.BUY, D(2000))
    bot.fill("close-1")
    assert bot.strategy.report()["gross_profit"] == D("0.50")


def test_partial_fills_share_one_close() -> None:
    bot = a_bot()
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3", "0.004")
    bot.fill("entry-3", "0.006")
    assert bot.cancelled == ["close-1"]
    bot.cancel_done("close-1")
    assert list(bot.live("close")) == ["close-2"]
    assert bot.covered() == bot.position == D("0.01")


def test_range_waits_for_its_trigger() -> None:
    bot = a_bot(trigger_price="1980")
    bot.quote("2019.9", "2020.0")
    assert bot.live() == {}
    bot.quote("1979.9", "1980.0")
    assert prices(bot, "entry") == [D(1900), D(1950)]


def test_range_follows_the_price_up_to_its_cap() -> None:
    bot = a_bot(trail_up_to="2150")
    bot.quote("2120.0", "2120.1")
    assert prices(bot, "entry") == [D(1900), D(1950), D(2000), D(2050)]
    bot.quote("2150.0", "2150.1")
    assert bot.cancelled == ["entry-1"]
    bot.cancel_done("entry-1")
    bot.quote("2150.0", "2150.1")
    assert prices(bot, "entry") == [D(1950), D(2000), D(2050), D(2100)]
    bot.quote("2250.0", "2250.1")
    assert bot.cancelled == ["entry-1"]


def test_cell_opens_again_when_the_market_turns_back() -> None:
    bot = a_bot(trail_up_to="2150")
    bot.quote("2120.0", "2120.1")
    bot.quote("2150.0", "2150.1")
    bot.quote("2110.0", "2110.1")
    bot.cancel_done("entry-1")
    bot.quote("2110.0", "2110.1")
    assert prices(bot, "entry") == [D(1900), D(1950), D(2000), D(2050)]


def test_cell_that_holds_a_position_does_not_move() -> None:
    bot = a_bot(trail_down_to="1500")
    bot.quote("2119.9", "2120.0")
    bot.fill("entry-4")
    bot.quote("1799.9", "1800.0")
    assert bot.cancelled == []


@pytest.mark.parametrize(
    ("parameters", "bid", "ask"),
    [
        ({"range_stop_loss_usd": "1"}, "1899.9", "1900.0"),
        ({"range_take_profit_usd": "0.4"}, "2040.0", "2040.1"),
        ({"stop_price": "1850"}, "1849.8", "1850.0"),
    ],
)
def test_limit_of_the_whole_range_flattens_and_halts(
    parameters: dict[str, object], bid: str, ask: str
) -> None:
    bot = a_bot(**parameters)
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    bot.quote(bid, ask)
    assert sorted(bot.cancelled) == ["close-1", "entry-1", "entry-2"]
    for key in list(bot.cancelled):
        bot.cancel_done(key)
    stop = bot.sent[-1]
    assert (stop.side, stop.quantity, stop.price, stop.reduce_only) == (
        Side.SELL,
        D("0.01"),
        None,
        True,
    )
    size = stop.quantity
    bot.outcome("stop-1", OrderResult(True, OrderStatus.FILLED, size=size, filled_size=size))
    assert bot.strategy.report()["state"] != "halted", "the answer names no price, its fill will"
    bot.fill("stop-1", price=bid)
    assert bot.halted
    assert bot.position == 0


def test_restart_places_only_what_was_never_sent() -> None:
    bot = a_bot()
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    del bot.orders["close-1"]
    bot.restart()
    bot.quote("2019.9", "2020.0")
    assert sorted(bot.live()) == ["close-2", "entry-1", "entry-2"]


def test_lost_answer_is_never_sent_again() -> None:
    bot = a_bot(levels=2)
    bot.quote("2019.9", "2020.0")
    lost = OrderResult(success=False, status=OrderStatus.PENDING, outcome_known=False)
    bot.outcome("entry-1", lost)
    bot.pass_time(100)
    bot.quote("2019.9", "2020.0")
    assert len(bot.sent) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levels": None}, "levels: is missing"),
        ({"lower_price": "2200"}, "lower_price: 2200 must be below upper_price 2100"),
        ({"levels": 40}, "levels: 40 make 39 cells, but max_orders is 25"),
        ({"side": "neutral", "stop_price": "1800"}, "stop_price: 1800 has no side"),
        ({"stop_price": "1950"}, "stop_price: 1950 must be below lower_price"),
        ({"trail_up_to": "2000"}, "trail_up_to: 2000 must be above upper_price"),
        ({"lower_price": "2099.8", "levels": 5}, "levels: 5 are closer than the tick 0.1"),
    ],
)
def test_range_that_makes_no_sense_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        a_grid({**RANGE, **changes})


Step = tuple[str, int, int]
steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(
        st.sampled_from(["quote", "quote", "fill", "fill", "part", "end", "refuse", "time"]),
        st.integers(0, 9),
        st.integers(-400, 400),
    ),
    min_size=20,
    max_size=60,
)
drawn = st.fixed_dictionaries(
    {
        "side": st.sampled_from(["long", "short", "neutral"]),
        "trail_up_to": st.sampled_from([None, "2200"]),
        "trail_down_to": st.sampled_from([None, "1800"]),
        "trigger_price": st.sampled_from([None, "1990"]),
        "range_stop_loss_usd": st.sampled_from([None, "2"]),
        "range_take_profit_usd": st.sampled_from([None, "1"]),
    }
)


class Walk:
    def __init__(self, parameters: dict[str, object], *, honour_bands: bool = False) -> None:
        self.bot = FakeBot(a_grid({**RANGE, **parameters}), honour_bands=honour_bands)
        self.bid = D(2000)

    def take(self, step: Step) -> None:
        kind, index, amount = step
        bot = self.bot
        if bot.halted:
            return
        live = list(bot.live())
        if kind == "quote":
            self.bid += amount * D("0.1")
            bot.quote(self.bid, self.bid + D("0.1"))
        elif kind == "time":
            bot.pass_time(abs(amount) / 20)
        elif live:
            key = live[index % len(live)]
            order = bot.orders[key]
            price = None if order.params.price is not None else self.bid
            if kind == "fill":
                bot.fill(key, None, price)
            elif kind == "part":
                bot.fill(key, min(order.remaining, D("0.003")), price)
            elif kind == "end" or order.filled:
                bot.end(key, OrderStatus.CANCELED)
            else:
                bot.refuse(key, Reason.POST_ONLY_WOULD_CROSS)


@settings(deadline=None, derandomize=True, max_examples=80)
@given(drawn, steps)
def test_no_level_ever_has_two_entries_or_two_closes(
    parameters: dict[str, object], path: list[Step]
) -> None:
    walk = Walk(parameters)
    for step in path:
        walk.take(step)
        for word in ("entry", "close"):
            per_side = [(o.params.side, o.params.price) for o in walk.bot.live(word).values()]
            assert len(per_side) == len(dict.fromkeys(per_side))
        assert walk.bot.strategy.report()["position"] == walk.bot.position
        assert walk.bot.strategy.report()["cash"] == walk.bot.cash


@settings(deadline=None, derandomize=True, max_examples=100)
@given(drawn, steps)
def test_skipping_quotes_inside_the_band_changes_no_decision(
    parameters: dict[str, object], path: list[Step]
) -> None:
    every, banded = Walk(parameters), Walk(parameters, honour_bands=True)
    for step in path:
        every.take(step)
        banded.take(step)
        assert banded.bot.decisions == every.bot.decisions


@settings(deadline=None, derandomize=True, max_examples=60)
@given(drawn, steps, st.integers(0, 40))
def test_a_restart_anywhere_keeps_position_and_cover(
    parameters: dict[str, object], path: list[Step], cut: int
) -> None:
    walk = Walk(parameters)
    for step in path[:cut]:
        walk.take(step)
    json.dumps(walk.bot.strategy.state_dict())
    walk.bot.restart()
    for step in path[cut:]:
        walk.take(step)
        assert walk.bot.strategy.report()["position"] == walk.bot.position


def test_a_neutral_range_closes_what_it_holds_before_it_opens_the_other_way() -> None:
    """Its account has one position, and refuses closes of both ways at once."""
    bot = a_bot(side="neutral")
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")  # sold at 2050
    bot.end("close-1", OrderStatus.CANCELED)  # no close rests while the price runs through
    bot.fill("entry-2")  # bought at 1950
    assert bot.position == 0
    bot.pass_time(100)
    assert bot.live("close") == {}
    assert bot.strategy.report()["position"] == 0
    bot.fill("entry-1")
    assert [order.remaining for order in bot.live("close").values()] == [bot.position]
