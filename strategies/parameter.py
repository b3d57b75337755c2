"""What a strategy lets users set, as the command line, config files and ``--help`` know it.

Nothing is imported but what describes a parameter: ``--help`` reads these before anything runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple


class ParameterError(ValueError):
    """A strategy parameter is missing or wrong; names the parameter, the value and the fix."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter


class StrategyParameter(NamedTuple):
    """One parameter."""

    name: str
    """With underscores: ``take_profit`` is ``--take-profit``."""
    kind: type | tuple[str, ...]
    """Decimal, int, float, bool, str, or the words allowed."""
    help: str
    default: object = None
    required: bool = False
    minimum: Decimal | None = None
    """Inclusive; ``exclusive`` makes it strict."""
    exclusive: bool = False
    unit: str = ""


def with_defaults(
    parameters: Iterable[StrategyParameter], raw: Mapping[str, Any]
) -> dict[str, Any]:
    """Fill in the default of every parameter that is absent or None."""
    values = {parameter.name: parameter.default for parameter in parameters}
    return values | {name: value for name, value in raw.items() if value is not None}
