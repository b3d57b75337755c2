"""The resting orders of one side of the book, in price-time priority.

Prices are kept as keys, ``ticks * side.sign``, so that on either side the larger key is the better
price and the best one stands at the end of one ascending list.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from exchange_clients.base_models import Side

if TYPE_CHECKING:
    from collections.abc import Iterator

    from exchange_clients.paper.orders import EngineOrder

NO_BID = -1
"""Stands for the best bid of an empty side: below every price."""
NO_ASK = 1 << 62
"""Stands for the best ask of an empty side: above every price."""


class PriceLevel:
    """The orders at one price, oldest first, and what the external market showed there."""

    __slots__ = ("displayed_lots", "orders", "ticks", "traded_lots")

    def __init__(self, ticks: int) -> None:
        self.ticks = ticks
        self.orders: dict[int, EngineOrder] = {}
        self.displayed_lots = 0
        """External lots at this price as last stated."""
        self.traded_lots = 0
        """External lots printed at this price since then: already taken off the queue."""


class BookSide:
    """One side; ``best`` is its best price in ticks, ``NO_BID`` or ``NO_ASK`` when empty."""

    __slots__ = ("best", "empty_best", "keys", "levels", "side", "sign")

    def __init__(self, side: Side) -> None:
        self.side = side
        self.sign = side.sign
        self.empty_best = NO_BID if side is Side.BUY else NO_ASK
        self.best = self.empty_best
        self.keys: list[int] = []
        self.levels: dict[int, PriceLevel] = {}

    def open_level(self, ticks: int) -> PriceLevel:
        """Add an empty level at a price that has none; an order must follow at once."""
        level = self.levels[ticks] = PriceLevel(ticks)
        key = ticks * self.sign
        keys = self.keys
        if not keys or key > keys[-1]:
            keys.append(key)
            self.best = ticks
        else:
            insort(keys, key)
        return level

    def first(self) -> EngineOrder | None:
        """Return the order that trades next on this side."""
        if not self.keys:
            return None
        return next(iter(self.levels[self.best].orders.values()))

    def orders(self) -> Iterator[EngineOrder]:
        """Yield the resting orders in price-time priority."""
        for ticks in self.prices():
            yield from self.levels[ticks].orders.values()

    def prices(self) -> list[int]:
        """Return the prices where orders rest, best first."""
        sign = self.sign
        return [key * sign for key in reversed(self.keys)]

    def drop(self, ticks: int) -> None:
        """Remove a level that has become empty."""
        del self.levels[ticks]
        keys = self.keys
        if ticks == self.best:
            keys.pop()
            self.best = keys[-1] * self.sign if keys else self.empty_best
        else:
            del keys[bisect_left(keys, ticks * self.sign)]
