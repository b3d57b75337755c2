"""What most people write first: both orders at once, at market, and hope.

It stands beside the executor on the same plans, so that figures have something to be compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.errors import ExchangeError
from exchange_clients.journal import JournalError
from exchange_clients.shared.tasks import TaskScope
from execution.legs.values import LegRequest


class NaiveExecutor:
    """Sends every leg at market and looks at none of them again.

    Args:
        clients: By the venues' names; connected.
    """

    def __init__(self, clients: Mapping[str, BaseExchangeClient]) -> None:
        self._clients = clients
        self._tasks = TaskScope()

    async def execute(self, legs: Sequence[LegRequest]) -> None:
        """Send the legs at once, each once."""
        sent = [self._tasks.start(self._send(leg), leg.venue) for leg in legs]
        for one in sent:
            await one

    async def _send(self, leg: LegRequest) -> None:
        client = self._clients[leg.venue]
        try:
            contract_id, _ = await client.get_contract_attributes(leg.symbol)
            await client.place_market_order(contract_id, leg.quantity, leg.side, leg.reduce_only)
        except (ExchangeError, JournalError, ValueError):  # the last: it is not tradeable
            return
