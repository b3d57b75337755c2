"""What becomes of legs that filled unequally: hedge what is missing, or go back to the baseline.

Hedging trades the missing tokens on the leg that lacks them; unwinding trades back what was filled.
The cheaper one by the books as they stand is tried; where a hedge does not come through, everything
is unwound. Orders are market orders of ``OrderExecutor``, each at its proven end before the next.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ZERO,
    ContractId,
    DepthView,
    Market,
    Side,
)
from exchange_clients.errors import ExchangeError
from execution.execution_values import (
    ExecutionMode,
    ExecutionReport,
    ExecutionRequest,
    Urgency,
)
from execution.liquidity_analyzer import LiquidityAnalyzer
from execution.order_executor import OrderExecutor
from execution.slippage import SlippageCalculator

TOLERANCE = Decimal("0.01")
"""The share of the larger side by which legs may differ and still count as balanced."""
DEPTH_LEVELS = 50


class PartialFillAction(StrEnum):
    """What was done about unequal legs."""

    NONE = "none"
    """They were equal enough."""
    HEDGED = "hedged"
    """The missing tokens were traded."""
    UNWOUND = "unwound"
    """Every leg is back at its baseline."""
    EXPOSED = "exposed"
    """Neither came through: ``residual_tokens`` are open, and a person is needed."""


@dataclass(frozen=True, slots=True)
class FilledLeg:
    """What one leg has traded. No order of it is live any more."""

    venue: str
    market: Market
    side: Side
    filled: Decimal
    """In base units."""
    average_price: Decimal | None = None
    """Of what was filled (USD); None without a fill."""
    baseline: Decimal = ZERO
    """Signed position in base units before the leg traded."""

    @property
    def contract_id(self) -> ContractId:
        """The contract."""
        return self.market.contract_id

    @property
    def tokens(self) -> Decimal:
        """Signed: what the leg added to what we hold."""
        return self.side.sign * self.filled * self.market.multiplier


@dataclass(frozen=True, slots=True)
class Trade:
    """A market order that a decision asks for."""

    leg: int
    side: Side
    size: Decimal
    reduce_only: bool


@dataclass(frozen=True, slots=True)
class PartialFillReport:
    """What was done, and what it cost."""

    action: PartialFillAction
    reason: str
    """With the numbers that decided."""
    residual_tokens: Decimal
    """Signed: what the legs together hold more than before; zero is neutral."""
    cost_usd: Decimal
    """What the fills of the repair lost against the prices they undo or were decided on."""
    fees: Mapping[str, Decimal]
    """Of the repair's orders, by asset."""
    executions: tuple[ExecutionReport, ...]
    """In the order of trading."""


def residual_tokens(legs: Sequence[FilledLeg]) -> Decimal:
    """Return what all legs together added, signed; zero is neutral."""
    return sum((leg.tokens for leg in legs), start=ZERO)


def balanced(legs: Sequence[FilledLeg]) -> bool:
    """Say whether what is left over is at most 1 % of a side, or below the larger step."""
    residual = abs(residual_tokens(legs))
    larger = max(sum((max(s * leg.tokens, ZERO) for leg in legs), start=ZERO) for s in (1, -1))
    step = max(leg.market.step * leg.market.multiplier for leg in legs)
    return residual <= TOLERANCE * larger or residual < step


def hedge(legs: Sequence[FilledLeg]) -> Trade | None:
    """Return the trade that evens the legs out: more of the least filled leg of the lacking side.

    None where no leg is on that side, or where the missing tokens are below its step.
    """
    residual = residual_tokens(legs)
    lacking = Side.SELL if residual > 0 else Side.BUY
    able = [index for index, leg in enumerate(legs) if leg.side is lacking]
    if not able:
        return None
    index = min(able, key=lambda each: abs(legs[each].tokens))
    market = legs[index].market
    size = market.round_size(abs(residual) / market.multiplier)
    return Trade(index, lacking, size, reduce_only=False) if size > 0 else None


def unwind(legs: Sequence[FilledLeg]) -> list[Trade]:
    """Return the trades that bring every leg back to its baseline, never past it.

    They only reduce, but for the part that restores a baseline of the other sign.
    """
    trades: list[Trade] = []
    for index, leg in enumerate(legs):
        held = leg.side.sign * (leg.baseline + leg.side.sign * leg.filled)
        reducing = min(leg.filled, max(held, ZERO))
        for size, reduce_only in ((reducing, True), (leg.filled - reducing, False)):
            if size > 0:
                trades.append(Trade(index, leg.side.opposite, size, reduce_only))
    return trades


def taking_price(depth: DepthView | None, side: Side, size: Decimal) -> Decimal | None:
    """Return the average price (USD) of taking ``size``; None where the book does not hold it."""
    if depth is None:
        return None
    return LiquidityAnalyzer().analyze_size(depth, side, size).average_price


