"""Exact sums of money, and how numbers are written for programs and for people.

Sums and products of prices and sizes are finite decimals, so they are computed without rounding.
Only a division (an average price) may need rounding, and then to ``DIGITS`` significant digits.
"""

from __future__ import annotations

from decimal import Context, Decimal

DIGITS = 60
"""Far above what a product of a price and a size needs, so money never rounds."""
EXACT = Context(prec=DIGITS)


def plain(value: Decimal) -> str:
    """Return ``value`` in full, without exponent and without trailing zeros.

    >>> plain(Decimal("1E-7")), plain(Decimal("12.50")), plain(Decimal("-0"))
    ('0.0000001', '12.5', '0')
    """
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped(value: Decimal | None, places: int = 2, *, sign: bool = False) -> str:
    """Return ``value`` for people: rounded to ``places``, thousands grouped, a dash for None.

    >>> grouped(Decimal("1234.5")), grouped(Decimal("0.5"), sign=True), grouped(None)
    ('1,234.50', '+0.50', '-')
    """
    if value is None:
        return "-"
    rounded = round(value, places)
    if rounded == 0:
        rounded = abs(rounded)
    return format(rounded, f"+,.{places}f" if sign and rounded else f",.{places}f")


def trimmed(value: Decimal | None) -> str:
    """Return a price or size for people: every digit that matters, thousands grouped.

    >>> trimmed(Decimal("62004.960")), trimmed(Decimal("0.00273"))
    ('62,004.96', '0.00273')
    """
    if value is None:
        return "-"
    whole, dot, fraction = plain(value).partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(digits):,}{dot}{fraction}"


def duration(seconds: float) -> str:
    """Return a length of time in its two largest units.

    >>> duration(4.25), duration(93784), duration(3600)
    ('4.2 s', '1 d 2 h', '1 h 0 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    total = round(seconds)
    for size, unit, smaller, name in (
        (86_400, "d", 3_600, "h"),
        (3_600, "h", 60, "min"),
        (60, "min", 1, "s"),
    ):
        if total >= size:
            return f"{total // size} {unit} {total % size // smaller} {name}"
    raise AssertionError(f"{seconds} s is above a minute")


def significant(value: Decimal, digits: int = 6) -> Decimal:
    """Return ``value`` rounded to ``digits`` decimals where it carries more: for averages."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int), f"a number is finite, got {value}"
    return round(value, digits) if -exponent > digits else value


def money(value: Decimal | None, *, sign: bool = False) -> str:
    """Return an amount for people: four decimals below one, else two.

    >>> money(Decimal("0.0417")), money(Decimal("1234.5"), sign=True)
    ('0.0417', '+1,234.50')
    """
    return grouped(value, 4 if value is not None and abs(value) < 1 else 2, sign=sign)
