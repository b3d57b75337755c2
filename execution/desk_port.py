"""One venue of a running bot that is to become flat, by way of the bot, whose books must know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.shared.clock import Clock
from execution.bot_state import FillStore
from execution.close_out import closing_order, ours_of, owned_quantities
from execution.flatten import Exposure, OwnOrder
from execution.order_desk import OrderDesk
from execution.order_params import OrderParams
from helpers.risk_manager import held_position
from helpers.risk_values import HeldPosition

QUIET_S = 5.0
"""How long a round waits for the ends of what it asked for; what rests may forbid a close."""
POLL_S = 0.05


class Hands(Protocol):
    """As much of a bot as carries out what is asked for."""

    @property
    def desk(self) -> OrderDesk:
        """Its orders in flight."""

    def carry_out(
        self, orders: Sequence[OrderParams], cancels: Sequence[str], reason: str = ""
    ) -> None:
        """Cancel orders by key, then send orders, in their turn; the strategy hears why."""

    def request_stop(self, reason: str) -> None:
        """End the run gracefully."""


@dataclass(frozen=True, slots=True)
class DeskPort:
    """Ours at one venue is what the bot has in flight there, and what its fills explain."""

    venue: str
    client: BaseExchangeClient
    hands: Hands
    store: FillStore
    clock: Clock
    reason: str
    """Why, for the strategy and for people."""

    async def read(self) -> Exposure:
        """Return our live orders, then our part of the positions."""
        orders = self._live()
        told = await self.client.get_detailed_positions()
        held = [held_position(self.venue, each) for each in told]
        return Exposure(orders, ours_of(held, owned_quantities(self.store.fills(self.venue))))

    async def cancel(self, orders: Sequence[OwnOrder]) -> str:
        """Cancel by the bot, and wait for the ends."""
        self.hands.carry_out((), [each.name for each in orders], self.reason)
        await self._quiet()
        return ""

    async def close(self, positions: Sequence[HeldPosition]) -> str:
        """Close by the bot, and wait for the ends."""
        self.hands.carry_out([closing_order(each) for each in positions], (), self.reason)
        await self._quiet()
        return ""

    def _live(self) -> tuple[OwnOrder, ...]:
        return tuple(
            OwnOrder(order.key, order.contract_id)
            for order in self.hands.desk.keys.live()
            if order.venue == self.venue
        )

    async def _quiet(self) -> None:
        waited_s = 0.0
        while waited_s < QUIET_S:
            await self.clock.sleep(POLL_S)
            waited_s += POLL_S
            if not self._live():
                return
