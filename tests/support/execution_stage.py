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
