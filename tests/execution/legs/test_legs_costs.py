"""What it costs to take a quantity from a book at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import DepthView, Level, Side
from execution.legs.costs import mid_price, taking_cost

D = Decimal
BOOK = DepthView(
    bids=[Level(D(99), D(2)), Level(D(98), D(5))], asks=[Level(D(101), D(2)), Level(D(103), D(5))]
)


@pytest.mark.parametrize(
    ("side", "quantity", "fee", "worst", "cost"),
    [
        # The mid is 100: two at a distance of 1, and then of 3 or 2.
        (Side.BUY, "2", "0", None, "2"),
        (Side.BUY, "4", "0", None, "8"),
        (Side.SELL, "4", "0", None, "6"),
        (Side.BUY, "4", "0.01", None, "12.08"),  # and a hundredth of 408 USD
        (Side.SELL, "4", "0.01", None, "9.94"),
        (Side.BUY, "7", "0", None, "17"),  # all that is shown
        (Side.BUY, "7.1", "0", None, None),
        (Side.BUY, "4", "0", "103", "8"),
        (Side.BUY, "4", "0", "102", None),
        (Side.BUY, "2", "0", "102", "2"),
        (Side.SELL, "4", "0", "98", "6"),
        (Side.SELL, "4", "0", "98.5", None),
        (Side.BUY, "0", "0", None, "0"),
        (Side.BUY, "-1", "0", None, "0"),
    ],
)
def test_a_taker_pays_the_distance_to_the_mid_and_the_fee(
    side: Side, quantity: str, fee: str, worst: str | None, cost: str | None
) -> None:
    bound = None if worst is None else D(worst)
    told = taking_cost(BOOK, side, D(quantity), D(fee), bound)
    assert told == (None if cost is None else D(cost))


@pytest.mark.parametrize("side", Side)
def test_a_book_without_a_side_tells_no_cost(side: Side) -> None:
    for book in (DepthView(bids=[], asks=BOOK.asks), DepthView(bids=BOOK.bids, asks=[]), None):
        assert taking_cost(book, side, D(1), D(0)) is None
        assert taking_cost(book, side, D(0), D(0)) == 0
    assert mid_price(DepthView(bids=[], asks=BOOK.asks)) is None
    assert mid_price(DepthView(bids=BOOK.bids, asks=[])) is None
    assert mid_price(BOOK) == 100
