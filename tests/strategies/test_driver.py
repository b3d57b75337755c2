"""Strategy calls never suspend and their errors never stop the bot."""

from __future__ import annotations

import asyncio

import pytest

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
