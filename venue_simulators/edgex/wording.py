"""Numbers, instants and words as edgeX writes them: strings, all of them but truths."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import Side

MS = 1_000_000
"""Nanoseconds in a millisecond."""
USDC = Decimal("0.000001")
"""The smallest amount of collateral."""
COLLATERAL_ID = "1000"
COLLATERAL = "USDC"
BUY, SELL = "BUY", "SELL"
SIDES = {BUY: Side.BUY, SELL: Side.SELL}

Words: TypeAlias = dict[str, object]


def plain(value: Decimal) -> str:
    """Write a number without exponent and without zeros at its end: ``86700.0 -> "86700"``."""
    return format(value.normalize(), "f") if value else "0"


def on_grid(value: Decimal, increment: Decimal) -> str:
    """Write a number with as many decimals as its increment has: ``0 -> "0.000"``."""
    exponent = increment.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"{increment} is not a number"
    return format(value, f".{max(-exponent, 0)}f")


def money(value: Decimal) -> str:
    """Write an amount of collateral, which has six decimals at most."""
    return plain(value.quantize(USDC))


def ms(at_ns: int) -> str:
    """Write an instant in milliseconds."""
    return str(at_ns // MS)


def side_word(side: Side) -> str:
    """Return the venue's word for a side."""
    return BUY if side is Side.BUY else SELL
