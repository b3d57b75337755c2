"""What a configuration of funding arbitrage may choose from.

``DEX_NAME`` is asked of the registry each time it is read, so that a venue that is registered can
be chosen without an edit here.
"""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.factory import ExchangeFactory
from strategies.parameter import ParameterError
from strategies.parsing import nearest

LEAST_VENUES = 2
"""A pair has two sides, and one account nets both."""


def __getattr__(name: str) -> list[str]:
    """Return ``DEX_NAME``, the venues that can be made now."""
    if name != "DEX_NAME":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    return ExchangeFactory.names()


def check_venues(venues: Sequence[str]) -> tuple[str, ...]:
    """Return the venues as they are spelt in a file.

    A name may carry an instance after a colon, as two accounts of one venue do.

    Raises:
        ParameterError: one is not registered, comes twice, or there are fewer than two.
    """
    known = ExchangeFactory.names()
    chosen = tuple(venue.strip().lower() for venue in venues)
    for venue in chosen:
        if venue.partition(":")[0] not in known:
            raise ParameterError("exchange", f"{venue!r} is not a venue{nearest(venue, known)}")
        if chosen.count(venue) > 1:
            raise ParameterError("exchange", f"{venue!r} is given twice; a pair needs two venues")
    if len(chosen) < LEAST_VENUES:
        raise ParameterError("exchange", f"{', '.join(chosen)} makes no pair; give two or more")
    return chosen
