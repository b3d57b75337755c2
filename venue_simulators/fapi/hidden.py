"""The books as the public sees them: without what hidden orders offer.

The world's books hold every resting order. What is hidden is taken off a level when it is told; a
hidden order that comes or goes leaves its level as it was, which is told once more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import ZERO, ContractId, Side
from venue_simulators.world import World

Level: TypeAlias = tuple[Decimal, Decimal]
HiddenSizes: TypeAlias = Callable[[ContractId, Side], dict[Decimal, Decimal]]
"""Returns the size that is hidden at each price."""


class Shown:
    """Reads a world's books for the public.

    Args:
        world: The truth.
        hidden: What to leave out.
    """

    def __init__(self, world: World, hidden: HiddenSizes) -> None:
        self._world = world
        self._hidden = hidden

    def depth(
        self, contract_id: ContractId, limit: int | None
    ) -> tuple[list[Level], list[Level], int]:
        """Return bids, asks, best first, and the number of the last update."""
        bids_hidden = self._hidden(contract_id, Side.BUY)
        asks_hidden = self._hidden(contract_id, Side.SELL)
        extra = len(bids_hidden) + len(asks_hidden)
        view, number = self._world.depth(contract_id, None if limit is None else limit + extra)
        bids, asks = (
            [(price, size) for price, size in without(rows, hidden) if size][:limit]
            for rows, hidden in ((view.bids, bids_hidden), (view.asks, asks_hidden))
        )
        return bids, asks, number

    def best(self, contract_id: ContractId) -> tuple[Level | None, Level | None, int]:
        """Return the best bid and ask, and the number of the last update."""
        if not self._hidden(contract_id, Side.BUY) and not self._hidden(contract_id, Side.SELL):
            return self._world.best(contract_id)
        bids, asks, number = self.depth(contract_id, 1)
        return next(iter(bids), None), next(iter(asks), None), number

    def change(self, contract_id: ContractId, side: Side, rows: Sequence[Level]) -> list[Level]:
        """Return changed levels as the public is told of them."""
        return without(rows, self._hidden(contract_id, side))


def without(rows: Sequence[Level], hidden: dict[Decimal, Decimal]) -> list[Level]:
    """Return levels less what is hidden at their prices, none below zero."""
    if not hidden:
        return [(price, size) for price, size in rows]
    return [(price, max(size - hidden.get(price, ZERO), ZERO)) for price, size in rows]
