"""What an execution is asked for, and what it reports: one quantity of one contract at one venue.

Sizes are in base units of the market, prices and notionals in USD, slippage in basis points (bps,
hundredths of a percent) with worse than the arrival mid above zero, spans in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import (
    ZERO,
    ClientOrderId,
    ContractId,
    OrderStatus,
    OrderType,
    Reason,
    Side,
)

BPS = Decimal(10_000)
"""Basis points in one."""


class ExecutionMode(StrEnum):
    """How a quantity is traded."""

    MARKET_ONLY = "market_only"
    """Taken at once."""
    LIMIT_ONLY = "limit_only"
    """One resting order; what it does not fill in time is not traded."""
    LIMIT_WITH_FALLBACK = "limit_with_fallback"
    """One resting order; what it does not fill in time is taken."""
    AGGRESSIVE_LIMIT = "aggressive_limit"
    """Several short-lived orders, each less patient in price, then the rest is taken."""
    ADAPTIVE = "adaptive"
    """One of the others, by what the book looks like."""


class Urgency(StrEnum):
    """What the quantity is for: an opening may be given up, a closing must happen."""

    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class ExecutionLimits:
    """Bounds of one execution."""

    max_slippage_bps: Decimal | None = None
    """No order is priced further from the arrival mid than this; None: the venue's own bound."""
    timeout_s: float = 40.0
    """How long an order may rest."""
    limit_offset_bps: Decimal = Decimal(1)
    """By how much a resting order betters the best price of its own side, where there is room."""
    post_only: bool = False
    """Whether a resting order is refused rather than let trade at once."""

    def __post_init__(self) -> None:
        if self.max_slippage_bps is not None and self.max_slippage_bps <= 0:
            raise ValueError(
                f"max_slippage_bps must be above zero, got {self.max_slippage_bps}; None for none"
            )
        if self.timeout_s <= 0:
            raise ValueError(f"timeout_s must be above zero, got {self.timeout_s}")
        if self.limit_offset_bps < 0:
            raise ValueError(f"limit_offset_bps must not be negative, got {self.limit_offset_bps}")


DEFAULT_LIMITS = ExecutionLimits()


@dataclass(frozen=True, slots=True)
class ExecutionRequest:
    """A quantity to trade, and how."""

    venue: str
    contract_id: ContractId
    side: Side
    quantity: Decimal
    """In base units; rounded down to the market's step."""
    mode: ExecutionMode = ExecutionMode.LIMIT_WITH_FALLBACK
    urgency: Urgency = Urgency.OPEN
    reduce_only: bool = False
    limits: ExecutionLimits = DEFAULT_LIMITS
    execution_id: str = ""
    """The caller's name of it; one is made where it is empty."""

    def __post_init__(self) -> None:
        if self.quantity <= 0:
            raise ValueError(f"quantity must be above zero, got {self.quantity}")


class ExecutionOutcome(StrEnum):
    """How much of the quantity was traded."""

    FILLED = "filled"
    """All of it, but for a rest too small for an order."""
    PARTIALLY_FILLED = "partially_filled"
    NOT_FILLED = "not_filled"


class EndReason(StrEnum):
    """Why nothing more was sent."""

    COMPLETE = "complete"
    """Nothing was missing."""
    DUST = "dust"
    """What was missing is below the market's minimum."""
    TIMED_OUT = "timed_out"
    """The time or the tries were used up."""
    TOO_DEAR = "too_dear"
    """What was missing is not to be had within ``max_slippage_bps``."""
    NO_PRICE = "no_price"
    """The book could not be read, and nothing is sent blindly."""
    REFUSED = "refused"
    """The venue, or a check before sending, said no."""
    STOPPED = "stopped"
    """The caller was cancelled, or the executor closed."""
    FAILED = "failed"
    """A defect; its traceback is in the log."""


@dataclass(frozen=True, slots=True)
class ExecutedOrder:
    """One order of an execution, at its proven end."""

    client_order_id: ClientOrderId
    order_type: OrderType
    size: Decimal
    price: Decimal | None
    status: OrderStatus
    """Terminal; REJECTED also where it provably never reached the venue."""
    filled_size: Decimal = ZERO
    average_price: Decimal | None = None
    reason: Reason | None = None
    taking: bool = False
    """Whether it was sent to trade at once."""


@dataclass(frozen=True, slots=True)
class ExecutionReport:
    """What an execution came to. Every order it names has ended, proven by the venue."""

    execution_id: str
    request: ExecutionRequest
    mode: ExecutionMode
    """What was done: for ADAPTIVE, the mode that was chosen."""
    outcome: ExecutionOutcome
    ended_by: EndReason
    message: str
    """The reason for people; empty where there is nothing to say."""
    filled_size: Decimal
    average_price: Decimal | None
    """Of all fills, weighted by size (VWAP); None without a fill."""
    fees: Mapping[str, Decimal] = field(default_factory=dict)
    """By asset; below zero where rebates were larger."""
    fees_complete: bool = True
    """Whether each fill was told with its fee; else ``fees`` lacks some."""
    arrival_mid: Decimal | None = None
    """Mid price (USD) before anything was sent; None where no price was known."""
    slippage_bps: Decimal | None = None
    """Of the VWAP against the arrival mid; above zero is worse, below zero is better."""
    started_ns: int = 0
    """Wall time, ns since the epoch."""
    duration_s: float = 0.0
    """From the request until the last order had ended."""
    time_to_fill_s: float | None = None
    """From the request until the last fill was known of; None without a fill."""
    orders: tuple[ExecutedOrder, ...] = ()
    """In the order of sending."""
    algorithm: str = ""
    """Which algorithm traded, as ``"twap"``; empty where a mode did."""

    @property
    def missing_size(self) -> Decimal:
        """What was asked for and not traded."""
        return max(self.request.quantity - self.filled_size, ZERO)

    @property
    def orders_used(self) -> int:
        """How many orders were sent, or tried to be."""
        return len(self.orders)

    @property
    def filled(self) -> bool:
        """Whether all of it was traded, but for a rest too small for an order."""
        return self.outcome is ExecutionOutcome.FILLED
