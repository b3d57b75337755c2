"""What there is to choose from."""

from __future__ import annotations

import pytest

from app import catalogue
from app.flags import strategy_flags
from exchange_clients.factory import ExchangeFactory
from strategies.base_strategy import ParameterError
from strategies.factory import StrategyFactory
from strategies.implementations.grid.strategy import GridStrategy


@pytest.mark.parametrize("strategy", StrategyFactory.names())
def test_declarations_read_early_are_those_of_the_class(strategy: str) -> None:
    assert list(catalogue.parameters_of(strategy)) == list(StrategyFactory.parameters(strategy))


def test_strategies_and_venues_are_those_of_the_factories() -> None:
    assert catalogue.strategy_names() == tuple(StrategyFactory.names())
    assert catalogue.exchange_names() == tuple(ExchangeFactory.names())


def test_a_registered_strategy_brings_its_own_flags(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StrategyFactory, "_registry", {"grid": GridStrategy, "other": GridStrategy})
    (_, grid), (title, other) = strategy_flags()
    assert title == "strategy other"
    assert len(grid) == len(StrategyFactory.parameters("grid"))
    assert other == [], "a flag of two strategies is listed once"


def test_what_does_not_go_together_is_refused_before_anything_starts() -> None:
    with pytest.raises(ParameterError, match="both given"):
        catalogue.parse_parameters(
            "grid", {"take_profit": "1", "quantity": "1", "order_notional_usd": "1"}
        )
