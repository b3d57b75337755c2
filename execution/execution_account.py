"""What the orders of one execution have traded, from fills and final states together.

A fill counts once by its trade id, whenever it comes. An order has traded what its final state says
or what its fills add up to, whichever is more: either may be heard first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    ClientOrderId,
    Fill,
    OrderStatus,
    Reason,
    TradeId,
)
from execution.execution_values import (
    EndReason,
    ExecutedOrder,
    ExecutionMode,
    ExecutionOutcome,
    ExecutionReport,
    ExecutionRequest,
)
from execution.plan_values import Attempt, Finish, LiveOrder, Send
from execution.slippage import SlippageCalculator


@dataclass(frozen=True, slots=True)
class End:
    """The last state of an order, as the venue proved it."""

    status: OrderStatus
    filled_size: Decimal = ZERO
    average_price: Decimal | None = None
    reason: Reason | None = None


@dataclass(slots=True)
class _Line:
    """One order."""

    client_order_id: ClientOrderId
    sent: Send
    sent_s: float
    end: End | None = None
    ended_s: float = 0.0
    fills: dict[TradeId, Fill] = field(default_factory=dict)

    @property
    def told(self) -> Decimal:
        return sum((fill.size for fill in self.fills.values()), start=ZERO)

    @property
    def filled(self) -> Decimal:
        return max(self.told, ZERO if self.end is None else self.end.filled_size)

    @property
    def average(self) -> Decimal | None:
        """Of the fills where they are all told, else as the venue says."""
        told = SlippageCalculator().average_price(
            (fill.price, fill.size) for fill in self.fills.values()
        )
        if self.end is None or self.told >= self.end.filled_size:
            return told
        return self.end.average_price or told

    def attempt(self) -> Attempt:
        assert self.end is not None, "an order is an attempt once it has ended"
        order = ExecutedOrder(
            self.client_order_id,
            self.sent.order_type,
            self.sent.size,
            self.sent.price,
            self.end.status,
            self.filled,
            self.average,
            self.end.reason,
            self.sent.taking,
        )
        return Attempt(order, self.sent_s, self.ended_s)


class ExecutionAccount:
    """Orders and fills of one execution; at most one order is live.

    Args:
        quantity: What is to be traded, in base units.
    """

    def __init__(self, quantity: Decimal) -> None:
        self._quantity = quantity
        self._lines: dict[ClientOrderId, _Line] = {}
        self._live: _Line | None = None
        self.last_fill_s: float | None = None
        """When size was last added, in seconds since the execution began: by a fill or an end."""

    def sent(self, client_order_id: ClientOrderId, send: Send, at_s: float) -> None:
        """Take note of an order before it is sent."""
        assert self._live is None, "an execution has one order at a time"
        self._live = self._lines[client_order_id] = _Line(client_order_id, send, at_s)

    def ended(self, end: End, at_s: float) -> None:
        """Take the proven end of the live order."""
        assert self._live is not None, "no order is live"
        assert end.status.terminal, f"{end.status} is no end"
        if end.filled_size > self._live.filled:
            self.last_fill_s = at_s
        self._live.end, self._live.ended_s = end, at_s
        self._live = None

    def on_fill(self, fill: Fill, at_s: float) -> bool:
        """Count a fill; False if it was counted before."""
        assert fill.client_order_id is not None, "fills are heard by our own order ids"
        line = self._lines[fill.client_order_id]
        if fill.trade_id in line.fills:
            return False
        known = line.filled
        line.fills[fill.trade_id] = fill
        if line.filled > known:
            self.last_fill_s = at_s
        return True

    @property
    def live_id(self) -> ClientOrderId | None:
        """The order that may still trade."""
        return None if self._live is None else self._live.client_order_id

    @property
    def live(self) -> LiveOrder | None:
        """The order that may still trade, as plans see it."""
        line = self._live
        return None if line is None else LiveOrder(line.sent_s, line.sent.price, line.sent.taking)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Orders that have ended, in the order of sending."""
        return tuple(line.attempt() for line in self._lines.values() if line.end is not None)

    @property
    def filled(self) -> Decimal:
        """What has traded, in base units."""
        return sum((line.filled for line in self._lines.values()), start=ZERO)

    @property
    def missing(self) -> Decimal:
        """What was asked for and has not traded."""
        return max(self._quantity - self.filled, ZERO)

    @property
    def complete(self) -> bool:
        """Whether every size that a final state tells of was told as fills, too."""
        return all(line.told >= line.filled for line in self._lines.values())

    @property
    def average_price(self) -> Decimal | None:
        """VWAP of everything; None without a fill, or where a price was never told."""
        priced = [(line.average, line.filled) for line in self._lines.values() if line.filled]
        known = [(price, size) for price, size in priced if price is not None]
        if len(known) < len(priced):
            return None
        return SlippageCalculator().average_price(known)

    @property
    def fees(self) -> dict[str, Decimal]:
        """What was paid, by asset; rebates are below zero."""
        fees: dict[str, Decimal] = {}
        for line in self._lines.values():
            for fill in line.fills.values():
                fees[fill.fee_asset] = fees.get(fill.fee_asset, ZERO) + fill.fee
        return fees


@dataclass(frozen=True, slots=True)
class Course:
    """What a report tells beside orders and fills."""

    execution_id: str
    request: ExecutionRequest
    mode: ExecutionMode
    algorithm: str
    arrival_mid: Decimal | None
    started_ns: int
    duration_s: float
    finish: Finish


def report_of(course: Course, account: ExecutionAccount) -> ExecutionReport:
    """Return the report of an execution whose orders have all ended."""
    assert account.live_id is None, "a report is made once every order has ended"
    average, side = account.average_price, course.request.side
    slippage_bps = None
    if average is not None and course.arrival_mid is not None:
        slippage_bps = SlippageCalculator().bps(side, course.arrival_mid, average)
    reason = course.finish.reason
    whole = reason in (EndReason.COMPLETE, EndReason.DUST)
    partly = ExecutionOutcome.PARTIALLY_FILLED if account.filled else ExecutionOutcome.NOT_FILLED
    return ExecutionReport(
        execution_id=course.execution_id,
        request=course.request,
        mode=course.mode,
        outcome=ExecutionOutcome.FILLED if whole else partly,
        ended_by=reason,
        message=course.finish.message,
        filled_size=account.filled,
        average_price=average,
        fees=account.fees,
        fees_complete=account.complete,
        arrival_mid=course.arrival_mid,
        slippage_bps=slippage_bps,
        started_ns=course.started_ns,
        duration_s=course.duration_s,
        time_to_fill_s=account.last_fill_s,
        orders=tuple(attempt.order for attempt in account.attempts),
        algorithm=course.algorithm,
    )
