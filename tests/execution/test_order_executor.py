"""Modes of the executor at venues of every kind of answer, judged by the venue's own books."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import OrderStatus, OrderType, Side
from execution.execution_values import (
    EndReason,
    ExecutionLimits,
    ExecutionMode,
    ExecutionOutcome,
    ExecutionReport,
    ExecutionRequest,
    Urgency,
)
from execution.order_executor import OrderExecutor
from tests.conformance.conforming import Conforming
from tests.conformance.rig import ASK, BID, Rig, Setting, play, setting
from tests.conformance.venues import VENUES

D = Decimal
RICH = Setting(balance=D(1_000_000), feeds=True)
VENUE = "here"
SOME = [facts for facts in VENUES if facts.name in ("backpack", "grvt", "lighter", "paper")]
EVERYWHERE = pytest.mark.parametrize("facts", SOME, ids=lambda facts: facts.name)


def executor_of(rig: Rig) -> OrderExecutor:
    return OrderExecutor({VENUE: rig.client}, rig.clock)


def asked(
    rig: Rig,
    mode: ExecutionMode,
    quantity: str = "1",
    *,
    side: Side = Side.BUY,
    urgency: Urgency = Urgency.OPEN,
    limits: ExecutionLimits | None = None,
) -> ExecutionRequest:
    return ExecutionRequest(
        VENUE, rig.btc, side, D(quantity), mode, urgency, limits=limits or ExecutionLimits()
    )


def check_truth(rig: Rig, report: ExecutionReport) -> None:
    """What is reported is what the venue's books say, and nothing is left open there."""
    assert not rig.world_open()
    fills = rig.world_fills()
    assert report.filled_size == sum((fill.size for fill in fills), D(0))
    if fills:
        notional = sum((fill.size * fill.price for fill in fills), D(0))
        assert report.average_price == notional / report.filled_size
    assert report.fees_complete
    assert sum(report.fees.values(), D(0)) == sum((fill.fee for fill in fills), D(0))
    assert all(order.status.terminal for order in report.orders)


@EVERYWHERE
def test_what_the_limit_did_not_fill_in_time_is_taken(facts: Conforming) -> None:
    """X4: the limit fills 0.6 of 1.0, so the market order is of 0.4 and never of 1.0."""

    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.clock.call_later(5, lambda: rig.let_the_market_sell(D("0.6"), BID))
        request = asked(rig, ExecutionMode.LIMIT_WITH_FALLBACK)
        report = await executor_of(rig).execute(request)
        check_truth(rig, report)
        assert [(order.size, order.filled_size) for order in report.orders] == [
            (D(1), D("0.6")),
            (D("0.4"), D("0.4")),
        ]
        assert [order.order_type for order in report.orders] == [OrderType.LIMIT, OrderType.MARKET]
        assert report.outcome is ExecutionOutcome.FILLED
        assert report.ended_by is EndReason.COMPLETE
        assert report.arrival_mid == (BID + ASK) / 2
        assert 40 <= report.duration_s < 42

    play(facts, case)


@EVERYWHERE
def test_market_only_takes_all_of_it_at_once(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        report = await executor_of(rig).execute(asked(rig, ExecutionMode.MARKET_ONLY))
        check_truth(rig, report)
        assert report.outcome is ExecutionOutcome.FILLED
        assert [order.status for order in report.orders] == [OrderStatus.FILLED]
        assert report.average_price == ASK
        assert report.slippage_bps is not None
        assert round(report.slippage_bps, 4) == D("0.5000")

    play(facts, case)


@EVERYWHERE
def test_limit_only_leaves_what_did_not_fill(facts: Conforming) -> None:
    @setting(RICH)
    async def case(rig: Rig) -> None:
        rig.clock.call_later(5, lambda: rig.let_the_market_sell(D("0.6"), BID))
        report = await executor_of(rig).execute(asked(rig, ExecutionMode.LIMIT_ONLY))
        check_truth(rig, report)
        assert report.filled_size == D("0.6")
        assert report.outcome is ExecutionOutcome.PARTIALLY_FILLED
        assert report.ended_by is EndReason.TIMED_OUT

    play(facts, case)
