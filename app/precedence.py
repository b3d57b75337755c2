"""Which of several values of a key counts: flag, then variable, then file, then default.

A layer maps dotted keys (``run.ticker``) to what was given and where. Of keys that exclude each
other the strongest layer that names one decides, so that ``--quantity`` replaces a file's
``order_notional_usd`` instead of contradicting it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from app.arguments import Given

Layer: TypeAlias = Mapping[str, Given]

VARIABLE_PREFIX = "PERP__"
ALTERNATIVES = (("strategy.quantity", "strategy.order_notional_usd"),)
"""Keys that say the same thing in different words."""


def variables_layer(*environments: Mapping[str, Given]) -> dict[str, Given]:
    """Return the keys that PERP__SECTION__KEY variables set, the strongest environment first.

    >>> variables_layer({"PERP__RUN__TICKER": Given("BTC", "PERP__RUN__TICKER")})
    {'run.ticker': Given(value='BTC', origin='PERP__RUN__TICKER')}
    """
    layer: dict[str, Given] = {}
    for environment in reversed(environments):
        for name, given in environment.items():
            # NAME= is how a shell unsets a variable for one command.
            if name.startswith(VARIABLE_PREFIX) and given.value:
                key = name.removeprefix(VARIABLE_PREFIX).lower().replace("__", ".", 1)
                layer[key] = given
    return layer


def plain_variables(*environments: Mapping[str, Given]) -> Mapping[str, str]:
    """Return every variable that is set, for those who read their own; the strongest first.

    The result is read-only, and meant for credentials: it must not be printed.
    """
    merged = {
        name: str(given.value)
        for environment in reversed(environments)
        for name, given in environment.items()
        if given.value
    }
    return MappingProxyType(merged)


def merge(layers: Sequence[Layer]) -> dict[str, Given]:
    """Return what counts of ``layers``, the strongest first."""
    merged: dict[str, Given] = {}
    for layer in layers:
        decided = {
            key for group in ALTERNATIVES if any(name in merged for name in group) for key in group
        }
        for key, given in layer.items():
            if key not in merged and key not in decided:
                merged[key] = given
    return merged
