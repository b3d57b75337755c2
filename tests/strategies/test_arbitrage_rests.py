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


def test_a_refused_opening_cools_the_symbol_down() -> None:
    stage = Stage()
    assert begun(stage)
    assert not begun(stage, 29)
    held = stage.strategy.machine.held["ETH", "low", "high"]
    assert held == "ETH cools down for 1.0 min more"
    assert begun(stage, 2)


def test_a_symbol_that_is_refused_each_time_rests_ever_longer() -> None:
    stage = Stage(parameters={"cooldown_minutes": "2"})
    assert begun(stage)
    for minutes in (2, 4, 8, 15, 15):
        assert not begun(stage, minutes - 1)
        assert begun(stage, 1)


def test_the_rests_of_a_symbol_that_opened_begin_anew() -> None:
    stage = Stage(parameters={"cooldown_minutes": "2"})
    assert begun(stage)
    assert begun(stage, 2)
    stage.survey(4)
    result = stage.enter()
    assert result is not None
    (order,) = result.legs
    stage.execute(order, LegsOutcome.UNWOUND)
    stage.survey(1)
    assert stage.strategy.machine.state.refused == {}
