"""How Paradex writes what it says: numbers are decimal strings, times milliseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TypeAlias

from venue_simulators.wire import HttpResponse

Json: TypeAlias = "str | int | float | bool | Sequence[Json] | Mapping[str, Json] | None"
Words: TypeAlias = dict[str, Json]
_SMALLEST = Decimal("1e-12")


def number(value: Decimal | None) -> str:
    """Return a decimal string without an exponent, to 12 places; zero reads ``"0"``."""
    if not value:
        return "0"
    exact = value.quantize(_SMALLEST, ROUND_HALF_EVEN) if _places(value) > 12 else value
    return f"{exact.normalize():f}" if exact else "0"


def optional(value: Decimal | None) -> str:
    """Return a decimal string, empty for what is not there."""
    return "" if value is None else number(value)


def levels(rows: Sequence[tuple[Decimal, Decimal]]) -> list[Json]:
    """Return levels of a book."""
    return [[number(price), number(size)] for price, size in rows]


def encoded(words: Json) -> str:
    """Return any JSON value as text."""
    return json.dumps(words, separators=(",", ":"))


def reply(words: Json, status: int = 200) -> HttpResponse:
    """Return a successful answer."""
    return HttpResponse(status, encoded(words).encode())


def results(rows: Sequence[Json]) -> HttpResponse:
    """Return a list that has no pages."""
    return reply({"results": rows})


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0
