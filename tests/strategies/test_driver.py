"""Strategy calls never suspend and their errors never stop the bot."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from exchange_clients.base_models import ContractId, Purpose, Side
from strategies.base_strategy import (
    BaseStrategy,
    LegsOrder,
    MarketData,
    OrderParams,
    ParameterError,
    StrategyParameter,
    StrategyResult,
)
from strategies.driver import ERRORS_MAX, StrategyDriver, StrategySuspended, drive


async def value() -> int:
    return 7


async def failing() -> int:
    raise ValueError("boom")


async def waiting() -> int:
    await asyncio.sleep(0)
    return 7


def test_a_coroutine_that_does_not_suspend_gives_its_value() -> None:
    assert drive(value()) == 7


def test_a_coroutine_that_waits_is_refused() -> None:
    with pytest.raises(StrategySuspended):
        drive(waiting())


def test_an_error_answers_none_and_is_noted() -> None:
    notes: list[str] = []
    driver = StrategyDriver("scripted", notes.append, notes.append)
    assert driver.ask(failing()) is None
    assert notes == ["strategy error: ValueError('boom')"]


def test_errors_in_a_row_trip_the_breaker_and_a_success_between_resets_it() -> None:
    trips: list[str] = []
    driver = StrategyDriver("scripted", lambda text: None, trips.append)
    for _ in range(ERRORS_MAX - 1):
        driver.ask(failing())
    driver.ask(value())
    for _ in range(ERRORS_MAX - 1):
        driver.ask(failing())
    assert trips == []
    driver.ask(failing())
    assert trips == ["5 strategy errors in a row"]


class Lonely(BaseStrategy):
    """Asks for nothing."""

    @classmethod
    def get_strategy_name(cls) -> str:
        return "lonely"

    @classmethod
    def get_required_parameters(cls) -> list[StrategyParameter]:
        return []

    async def should_execute(self, market_data: MarketData) -> bool:
        return False

    async def execute_strategy(self, market_data: MarketData) -> StrategyResult:
        return StrategyResult()


class Legged(Lonely):
    executes_legs = True


def test_a_strategy_of_several_legs_is_not_left_waiting_for_ever() -> None:
    driver = StrategyDriver("legged", lambda text: None, lambda text: None)
    driver.admit(Lonely({}), able=False)
    driver.admit(Legged({}), able=True)
    with pytest.raises(ParameterError, match="strategy: legged needs surveys"):
        driver.admit(Legged({}), able=False)


def test_a_gated_answer_that_closes_legs_is_an_error() -> None:
    notes: list[str] = []
    driver = StrategyDriver("legged", notes.append, notes.append)
    places = [
        OrderParams(side, Decimal(1), venue="a", contract_id=ContractId("BTC")) for side in Side
    ]

    async def answer(purpose: Purpose) -> StrategyResult:
        return StrategyResult(legs=[LegsOrder("one", tuple(places), purpose)])

    assert driver.ask_entries(answer(Purpose.ENTRY)) is not None
    assert driver.ask_entries(answer(Purpose.CLOSE)) is None
    assert "must not exit: move ['one']" in notes[0]
