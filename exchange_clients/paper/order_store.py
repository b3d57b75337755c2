"""Every order an engine knows: by id, by owner and client order id, live ones apart.

Ended orders stay findable, and their client order ids taken, until ``history_max`` newer ones have
ended: a bound that keeps the memory of a month-long run flat.
"""

from __future__ import annotations

from collections import deque

from exchange_clients.paper.orders import EngineOrder


class OwnerOrders:
    """The orders of one owner."""

    __slots__ = ("by_client_id", "live")

    def __init__(self) -> None:
        self.by_client_id: dict[str, EngineOrder] = {}
        self.live: dict[int, EngineOrder] = {}


class OrderStore:
    """Registers, retires and finds orders."""

    __slots__ = ("by_id", "ended", "history_max", "owners")

    def __init__(self, history_max: int) -> None:
        self.history_max = history_max
        self.by_id: dict[int, EngineOrder] = {}
        self.owners: dict[str, OwnerOrders] = {}
        self.ended: deque[EngineOrder] = deque()

    def of(self, owner: str) -> OwnerOrders:
        """Return the orders of one owner, of whom nothing need be known yet."""
        orders = self.owners.get(owner)
        if orders is None:
            orders = self.owners[owner] = OwnerOrders()
        return orders

    def find(self, owner: str, client_order_id: str) -> EngineOrder | None:
        """Return the first order that carried this client order id."""
        orders = self.owners.get(owner)
        return None if orders is None else orders.by_client_id.get(client_order_id)

    def open_orders(self, owner: str) -> list[EngineOrder]:
        """Return the live orders of one owner in order of arrival."""
        orders = self.owners.get(owner)
        return [] if orders is None else list(orders.live.values())

    def retire(self, order: EngineOrder) -> None:
        """Move an order that has ended from the live ones into the history."""
        self.owners[order.owner].live.pop(order.order_id, None)
        ended = self.ended
        ended.append(order)
        if len(ended) > self.history_max:
            self._forget(ended.popleft())

    def _forget(self, order: EngineOrder) -> None:
        del self.by_id[order.order_id]
        by_client_id = self.owners[order.owner].by_client_id
        # A refused duplicate carries a client order id that belongs to another order.
        if by_client_id.get(order.client_order_id) is order:
            del by_client_id[order.client_order_id]
