"""Executions at a simulated venue, and their truth: the venue's own books."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import Side
from execution.execution_values import (
    ExecutionLimits,
    ExecutionMode,
    ExecutionReport,
    ExecutionRequest,
    Urgency,
)
from execution.order_executor import OrderExecutor
from tests.conformance.rig import Rig, Setting
from tests.conformance.venues import VENUES

RICH = Setting(balance=Decimal(1_000_000), feeds=True)
"""Enough for orders of several BTC, with the live book ready."""
VENUE = "here"
ANSWERS_DIFFER = [
    facts for facts in VENUES if facts.name in ("backpack", "grvt", "lighter", "paper")
]
"""One that answers with the outcome, two that only acknowledge, and the paper venue over a network.

Each of the first three has other ways to look an order up.
"""
LOOK_S = 0.007
EVERYWHERE = pytest.mark.parametrize("facts", ANSWERS_DIFFER, ids=lambda facts: facts.name)


def executor_of(rig: Rig) -> OrderExecutor:
    """Return an executor over the rig's client."""
    return OrderExecutor({VENUE: rig.client}, rig.clock)


def asked(
    rig: Rig,
    mode: ExecutionMode,
    quantity: str = "1",
    *,
    side: Side = Side.BUY,
    urgency: Urgency = Urgency.OPEN,
    reduce_only: bool = False,
    limits: ExecutionLimits | None = None,
) -> ExecutionRequest:
    """Return a request for BTC."""
    return ExecutionRequest(
        VENUE,
        rig.btc,
        side,
        Decimal(quantity),
        mode,
        urgency,
        reduce_only,
        limits or ExecutionLimits(),
    )


def check_truth(rig: Rig, report: ExecutionReport) -> None:
    """Check that the report is what the venue's books say, and that nothing is left open there."""
    assert not rig.world_open()
    fills = rig.world_fills()
    assert report.filled_size == sum((fill.size for fill in fills), Decimal(0))
    assert report.filled_size <= report.request.quantity
    assert all(order.status.terminal for order in report.orders)
    assert report.fees_complete
    assert sum(report.fees.values(), Decimal(0)) == sum((fill.fee for fill in fills), Decimal(0))
    if fills:
        notional = sum((fill.size * fill.price for fill in fills), Decimal(0))
        assert report.average_price == notional / report.filled_size
    sent = [order for order in report.orders if order.filled_size or order.reason is None]
    assert len(rig.world_orders()) >= len(sent)


class Guard:
    """Looks at the venue's books all the time: one order at most, and never more than the target.

    Args:
        rig: The stage.
        target: The most that may be traded and on offer together, in base units.
    """

    def __init__(self, rig: Rig, target: Decimal) -> None:
        self._rig = rig
        self._target = target
        self._wrong: list[str] = []
        self._looks = 0
        self._look()

    def check(self) -> None:
        """Check that nothing was ever wrong."""
        self._look()
        assert self._looks > 1, "nothing was looked at"
        assert not self._wrong, "\n".join(self._wrong)

    def _look(self) -> None:
        self._looks += 1
        resting = self._rig.world_open()
        traded = sum((fill.size for fill in self._rig.world_fills()), Decimal(0))
        offered = sum((order.remaining_size for order in resting), Decimal(0))
        if len(resting) > 1:
            self._wrong.append(f"two live orders of one execution: {resting}")
        if traded + offered > self._target:
            self._wrong.append(f"{traded} traded and {offered} on offer of {self._target}")
        self._rig.clock.call_later(LOOK_S, self._look)


async def check_execution(rig: Rig, request: ExecutionRequest) -> ExecutionReport:
    """Execute, check the report by the venue's own books, and return it."""
    report = await executor_of(rig).execute(request)
    check_truth(rig, report)
    return report


async def check_filled(rig: Rig, request: ExecutionRequest) -> ExecutionReport:
    """Execute, looking at the venue's books all the time; the whole quantity must be filled."""
    guard = Guard(rig, request.quantity)
    report = await check_execution(rig, request)
    assert report.filled
    guard.check()
    return report
