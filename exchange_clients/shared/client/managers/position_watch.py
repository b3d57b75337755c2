"""Whether positions move as our own fills say: where they do not, a fill may have been lost.

A stream is complete only if the venue makes it so. The account's position is told apart from its
fills, so that each checks the other. What others trade on the account moves it as well: an
unexplained move is asked about once and then belongs to what is known.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId
from exchange_clients.events import PositionUpdate
from exchange_clients.shared.clock import Clock

GRACE_S = 1.0
"""How long a fill may come after the position that it made."""


class PositionWatch:
    """Compares the positions that are told with the sum of our own fills.

    Args:
        own: Returns the signed sum of our fills in a market.
        on_unexplained: Told of a market in which something else moved.
        clock: Waiting.
    """

    def __init__(
        self,
        own: Callable[[ContractId], Decimal],
        on_unexplained: Callable[[ContractId], None],
        clock: Clock,
    ) -> None:
        self._own = own
        self._on_unexplained = on_unexplained
        self._clock = clock
        self._told: dict[ContractId, Decimal] = {}
        """Positions that are not yet compared."""
        self._foreign: dict[ContractId, Decimal] = {}
        """What of each position is not of our own fills."""

    def begin(self, contract_id: ContractId, quantity: Decimal) -> None:
        """Take a position as it is proven to be: whatever is not ours in it is known."""
        self._foreign[contract_id] = quantity - self._own(contract_id)

    def on_update(self, update: PositionUpdate) -> None:
        """Take a position of the stream; it is compared once the fills had time to come."""
        waits = update.contract_id in self._told
        self._told[update.contract_id] = update.quantity
        if not waits:
            self._clock.call_later(GRACE_S, lambda: self._compare(update.contract_id))

    def _compare(self, contract_id: ContractId) -> None:
        foreign = self._told.pop(contract_id) - self._own(contract_id)
        if foreign == self._foreign.get(contract_id, ZERO):
            return
        self._foreign[contract_id] = foreign
        self._on_unexplained(contract_id)
