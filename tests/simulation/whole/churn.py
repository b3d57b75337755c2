"""I31: how many orders a run sends into a market within a minute.

Limits of venues bound that from above, but whoever runs into them has no room for what matters. An
order that is placed, cancelled and placed anew without a pause breaks no other rule.
"""

from __future__ import annotations

from collections import deque

from exchange_clients.base_models import NS, ContractId

MINUTE_NS = 60 * NS
ORDERS_MAX = 150
"""A cycle every second, entry and close, and a few that are placed anew."""


class Churn:
    """The orders of the last minute, by market."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, ContractId], deque[int]] = {}

    def exceeds(self, venue: str, contract_id: ContractId, now_ns: int) -> bool:
        """Count an order; tell whether it is the first one too many of its minute."""
        sent = self._sent.setdefault((venue, contract_id), deque())
        sent.append(now_ns)
        while sent[0] <= now_ns - MINUTE_NS:
            sent.popleft()
        return len(sent) == ORDERS_MAX + 1
