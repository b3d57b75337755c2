"""Prices and sizes on a venue's grid, exactly."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from enum import StrEnum


class Rounding(StrEnum):
    """Which way a price or size may move when it is put on the venue's grid.

    Each is also the name that ``decimal`` has for it.
    """

    DOWN = ROUND_FLOOR
    UP = ROUND_CEILING
    NEAREST = ROUND_HALF_EVEN


def round_to_increment(value: Decimal, increment: Decimal, rounding: Rounding) -> Decimal:
    """Put ``value`` on the grid of ``increment`` exactly, for any grid (0.1, 0.25, 0.5, 5).

    >>> round_to_increment(Decimal("62000.3"), Decimal("0.5"), Rounding.UP)
    Decimal('62000.5')
    """
    if increment <= 0:
        raise ValueError(f"increment must be positive, got {increment}")
    if value.same_quantum(increment) and not value % increment:
        return value  # it is on the grid, as it would be written; most prices and sizes are
    steps = (value / increment).to_integral_value(rounding=rounding)
    return steps * increment
