"""Amounts as they are sent, exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from exchange_clients.errors import InvalidOrder
from exchange_clients.shared.amounts import (
    Amount,
    Digits,
    FloatPrice,
    FloatSize,
    Optional,
    Positive,
    Unsigned,
    in_units,
    number,
)

NEVER = ("NaN", "Infinity", "1e5", "1.", ".5", "+1", " 1", "1_0", "0x1", "1,5")


@pytest.mark.parametrize(
    ("value", "units"),
    [("0.1", 10_000_000), ("1500.4", 150_040_000_000), ("1E+3", 10**11), ("0", 0), ("-2", -2e8)],
)
def test_an_amount_is_counted_in_units_exactly(value: str, units: int) -> None:
    assert in_units(Decimal(value), 8) == units


def test_an_amount_with_more_decimals_is_refused_and_not_rounded() -> None:
    with pytest.raises(InvalidOrder, match="has more than 1 decimals"):
        in_units(Decimal("0.05"), 1)


def test_an_empty_text_is_zero() -> None:
    assert number("") == 0
    assert number("-0.5") == Decimal("-0.5")


@pytest.mark.parametrize(
    ("kind", "taken", "refused"),
    [
        (Amount, ("180.50", "-0.01", "0"), ("", *NEVER)),
        (Unsigned, ("180.50", "0.0"), ("", "-1", *NEVER)),
        (Positive, ("180.50", "0.01"), ("", "-1", "0", "0.00", *NEVER)),
        (Optional, ("180.50", "-0.01", ""), NEVER),
        (Digits, ("0", "1700000000000"), ("", "-1", "1.0", *NEVER)),
        (FloatPrice, (1e-9, 9.9e14), (0.0, -1.0, 1e15)),
        (FloatSize, (0.0, 9.9e17), (-1e-9, 1e18)),
    ],
)
def test_a_number_of_a_kind_is_taken_and_any_other_is_refused(
    kind: object, taken: tuple[object, ...], refused: tuple[object, ...]
) -> None:
    for value in taken:
        assert msgspec.convert(value, kind) == value
    for value in refused:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(value, kind)
