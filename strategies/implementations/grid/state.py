"""What a one-sided grid remembers; all of it survives a restart.

The position is held as lots. A lot is in exactly one place: in a close order, in a retry that waits
for its time, or in the residual. So ``held`` is always the sum of the three, and a lot that is in a
live close is covered.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ZERO, ContractId, Side
from strategies.implementations.grid.sizes import Least

PositionKey = tuple[str, ContractId]
"""The market that a grid holds its position in."""
ENDED_KEPT = 64
"""How many ended orders are remembered, so that a late fill finds its order."""
CYCLES_LISTED = 10_000
"""How many cycles of this run a report lists; the totals count all, over restarts."""


class CycleState(StrEnum):
    """Where the grid stands."""

    READY = "ready"
    WAITING_FOR_FILL = "waiting_for_fill"
    STOPPING = "stopping"
    HALTED = "halted"


class Fate(StrEnum):
    """What becomes of a close order's remaining lots when the order has ended."""

    REPOST = "repost"
    """It ended without our asking: place it again, a tick further from crossing."""
    MERGE = "merge"
    """We cancelled it to place it again together with other lots."""
    MARKET = "market"
    """We cancelled it to close at market."""


@dataclass(slots=True)
class Lot:
    """A filled quantity at one price, of one entry."""

    entry: int
    price: Decimal
    size: Decimal
    opened_ns: int


@dataclass(slots=True)
class EntryOrder:
    """The one entry that may be pending."""

    key: str
    number: int
    price: Decimal
    size: Decimal
    sent_ns: int
    filled: Decimal = ZERO
    unknown: bool = False
    """The answer to its placement was lost; it is neither moved nor sent again."""
    cancel_due_ns: int | None = None
    """Once a cancel was asked for: when to ask again."""


@dataclass(slots=True)
class CloseOrder:
    """A reduce-only order and the lots that it covers."""

    key: str
    entry: int
    size: Decimal
    price: Decimal | None
    """None at market."""
    lots: list[Lot]
    attempts: int = 0
    """How often it has been placed again."""
    filled: Decimal = ZERO
    fate: Fate = Fate.REPOST
    hedged: bool = False
    cancel_due_ns: int | None = None

    @property
    def remaining(self) -> Decimal:
        """The quantity it still covers."""
        return self.size - self.filled


@dataclass(slots=True)
class Retry:
    """Lots whose close has to be placed again at a later time."""

    lots: list[Lot]
    entry: int
    attempts: int
    due_ns: int
    hedged: bool = False


@dataclass(slots=True)
class Cycle:
    """From an entry's first fill to the fill that closes the last of it."""

    number: int
    opened_ns: int
    entry_size: Decimal = ZERO
    entry_value: Decimal = ZERO
    exit_size: Decimal = ZERO
    exit_value: Decimal = ZERO
    closed_ns: int = 0
    origin: str = ""
    """Where it came from, if not from an entry of the grid: the trade id of an adoption."""
    closed_by: str = ""
    """Why something above the grid has closed it, or a part of it; empty where nothing has."""

    def gross(self, side: Side) -> Decimal:
        """Return the profit before fees of what has been closed."""
        return (self.exit_value - self.entry_value) * side.sign

    def row(self, side: Side) -> dict[str, object]:
        """Return the cycle as a report lists it; prices are averages, None of nothing."""
        return {
            "number": self.number,
            "quantity": self.entry_size,
            "entry_price": self.entry_value / self.entry_size if self.entry_size else None,
            "exit_price": self.exit_value / self.exit_size if self.exit_size else None,
            "opened_ns": self.opened_ns,
            "closed_ns": self.closed_ns,
            "gross_profit": self.gross(side),
            **({"origin": self.origin} if self.origin else {}),
            **({"closed_by": self.closed_by} if self.closed_by else {}),
        }


@dataclass(slots=True)
class LateExit:
    """A fill of a close whose lots had already moved on; it is charged to the next lots seen."""

    size: Decimal
    price: Decimal
    reason: str = ""
    """Why something above the grid has closed; empty for a close of its own."""


