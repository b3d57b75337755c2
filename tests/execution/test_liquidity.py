"""The walk over a book: exact sums, and too little depth is said instead of guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import Level
from execution.liquidity import BookWalk, InsufficientDepth, walk_book

ASKS = [
    Level(Decimal(100), Decimal(5)),
    Level(Decimal("100.1"), Decimal(3)),
    Level(Decimal("100.2"), Decimal(10)),
]
BIDS = [Level(Decimal(100), Decimal(5)), Level(Decimal("99.9"), Decimal(3))]
MILLIONTH = Decimal("0.000001")


def walked(levels: list[Level], notional: str) -> BookWalk:
    walk = walk_book(levels, Decimal(notional))
    assert isinstance(walk, BookWalk)
    return walk


def test_levels_are_used_up_best_first() -> None:
    walk = walked(ASKS, "1000")
    assert walk.levels_used == 3
    assert walk.size.quantize(MILLIONTH) == Decimal("9.993014")
    assert walk.average_price.quantize(MILLIONTH) == Decimal("100.069909")
    assert walk.slippage.quantize(MILLIONTH) == Decimal("0.000699")


def test_an_order_inside_the_best_level_has_no_slippage() -> None:
    assert walked(ASKS, "500") == BookWalk(1, Decimal(5), Decimal(100), Decimal(0))


def test_selling_slips_downwards_and_is_told_as_positive() -> None:
    walk = walked(BIDS, "799.7")
    assert (walk.levels_used, walk.size, walk.average_price) == (
        2,
        Decimal(8),
        Decimal("99.9625"),
    )
    assert walk.slippage == Decimal("0.000375")


@pytest.mark.parametrize(("levels", "available"), [(ASKS, Decimal("1802.3")), ([], Decimal(0))])
def test_too_little_depth_tells_what_there_is(levels: list[Level], available: Decimal) -> None:
    assert walk_book(levels, Decimal(2000)) == InsufficientDepth(available)


def test_nothing_cannot_be_walked() -> None:
    with pytest.raises(ValueError, match="notional must be positive, got 0"):
        walk_book(ASKS, Decimal(0))


LADDERS = st.lists(st.integers(1, 1000), min_size=1, max_size=8).map(
    lambda sizes: [
        Level(Decimal(100) + Decimal(number) / 10, Decimal(size) / 100)
        for number, size in enumerate(sizes)
    ]
)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(levels=LADDERS, cents=st.integers(1, 200_000))
def test_the_average_lies_between_the_best_and_the_last_price_used(
    levels: list[Level], cents: int
) -> None:
    notional = Decimal(cents) / 100
    walk = walk_book(levels, notional)
    total = sum(level.price * level.size for level in levels)
    if isinstance(walk, InsufficientDepth):
        assert walk.available == total < notional
        return
    assert total >= notional
    last = levels[walk.levels_used - 1].price
    rounding = Decimal("1e-20")
    assert levels[0].price - rounding <= walk.average_price <= last + rounding
    assert abs(walk.average_price * walk.size - notional) < rounding
