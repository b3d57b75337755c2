"""Numbers, instants and envelopes as Bybit writes them: every number of meaning is a text."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from exchange_clients.base_models import Side

MS_NS = 1_000_000
SIDE_WORDS = {Side.BUY: "Buy", Side.SELL: "Sell"}
SIDES = {word: side for side, word in SIDE_WORDS.items()}
MONEY = Decimal("1e-12")
"""Of a quotient so many decimals are told; sums of fees and payments are exact."""

Row = dict[str, object]


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros at its end: ``86700.0 -> "86700"``."""
    return format(value.normalize(), "f") if value else "0"


def money(value: Decimal) -> str:
    """Write an amount that a division may have made endless."""
    return plain(value.quantize(MONEY))


def on_grid(value: Decimal, increment: Decimal) -> str:
    """Write a number with the decimals its increment is written with: ``90000 -> "90000.00"``."""
    exponent = increment.as_tuple().exponent
    assert isinstance(exponent, int), f"{increment} is not a number"
    return format(value, f".{max(-exponent, 0)}f")


def given(value: Decimal | None, absent: str = "") -> str:
    """Write a number with the zeros that its sender gave it; an absent one as ``absent``."""
    return absent if value is None else format(value, "f")


def ms(at_ns: int) -> int:
    """Return milliseconds."""
    return at_ns // MS_NS


def ms_text(at_ns: int) -> str:
    """Return milliseconds as a text, as most rows have them."""
    return str(at_ns // MS_NS)


def uuid_of(*name: object) -> str:
    """Return the UUID that belongs to a name: the same name gives the same one."""
    text = "/".join(map(str, name)).encode()
    digits = hashlib.blake2b(text, digest_size=16).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def encoded(value: object) -> bytes:
    """Return JSON."""
    return msgspec.json.encode(value)


def envelope(
    result: object, now_ms: int, code: int = 0, message: str = "OK", ext: object = None
) -> bytes:
    """Return an answer's body: an error differs from a success in its code alone."""
    words: Mapping[str, object] = {
        "retCode": code,
        "retMsg": message,
        "result": result,
        "retExtInfo": {} if ext is None else ext,
        "time": now_ms,
    }
    return encoded(words)
