"""What something above a strategy does on its markets: the risk check, or a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from execution.order_params import OrderParams

ABOVE = "above"
"""How the keys of its orders begin."""


@dataclass(frozen=True, slots=True)
class Overruled:
    """Orders of the strategy are withdrawn, and what it holds is closed.

    The strategy hears of it first. ``orders`` close at market; their keys are new to it, and their
    fills and ends are told as those of its own.
    """

    orders: Sequence[OrderParams]
    cancels: Sequence[str]
    """Keys of the strategy's own orders."""
    reason: str
    now_ns: int


def overruling(
    orders: Sequence[OrderParams], cancels: Sequence[str], reason: str, now_ns: int
) -> Overruled:
    """Return the event of an action, its orders named."""
    named = [
        replace(order, key=order.key or f"{ABOVE}-{now_ns + index}{_market_number(order)}")
        for index, order in enumerate(orders)
    ]
    return Overruled(named, cancels, reason or "closed from above", now_ns)


def _market_number(order: OrderParams) -> str:
    """Return digits of a market: several are closed side by side, two maybe at one instant."""
    return f"{crc32(f'{order.venue} {order.contract_id}'.encode()):010d}"
