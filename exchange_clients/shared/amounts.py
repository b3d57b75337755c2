"""The types of numbers in wire structs: strict where money moves, fast where prices stream.

msgspec reads ``NaN``, exponents and bare numbers as ``Decimal``; what orders, fills and positions
are made of is declared ``Amount`` instead, and turned into a ``Decimal`` by whoever reads it.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, TypeAlias

import msgspec

from exchange_clients.errors import InvalidOrder

Amount = Annotated[str, msgspec.Meta(pattern=r"^-?\d+(\.\d+)?$")]
"""Plain notation as text: ``"180.50"``, ``"-0.01"``."""
Unsigned = Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)?$")]
"""The same without a sign."""
Positive = Annotated[str, msgspec.Meta(pattern=r"^(?=.*[1-9])\d+(\.\d+)?$")]
"""And above zero."""
Optional = Annotated[str, msgspec.Meta(pattern=r"^(-?\d+(\.\d+)?)?$")]
"""An amount, or an empty text."""
Digits = Annotated[str, msgspec.Meta(pattern=r"^\d+$")]
"""A whole number as text: an instant, a counter."""
FloatPrice = Annotated[float, msgspec.Meta(gt=0, lt=1e15)]
FloatSize = Annotated[float, msgspec.Meta(ge=0, lt=1e18)]
Levels: TypeAlias = list[tuple[FloatPrice, FloatSize]]
"""Levels of a book as pairs."""


def number(text: str) -> Decimal:
    """Return what an ``Optional`` holds; an empty text is zero."""
    return Decimal(text or 0)


def in_units(value: Decimal, places: int) -> int:
    """Return a price or size in units of its last decimal place that is signed or sent.

    >>> in_units(Decimal("1500.4"), 8)
    150040000000

    Raises:
        InvalidOrder: it has more decimals; rounded it would be another order.
    """
    exact = value.scaleb(places)
    if exact != exact.to_integral_value():
        raise InvalidOrder(f"{value} has more than {places} decimals: round it to the market")
    return int(exact)
