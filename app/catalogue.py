"""What there is to choose from: strategies with their parameters, and venues.

All is asked of the factories, and late, so that nothing is loaded before it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from strategies.parameter import StrategyParameter


def strategy_names() -> tuple[str, ...]:
    """Return the strategies that can be run."""
    from strategies.factory import StrategyFactory  # noqa: PLC0415

    return tuple(StrategyFactory.names())


def parameters_of(strategy: str) -> Sequence[StrategyParameter]:
    """Return what a strategy declares."""
    declare = _DECLARATIONS.get(strategy)
    if declare is not None:
        return declare()
    from strategies.factory import StrategyFactory  # noqa: PLC0415

    return StrategyFactory.parameters(strategy)


def trades_many_markets(strategy: str) -> bool:
    """Tell whether a strategy looks for markets by itself, and so needs to be told none."""
    from strategies.factory import StrategyFactory  # noqa: PLC0415

    return StrategyFactory.strategy_class(strategy).executes_legs


def _grid() -> Sequence[StrategyParameter]:
    from strategies.implementations.grid.declarations import PARAMETERS  # noqa: PLC0415

    return PARAMETERS


def _funding_arbitrage() -> Sequence[StrategyParameter]:
    from strategies.implementations.funding_arbitrage.declarations import (  # noqa: PLC0415
        PARAMETERS,
    )

    return PARAMETERS


_DECLARATIONS: Mapping[str, Callable[[], Sequence[StrategyParameter]]] = {
    "funding_arbitrage": _funding_arbitrage,
    "grid": _grid,
}
"""Where a strategy's declarations can be read without its machinery.

Asking the class would load all of it, a quarter of what ``--help`` may cost. A strategy that is not
here is asked.
"""


def parse_parameters(strategy: str, texts: Mapping[str, str]) -> Mapping[str, Any]:
    """Return a strategy's parameters complete and typed.

    Raises:
        ParameterError: one is missing, wrong, or does not go with another.
    """
    from strategies.factory import StrategyFactory, parse_parameters  # noqa: PLC0415

    strategy_class = StrategyFactory.strategy_class(strategy)
    parameters = parse_parameters(strategy_class, texts)
    # The constructor alone knows which values do not go together.
    strategy_class(parameters)
    return parameters


def credentials() -> dict[str, list[str]]:
    """Return the variables that each venue's credentials are read from, by the venue's name."""
    from exchange_clients.factory import ExchangeFactory  # noqa: PLC0415
    from exchange_clients.shared.network import NetworkClient  # noqa: PLC0415

    classes = {name: ExchangeFactory.client_class(name) for name in ExchangeFactory.names()}
    return {
        name: [field.variable for field in client_class.VENUE.fields]
        for name, client_class in classes.items()
        if issubclass(client_class, NetworkClient)
    }


def exchange_names() -> tuple[str, ...]:
    """Return the venues that can be traded on."""
    from exchange_clients.factory import ExchangeFactory  # noqa: PLC0415

    return tuple(ExchangeFactory.names())
