"""What is told of an order as a whole, beside the fills that its venue gave it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from exchange_clients.base_models import ZERO, OrderInfo, VenueOrderId
from tests.support.wire_orders import ACCOUNT
from venue_simulators.world import World

ROUNDED = Decimal("1e-6")
"""By which part an average may be off: venues tell it with so many digits."""


def off_their_fills(
    world: World, names: Mapping[VenueOrderId, str], told: Iterable[OrderInfo]
) -> Iterator[str]:
    """Yield which orders are told with another size filled, or price, than they were filled at.

    Args:
        world: The venue's truth.
        names: Our names by the venue's numbers; of no other order.
        told: Orders as somebody has them, once all is quiet.
    """
    sizes, worth = dict.fromkeys(names.values(), ZERO), dict.fromkeys(names.values(), ZERO)
    for fill in world.fills(ACCOUNT):
        name = names.get(fill.order_id)
        if name is not None:
            sizes[name] += fill.size
            worth[name] += fill.size * fill.price
    for info in told:
        name = str(info.client_order_id)
        size = sizes.get(name, ZERO)
        if info.filled_size != size:
            yield f"order {name} has filled {size}, it is told with {info.filled_size}"
        elif size and not _near(info.average_price, worth[name] / size):
            yield f"order {name} was filled at {worth[name] / size}, not {info.average_price}"


def _near(told: Decimal | None, true: Decimal) -> bool:
    return told is not None and abs(told - true) <= ROUNDED * true
