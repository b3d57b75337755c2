"""Orders on several venues that are one execution: what a strategy asks for, and what it came to.

Either all legs stand at the end or none does; the one who executes sees to that. A strategy knows
an execution by a ``key`` of its own making, unique over restarts, as it knows its single orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ZERO, Fill, Purpose
from execution.order_params import OrderParams


@dataclass(frozen=True, slots=True)
class LegsOrder:
    """One execution of two or more orders; each names its venue and contract."""

    key: str
    orders: tuple[OrderParams, ...]
    purpose: Purpose = Purpose.ENTRY
    leverage: Decimal | None = None
    """Set on every venue and read back before anything is sent; None leaves it as it is."""
    price_gap_max: Decimal | None = None
    """How much more the buys may pay than the sells take, in USD per token; None: no bound.

    The prices of ``orders`` keep it, and so must whatever price a leg is moved to later.
    """
    edge_usd: Decimal = ZERO
    """What it is worth where it succeeds (USD): what undoing it gives away."""
    whole: bool = False
    """Whether each leg closes all that is held there of ours: they need not be as large then."""

    def __post_init__(self) -> None:
        assert len(self.orders) > 1, f"{self.key} has {len(self.orders)} legs; two are the least"
        assert all(order.venue and order.contract_id for order in self.orders), (
            f"{self.key}: every leg names its venue and contract"
        )


class LegsOutcome(StrEnum):
    """What an execution came to."""

    COMPLETED = "completed"
    """Every leg is filled within the tolerance."""
    UNWOUND = "unwound"
    """Every leg is back where it was before."""
    REFUSED = "refused"
    """Nothing was sent, as something was in the way."""
    WITHHELD = "withheld"
    """Nothing was sent, as nothing is to be: in a dry run."""
    INCOMPLETE = "incomplete"
    """Something is left that is neither; the positions must be read."""


@dataclass(frozen=True, slots=True)
class LegFill:
    """A fill and where it happened: contracts of two venues may share a name."""

    venue: str
    fill: Fill


@dataclass(frozen=True, slots=True)
class LegsFinished:
    """An execution is over: every order of it is in a proven final state."""

    key: str
    outcome: LegsOutcome
    now_ns: int
    fills: Sequence[LegFill] = ()
    """All of its fills, those that were told one by one included."""
    message: str = ""
