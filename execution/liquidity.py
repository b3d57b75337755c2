"""What an order would cost if it took the book as it stands: the walk over its levels.

The best price is where an order begins; each level is used up before the next one. Sums are exact
Decimals; the average and the slippage are divided once, at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, Level


@dataclass(frozen=True, slots=True)
class BookWalk:
    """What an order of a given notional would do to one side of a book."""

    levels_used: int
    size: Decimal
    """In base units."""
    average_price: Decimal
    """USD for each unit."""
    slippage: Decimal
    """How much worse the average is than the best price, as a fraction of the best price."""


@dataclass(frozen=True, slots=True)
class InsufficientDepth:
    """The side of the book that is shown is worth less than the order."""

    available: Decimal
    """Notional of all levels (USD); zero for an empty side."""


def walk_book(levels: Iterable[Level], notional: Decimal) -> BookWalk | InsufficientDepth:
    """Walk one side of a book until ``notional`` (USD) is reached.

    Asks are walked for a buy, bids for a sell. Rounding to the market's step is left to whoever
    places the order.

    Args:
        levels: Best price first, sizes in base units.
        notional: Above zero, in USD.

    >>> # asks 100 x 5, 100.1 x 3, 100.2 x 10; 1,000 USD -> 3 levels, 9.993014 units at 100.069909
    """
    if notional <= 0:
        raise ValueError(f"notional must be positive, got {notional}")
    best, size, value = ZERO, ZERO, ZERO
    for used, level in enumerate(levels, 1):
        best = best or level.price
        missing, worth = notional - value, level.price * level.size
        if worth >= missing:
            size += missing / level.price
            average = notional / size
            return BookWalk(used, size, average, abs(average - best) / best)
        size += level.size
        value += worth
    return InsufficientDepth(value)
