"""Numbers and instants as Backpack writes them.

The venue has a way of its own in each corner: depth and streams count microseconds, most other
answers milliseconds, candles are asked for in seconds, and histories write UTC without saying so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import msgspec

from exchange_clients.base_models import OrderStatus, Side
from venue_simulators.wire import HttpResponse

US_NS = 1_000
MS_NS = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

SIDE_WORDS = {Side.BUY: "Bid", Side.SELL: "Ask"}
SIDES = {word: side for side, word in SIDE_WORDS.items()}
STATUS_WORDS = {
    OrderStatus.PENDING: "New",
    OrderStatus.OPEN: "New",
    OrderStatus.PARTIALLY_FILLED: "PartiallyFilled",
    OrderStatus.FILLED: "Filled",
    OrderStatus.CANCELED: "Cancelled",
    OrderStatus.EXPIRED: "Expired",
    OrderStatus.REJECTED: "Expired",
}
"""Only orders that no trigger holds back; there is no word for a refusal, which makes no order."""


def answer(value: object, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a value as the JSON body of a success."""
    return HttpResponse(200, msgspec.json.encode(value), headers or {})


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros at its end: ``86700.0 -> "86700"``."""
    return format(value.normalize(), "f") if value else "0"


def as_given(value: Decimal | None) -> str | None:
    """Write a number with the zeros that its sender gave it: ``"180.50"``."""
    return None if value is None else format(value, "f")


def on_grid(value: Decimal, increment: Decimal) -> str:
    """Write a number with as many decimals as its increment has: ``86700 -> "86700.0"``."""
    return format(value, f".{decimals(increment)}f")


@lru_cache(maxsize=256)
def decimals(value: Decimal) -> int:
    """Return how many decimals a number needs: 0 for 100, 2 for 0.10 written with a 5."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"{value} is not a number"
    return max(-exponent, 0)


def iso(at_ns: int) -> str:
    """Write an instant in UTC without zone, to the millisecond where it is not a whole second."""
    at = _EPOCH + timedelta(milliseconds=at_ns // MS_NS)
    text = at.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return text.removesuffix(".000")


def spaced(at_ns: int) -> str:
    """Write an instant as candles have it: ``2026-11-20 13:09:00``."""
    return iso(at_ns // 1_000_000_000 * 1_000_000_000).replace("T", " ")