def expected_cost(
    legs: Sequence[FilledLeg], trades: Sequence[Trade], depths: Sequence[DepthView | None]
) -> Decimal | None:
    """Return what trades would cost by the books (USD); None where a book does not hold them.

    A trade costs its taker fee, and what it gives up against the leg's own average, which is what
    an unwinding undoes and what a hedge should have been filled at.
    """
    cost = ZERO
    for trade in trades:
        leg = legs[trade.leg]
        price = taking_price(depths[trade.leg], trade.side, trade.size)
        if price is None:
            return None
        reference = leg.average_price or price
        cost += SlippageCalculator().cost_usd(trade.side, reference, price, trade.size)
        cost += price * trade.size * leg.market.taker_fee
    return cost


class PartialFillHandler:
    """Repairs legs that filled unequally.

    Args:
        executor: Trades.
        clients: By the name of their venue: the books are read from them.
    """

    def __init__(self, executor: OrderExecutor, clients: Mapping[str, BaseExchangeClient]) -> None:
        self._executor = executor
        self._clients = clients

    async def handle(self, legs: Sequence[FilledLeg]) -> PartialFillReport:
        """Even the legs out or bring them back; the report says which, and what it cost."""
        if balanced(legs):
            return _report(PartialFillAction.NONE, "the legs are balanced", legs, legs, ())
        depths = [await self._depth(leg) for leg in legs]
        hedging, unwinding = hedge(legs), unwind(legs)
        hedge_usd = None if hedging is None else expected_cost(legs, [hedging], depths)
        unwind_usd = expected_cost(legs, unwinding, depths)
        reason = f"hedge would cost {_usd(hedge_usd)}, unwinding {_usd(unwind_usd)}"
        now, done = list(legs), list[ExecutionReport]()
        cheaper = hedge_usd is not None and (unwind_usd is None or hedge_usd <= unwind_usd)
        if hedging is not None and cheaper:
            await self._trade(hedging, now, done)
            if balanced(now):
                return _report(PartialFillAction.HEDGED, reason, legs, now, done)
            reason += "; the hedge did not come through"
        for trade in unwind(now):
            await self._trade(trade, now, done)
        back = all(leg.filled < leg.market.step for leg in now)
        action = PartialFillAction.UNWOUND if back else PartialFillAction.EXPOSED
        return _report(action, reason, legs, now, done)

    async def _trade(
        self, trade: Trade, legs: list[FilledLeg], done: list[ExecutionReport]
    ) -> None:
        """Trade, and enter what was filled into the legs as they are now."""
        leg = legs[trade.leg]
        report = await self._executor.execute(
            ExecutionRequest(
                leg.venue,
                leg.contract_id,
                trade.side,
                trade.size,
                ExecutionMode.MARKET_ONLY,
                Urgency.CLOSE,
                trade.reduce_only,
            )
        )
        done.append(report)
        legs[trade.leg] = _after(leg, trade.side, report)

    async def _depth(self, leg: FilledLeg) -> DepthView | None:
        client = self._clients[leg.venue]
        try:
            return await client.get_order_book_depth(leg.contract_id, DEPTH_LEVELS)
        except (ExchangeError, OSError):
            return None


def _after(leg: FilledLeg, side: Side, report: ExecutionReport) -> FilledLeg:
    if side is leg.side:
        parts = [(leg.average_price, leg.filled), (report.average_price, report.filled_size)]
        known = [(price, size) for price, size in parts if price is not None]
        average = SlippageCalculator().average_price(known)
        return replace(leg, filled=leg.filled + report.filled_size, average_price=average)
    return replace(leg, filled=leg.filled - report.filled_size)


def _report(
    action: PartialFillAction,
    reason: str,
    before: Sequence[FilledLeg],
    after: Sequence[FilledLeg],
    executions: Sequence[ExecutionReport],
) -> PartialFillReport:
    fees: dict[str, Decimal] = {}
    for execution in executions:
        for asset, fee in execution.fees.items():
            fees[asset] = fees.get(asset, ZERO) + fee
    return PartialFillReport(
        action, reason, residual_tokens(after), _cost(before, executions), fees, tuple(executions)
    )


def _cost(legs: Sequence[FilledLeg], executions: Sequence[ExecutionReport]) -> Decimal:
    """Return what executions lost against the average of what their leg had filled before."""
    cost = ZERO
    for execution in executions:
        request, price = execution.request, execution.average_price
        market = (request.venue, request.contract_id)
        leg = next(each for each in legs if (each.venue, each.contract_id) == market)
        reference = leg.average_price or execution.arrival_mid
        if price is not None and reference is not None:
            cost += SlippageCalculator().cost_usd(
                request.side, reference, price, execution.filled_size
            )
    return cost


def _usd(cost: Decimal | None) -> str:
    return "more than the book holds" if cost is None else f"{cost:.2f} USD"
