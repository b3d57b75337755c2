"""Levels of an order book as they leave it: exact, best first."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Level(NamedTuple):
    """One price level; ``level["price"]`` and ``level.price`` are the same."""

    price: Decimal
    size: Decimal

    def __getitem__(self, key: object) -> Decimal:  # type: ignore[override]  # also by word
        """Answer to a position or to a field's name."""
        index = self._fields.index(key) if isinstance(key, str) else key
        value = tuple.__getitem__(self, index)  # type: ignore[call-overload]  # int or error
        assert isinstance(value, Decimal)
        return value


class DepthView(dict[str, list[Level]]):
    """Bids (best first, descending) and asks (best first, ascending), by word or attribute."""

    @property
    def bids(self) -> list[Level]:
        """Buy levels, highest price first."""
        return self["bids"]

    @property
    def asks(self) -> list[Level]:
        """Sell levels, lowest price first."""
        return self["asks"]
