"""The second liquidity: levels that the market owns, a recording or a synthetic maker."""

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
