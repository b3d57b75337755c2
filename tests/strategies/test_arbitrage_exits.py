"""The reasons to close, one by one and in their order."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import NS
from execution.settlements import HOUR_NS
from strategies.implementations.funding_arbitrage.exits import (
    ExitReason,
    LegView,
    PairView,
    can_go,
    exit_reason,
    imbalance,
    notes,
)
from strategies.implementations.funding_arbitrage.parameters import arbitrage_settings
from tests.strategies.arbitrage_stage import D

SETTINGS = arbitrage_settings({}).exits
LEG = LegView("a", D(10), spread=D("0.001"), collateral_price=D(1))
PAIR = PairView(
    long=LEG,
    short=replace(LEG, venue="b"),
    age_ns=HOUR_NS,
    entry_divergence_8h=D("0.001"),
    divergence_8h=D("0.001"),
    still_best=False,
    net_if_closed=D(1),
)


def pair(**changes: Any) -> PairView:
    """Return a sound pair with changes; ``long__`` and ``short__`` reach its legs."""
    legs = {
        side: replace(
            getattr(PAIR, side),
            **{key[len(side) + 2 :]: each for key, each in changes.items() if key.startswith(side)},
        )
        for side in ("long", "short")
    }
    rest = {key: each for key, each in changes.items() if "__" not in key}
    return replace(PAIR, **legs, **rest)


@pytest.mark.parametrize(
    ("divergence", "best", "expected"),
    [
        ("0.0004", False, ExitReason.PROFIT_EROSION),
        ("0.0004", True, None),
        ("0.0005", False, None),
        ("0.0002", True, None),
        ("0.0001999", True, ExitReason.SEVERE_EROSION),
        ("0.0", True, ExitReason.SEVERE_EROSION),
        ("-0.0001", True, ExitReason.DIVERGENCE_FLIPPED),
    ],
)
def test_what_is_left_of_the_entrys_divergence_decides(
    divergence: str, best: bool, expected: ExitReason | None
) -> None:
    """F6: of 0.001 there are 0.0004, 0.0 or -0.0001 left."""
    assert exit_reason(pair(divergence_8h=D(divergence), still_best=best), SETTINGS) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"long__liquidation_distance": D("0.1")}, None),
        ({"long__liquidation_distance": D("0.0999")}, ExitReason.LIQUIDATION_NEAR),
        ({"short__proven_gone": True}, ExitReason.LEG_GONE),
        ({"short__tokens": D("9.5")}, None),
        ({"short__tokens": D("9.49")}, ExitReason.IMBALANCE),
        ({"age_ns": 168 * HOUR_NS - 1}, None),
        ({"age_ns": 168 * HOUR_NS}, ExitReason.MAX_AGE),
        ({"short__collateral_price": D("1.02")}, None),
        ({"short__collateral_price": D("1.021")}, ExitReason.DEPEG),
        ({"short__collateral_price": None}, None),
        ({"long__trouble": "maintenance"}, ExitReason.VENUE_DEGRADED),
    ],
)
def test_thresholds_are_exact(changes: dict[str, Any], expected: ExitReason | None) -> None:
    assert exit_reason(pair(**changes), SETTINGS) is expected


def test_reasons_are_asked_in_their_order() -> None:
    """Everything is wrong; each reason hides the ones after it until it is mended."""
    wrong: dict[str, Any] = {
        "long__liquidation_distance": D("0.01"),
        "short__proven_gone": True,
        "short__tokens": D(5),
        "divergence_8h": D(-1),
        "age_ns": 999 * HOUR_NS,
        "long__collateral_price": D("0.5"),
        "long__trouble": "maintenance",
    }
    told = []
    for key in list(wrong):
        told.append(exit_reason(pair(**wrong), SETTINGS))
        del wrong[key]
    assert told == [
        ExitReason.LIQUIDATION_NEAR,
        ExitReason.LEG_GONE,
        ExitReason.IMBALANCE,
        ExitReason.DIVERGENCE_FLIPPED,
        ExitReason.MAX_AGE,
        ExitReason.DEPEG,
        ExitReason.VENUE_DEGRADED,
    ]
    assert [reason.critical for reason in told if reason is not None] == [True] * 3 + [False] * 4


@pytest.mark.parametrize(
    "changes",
    [
        {"long__liquidation_distance": D("0.01")},
        {"divergence_8h": D(-1)},
        {"age_ns": 999 * HOUR_NS},
        {"long__trouble": "maintenance"},
    ],
)
def test_an_unverified_pair_is_never_closed(changes: dict[str, Any]) -> None:
    """F8: a snapshot that failed is no leg gone, and nothing else counts beside it."""
    view = pair(short__tokens=None, **changes)
    assert exit_reason(view, SETTINGS) is None
    assert notes(view)[0] == "unverified: no fresh position of b"


def test_stale_rates_are_told_and_their_rules_are_silent() -> None:
    """F4: with stale rates the rules of price and age remain."""
    view = pair(divergence_8h=None)
    assert exit_reason(view, SETTINGS) is None
    assert notes(view) == ("rates stale",)
    assert exit_reason(replace(view, age_ns=168 * HOUR_NS), SETTINGS) is ExitReason.MAX_AGE


def test_proof_that_a_leg_is_gone_needs_no_reading_of_the_other() -> None:
    assert (
        exit_reason(pair(short__proven_gone=True, long__tokens=None), SETTINGS)
        is ExitReason.LEG_GONE
    )


@pytest.mark.parametrize(
    ("changes", "waited_s", "goes"),
    [
        ({}, 0, True),
        ({"long__spread": D("0.02")}, 0, True),
        ({"long__spread": D("0.0201")}, 0, False),
        ({"long__spread": None}, 0, False),
        ({"net_if_closed": D(0)}, 0, True),
        ({"net_if_closed": D("-0.01")}, 0, False),
        ({"net_if_closed": None}, 0, False),
        ({"net_if_closed": D(-4)}, 599, False),
        ({"net_if_closed": D(-4)}, 600, True),
        ({"long__spread": None, "net_if_closed": None}, 600, True),
    ],
)
def test_an_exit_that_can_wait_goes_at_a_fair_price_or_after_ten_minutes(
    changes: dict[str, Any], waited_s: int, goes: bool
) -> None:
    assert can_go(pair(**changes), SETTINGS, waited_s * NS) is goes


def test_two_legs_of_nothing_are_in_balance() -> None:
    assert imbalance(pair(long__tokens=Decimal(0), short__tokens=Decimal(0))) == 0
