"""When a pair is left: each reason, those that wait, and reads that failed."""

from __future__ import annotations

from typing import Any

import pytest

from exchange_clients.base_models import (
    NS,
    ContractId,
    LiquidationEvent,
    Side,
    Symbol,
)
from exchange_clients.events import FundingPayment
from execution.legs_order import LegsFinished, LegsOutcome
from execution.readings import Liquidated, Payment, PositionReading
from strategies.base_strategy import (
    TimerFired,
)
from strategies.implementations.funding_arbitrage.exits import ExitReason
from strategies.implementations.funding_arbitrage.state import PairStatus
from tests.strategies.arbitrage_stage import D, Stage


def liquidation(contract: str, size: str, *, ours: bool = True) -> LiquidationEvent:
    return LiquidationEvent(
        ContractId(contract), Symbol("ETH"), Side.BUY, D(size), D(2100), 1, ours
    )


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        ("0", "0.0011", None),
        ("0", "0.0004", ExitReason.SEVERE_EROSION),  # 0.0004 of 0.0022 is 18 %
        ("0", "0", ExitReason.SEVERE_EROSION),
        ("0.0001", "0", ExitReason.DIVERGENCE_FLIPPED),
        ("0", "0.001", ExitReason.PROFIT_EROSION),
    ],
)
def test_a_worse_rate_is_a_reason_to_close(
    low: str, high: str, expected: ExitReason | None
) -> None:
    stage = Stage(rates={"low": "-0.0011", "high": "0.0011"})
    stage.opened()
    stage.rates = {"low": low, "high": high}
    # Nothing is worth opening any more, so that the pair is not the best one.
    stage.changes["low"]["stats"] = None
    stage.survey()
    assert stage.reason is expected


def test_an_eroded_pair_that_is_still_the_best_is_kept() -> None:
    stage = Stage(rates={"low": "-0.005", "high": "0.005"})
    stage.opened()
    stage.rates = {"low": "-0.002", "high": "0.002"}
    stage.survey()
    assert stage.reason is None


def test_an_exit_at_a_loss_waits_ten_minutes_from_its_first_reason_over_a_restart() -> None:
    """F7: flipped, 3 below water, restarted at minute 4: closed at minute 10."""
    stage = Stage()
    stage.opened()
    stage.rates = {"low": "0.001", "high": "-0.001"}
    result = stage.survey()
    assert not result.legs
    assert result.wait_time == 600
    for _ in range(4):
        assert not stage.survey().legs
    stage.restart()
    for _ in range(5):
        assert not stage.survey().legs
    (order,) = stage.survey().legs
    assert [(leg.side, leg.quantity, leg.reduce_only) for leg in order.orders] == [
        (Side.SELL, D("0.15"), True),
        (Side.BUY, D("0.15"), True),
    ]
    assert stage.reason is ExitReason.DIVERGENCE_FLIPPED


def test_the_wait_ends_by_its_own_timer() -> None:
    stage = Stage()
    stage.opened()
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    stage.survey(9.5)
    (pending,) = [stage.tell(TimerFired(stage.now_ns + 30 * NS)).legs]
    assert len(pending) == 1


def test_an_exit_that_breaks_even_does_not_wait() -> None:
    stage = Stage()
    pair = stage.opened()
    received = FundingPayment(
        "p1", ContractId("ETH-PERP"), D(50), "USDC", None, None, pair.opened_ns + 1
    )
    stage.rates = {"low": "0.001", "high": "-0.001"}
    assert len(stage.survey(payments=[Payment("high", received)]).legs) == 1


def test_a_reason_that_is_gone_starts_anew() -> None:
    stage = Stage()
    stage.opened()
    good = stage.rates
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    stage.survey(6)
    stage.rates = good
    stage.survey()
    assert stage.reason is None
    stage.rates = {"low": "0.001", "high": "-0.001"}
    assert not stage.survey(5).legs


def test_stale_rates_leave_a_seen_reason_standing() -> None:
    stage = Stage()
    stage.opened()
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    stage.stale("low", 11)
    result = stage.survey()
    assert "rates stale" in result.message
    assert stage.reason is ExitReason.DIVERGENCE_FLIPPED
    assert len(stage.survey(9).legs) == 1


def test_with_stale_rates_age_still_ends_a_pair() -> None:
    """F4: a rate 11 minutes old counts for nothing, the rules of price and age do."""
    stage = Stage()
    stage.opened()
    stage.stale("low", 11)
    stage.rates = {"low": "0.001", "high": "-0.001"}
    stage.survey()
    assert stage.reason is None
    stage.survey(168 * 60)
    assert stage.reason is ExitReason.MAX_AGE


def test_a_failed_read_alerts_and_closes_nothing() -> None:
    """F8: leg B cannot be read; whatever else is wrong, nothing is closed."""
    stage = Stage()
    stage.opened()
    stage.unread("high")
    stage.rates = {"low": "0.001", "high": "-0.001"}
    for _ in range(20):
        result = stage.survey()
        assert not result.legs
        assert not result.orders
        assert "unverified: no fresh position of high" in result.message
    assert stage.status() is PairStatus.OPEN


