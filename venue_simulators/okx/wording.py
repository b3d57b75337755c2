"""Numbers, instants and envelopes as OKX writes them: nearly everything is a text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

from exchange_clients.base_models import Side
from venue_simulators.wire import HttpResponse

MS_NS = 1_000_000
US_NS = 1_000

Row = dict[str, object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FINE = Decimal("1e-12")
SIDES = {"buy": Side.BUY, "sell": Side.SELL}


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros at its end: ``90000.10 -> "90000.1"``."""
    return format(value.normalize(), "f") if value else "0"


def rounded(value: Decimal) -> str:
    """Write the result of a division: at most 12 decimals."""
    return plain(value.quantize(_FINE))


def ms(at_ns: int | None) -> str:
    """Write an instant as milliseconds; one that there is not as nothing."""
    return "" if at_ns is None else str(at_ns // MS_NS)


def instant_of(text: str) -> int | None:
    """Read ``2026-11-20T23:59:59.123Z`` as epoch nanoseconds, None where it is not so written."""
    try:
        at = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (at - _EPOCH) // timedelta(microseconds=1) * US_NS


def envelope(rows: Sequence[object], code: str = "0", msg: str = "") -> Row:
    """Return rows as every answer wraps them."""
    return {"code": code, "msg": msg, "data": rows}


def answer(value: object, status: int = 200) -> HttpResponse:
    """Return a value as the JSON body of an answer."""
    return HttpResponse(status, msgspec.json.encode(value))


def encoded(value: object) -> str:
    """Return a value as the text of a frame."""
    return msgspec.json.encode(value).decode()
