"""A grid of decimal prices or sizes, held in floats without losing the decimals.

The float nearest to ``k * 10**-n`` is what reading the venue's text gives, and ``k / 10**n`` is
that very float while both numbers are whole and exact. So a float names one point of the grid, and
the decimal number can be had back from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from math import gcd
from typing import NamedTuple

from exchange_clients.base_models import ONE

UNITS_MAX = 1 << 51
"""Above so many units of its last decimal, a value times its scale may round to a neighbour."""
PLACES_MAX = 22
"""Powers of ten up to this are exact floats."""
FINER_PLACES = 3
"""Decimals of sizes beyond those of today's step: what was ordered before a venue made its step
coarser is still told with the digits of then."""


class DecimalGrid:
    """The whole multiples of one increment; ``0.25`` is 25 units of ``10**-2``."""

    __slots__ = ("_unit", "places", "scale", "units")

    def __init__(self, increment: Decimal) -> None:
        self.places = max(0, -int(increment.normalize().as_tuple().exponent))
        assert self.places <= PLACES_MAX, f"increments below 1e-{PLACES_MAX} have no floats"
        self.units = int(increment.scaleb(self.places))
        self.scale = float(10**self.places)
        self._unit = Decimal(1).scaleb(-self.places)

    def holds(self, value: float) -> bool:
        """Say whether ``value`` is a multiple of the increment, zero or above, that floats hold."""
        if not 0.0 <= value * self.scale < UNITS_MAX:
            return False
        units = round(value * self.scale)
        return units % self.units == 0 and units / self.scale == value

    def exact(self, value: float) -> Decimal:
        """Return the decimal number that was read into ``value``.

        A value with more decimals than the increment is taken from its shortest text, which is
        what the venue wrote as long as it wrote at most 15 digits.
        """
        units = round(value * self.scale)
        if units / self.scale == value:
            return units * self._unit
        return Decimal(repr(value))


class UnitOfSize(NamedTuple):
    """How sizes that a venue counts in contracts become base units, in floats.

    A product of two floats is seldom the float nearest to the decimal that is meant: 117.24
    contracts of 0.01 would be 1.1723999999999999. Whole numbers of the last decimal are exact.
    """

    units: float
    """Of the last decimal, in one contract."""
    scale: float
    """Of them in one base unit."""

    def base(self, contracts: float) -> float:
        """Return base units."""
        return (contracts * self.units + 0.5) // 1.0 / self.scale


@cache
def unit_of_size(contract: Decimal, step: Decimal) -> UnitOfSize:
    """Return the unit of a market.

    Args:
        contract: Base units in one contract.
        step: Of sizes, in base units, as the venue lists it now.
    """
    places = max(-int(each.normalize().as_tuple().exponent) for each in (contract, step, ONE))
    places += FINER_PLACES
    return UnitOfSize(float(contract.scaleb(places)), float(10**places))


def common_increment(texts: Iterable[str]) -> Decimal | None:
    """Return the greatest increment that all numbers are multiples of; None where all are zero.

    >>> common_increment(["61800.20", "61804.70", "5000.00"])
    Decimal('0.1')
    """
    numbers = [Decimal(text) for text in texts]
    places = max((-int(number.as_tuple().exponent) for number in numbers), default=0)
    units = gcd(*(int(number.scaleb(places)) for number in numbers))
    if units == 0:
        return None
    increment = Decimal(units).scaleb(-places).normalize()
    # A whole number keeps no exponent: 5E+1 is written 50.
    return increment.quantize(Decimal(1)) if increment == increment.to_integral() else increment
