"""Amounts as they are sent, exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.errors import InvalidOrder
from exchange_clients.shared.amounts import in_units, number


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
