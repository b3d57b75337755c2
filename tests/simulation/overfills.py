"""Orders that a venue fills beyond their size: one for each row of a plan, or of a run's scenario.

The first order of the bot that is filled to its end while a row stands is filled on: by a share of
its size in whole steps, one at least, and within a second. What came of it stands in the venue's
own record (``VenueDeeds.extras``), by which the judge goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ZERO,
    ContractId,
    Fill,
    OrderInfo,
    OrderStatus,
    VenueOrderId,
)
from exchange_clients.events import PrivateEvent
from tests.simulation.plan import OVERFILL, Trouble
from tests.support.wire_orders import ACCOUNT
from venue_simulators.world import World

TELLING_WHAT_REMAINS = ("paradex",)
"""Venues whose orders tell what remains of them, and so never more than was asked for."""
AGAIN_S = 30.0
"""So long no other order of a market is filled on: a venue that does it each time is not drawn."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Which orders may be filled on, and in which steps."""

    is_ours: Callable[[VenueOrderId], bool]
    """Whether an order is the bot's."""
    step: Callable[[ContractId], Decimal]
    """In which steps a market takes orders now."""
    alone: Callable[[ContractId], bool]
    """Whether nothing but the bot's is held there: what closes would take of it beyond that."""


class Overfills:
    """What a venue fills beyond orders.

    Args:
        world: The venue's truth.
        troubles: The rows of its plan.
        begin_ns: When the plan begins.
        whose: Which orders are filled on.
    """

    def __init__(
        self, world: World, troubles: Sequence[Trouble], begin_ns: int, whose: Whose
    ) -> None:
        self._world = world
        self._whose = whose
        self._begin_ns = begin_ns
        self._again_ns: dict[ContractId, int] = {}
        """From when on another order of a market may be filled on."""
        self._left = [
            each
            for each in troubles
            if each.kind == OVERFILL and each.venue not in TELLING_WHAT_REMAINS
        ]
        if self._left:
            world.listen_private(ACCOUNT, self._hear)

    @property
    def count(self) -> int:
        """How many orders were filled beyond their size."""
        return len(self._world.deeds.extras)

    def extra(self, order_id: VenueOrderId) -> Decimal:
        """Return what an order was filled beyond its size, zero for most."""
        known = self._world.deeds.extras.get(order_id)
        return ZERO if known is None else known.size

    def of_fill(self, fill: Fill) -> Decimal:
        """Return a fill's size where it is beyond its order's, else zero."""
        known = self._world.deeds.extras.get(fill.order_id)
        return fill.size if known is not None and known.is_told_by(fill) else ZERO

    def _hear(self, event: PrivateEvent) -> None:
        if not isinstance(event, OrderInfo) or event.status is not OrderStatus.FILLED:
            return
        if not self._whose.is_ours(event.order_id) or self.extra(event.order_id):
            return
        if event.reduce_only and not self._whose.alone(event.contract_id):
            return
        now_ns = self._world.now_ns
        row = next((each for each in self._left if self._stands(each, now_ns)), None)
        if row is None or now_ns < self._again_ns.get(event.contract_id, 0):
            return
        self._left.remove(row)
        self._again_ns[event.contract_id] = now_ns + round(AGAIN_S * NS)
        step = self._whose.step(event.contract_id)
        size = max(event.size * Decimal(str(row.strength)) // step, Decimal(1)) * step
        at_ns = now_ns + round((row.seconds or 0.0) * NS)
        self._world.deeds.overfill(ACCOUNT, event.order_id, size, at_ns)

    def _stands(self, row: Trouble, now_ns: int) -> bool:
        since_s = (now_ns - self._begin_ns) / NS - row.at_s
        return 0 <= since_s <= row.for_s
