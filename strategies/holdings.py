"""What a strategy holds as one thing and why, and why it trades nothing: for people and stores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, ContractId, Side


@dataclass(frozen=True, slots=True)
class HeldLeg:
    """One side of a holding, by the strategy's own books; sizes in base units."""

    venue: str
    contract_id: ContractId
    side: Side
    target: Decimal
    """What it aims at, without sign."""
    quantity: Decimal = ZERO
    """Signed."""
    cost: Decimal = ZERO
    """USD with the sign of the quantity."""


@dataclass(frozen=True, slots=True)
class StrategyHolding:
    """A pair, a grid: whatever is opened and closed together."""

    name: str
    """Unique within the run, and the same over restarts."""
    symbol: str
    status: str
    opened_ns: int
    ended_ns: int | None = None
    why: Mapping[str, object] = field(default_factory=dict)
    """What it was opened for and what it waits for: names and plain values."""
    legs: Sequence[HeldLeg] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule that stands before an entry, and what it says now."""

    subject: str
    """What it is about: a symbol, or a pair of venues."""
    rule: str
    allows: bool
    detail: str
    """With the numbers: what is, and what is allowed."""
