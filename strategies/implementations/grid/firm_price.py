"""What a market is worth at least and at most, where a side of its book is gone."""

from __future__ import annotations

from decimal import Decimal

from strategies.base_strategy import MarketData

WIDE = Decimal("0.05")
"""The spread, as a part of the mid, beyond which the mid is no price: with a side gone the best of
it may be anybody's far order, the user's own among them."""


def firm_prices(quote: MarketData) -> tuple[Decimal, Decimal]:
    """Return what the market is worth at least and at most: the mid, twice, in a sound book.

    A stop asks for the price that speaks against it, so that no order far from the market sets it
    off; where the market has really gone there, the other side of the book has followed.
    """
    mid = quote.mid_price
    if quote.best_ask - quote.best_bid <= WIDE * mid:
        return mid, mid
    return quote.best_bid, quote.best_ask
