"""What an order may ask of a venue, judged before anything is remembered or sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exchange_clients.base_models import Feature, NewOrder, OrderType, TimeInForce
from exchange_clients.errors import InvalidOrder, UnsupportedFeature

TRIGGERED = (
    OrderType.STOP,
    OrderType.STOP_MARKET,
    OrderType.TAKE_PROFIT,
    OrderType.TAKE_PROFIT_MARKET,
)
"""Types that need a trigger; a trailing stop may have one, from which it begins to trail."""

AT_ONCE = frozenset({TimeInForce.GTC, TimeInForce.IOC})
"""What may be said of a market order that waits: it stays until it is set off, and is then IOC."""


@dataclass(frozen=True, slots=True)
class TimesInForce:
    """Which times in force a venue knows."""

    of_orders: frozenset[TimeInForce] = frozenset(TimeInForce)
    of_waiting: frozenset[TimeInForce] = frozenset(TimeInForce)
    """Those of ``of_orders`` that a limit order may have which a trigger sets off."""

    def known(self, kind: OrderType) -> frozenset[TimeInForce]:
        """Return those that an order of a type may have."""
        if not kind.conditional:
            return self.of_orders
        return self.of_orders & self.of_waiting if kind.priced else AT_ONCE


ALL_TIMES = TimesInForce()


def check_fields(order: NewOrder, venue: str) -> None:
    """Check that an order has what its type needs, and nothing that its type has no use for.

    Raises:
        InvalidOrder: a field is missing.
        UnsupportedFeature: a field would have no effect.
    """
    kind = order.order_type
    if kind is OrderType.LIMIT and order.trigger_price is order.trailing_fraction is None:
        if order.price is None:
            raise InvalidOrder("price is missing: a limit order needs one")
        return  # what nearly every order is
    for field, value, needed, possible in (
        ("price", order.price, kind.priced, kind.priced),
        ("trigger_price", order.trigger_price, kind in TRIGGERED, kind.conditional),
        (
            "trailing_fraction",
            order.trailing_fraction,
            kind is OrderType.TRAILING_STOP,
            kind is OrderType.TRAILING_STOP,
        ),
    ):
        if value is None and needed:
            raise InvalidOrder(f"{field} is missing: a {kind.value} order needs one")
        if value is not None and not possible:
            raise UnsupportedFeature(venue, f"{field} of a {kind.value} order")


def check_features(
    order: NewOrder,
    supports: Callable[[Feature], bool],
    times_in_force: TimesInForce,
    venue: str,
) -> None:
    """Check that the venue has what an order asks for.

    Raises:
        UnsupportedFeature: it has not; names it.
    """
    kind = order.order_type
    needed: list[Feature] = []
    if kind is OrderType.TRAILING_STOP:
        needed.append(Feature.TRAILING_STOP)
    elif kind is not OrderType.LIMIT and kind is not OrderType.MARKET:
        needed.append(Feature.CONDITIONAL_ORDERS)
    if order.take_profit_price is not None or order.stop_loss_price is not None:
        needed.append(Feature.ATTACHED_EXITS)
    if order.position_side is not None:
        needed.append(Feature.HEDGE_MODE)
    for feature in needed:
        if not supports(feature):
            raise UnsupportedFeature(venue, feature)
    if order.time_in_force not in times_in_force.known(kind):
        asked = f"time_in_force {order.time_in_force.value}"
        raise UnsupportedFeature(venue, f"{asked} of a {kind.value} order")
