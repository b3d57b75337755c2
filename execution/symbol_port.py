"""One venue as far as a single symbol is to become flat there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from exchange_clients.base_models import ContractId
from execution.flatten import Exposure, FlattenPort, OwnOrder
from helpers.risk_values import HeldPosition


@dataclass(frozen=True, slots=True)
class SymbolPort:
    """What is ours of one symbol at a venue; everything else is left as it is."""

    port: FlattenPort
    means: Callable[[ContractId], bool]
    """Whether a contract is of the symbol."""

    @property
    def venue(self) -> str:
        """As people name it."""
        return self.port.venue

    async def read(self) -> Exposure:
        """Return the part that is of the symbol."""
        exposure = await self.port.read()
        return Exposure(
            tuple(each for each in exposure.orders if self.means(each.contract_id)),
            tuple(each for each in exposure.positions if self.means(each.contract_id)),
        )

    async def cancel(self, orders: Sequence[OwnOrder]) -> str:
        """Cancel orders."""
        return await self.port.cancel(orders)

    async def close(self, positions: Sequence[HeldPosition]) -> str:
        """Close positions."""
        return await self.port.close(positions)
