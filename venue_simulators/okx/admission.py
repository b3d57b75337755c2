"""Lets requests through as long as their budgets last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from venue_simulators.okx.errors import OkxError, parameter_error
from venue_simulators.okx.fields import Fields
from venue_simulators.okx.rate_limits import RateLimits, Scope
from venue_simulators.okx.routes import BATCHED, ItemsRoute, PrivateRoute, PublicRoute
from venue_simulators.world import World


class Admission:
    """Counts requests against the budgets of their routes.

    Args:
        world: Whose time it is.
        limits: The budgets.
    """

    def __init__(self, world: World, limits: RateLimits) -> None:
        self._world = world
        self._limits = limits

    def admit_public(self, path: str, route: PublicRoute) -> None:
        """Count a request of anybody."""
        self._limits.spend((path,), route.limit, self._world.now_ns)

    def admit_private(self, path: str, route: PrivateRoute, account: str, fields: Fields) -> None:
        """Count a request of an account."""
        name = _name(fields) if route.scope is Scope.INSTRUMENT else ""
        self._limits.spend((path, account, name), route.limit, self._world.now_ns)

    def admit_items(
        self, path: str, route: ItemsRoute, account: str, items: Sequence[Fields]
    ) -> None:
        """Count orders, cancellations or amendments, of each instrument for itself.

        Raises:
            OkxError: there are too many, in this request or by now.
        """
        if not items or (route.batch_max and len(items) > route.batch_max):
            raise parameter_error("args")
        now_ns = self._world.now_ns
        if route.orders:
            self._limits.spend_orders(account, len(items), now_ns)
        for name, count in Counter(_name(item) for item in items).items():
            taken = count if route.limit == BATCHED else 1
            self._limits.spend((path, account, name), route.limit, now_ns, taken)


def _name(fields: Fields) -> str:
    try:
        return fields.text("instId") or ""
    except OkxError:
        return ""
