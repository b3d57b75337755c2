"""Prices at the touch, inside the spread and through it: on the tick, never against the user."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import ContractId, Market, Side, Symbol
from execution.order_prices import Quote, inside_price, through_price, touch_price, within

D = Decimal
TENTHS = Market(Symbol("BTC"), ContractId("BTC"), tick=D("0.1"), step=D("0.001"))
WIDE = Quote(D(10_000), D(10_010))
NARROW = Quote(D(10_000), D("10000.1"))


@pytest.mark.parametrize(
    ("quote", "side", "touch", "inside", "through"),
    [
        (WIDE, Side.BUY, "10001.0", "10005.0", "10011.0"),
        (WIDE, Side.SELL, "10009.0", "10005.0", "9999.0"),
        (NARROW, Side.BUY, "10000.0", "10000.0", "10001.1"),
        (NARROW, Side.SELL, "10000.1", "10000.1", "9999.0"),
    ],
)
def test_each_step_gives_more_to_get_the_trade(
    quote: Quote, side: Side, touch: str, inside: str, through: str
) -> None:
    assert touch_price(quote, side, TENTHS, D(1)) == D(touch)
    assert inside_price(quote, side, TENTHS) == D(inside)
    assert through_price(quote, side, TENTHS, D(1)) == D(through)


def test_the_spread_is_told_of_the_mid() -> None:
    assert (WIDE.mid, round(WIDE.spread_bps, 4)) == (D(10_005), D("9.9950"))


def test_through_is_at_least_a_tick() -> None:
    assert through_price(WIDE, Side.BUY, TENTHS, D(0)) == D("10010.1")
    assert through_price(WIDE, Side.SELL, TENTHS, D(0)) == D("9999.9")


def test_a_bound_holds_a_price_back_on_the_worse_side_only() -> None:
    assert within(D(101), D(100), Side.BUY) == 100
    assert within(D(99), D(100), Side.BUY) == 99
    assert within(D(99), D(100), Side.SELL) == 100
    assert within(D(101), D(100), Side.SELL) == 101
    assert within(D(101), None, Side.BUY) == 101


TICKS = st.integers(1, 100_000)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(side=st.sampled_from(Side), bid=TICKS, spread=st.integers(1, 5000), bps=st.integers(0, 500))
def test_resting_prices_lie_on_the_tick_between_the_touch_and_the_other_side(
    side: Side, bid: int, spread: int, bps: int
) -> None:
    quote = Quote(bid * TENTHS.tick, (bid + spread) * TENTHS.tick)
    for price in (touch_price(quote, side, TENTHS, D(bps)), inside_price(quote, side, TENTHS)):
        assert price % TENTHS.tick == 0
        assert side.sign * (price - quote.own(side)) >= 0
        assert side.sign * (quote.other(side) - price) > 0
    through = through_price(quote, side, TENTHS, D(bps))
    assert through % TENTHS.tick == 0
    assert side.sign * (through - quote.other(side)) >= TENTHS.tick
