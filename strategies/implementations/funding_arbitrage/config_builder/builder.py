"""From venues and wishes to the text of a configuration file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from strategies.implementations.funding_arbitrage.config_builder.schema import check_venues
from strategies.implementations.funding_arbitrage.declarations import EXITS, SELECTION, SIZE
from strategies.implementations.funding_arbitrage.strategy import FundingArbitrageStrategy
from strategies.parameter import StrategyParameter
from strategies.parsing import parse_parameters

GROUPS = (
    ("which pairs are worth a position", SELECTION),
    ("how large, and how many", SIZE),
    ("when they end", EXITS),
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A configuration to be written."""

    title: str
    """What it is for, as comment lines without the ``#``."""
    venues: Sequence[str]
    symbols: Sequence[str] = ()
    """Markets to trade; all there are where it is empty."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What differs from the defaults, by parameter."""


def config_text(preset: Preset) -> str:
    """Return the file; every line of it says what it is.

    Raises:
        ParameterError: a venue or a value is not allowed, or two values do not go together.
    """
    venues = check_venues(preset.venues)
    # The constructor knows which values do not go together.
    FundingArbitrageStrategy(parse_parameters(FundingArbitrageStrategy, preset.values))
    lines = [f"# {line}" for line in preset.title.splitlines()]
    lines += [
        "",
        "run:",
        f"  exchange: [{', '.join(venues)}]  # two venues or more, each with its own account",
        f"  symbols: [{', '.join(preset.symbols)}]  # markets to trade; empty: all there are",
        "",
        "strategy:",
        f"  name: {FundingArbitrageStrategy.get_strategy_name()}",
    ]
    for title, parameters in GROUPS:
        lines.append(f"  # {title}")
        lines += [_line(parameter, preset.values) for parameter in parameters]
    return "\n".join(lines) + "\n"


def _line(parameter: StrategyParameter, values: Mapping[str, str]) -> str:
    value = values.get(parameter.name, parameter.default)
    unit = f" ({parameter.unit})" if parameter.unit else ""
    return f"  {parameter.name}: {value}  # {parameter.help}{unit}"
