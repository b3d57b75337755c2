"""Rounding never moves against the user; values read by word."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import (
    ContractId,
    DepthView,
    Level,
    LeverageInfo,
    Market,
    OrderInfo,
    OrderStatus,
    OrderType,
    Rounding,
    Side,
    Symbol,
    VenueOrderId,
    round_to_increment,
)

MARKET = Market(
    symbol=Symbol("BTC"),
    contract_id=ContractId("BTC-PERP"),
    tick=Decimal("0.5"),
    step=Decimal("0.001"),
    min_size=Decimal("0.002"),
    min_notional=Decimal(5),
)
GRIDS = st.sampled_from([Decimal(text) for text in ("0.5", "0.25", "5", "0.001", "0.1", "1E-7")])
VALUES = st.decimals("0.000001", "1000000", allow_nan=False, allow_infinity=False, places=6)
PROPERTY = settings(deadline=None, derandomize=True, max_examples=200)


@pytest.mark.parametrize(
    ("tick", "price", "side", "rounded"),
    [
        ("0.5", "62000.3", Side.SELL, "62000.5"),
        ("0.25", "10.13", Side.SELL, "10.25"),
        ("0.25", "10.13", Side.BUY, "10.00"),
        ("5", "62003", Side.SELL, "62005"),
        ("5", "62003", Side.BUY, "62000"),
        ("0.01", "2000.80008", Side.SELL, "2000.81"),
    ],
)
def test_a_price_goes_to_the_tick_on_the_users_side(
    tick: str, price: str, side: Side, rounded: str
) -> None:
    """X9."""
    market = replace(MARKET, tick=Decimal(tick))
    assert market.round_price(Decimal(price), side) == Decimal(rounded)


@PROPERTY
@given(VALUES, GRIDS)
def test_a_buy_never_pays_more_and_a_sell_never_takes_less(price: Decimal, tick: Decimal) -> None:
    market = replace(MARKET, tick=tick)
    buy, sell = market.round_price(price, Side.BUY), market.round_price(price, Side.SELL)
    assert price - tick < buy <= price <= sell < price + tick
    assert buy % tick == sell % tick == 0
    assert market.round_price(buy, Side.BUY) == market.round_price(buy, Side.SELL) == buy


@PROPERTY
@given(VALUES, GRIDS)
def test_a_size_never_grows_and_loses_less_than_a_step(size: Decimal, step: Decimal) -> None:
    rounded = replace(MARKET, step=step).round_size(size)
    assert size - step < rounded <= size
    assert rounded % step == 0


@PROPERTY
@given(VALUES, GRIDS)
def test_the_nearest_tick_is_at_most_half_a_tick_away(price: Decimal, tick: Decimal) -> None:
    nearest = replace(MARKET, tick=tick).nearest_tick(price)
    assert abs(nearest - price) * 2 <= tick
    assert nearest % tick == 0


@PROPERTY
@given(VALUES, GRIDS)
def test_the_smallest_size_meets_both_minimums_and_one_step_less_does_not(
    price: Decimal, step: Decimal
) -> None:
    market = replace(MARKET, step=step)
    size = market.smallest_size(price)
    assert size >= market.min_size
    assert size % step == 0
    # The quotient by which the notional is reached has 28 digits, the product is exact.
    assert size * price >= market.min_notional * (1 - Decimal("1E-26"))
    less = size - step
    assert less < step or less < market.min_size or less * price < market.min_notional


def test_a_half_goes_to_the_even_tick() -> None:
    assert round_to_increment(Decimal("0.75"), Decimal("0.5"), Rounding.NEAREST) == Decimal("1.0")
    assert round_to_increment(Decimal("0.25"), Decimal("0.5"), Rounding.NEAREST) == Decimal("0.0")


def test_what_is_on_the_grid_stays_and_is_written_like_all_else_on_it() -> None:
    tick = Decimal("0.5")
    for price, written in (("7.5", "7.5"), ("7.50", "7.5"), ("7", "7.0"), ("7.6", "7.5")):
        assert str(round_to_increment(Decimal(price), tick, Rounding.DOWN)) == written


@pytest.mark.parametrize("increment", ["0", "-0.1"])
def test_a_grid_without_extent_is_refused(increment: str) -> None:
    with pytest.raises(ValueError, match="increment must be positive"):
        round_to_increment(Decimal(1), Decimal(increment), Rounding.DOWN)


def test_a_market_without_a_tick_or_step_cannot_be_made() -> None:
    with pytest.raises(AssertionError, match="tick of BTC-PERP must be positive"):
        replace(MARKET, tick=Decimal(0))
    with pytest.raises(AssertionError, match="step of BTC-PERP must be positive"):
        replace(MARKET, step=Decimal(-1))


def test_a_level_reads_by_word_position_and_attribute() -> None:
    level = Level(Decimal(100), Decimal(3))
    price, size = level
    assert level["price"] == level[0] == level.price == price
    assert level["size"] == level[1] == level.size == size
    with pytest.raises(ValueError, match="not in tuple"):
        level["depth"]


def test_depth_reads_by_word_and_attribute() -> None:
    bid, ask = Level(Decimal(1), Decimal(1)), Level(Decimal(2), Decimal(1))
    depth = DepthView(bids=[bid], asks=[ask])
    assert depth["bids"] == depth.bids == [bid]
    assert depth["asks"] == depth.asks == [ask]


@pytest.mark.parametrize("word", ["buy", "BUY", "Buy"])
def test_a_side_is_read_in_any_letter_case(word: str) -> None:
    assert Side(word) is Side.BUY


@pytest.mark.parametrize("word", ["", "long", "BUYS", "b"])
def test_what_is_no_side_is_refused(word: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Side"):
        Side(word)


def test_sides_are_opposite_in_word_and_sign() -> None:
    for side in Side:
        assert side.opposite.opposite is side
        assert side.sign == -side.opposite.sign
    assert Side.BUY.sign == 1


def test_four_statuses_are_terminal() -> None:
    assert [status for status in OrderStatus if status.terminal] == [
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.REJECTED,
        OrderStatus.EXPIRED,
    ]


def test_only_orders_that_wait_for_a_trigger_are_conditional() -> None:
    assert [kind for kind in OrderType if not kind.conditional] == ["limit", "market"]


def test_what_remains_of_an_order_is_never_negative_and_nothing_once_it_is_over() -> None:
    info = OrderInfo(
        order_id=VenueOrderId("v1"),
        client_order_id=None,
        contract_id=ContractId("BTC-PERP"),
        side=Side.BUY,
        size=Decimal(1),
        price=None,
        status=OrderStatus.PARTIALLY_FILLED,
        filled_size=Decimal("0.4"),
    )
    assert info.remaining_size == Decimal("0.6")
    assert replace(info, filled_size=Decimal("1.2")).remaining_size == 0
    assert replace(info, status=OrderStatus.CANCELED).remaining_size == 0


def test_leverage_answers_by_word_and_an_unknown_word_is_a_key_error() -> None:
    info = LeverageInfo(Decimal(50), None, Decimal("0.02"))
    assert info["max_leverage"] == Decimal(50)
    with pytest.raises(KeyError):
        info["leverage"]
