"""The second liquidity: levels that the market owns, a recording or a synthetic maker.

The source says what is displayed and never hears of our trades. So the engine lays over it what its
own takers have consumed, level by level, until the source next states that level: the same external
lot is never sold twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from exchange_clients.base_models import Side


class ExternalLiquidity(Protocol):
    """What the external market displays now, in ticks and lots."""

    def best_bid(self) -> int | None:
        """Return the best bid in ticks, None when there is none."""

    def best_ask(self) -> int | None:
        """Return the best ask in ticks, None when there is none."""

    def lots_at(self, side: Side, ticks: int) -> int:
        """Return the displayed lots of one price on one side of the book; 0 where none."""

    def walk(self, side: Side) -> Iterator[tuple[int, int]]:
        """Yield (ticks, lots) of one side of the book, best first, lots above zero."""


class ExternalSide:
    """One side of the external book, less what our takers have consumed of it."""

    __slots__ = ("consumed", "side", "source")

    def __init__(self, side: Side, source: ExternalLiquidity | None) -> None:
        self.side = side
        self.source = source
        self.consumed: dict[int, int] = {}

    def best(self) -> int | None:
        """Return the best price that still has lots, None when there is none."""
        if self.source is None:
            return None
        if not self.consumed:
            return self.source.best_bid() if self.side is Side.BUY else self.source.best_ask()
        return next((ticks for ticks, _ in self.levels()), None)

    def available_lots(self, ticks: int) -> int:
        """Return the lots of one price that can still be taken."""
        if self.source is None:
            return 0
        return max(self.source.lots_at(self.side, ticks) - self.consumed.get(ticks, 0), 0)

    def levels(self) -> Iterator[tuple[int, int]]:
        """Yield (ticks, available lots), best first, lots above zero."""
        if self.source is None:
            return
        for ticks, lots in self.source.walk(self.side):
            available = lots - self.consumed.get(ticks, 0)
            if available > 0:
                yield ticks, available

    def consume(self, ticks: int, lots: int) -> None:
        """Note that our own orders traded against ``lots`` of this price."""
        assert 0 < lots <= self.available_lots(ticks), f"{lots} lots are not there at {ticks}"
        self.consumed[ticks] = self.consumed.get(ticks, 0) + lots

    def refresh(self, ticks: int) -> None:
        """Forget what was consumed at a price that the source has stated anew."""
        self.consumed.pop(ticks, None)
