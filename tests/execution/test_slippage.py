"""Slippage is signed: above zero is worse for us, whichever way we trade."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import Side
from execution.slippage import SlippageCalculator

D = Decimal
SLIPPAGE = SlippageCalculator()


@pytest.mark.parametrize(
    ("side", "price", "bps"),
    [
        (Side.BUY, "100.1", "10"),
        (Side.BUY, "99.9", "-10"),
        (Side.SELL, "99.9", "10"),
        (Side.SELL, "100.1", "-10"),
        (Side.SELL, "100", "0"),
    ],
)
def test_worse_is_above_zero_and_better_below(side: Side, price: str, bps: str) -> None:
    assert SLIPPAGE.bps(side, D(100), D(price)) == D(bps)


def test_the_cost_is_in_usd_for_the_whole_size() -> None:
    assert SLIPPAGE.cost_usd(Side.SELL, D(100), D("99.8"), D(10)) == D(2)
    assert SLIPPAGE.cost_usd(Side.BUY, D(100), D("99.8"), D(10)) == D(-2)


def test_the_average_is_weighted_by_size_and_unknown_without_any() -> None:
    assert SLIPPAGE.average_price([(D(100), D(1)), (D(103), D(2))]) == D(102)
    assert SLIPPAGE.average_price([(D(100), D("0.5"))]) == D(100)
    assert SLIPPAGE.average_price([]) is None


def test_a_reference_must_be_a_price() -> None:
    with pytest.raises(ValueError, match="reference price must be above zero, got 0"):
        SLIPPAGE.bps(Side.BUY, D(0), D(1))
    with pytest.raises(ValueError, match="reference price must be above zero, got -1"):
        SLIPPAGE.cost_usd(Side.BUY, D(-1), D(1), D(1))
    with pytest.raises(ValueError, match="reference price must be above zero, got 0"):
        SLIPPAGE.worst_price(Side.BUY, D(0), D(1))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    side=st.sampled_from(Side),
    cents=st.integers(1, 10_000_000),
    max_bps=st.integers(1, 5000),
)
def test_the_worst_price_slips_by_exactly_what_is_allowed(
    side: Side, cents: int, max_bps: int
) -> None:
    reference = D(cents) / 100
    worst = SLIPPAGE.worst_price(side, reference, D(max_bps))
    assert abs(SLIPPAGE.bps(side, reference, worst) - max_bps) < D("1e-15")
