"""How long a symbol is left alone after an opening that came to nothing."""

from __future__ import annotations

from execution.legs_order import LegsOutcome
from strategies.implementations.funding_arbitrage.state import PairStatus
from tests.strategies.arbitrage_stage import Stage


def begun(stage: Stage, minutes: int = 0) -> bool:
    """Survey after a while; tell whether an opening was asked for, which is then refused."""
    stage.survey(minutes)
    result = stage.enter()
    assert result is not None
    if result.legs:
        stage.execute(result.legs[0], LegsOutcome.REFUSED)
        assert stage.status() is PairStatus.CLOSED
    return bool(result.legs)


def test_an_opening_that_is_refused_once_is_tried_anew_after_the_next_survey() -> None:
    stage = Stage()
    assert begun(stage)
    assert begun(stage)


def test_legs_that_are_refused_each_time_rest_ever_longer() -> None:
    stage = Stage(parameters={"cooldown_minutes": "2"})
    for _ in range(3):
        assert begun(stage)
    for minutes in (2, 4, 8, 15, 15):
        assert not begun(stage, minutes - 1)
        assert begun(stage, 1)
    assert not begun(stage)
    held = stage.strategy.machine.held["ETH", "low", "high"]
    assert held == "it was refused again and again, and rests for 15.0 min more"


def test_other_legs_of_the_symbol_are_free_meanwhile() -> None:
    stage = Stage()
    for _ in range(3):
        assert begun(stage)
    stage.rates = {"low": "0.001", "high": "-0.001"}
    assert begun(stage)


def test_the_rests_of_legs_that_opened_begin_anew() -> None:
    stage = Stage()
    assert begun(stage)
    stage.survey()
    result = stage.enter()
    assert result is not None
    (order,) = result.legs
    stage.execute(order, LegsOutcome.UNWOUND)
    assert stage.strategy.machine.state.refused == {}


def test_what_a_dry_run_withholds_rests_as_if_it_had_traded() -> None:
    stage = Stage()
    stage.survey()
    result = stage.enter()
    assert result is not None
    (order,) = result.legs
    stage.execute(order, LegsOutcome.WITHHELD)
    assert stage.status() is PairStatus.CLOSED
    assert not begun(stage)
    assert stage.strategy.machine.held["ETH", "low", "high"] == "ETH cools down for 30.0 min more"
