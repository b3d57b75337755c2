"""What a market is worth at least and at most, where a side of its book is gone.

The mid is no price then: the best of that side may be anybody's far order, the user's own too.
"""

from __future__ import annotations

from decimal import Decimal

from execution.fair_books import WIDE
from strategies.base_strategy import MarketData


def firm_prices(quote: MarketData) -> tuple[Decimal, Decimal]:
    """Return what the market is worth at least and at most: the mid, twice, in a sound book.

    A stop asks for the price that speaks against it, so that no order far from the market sets it
    off; where the market has really gone there, the other side of the book has followed.
    """
    mid = quote.mid_price
    return (quote.best_bid, quote.best_ask) if is_wide(quote) else (mid, mid)


def firm_exit(quote: MarketData, *, buying: bool) -> Decimal:
    """Return the price at which what was bought, or sold, could be closed now.

    It is the touch of a sound book. Where a side is gone, it is the other one's: a loss by a far
    order is none yet.
    """
    return quote.best_bid if buying is not is_wide(quote) else quote.best_ask


def is_wide(quote: MarketData) -> bool:
    """Tell whether a side of the book seems to be gone."""
    return quote.best_ask - quote.best_bid > WIDE * quote.mid_price
