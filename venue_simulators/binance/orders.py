"""An order in Binance's own words, beyond those of the dialect."""

from __future__ import annotations

from dataclasses import dataclass

from venue_simulators.fapi.orders import Asked

EXPIRE_MAKER = "EXPIRE_MAKER"
NO_MATCH = "NONE"


@dataclass(frozen=True, slots=True)
class BinanceAsked(Asked):
    """An order as it was asked for."""

    price_match: str = NO_MATCH
    """The rule by which the venue has chosen the price."""
    good_till_ms: int = 0
    """When it is cancelled; zero for never."""


def price_match_of(asked: Asked) -> str:
    """Return the rule by which an order's price was chosen."""
    return asked.price_match if isinstance(asked, BinanceAsked) else NO_MATCH


def good_till_ms_of(asked: Asked) -> int:
    """Return when an order is cancelled, zero for never."""
    return asked.good_till_ms if isinstance(asked, BinanceAsked) else 0
