"""The names of orders: a client order id is used once in the life of an account."""

from __future__ import annotations

from exchange_clients.base_models import OrderInfo, Reason, VenueOrderId
from venue_simulators.paper.asked import OneOrder
from venue_simulators.paper.refusals import bad_request, refused
from venue_simulators.world import Wanted, World


class Orders:
    """Places orders and finds them by either name."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._names: dict[tuple[str, str], VenueOrderId] = {}
        """By account and client order id."""

    def place(self, account: str, wanted: Wanted) -> OrderInfo:
        """Place an order and return what became of it.

        Raises:
            Refusal: its name was used before, or the engine refuses it.
        """
        name = (account, wanted.tag)
        if name in self._names:
            message = f"client order id {wanted.tag} was used before"
            raise refused(Reason.DUPLICATE_CLIENT_ORDER_ID, message)
        outcome = self._world.place(account, wanted)
        if outcome.order is not None:
            self._names[name] = outcome.order.order_id
        if outcome.reason is not None:
            raise refused(outcome.reason, outcome.message)
        assert outcome.order is not None, "what was not refused is an order"
        return outcome.order

    def named(self, account: str, query: OneOrder) -> VenueOrderId:
        """Return the order that exactly one name is of.

        Raises:
            Refusal: there is none of that name, or not one name was given.
        """
        if (query.order_id is None) is (query.client_order_id is None):
            raise bad_request("exactly one of order_id and client_order_id must be given")
        if query.client_order_id is not None:
            found = self._names.get((account, query.client_order_id))
        else:
            found = query.order_id
        if found is None or self._world.order(account, found) is None:
            raise refused(Reason.ORDER_NOT_FOUND, "there is no such order")
        return found
