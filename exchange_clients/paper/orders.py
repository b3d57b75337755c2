"""What the matching engine trades: an order, a trade, and who is told of both.

Prices are integer ticks and sizes integer lots. An ``EngineOrder`` is an identity, not a value: the
engine alone changes it, everyone else reads it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, Protocol

from exchange_clients.base_models import OrderStatus, OrderType, Reason, Side, TimeInForce

if TYPE_CHECKING:
    from exchange_clients.paper.price_levels import PriceLevel


@dataclass(slots=True, eq=False)
class EngineOrder:
    """One order from its arrival to its end; ``order_id`` is unique within an engine."""

    order_id: int
    owner: str
    client_order_id: str
    side: Side
    lots: int
    """Wanted in all; may shrink by an amendment, a reduce-only cut or self-trade prevention."""
    ticks: int = 0
    """Limit price; 0 for the market types until they are bounded on entry."""
    order_type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    reduce_only: bool = False
    trigger_ticks: int | None = None
    """Stop or take-profit trigger; for a trailing stop the price that activates it, if any."""
    trailing_ticks: int | None = None
    """Distance of a trailing stop; either this or ``trailing_fraction`` is set on one."""
    trailing_fraction: Decimal | None = None
    status: OrderStatus = OrderStatus.PENDING
    reason: Reason | None = None
    filled_lots: int = 0
    extra_lots: int = 0
    """What of it was filled beyond ``lots``, by ``MatchingEngine.overfill`` alone."""
    spent_ticks: int = 0
    """Ticks x lots of all that has traded."""
    created_ns: int = 0
    updated_ns: int = 0
    queue_ahead_lots: float = 0
    """Estimated external lots at the same price that trade before this order."""
    triggered_ns: int | None = None
    """When a conditional order became active."""
    forced: bool = False
    """Placed by the venue itself in its owner's stead: no speed bump holds it."""
    level: PriceLevel | None = field(default=None, repr=False)
    """Where the order rests; None while it waits for a trigger, is delayed or has ended."""

    @property
    def remaining_lots(self) -> int:
        """What has not traded yet; meaningful as long as the order is not terminal."""
        return self.lots - self.filled_lots


class Trade(NamedTuple):
    """One match. A ``maker`` or ``taker`` of None is the external market."""

    maker: EngineOrder | None
    taker: EngineOrder | None
    ticks: int
    lots: int
    aggressor: Side
    at_ns: int
    trade_id: int


class EngineListener(Protocol):
    """Who is told, synchronously and in order; must not call the engine's commands back.

    For one match ``on_trade`` comes first, with both orders already showing it, then ``on_order``
    of the maker, then of the taker.
    """

    def on_trade(self, trade: Trade) -> None:
        """Book one match; the positions the engine asks for must include it on return."""

    def on_order(self, order: EngineOrder) -> None:
        """Note a change: accepted, triggered, filled in part or whole, resized, ended."""
