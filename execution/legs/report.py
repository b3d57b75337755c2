"""What an execution of several legs came to, for callers and for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import NS, ZERO, ContractId, Fill, Side
from execution.legs.plan import Refusal
from execution.legs.state import Decision, Execution, LegOrder, Outcome

GOOD = (Outcome.HEDGED, Outcome.EVENED)


@dataclass(frozen=True, slots=True)
class Traded:
    """What the fills of an order that were heard add up to."""

    size: Decimal = ZERO
    value: Decimal = ZERO
    """Sum of price times size (USD), without what its venue has taken back."""
    voided: Decimal = ZERO
    """How much of the size that is."""
    fees: Mapping[str, Decimal] = field(default_factory=dict)
    """By asset; below zero where rebates were larger."""

    def plus(self, fill: Fill) -> Traded:
        """Return the sum with one more fill."""
        paid = self.fees.get(fill.fee_asset, ZERO) + fill.fee
        fees = {**self.fees, fill.fee_asset: paid}
        if fill.voids is not None:
            value = self.value - fill.size * fill.price
            return Traded(self.size, value, self.voided + fill.size, fees)
        return Traded(self.size + fill.size, self.value + fill.size * fill.price, self.voided, fees)


@dataclass(frozen=True, slots=True)
class ReportedOrder:
    """One order with the average price of its fills."""

    order: LegOrder
    average_price: Decimal | None
    """None without a fill, or where a fill was not heard by this process."""


@dataclass(frozen=True, slots=True)
class LegReport:
    """One leg at the end."""

    venue: str
    contract_id: ContractId
    side: Side
    wanted: Decimal
    """Base units."""
    baseline: Decimal
    """Signed position before (base units)."""
    net: Decimal
    """By how much the execution has changed the position, in the leg's direction (base units)."""
    net_tokens: Decimal
    orders: tuple[ReportedOrder, ...]
    """In the order of sending; the client order id names each at its venue."""
    fees: Mapping[str, Decimal]
    """By asset; above zero was paid."""
    fees_complete: bool
    """Whether each fill was heard with its fee; else ``fees`` lacks some."""
    cash_flow: Decimal | None
    """What was received for sales less what was paid for purchases, without fees (USD)."""


@dataclass(frozen=True, slots=True)
class LegsReport:
    """What an execution came to."""

    execution_id: str
    outcome: Outcome | None
    """None where nothing was sent, for the refusals."""
    refusals: tuple[Refusal, ...] = ()
    legs: tuple[LegReport, ...] = ()
    """The first to be sent first."""
    worst_unhedged_usd: Decimal | None = None
    """What the plan had allowed for."""
    residual_usd: Decimal = ZERO
    """What is unhedged at the end."""
    unhedged_usd_seconds: Decimal = ZERO
    """Measured: the unhedged USD added up over time, as it was known here."""
    peak_unhedged_usd: Decimal = ZERO
    unhedged_s: float = 0.0
    """For how long anything was unhedged."""
    away_s: float = 0.0
    """How much of that a venue was away, or this process was."""
    longest_s: float = 0.0
    """The longest that anything was unhedged while every venue answered."""
    bound_s: float | None = None
    """After how long of that it had to be hedged or undone."""
    decisions: tuple[Decision, ...] = ()
    restarts: int = 0
    message: str = ""

    @property
    def success(self) -> bool:
        """Whether something was traded and the legs are even."""
        return self.outcome in GOOD

    @property
    def in_bound(self) -> bool:
        """Whether both bounds were kept: in USD always, in seconds while every venue answered."""
        if self.bound_s is None or self.worst_unhedged_usd is None:
            return True
        return self.longest_s <= self.bound_s and self.peak_unhedged_usd <= self.worst_unhedged_usd

    @property
    def cost_usd(self) -> Decimal | None:
        """What an execution that was undone has cost, without fees; None where not known."""
        flows = [leg.cash_flow for leg in self.legs]
        known = [flow for flow in flows if flow is not None]
        if self.outcome is not Outcome.UNWOUND or len(known) < len(flows):
            return None
        return -sum(known, ZERO)


def refused(execution_id: str, refusals: list[Refusal]) -> LegsReport:
    """Return the report of an execution of which nothing was sent."""
    message = "; ".join(str(refusal) for refusal in refusals)
    return LegsReport(execution_id, None, tuple(refusals), message=message)


def make_report(execution: Execution, traded: Mapping[str, Traded]) -> LegsReport:
    """Return the report of an execution that has ended.

    Args:
        execution: As it stands.
        traded: Sums of the fills that were heard, by client order id.
    """
    exposure = execution.exposure
    return LegsReport(
        execution_id=execution.execution_id,
        outcome=execution.outcome,
        legs=tuple(_leg(execution, index, traded) for index in range(len(execution.legs))),
        worst_unhedged_usd=execution.plan.worst_unhedged_usd,
        residual_usd=execution.unhedged_usd,
        unhedged_usd_seconds=exposure.usd_seconds,
        peak_unhedged_usd=exposure.peak_usd,
        unhedged_s=exposure.uneven_ns / NS,
        away_s=exposure.away_ns / NS,
        longest_s=exposure.longest_ns / NS,
        bound_s=execution.plan.times.bound_s,
        decisions=execution.decisions,
        restarts=execution.restarts,
        message=_message(execution),
    )


def _leg(execution: Execution, index: int, traded: Mapping[str, Traded]) -> LegReport:
    leg, state = execution.plan.legs[index], execution.legs[index]
    fees: dict[str, Decimal] = {}
    complete, flow = True, ZERO
    orders = []
    for order in state.orders:
        heard = traded.get(order.client_order_id, Traded())
        whole = heard.size == order.filled
        complete = complete and whole
        flow -= order.side.sign * heard.value
        for asset, paid in heard.fees.items():
            fees[asset] = fees.get(asset, ZERO) + paid
        kept = heard.size - heard.voided
        average = heard.value / kept if whole and kept else None
        orders.append(ReportedOrder(order, average))
    return LegReport(
        venue=leg.venue,
        contract_id=leg.contract_id,
        side=leg.side,
        wanted=leg.quantity,
        baseline=state.baseline,
        net=state.net,
        net_tokens=state.net * leg.multiplier,
        orders=tuple(orders),
        fees=fees,
        fees_complete=complete,
        cash_flow=flow if complete else None,
    )


def _message(execution: Execution) -> str:
    if execution.outcome is not Outcome.STRANDED:
        return "; ".join(
            f"{leg.venue}: {rest:f} of {leg.contract_id} is left, too small an order there"
            for index, leg in enumerate(execution.plan.legs)
            if (rest := execution.left(index)) > 0
        )
    left = []
    for leg, state in zip(execution.plan.legs, execution.legs, strict=True):
        rest = leg.quantity - state.net if execution.plan.closes else state.net
        if state.live is not None:
            order = state.live.client_order_id
            left.append(f"{leg.venue}: order {order} is not proven to be over")
        elif rest:
            left.append(f"{leg.venue}: {rest:f} of {leg.contract_id} is left")
    return "; ".join(left) + "; resume() takes it up again"
