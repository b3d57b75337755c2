"""Makes a strategy by the name users type.

The registry maps names to dotted paths, so that a strategy is imported only when it is used. A new
one is a line here, or a call of ``StrategyFactory.register``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from strategies.parsing import nearest, parse_parameters

if TYPE_CHECKING:
    from strategies.base_strategy import BaseStrategy
    from strategies.parameter import StrategyParameter

__all__ = ["StrategyFactory", "UnknownStrategy", "parse_parameters"]


class UnknownStrategy(ValueError):
    """There is no strategy of that name; the message lists those there are."""


class StrategyFactory:
    """The registry of strategies."""

    _registry: ClassVar[dict[str, str | type[BaseStrategy]]] = {
        "funding_arbitrage": (
            "strategies.implementations.funding_arbitrage.strategy.FundingArbitrageStrategy"
        ),
        "grid": "strategies.implementations.grid.strategy.GridStrategy",
    }

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of all strategies, sorted."""
        return sorted(cls._registry)

    @classmethod
    def register(cls, name: str, strategy: str | type[BaseStrategy]) -> None:
        """Add a strategy by class, or by dotted path to be imported when it is used.

        Raises:
            TypeError: a class that is not a ``BaseStrategy``.
        """
        if not isinstance(strategy, str):
            _check_class(name, strategy)
        cls._registry[name] = strategy

    @classmethod
    def strategy_class(cls, name: str) -> type[BaseStrategy]:
        """Return the class registered under ``name``.

        Raises:
            UnknownStrategy: nothing is.
            TypeError: what its path leads to is not a ``BaseStrategy``.
        """
        entry = cls._registry.get(name)
        if entry is None:
            raise UnknownStrategy(
                f"unknown strategy {name!r}; known are {', '.join(cls.names())}"
                f"{nearest(name, cls.names())}"
            )
        if not isinstance(entry, str):
            return entry
        module, _, attribute = entry.rpartition(".")
        return _check_class(name, getattr(importlib.import_module(module), attribute))

    @classmethod
    def parameters(cls, name: str) -> Sequence[StrategyParameter]:
        """Return every parameter that the strategy understands."""
        return cls.strategy_class(name).get_required_parameters()

    @classmethod
    def create_strategy(
        cls, name: str, parameters: Mapping[str, object], clients: object = None
    ) -> BaseStrategy:
        """Make a strategy from values as the command line or a file gives them.

        Args:
            name: ``"grid"``.
            parameters: values by name; text is converted by the parameter's kind.
            clients: accepted from callers that hold a client or a mapping of them. A strategy
                never talks to a venue; ``initialize`` gives it its markets.

        Raises:
            UnknownStrategy: there is no strategy of that name.
            ParameterError: a parameter is unknown, missing or wrong.
        """
        del clients
        strategy = cls.strategy_class(name)
        return strategy(parse_parameters(strategy, parameters))


def _check_class(name: str, strategy: Any) -> type[BaseStrategy]:
    # Imported late: the names of the strategies are known without any of what a strategy needs.
    from strategies.base_strategy import BaseStrategy  # noqa: PLC0415

    if not (isinstance(strategy, type) and issubclass(strategy, BaseStrategy)):
        raise TypeError(f"strategy {name!r}: {strategy!r} is not a subclass of BaseStrategy")
    return strategy
