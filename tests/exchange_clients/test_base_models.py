from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import (
    ContractId,
    DepthView,
    Fill,
    Level,
    LeverageInfo,
    Market,
    NewOrder,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Rounding,
    Side,
    Symbol,
    VenueOrderId,
    round_to_increment,
)

INCREMENTS = st.sampled_from([Decimal(text) for text in ("0.00001", "0.01", "0.25", "0.5", "5")])
AMOUNTS = st.decimals("0.00001", "1000000", places=6)


def market(tick: str = "0.5", step: str = "0.001", **more: Decimal) -> Market:
    return Market(
        symbol=Symbol("BTC"),
        contract_id=ContractId("BTC-PERP"),
        tick=Decimal(tick),
        step=Decimal(step),
        **more,
    )


@pytest.mark.parametrize(
    ("price", "tick", "side", "rounded"),
    [
        ("62000.3", "0.5", Side.SELL, "62000.5"),
        ("62000.3", "0.5", Side.BUY, "62000.0"),
        ("10.13", "0.25", Side.SELL, "10.25"),
        ("10.13", "0.25", Side.BUY, "10.00"),
        ("62003", "5", Side.SELL, "62005"),
        ("62003", "5", Side.BUY, "62000"),
        ("0.0105", "0.001", Side.SELL, "0.011"),
    ],
)
def test_a_price_is_rounded_in_the_users_favour_on_any_tick(
    price: str, tick: str, side: Side, rounded: str
) -> None:
    assert market(tick).round_price(Decimal(price), side) == Decimal(rounded)


@pytest.mark.parametrize(
    ("price", "tick", "nearest"),
    [("62000.3", "0.5", "62000.5"), ("10.1", "0.25", "10.0"), ("62003", "5", "62005")],
)
def test_the_nearest_tick_is_found_on_any_grid(price: str, tick: str, nearest: str) -> None:
    assert market(tick).nearest_tick(Decimal(price)) == Decimal(nearest)


@given(value=AMOUNTS, increment=INCREMENTS)
@settings(deadline=None, derandomize=True, max_examples=200)
def test_rounding_lands_on_the_grid_within_one_increment(
    value: Decimal, increment: Decimal
) -> None:
    down = round_to_increment(value, increment, Rounding.DOWN)
    up = round_to_increment(value, increment, Rounding.UP)
    assert down <= value <= up
    assert up - down in (0, increment)
    assert down % increment == up % increment == 0
    assert round_to_increment(value, increment, Rounding.NEAREST) in (down, up)


@given(size=AMOUNTS, step=INCREMENTS)
@settings(deadline=None, derandomize=True, max_examples=100)
def test_rounding_never_increases_a_size(size: Decimal, step: Decimal) -> None:
    assert market(step=str(step)).round_size(size) <= size


@given(price=AMOUNTS, step=INCREMENTS, notional=AMOUNTS)
@settings(deadline=None, derandomize=True, max_examples=100)
def test_the_smallest_size_meets_both_minimums_and_lies_on_the_step(
    price: Decimal, step: Decimal, notional: Decimal
) -> None:
    listed = market(step=str(step), min_notional=notional, min_size=Decimal("0.02"))
    size = listed.smallest_size(price)
    assert size % step == 0
    assert size >= listed.min_size
    assert size * price > notional * (1 - Decimal("1e-20"))


def test_an_increment_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="increment must be positive, got 0"):
        round_to_increment(Decimal(1), Decimal(0), Rounding.UP)
    with pytest.raises(AssertionError, match="tick of BTC-PERP must be positive"):
        market(tick="0")


def test_a_side_is_understood_in_any_letter_case() -> None:
    assert [Side(word) for word in ("buy", "BUY", "Sell")] == [Side.BUY, Side.BUY, Side.SELL]
    with pytest.raises(ValueError, match="is not a valid Side"):
        Side("Hold")
    assert (Side.BUY.opposite, Side.SELL.sign) == (Side.SELL, -1)


def test_depth_is_read_by_word_and_by_attribute() -> None:
    level = Level(Decimal(100), Decimal(2))
    view = DepthView(bids=[level], asks=[])
    assert view["bids"] == view.bids == [(Decimal(100), Decimal(2))]
    assert (level["price"], level.size, level[1]) == (Decimal(100), Decimal(2), Decimal(2))
    assert view.asks == []


def test_leverage_is_read_by_word_and_by_attribute() -> None:
    info = LeverageInfo(Decimal(50), None, Decimal("0.02"))
    assert (info["max_leverage"], info.margin_requirement) == (Decimal(50), Decimal("0.02"))
    with pytest.raises(KeyError):
        info["maximum"]


@pytest.mark.parametrize("kind", [Fill, NewOrder, OrderInfo, OrderResult, Market])
def test_values_are_frozen_and_their_money_is_decimal(kind: type) -> None:
    parameters = vars(kind)["__dataclass_params__"]
    money = {"price", "size", "filled_size", "average_price", "fee", "tick", "step"}
    declared = {field.name: str(field.type) for field in dataclasses.fields(kind)}
    assert parameters.frozen
    assert {declared[name].split(" ")[0] for name in money & set(declared)} == {"Decimal"}


def test_money_that_is_not_said_is_a_decimal_zero_or_nothing() -> None:
    result = OrderResult(success=True, status=OrderStatus.OPEN)
    assert (result.size, result.filled_size, result.price) == (Decimal(0), Decimal(0), None)
    assert isinstance(result.filled_size, Decimal)


@pytest.mark.parametrize(
    ("status", "remaining"), [(OrderStatus.OPEN, "0.6"), (OrderStatus.CANCELED, "0")]
)
def test_what_remains_of_an_order_is_what_could_still_trade(
    status: OrderStatus, remaining: str
) -> None:
    info = OrderInfo(
        order_id=VenueOrderId("1"),
        client_order_id=None,
        contract_id=ContractId("BTC-PERP"),
        side=Side.BUY,
        size=Decimal(1),
        price=Decimal(100),
        status=status,
        filled_size=Decimal("0.4"),
    )
    assert info.remaining_size == Decimal(remaining)
