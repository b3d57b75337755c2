"""What taking a quantity from a book costs against its mid price, fee included."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import ZERO, DepthView, Level, Side


def taken_side(book: DepthView, side: Side) -> Sequence[Level]:
    """Return the levels that an order of ``side`` takes, best first."""
    return book.asks if side is Side.BUY else book.bids


def mid_price(book: DepthView) -> Decimal | None:
    """Return the mid price (USD); None where a side is empty."""
    if not book.bids or not book.asks:
        return None
    return (book.bids[0].price + book.asks[0].price) / 2


def taking_cost(
    book: DepthView | None,
    side: Side,
    quantity: Decimal,
    taker_fee: Decimal,
    worst_price: Decimal | None = None,
) -> Decimal | None:
    """Return what it costs (USD) to trade ``quantity`` base units at once.

    The cost is the distance to the mid price of all that is traded, and the fee on its notional;
    None where the book is not known, lacks a side, or shows too little up to ``worst_price``.
    """
    if quantity <= 0:
        return ZERO
    mid = None if book is None else mid_price(book)
    if book is None or mid is None:
        return None
    missing, cost = quantity, ZERO
    for level in taken_side(book, side):
        if worst_price is not None and (level.price - worst_price) * side.sign > 0:
            return None
        size = min(missing, level.size)
        cost += size * (abs(level.price - mid) + level.price * taker_fee)
        missing -= size
        if missing <= 0:
            return cost
    return None
