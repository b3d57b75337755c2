"""What one decision of a one-sided grid works on: settings, market, state, and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass, field

from exchange_clients.base_models import (
    NS,
    ContractId,
    Market,
    OrderType,
    Purpose,
)
from strategies.base_strategy import OrderParams
from strategies.implementations.grid.cycle_log import CompletedCycle
from strategies.implementations.grid.parameters import CycleSettings
from strategies.implementations.grid.state import CloseOrder, EntryOrder, GridState, PositionKey

CANCEL_REPEAT_NS = 10 * NS
"""After this long without a proof that a cancelled order has ended, the cancel is asked again."""


@dataclass(frozen=True, slots=True)
class SecondMarket:
    """Where hedges go."""

    venue: str
    contract_id: ContractId
    market: Market

    @property
    def key(self) -> PositionKey:
        """Where positions are held there."""
        return self.venue, self.contract_id


@dataclass(slots=True)
class Desk:
    """The table a decision is made at; ``orders`` and ``cancels`` collect what it comes to."""

    settings: CycleSettings
    market: Market
    state: GridState
    now_ns: int
    second: SecondMarket | None = None
    orders: list[OrderParams] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    completed: list[CompletedCycle] = field(default_factory=list)
    """Cycles that this decision completed."""
    message: str = ""
    halt: bool = False
    begun: Market | None = None
    """The market as the run began with it; None where it cannot change."""

    def place_entry(self, entry: EntryOrder) -> None:
        """Ask for the entry, post-only."""
        self.orders.append(
            OrderParams(
                side=self.settings.side,
                quantity=entry.size,
                price=entry.price,
                key=entry.key,
                purpose=Purpose.ENTRY,
                post_only=True,
            )
        )

    def place_close(self, close: CloseOrder, purpose: Purpose = Purpose.CLOSE) -> None:
        """Ask for a close and take it into the state."""
        self.state.active_close_orders[close.key] = close
        self.orders.append(
            OrderParams(
                side=self.settings.side.opposite,
                quantity=close.size,
                price=close.price,
                order_type=OrderType.MARKET if close.price is None else OrderType.LIMIT,
                key=close.key,
                purpose=purpose,
                reduce_only=True,
            )
        )

    def cancel(self, order: EntryOrder | CloseOrder) -> None:
        """Ask for a cancel, once, and again when no proof of the end has come in time."""
        if order.cancel_due_ns is None or order.cancel_due_ns <= self.now_ns:
            order.cancel_due_ns = self.now_ns + CANCEL_REPEAT_NS
            self.cancels.append(order.key)
