"""What a plan decides on, and what it may decide: values without waiting.

A plan is asked again whenever something happened or the time that it wanted has passed. The shell
that carries plans out holds one order at a time, so no plan can have two.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeAlias

from exchange_clients.base_models import ZERO, Market, OrderType, Side
from execution.execution_values import (
    EndReason,
    ExecutedOrder,
    ExecutionLimits,
    ExecutionRequest,
    Urgency,
)
from execution.order_prices import Quote
from execution.slippage import SlippageCalculator


@dataclass(frozen=True, slots=True)
class Send:
    """Place one order of ``size`` base units; ``price`` None is a market order."""

    size: Decimal
    price: Decimal | None = None
    post_only: bool = False
    taking: bool = False
    """Whether it is meant to trade at once."""

    @property
    def order_type(self) -> OrderType:
        """Limit or market."""
        return OrderType.MARKET if self.price is None else OrderType.LIMIT


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for ``seconds``, or until the live order ends."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Cancel the live order and wait for the proof of its end."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Send nothing more. A live order is withdrawn first."""

    reason: EndReason
    message: str = ""


Step: TypeAlias = Send | Wait | Withdraw | Finish


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """The one order that may still trade."""

    sent_s: float
    """When it was sent, in seconds since the execution began."""
    price: Decimal | None
    taking: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """An order that has ended, and when it was sent and known to be over."""

    order: ExecutedOrder
    sent_s: float
    ended_s: float


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a plan may look at."""

    elapsed_s: float
    """Since the execution began."""
    missing: Decimal
    """What was asked for and has not traded, in base units on the market's step."""
    quote: Quote | None
    """None where the book cannot be read, or was not asked for."""
    arrival_mid: Decimal | None = None
    blind_s: float = 0.0
    """For how long the book could not be read."""
    live: LiveOrder | None = None
    attempts: tuple[Attempt, ...] = ()
    """Orders that have ended, in the order of sending."""

    @property
    def traded(self) -> bool:
        """Whether any order that has ended was filled in part."""
        return any(attempt.order.filled_size > ZERO for attempt in self.attempts)


@dataclass(frozen=True, slots=True)
class Terms:
    """What every decision of one execution goes by."""

    side: Side
    quantity: Decimal
    """In base units, on the market's step."""
    market: Market
    urgency: Urgency
    reduce_only: bool
    limits: ExecutionLimits

    @classmethod
    def of(cls, request: ExecutionRequest, market: Market) -> Terms:
        """Return the terms of a request in its market."""
        return cls(
            request.side,
            market.round_size(request.quantity),
            market,
            request.urgency,
            request.reduce_only,
            request.limits,
        )

    def smallest_size(self, price: Decimal | None) -> Decimal:
        """Return the least size of an order; one that only reduces is exempt from minimums."""
        if self.reduce_only or price is None:
            return self.market.step
        return self.market.smallest_size(price)

    def bound(self, situation: Situation) -> Decimal | None:
        """Return the worst price on a tick within ``max_slippage_bps``; None bounds nothing."""
        max_bps = self.limits.max_slippage_bps
        if max_bps is None or situation.arrival_mid is None:
            return None
        worst = SlippageCalculator().worst_price(self.side, situation.arrival_mid, max_bps)
        return self.market.round_price(worst, self.side)


class Plan(Protocol):
    """Decides what comes next; the same situation always gives the same step."""

    @property
    def watches_price(self) -> bool:
        """Whether it wants the quote also while an order is live."""

    def decide(self, situation: Situation) -> Step:
        """Return the next step. ``Send`` only while no order is live."""
