"""What a fixed range remembers; all of it survives a restart.

A cell is the room between two neighbouring levels. It opens at one of them and closes at the other,
so each level has at most one entry and one close, those of the cells beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, Side
from strategies.implementations.grid.sizes import Least
from strategies.implementations.grid.state import Cycle, CycleState, StopPlan


@dataclass(slots=True)
class RangeOrder:
    """One live order of a cell, or of the stop (``cell`` None)."""

    key: str
    cell: int | None
    side: Side
    price: Decimal | None
    size: Decimal
    filled: Decimal = ZERO
    cancel_due_ns: int | None = None


@dataclass(slots=True)
class Cell:
    """The room between two levels."""

    number: int
    low: Decimal
    high: Decimal
    side: Side
    """Which way it opens: a buy at ``low``, or a sell at ``high``."""
    entry: str | None = None
    close: str | None = None
    held: Decimal = ZERO
    due_ns: int = 0
    """Not before this instant is an order tried again."""
    refusals: int = 0
    refused_size: Decimal = ZERO
    """The largest close that the venue refused as too small: so much waits for the next fill."""
    leaving: bool = False
    """It is being given up, so that the range can move."""
    round_trips: int = 0
    trip: Cycle | None = None
    """The round trip under way."""
    cash: Decimal = ZERO
    """What its fills brought in, less what they cost, in USD before fees."""

    @property
    def entry_price(self) -> Decimal:
        """Where it opens."""
        return self.low if self.side is Side.BUY else self.high

    @property
    def close_price(self) -> Decimal:
        """Where it closes, a level further."""
        return self.high if self.side is Side.BUY else self.low


@dataclass(slots=True)
class Ended:
    """An order that has ended, for fills that are told late."""

    cell: int | None
    """None of one that closes whatever the cells hold: a stop's, or of something above."""
    side: Side
    filled: Decimal


@dataclass(slots=True)
class RangeState:
    """Everything a fixed range knows."""

    cycle_state: CycleState = CycleState.READY
    started: bool = False
    trigger_from: Decimal | None = None
    """The first mid that was seen, to tell from which side the trigger is reached."""
    cells: list[Cell] = field(default_factory=list)
    orders: dict[str, RangeOrder] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    position: Decimal = ZERO
    """Signed."""
    cash: Decimal = ZERO
    cells_made: int = 0
    entries: int = 0
    closes: int = 0
    trips: int = 0
    stops: int = 0
    missing: Decimal = ZERO
    """How much of what the cells hold another hand has closed, without a sign."""
    against: Decimal = ZERO
    """How much another hand holds that cells might take of, without a sign."""
    refused_size: Decimal = ZERO
    """The most that the venue refused to a stop as too small: so much is left."""
    retry_ns: int = 0
    """Not before this instant does a stop send its next market order."""
    overruled_until_ns: int = 0
    """Until when nothing is covered, because something above closes what is held."""
    overruled: str = ""
    """Why it did so the last time; empty where it never has."""
    voided: list[str] = field(default_factory=list)
    """Trade ids of what took voided fills back."""
    stop: StopPlan | None = None
    least: Least | None = None
    """By which rules of the venue its orders were as large as somebody saw before the start."""
    awaiting_reconciliation: bool = False