def test_a_single_read_of_nothing_closes_nothing() -> None:
    stage = Stage()
    stage.opened()
    held = dict(stage.held)
    stage.held["high"] = D(0)
    stage.parameters["max_imbalance"] = "100"
    stage.restart()
    assert not stage.survey().orders
    stage.held = held
    stage.survey()
    assert stage.pair.short.zero_reads == 0
    stage.held["high"] = D(0)
    assert not stage.survey().orders


def test_a_leg_read_gone_twice_closes_the_other_at_once() -> None:
    """F9: two fresh reads of nothing."""
    stage = Stage(parameters={"max_imbalance": "100"})
    stage.opened()
    stage.held["high"] = D(0)
    assert not stage.survey().orders
    (order,) = stage.survey().orders
    assert (order.venue, order.side, order.quantity) == ("low", Side.SELL, D("0.15"))
    assert order.reduce_only
    assert stage.reason is ExitReason.LEG_GONE


def test_legs_of_which_one_was_taken_in_part_are_closed_whole_and_at_once() -> None:
    """A part of a leg might leave less than its venue takes an order for."""
    stage = Stage()
    stage.opened()
    stage.held["high"] /= 2
    (closing,) = stage.survey().legs
    assert closing.whole
    assert {each.venue: each.quantity for each in closing.orders} == {
        name: abs(size) for name, size in stage.held.items()
    }
    assert all(each.reduce_only for each in closing.orders)
    assert stage.reason is ExitReason.IMBALANCE


def test_a_liquidation_of_the_very_market_closes_the_other_leg_at_once() -> None:
    """F9: ETH's other leg goes at once; of ETHFI, or of another account, nothing follows."""
    stage = Stage()
    stage.opened()
    for venue, event in (
        ("high", liquidation("ETHFI-PERP", "9")),
        ("low", liquidation("ETH-PERP", "9")),  # a long is not liquidated by buying
        ("elsewhere", liquidation("ETH-PERP", "9")),
        ("high", liquidation("ETH-PERP", "9", ours=False)),
    ):
        assert not stage.tell(Liquidated(venue, event, stage.now_ns)).orders
    (order,) = stage.tell(Liquidated("high", liquidation("ETH-PERP", "0.15"), stage.now_ns)).orders
    assert (order.venue, order.side, order.quantity) == ("low", Side.SELL, D("0.15"))
    assert order.reduce_only


def test_a_reported_liquidation_is_acted_on_though_the_other_leg_is_unread() -> None:
    stage = Stage()
    stage.opened()
    stage.unread("low")
    stage.survey()
    (order,) = stage.tell(Liquidated("high", liquidation("ETH-PERP", "0.15"), stage.now_ns)).orders
    assert (order.venue, order.quantity, order.reduce_only) == ("low", D("0.15"), True)


@pytest.mark.parametrize(("held", "closes"), [("-0.1425", False), ("-0.142", True)])
def test_legs_that_differ_by_more_than_five_percent_are_closed(held: str, closes: bool) -> None:
    stage = Stage()
    stage.opened()
    stage.held["high"] = D(held)
    assert bool(stage.survey().legs) is closes


@pytest.mark.parametrize(("liquidation_price", "closes"), [("2200", False), ("2199", True)])
def test_a_leg_near_its_liquidation_ends_the_pair(liquidation_price: str, closes: bool) -> None:
    stage = Stage()
    stage.opened()
    stage.changes["high"]["position"] = PositionReading(
        D("-0.15"), stage.now_ns + 60 * NS, D(2000), D(liquidation_price)
    )
    assert bool(stage.survey().legs) is closes


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"collateral_price": D("0.98")}, None),
        ({"collateral_price": D("0.979")}, ExitReason.DEPEG),
        ({"trouble": "maintenance"}, ExitReason.VENUE_DEGRADED),
    ],
)
def test_a_venue_in_trouble_is_a_reason_to_leave(
    change: dict[str, Any], expected: ExitReason | None
) -> None:
    stage = Stage()
    stage.opened()
    stage.changes["high"].update(change)
    stage.survey()
    assert stage.reason is expected


def test_a_pair_whose_rest_is_gone_is_over_whatever_pause_its_next_try_has() -> None:
    """After several closings in vain the pause is five minutes; what is flat waits for none."""
    stage = Stage()
    stage.opened()
    stage.rates = {"low": "0.001", "high": "-0.001"}
    tried = 0
    for _ in range(60):
        result = stage.survey()
        for order in result.legs:
            tried += 1
            stage.tell(LegsFinished(order.key, LegsOutcome.UNWOUND, stage.now_ns, ()))
    assert tried > 5
    assert stage.status() is PairStatus.CLOSING
    stage.held = {"low": D(0), "high": D(0)}
    for _ in range(2):
        stage.survey(0.25)
    assert stage.status() is PairStatus.CLOSED
