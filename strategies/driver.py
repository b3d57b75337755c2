"""Calls a strategy: its coroutines never suspend, its errors never stop the bot."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from exchange_clients.base_models import Purpose
from execution.readings import MarketReading, View
from strategies.base_strategy import (
    BaseStrategy,
    LegsOrder,
    OrderParams,
    ParameterError,
    StrategyResult,
)

logger = logging.getLogger(__name__)
T = TypeVar("T")

ERRORS_MAX = 5
"""Errors in a row after which nothing new is opened until the next start."""


class StrategySuspended(Exception):
    """A strategy method waited for something; decisions are made on local state only."""


class ExitBehindGate(Exception):
    """A strategy exits where only entries belong."""


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that must not suspend and return its value.

    Raises:
        StrategySuspended: it tried to wait.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    coroutine.close()
    raise StrategySuspended("strategy methods must decide without waiting")


class StrategyDriver:
    """Asks the strategy, and trips a circuit breaker for entries when it keeps failing."""

    def __init__(
        self, name: str, on_error: Callable[[str], None], on_trip: Callable[[str], None]
    ) -> None:
        self._name = name
        self._on_error = on_error
        self._on_trip = on_trip
        self._in_a_row = 0

    def admit(self, strategy: BaseStrategy, *, able: bool) -> None:
        """Refuse a strategy that would wait for ever for what the bot cannot do.

        Args:
            strategy: To be run.
            able: Whether venues can be surveyed, and executions over several carried out.

        Raises:
            ParameterError: it asks for executions over several venues.
        """
        if strategy.executes_legs and not able:
            raise ParameterError(
                "strategy",
                f"{self._name} needs surveys of its venues and executions of legs, which this bot "
                "was not given",
            )

    def view_of(
        self, strategy: BaseStrategy
    ) -> Callable[[Sequence[MarketReading], int], View | None]:
        """Return what asks the strategy for its view; an error is logged and answers None."""

        def ask(readings: Sequence[MarketReading], now_ns: int) -> View | None:
            try:
                return strategy.in_view(readings, now_ns)
            except Exception as error:  # noqa: BLE001 - the outermost place: surveys must go on
                self.failed(error)
                return None

        return ask

    def ask(self, coroutine: Coroutine[Any, Any, T]) -> T | None:
        """Return the strategy's answer; an error is logged, counted, and answers None."""
        try:
            answer = drive(coroutine)
        except Exception as error:  # noqa: BLE001 - the outermost place: the next event must run
            self.failed(error)
            return None
        self._in_a_row = 0
        return answer

    def ask_entries(self, coroutine: Coroutine[Any, Any, StrategyResult]) -> StrategyResult | None:
        """Return a gated answer; one that exits is an error, as no gate may hold exits."""
        result = self.ask(coroutine)
        if result is None:
            return None
        asked: tuple[OrderParams | LegsOrder, ...] = (*result.orders, *result.legs)
        wrong = [each.key for each in asked if each.purpose is not Purpose.ENTRY]
        if wrong:
            self.failed(
                ExitBehindGate(
                    f"execute_strategy is gated and must not exit: move {wrong} to on_event"
                )
            )
            return None
        return result

    def failed(self, error: Exception) -> None:
        """Count an error of the strategy."""
        self._in_a_row += 1
        logger.error(
            "event=strategy_error strategy=%s in_a_row=%d next=carry_on",
            self._name,
            self._in_a_row,
            exc_info=error,
        )
        self._on_error(f"strategy error: {error!r}")
        if self._in_a_row >= ERRORS_MAX:
            self._on_trip(f"{ERRORS_MAX} strategy errors in a row")
