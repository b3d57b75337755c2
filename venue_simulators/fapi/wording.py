"""Numbers and instants as this dialect writes them: amounts as texts, instants in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

import msgspec

from venue_simulators.wire import HttpResponse

MS_NS = 1_000_000
NEVER_DELIVERED_MS = 4_133_404_800_000
RATE_DECIMALS = Decimal("1e-8")
"""Rates are written with eight decimals."""
ENTRY_DECIMALS = Decimal("1e-12")

Row: TypeAlias = dict[str, object]


def answer(value: object, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a value as the JSON body of a success."""
    return HttpResponse(200, msgspec.json.encode(value), headers or {})


def ms(at_ns: int) -> int:
    """Return an instant as it travels."""
    return at_ns // MS_NS


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros at its end: ``86700.0 -> "86700"``."""
    return format(value.normalize(), "f") if value else "0"


def on_grid(value: Decimal, increment: Decimal) -> str:
    """Write a number with as many decimals as its increment has: ``86700 -> "86700.0"``."""
    return format(value, f".{decimals(increment)}f")


def to_eight(value: Decimal) -> str:
    """Write an amount of money, or a rate, with eight decimals: ``0.0001 -> "0.00010000"``."""
    return format(value.quantize(RATE_DECIMALS), "f")


def averaged(value: Decimal | None, tick: Decimal) -> str:
    """Write an average price with five decimals, or more where the tick is fine.

    It is ``"0.00000"`` while nothing has traded.
    """
    return format(value or Decimal(0), f".{max(decimals(tick) + 2, 5)}f")


def to_twelve(value: Decimal) -> str:
    """Write what a division may have made endless, with at most twelve decimals."""
    return plain(value.quantize(ENTRY_DECIMALS))


@lru_cache(maxsize=256)
def decimals(value: Decimal) -> int:
    """Return how many decimals a number needs: 0 for 100, 2 for 0.10 written with a 5."""
    exponent = value.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"{value} is not a number"
    return max(-exponent, 0)
