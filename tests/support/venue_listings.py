"""Which markets the simulated venues list, with the price and volatility to invent."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

from exchange_clients.paper.sources.synthetic import SyntheticMarket

_MODULES = {"grvt": "instruments"}
"""Where a venue's listing is, unless it is in ``listing``."""


def listed_markets(venue: str) -> Sequence[SyntheticMarket]:
    """Return every market of a venue."""
    module = import_module(f"venue_simulators.{venue}.{_MODULES.get(venue, 'listing')}")
    markets: Sequence[SyntheticMarket] = module.MARKETS
    return markets
