"""Strategies by name, and parameters as people write them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import Side
from strategies.base_strategy import (
    NOTHING,
    BaseStrategy,
    MarketData,
    OrderParams,
    ParameterError,
    StrategyAction,
    StrategyParameter,
    StrategyResult,
)
from strategies.factory import StrategyFactory, UnknownStrategy, parse_parameters
from strategies.implementations.grid.strategy import GridStrategy
from tests.strategies.grid_driver import drive

D = Decimal


class ScalpingStrategy(BaseStrategy):
    """Buys one unit a tick inside a wide spread."""

    @classmethod
    def get_strategy_name(cls) -> str:
        return "scalping"

    @classmethod
    def get_required_parameters(cls) -> Sequence[StrategyParameter]:
        return [
            StrategyParameter(name, Decimal, name, required=True)
            for name in ("tick_profit", "max_position", "spread_threshold")
        ]

    async def should_execute(self, market_data: MarketData) -> bool:
        spread = market_data.best_ask - market_data.best_bid
        return bool(spread >= self.get_parameter("spread_threshold"))

    async def execute_strategy(self, market_data: MarketData) -> StrategyResult:
        price = market_data.best_bid + self.get_parameter("tick_profit")
        order = OrderParams(Side.BUY, self.get_parameter("max_position"), price)
        return StrategyResult(StrategyAction.PLACE_ORDER, [order])


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StrategyFactory, "_registry", dict(StrategyFactory._registry))


GRID: dict[str, object] = {"take_profit": "0.1", "quantity": "1"}


def test_grid_is_made_by_name_with_or_without_a_client() -> None:
    assert isinstance(StrategyFactory.create_strategy("grid", GRID), GridStrategy)
    assert isinstance(StrategyFactory.create_strategy("grid", GRID, object()), GridStrategy)


def test_unknown_name_lists_the_names_and_the_nearest() -> None:
    with pytest.raises(UnknownStrategy, match=r"'gird'.*grid; did you mean grid\?"):
        StrategyFactory.create_strategy("gird", {})


@pytest.mark.usefixtures("registry")
def test_new_strategy_plugs_in_with_one_line() -> None:
    StrategyFactory.register("scalping", ScalpingStrategy)
    values = {"tick_profit": "0.1", "max_position": 2, "spread_threshold": "1"}
    strategy = StrategyFactory.create_strategy("scalping", values)
    quote = MarketData("BTC", D(100), D(102), now_ns=0)
    assert drive(strategy.should_execute(quote))
    result = drive(strategy.execute_strategy(quote))
    assert result.orders == [OrderParams(Side.BUY, D(2), D("100.1"))]
    assert drive(strategy.on_quote(quote)) is NOTHING


@pytest.mark.usefixtures("registry")
def test_class_of_another_kind_is_refused() -> None:
    other: Any = dict
    with pytest.raises(TypeError, match="not a subclass of BaseStrategy"):
        StrategyFactory.register("other", other)
    StrategyFactory.register("by_path", "decimal.Decimal")
    with pytest.raises(TypeError, match="not a subclass of BaseStrategy"):
        StrategyFactory.parameters("by_path")


def test_text_is_converted_by_kind() -> None:
    raw = {"take_profit": "0.008", "quantity": 0.00273, "boost": "yes", "max_orders": "12"}
    values = parse_parameters(GridStrategy, {**raw, "direction": "SELL", "pause_price": None})
    assert values["take_profit"] == D("0.008")
    assert values["quantity"] == D("0.00273")
    assert values["boost"] is True
    assert values["max_orders"] == 12
    assert values["direction"] == "sell"
    assert values["pause_price"] is None
    assert values["post_only_ticks"] == 2


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"takeprofit": 1}, r"takeprofit: .*did you mean take_profit\?"),
        ({"take_profit": "abc"}, r"take_profit: 'abc' is not a number of %"),
        ({"take_profit": "0"}, r"take_profit: 0 must be above 0"),
        ({"wait_time": "-1"}, r"wait_time: -1 must be at least 0"),
        ({"take_profit": "nan"}, r"take_profit: 'nan' is not a number"),
        ({"max_orders": "1.5"}, r"max_orders: 1.5 is not a whole number"),
        ({"max_orders": True}, r"max_orders: 'True' is not a number"),
        ({"direction": "by"}, r"direction: 'by' is not buy or sell; did you mean buy\?"),
        ({"boost": "maybe"}, r"boost: 'maybe' is not true or false"),
    ],
)
def test_wrong_value_is_named_with_what_is_allowed(raw: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        parse_parameters(GridStrategy, raw)


@pytest.mark.parametrize(
    ("changes", "parameter", "message"),
    [
        ({"take_profit": None}, "take_profit", "is missing"),
        ({"quantity": None}, "quantity", "give quantity or order_notional_usd"),
        ({"order_notional_usd": "100"}, "quantity", "both given"),
        ({"take_profit_basis": "margin"}, "take_profit_basis", "needs target_leverage"),
        ({"max_margin_usd": "5"}, "max_margin_usd", "needs target_leverage"),
        ({"position_timeout_minutes": "5"}, "position_timeout_minutes", "aggressive or hedge"),
        ({"stop_price_mode": "ceiling"}, "stop_price_mode", "needs stop_price"),
        ({"stop_price": "5", "pause_price": "4"}, "stop_price", "below pause_price 4"),
        ({"direction": "sell", "take_profit": "100"}, "take_profit", "at or below 0"),
        (
            {"direction": "sell", "stop_price": "5", "ceiling_price": "6"},
            "stop_price",
            "above ceiling_price 6",
        ),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(
    changes: dict[str, object], parameter: str, message: str
) -> None:
    with pytest.raises(ParameterError, match=message) as caught:
        StrategyFactory.create_strategy("grid", {**GRID, **changes})
    assert caught.value.parameter == parameter


@pytest.mark.usefixtures("registry")
def test_missing_required_parameter_is_named() -> None:
    StrategyFactory.register("scalping", ScalpingStrategy)
    with pytest.raises(ParameterError, match="tick_profit: is missing"):
        StrategyFactory.create_strategy("scalping", {})


def test_every_parameter_has_help_for_people() -> None:
    for parameter in StrategyFactory.parameters("grid"):
        assert parameter.help
        assert parameter.name == parameter.name.lower()