@dataclass(slots=True)
class HedgeOrder:
    """An order on the second venue that is under way; ``sign`` 1 adds to the hedge."""

    key: str
    size: Decimal
    sign: int
    filled: Decimal = ZERO


@dataclass(slots=True)
class Hedge:
    """The hedge on the second venue, as size against the grid's direction."""

    held: Decimal = ZERO
    missing: Decimal = ZERO
    """How much of it another hand has closed."""
    against: Decimal = ZERO
    """How much another hand holds there that more of it would take of, without a sign."""
    order: HedgeOrder | None = None
    due_ns: int = 0
    orders: int = 0
    closings: list[str] = field(default_factory=list)
    """Orders by which something above the grid closes it; the latest few."""


@dataclass(slots=True)
class StopPlan:
    """Why and how the grid stops."""

    reason: str
    flatten: bool
    cancel_closes: bool
    stays: bool
    """Whether a restart stays halted until it is re-armed."""
    ends_run: bool = True


@dataclass(slots=True)
class GridState:
    """Everything a one-sided grid knows."""

    cycle_state: CycleState = CycleState.READY
    filled_price: Decimal | None = None
    """Price of the latest entry fill."""
    active_close_orders: dict[str, CloseOrder] = field(default_factory=dict)
    entry: EntryOrder | None = None
    held: Decimal = ZERO
    residual: list[Lot] = field(default_factory=list)
    refused_size: Decimal = ZERO
    """The largest close that the venue refused as too small."""
    retries: list[Retry] = field(default_factory=list)
    closed_market: bool = False
    """Whether the venue refused the latest close because the market does not trade."""
    late_exits: list[LateExit] = field(default_factory=list)
    cycles: dict[int, Cycle] = field(default_factory=dict)
    completed_count: int = 0
    gross_profit: Decimal = ZERO
    entries: int = 0
    closes: int = 0
    stops: int = 0
    last_opened_ns: int | None = None
    cooldown_waived: bool = False
    refusals: int = 0
    paused_until_ns: int = 0
    hedge: Hedge = field(default_factory=Hedge)
    stop: StopPlan | None = None
    least: Least | None = None
    """By which rules of the venue its orders were as large as somebody saw before the start."""
    awaiting_reconciliation: bool = False
    baseline: Decimal | None = None
    """Signed position that was there before the first order of this grid."""
    mismatch: Decimal = ZERO
    """Signed position at the venue that our own fills do not explain."""
    missing: Decimal = ZERO
    """How much of what our own fills hold another hand has closed, without a sign."""
    against: Decimal = ZERO
    """How much another hand holds on the other side, without a sign."""
    reconciled_ns: int = 0
    ended: dict[str, Decimal] = field(default_factory=dict)
    """Filled size of the latest ended orders."""
    overruled: dict[str, str] = field(default_factory=dict)
    """Orders by which something above the grid closes what it holds, and why."""
    overruled_until_ns: int = 0
    """Until when, at the latest, nothing is covered because of them."""
    adopted: dict[str, str] = field(default_factory=dict)
    """Positions that were taken over, in words, by their trade ids."""
    voided: list[str] = field(default_factory=list)
    """Trade ids of what took voided fills back."""

    def live_closes(self) -> list[CloseOrder]:
        """Return the closes that may still trade, oldest first."""
        return list(self.active_close_orders.values())

    def live_orders(self) -> list[EntryOrder | CloseOrder]:
        """Return every order on the first venue that may still trade."""
        pending: list[EntryOrder | CloseOrder] = [] if self.entry is None else [self.entry]
        return [*pending, *self.active_close_orders.values()]

    def lots(self) -> list[Lot]:
        """Return all lots, wherever they are."""
        lots = list(self.residual)
        for close in self.active_close_orders.values():
            lots.extend(close.lots)
        for retry in self.retries:
            lots.extend(retry.lots)
        return lots

    def remember_end(self, key: str, filled: Decimal) -> None:
        """Note how much an order had filled when it ended."""
        self.ended[key] = filled
        if len(self.ended) > ENDED_KEPT:
            del self.ended[next(iter(self.ended))]
