from __future__ import annotations

from decimal import Decimal
from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.shared.decimal_grid import (
    PLACES_MAX,
    UNITS_MAX,
    DecimalGrid,
    common_increment,
    unit_of_size,
)

modest = settings(deadline=None, derandomize=True, max_examples=100)


@modest
@given(
    st.sampled_from(["0.1", "0.5", "0.25", "5", "0.001", "1e-8", "10", "0.0025"]),
    st.integers(0, 10**9),
)
def test_a_float_names_one_point_of_the_grid(increment: str, count: int) -> None:
    grid = DecimalGrid(Decimal(increment))
    number = Decimal(increment) * count

    assert grid.holds(float(str(number)))
    assert grid.exact(float(str(number))) == number


@pytest.mark.parametrize("value", [0.05, -0.1, nan, inf, UNITS_MAX / 2])
def test_what_is_off_the_grid_is_not_held(value: float) -> None:
    assert not DecimalGrid(Decimal("0.1")).holds(value)


def test_what_is_too_large_to_be_exact_is_not_held() -> None:
    assert DecimalGrid(Decimal(1)).holds(float(UNITS_MAX - 1))
    assert not DecimalGrid(Decimal(1)).holds(float(UNITS_MAX))


def test_an_increment_whose_power_of_ten_is_no_exact_float_is_refused() -> None:
    assert float(10**PLACES_MAX) == 10**PLACES_MAX
    assert float(10 ** (PLACES_MAX + 1)) != 10 ** (PLACES_MAX + 1)
    assert DecimalGrid(Decimal(1).scaleb(-PLACES_MAX)).places == PLACES_MAX
    with pytest.raises(AssertionError, match="have no floats"):
        DecimalGrid(Decimal(1).scaleb(-PLACES_MAX - 1))


@pytest.mark.parametrize(
    ("increment", "value", "text"),
    [("0.001", 12.5, "12.500"), ("5", 10.0, "10"), ("10", 20.0, "20")],
)
def test_a_value_is_written_with_the_decimals_of_the_grid(
    increment: str, value: float, text: str
) -> None:
    assert str(DecimalGrid(Decimal(increment)).exact(value)) == text


@pytest.mark.parametrize("contract", ["0.01", "0.001", "1", "10", "1000", "0.0003"])
def test_contracts_are_the_float_that_their_base_units_would_be_read_as(contract: str) -> None:
    step = Decimal("0.01") * Decimal(contract)
    unit = unit_of_size(Decimal(contract), step)
    for hundredths in (0, 1, 2, 3, 7, 29, 100, 5_333, 12_345_678):
        contracts = Decimal(hundredths) / 100
        base = contracts * Decimal(contract)
        assert unit.base(float(contracts)) == float(str(base)), (contracts, base)


def test_contracts_of_before_a_step_became_coarser_keep_their_digits() -> None:
    unit = unit_of_size(Decimal("0.01"), Decimal("0.01"))
    assert [unit.base(each) for each in (0.01, 0.37, 117.24)] == [0.0001, 0.0037, 1.1724]


def test_a_value_finer_than_the_grid_keeps_its_digits() -> None:
    assert str(DecimalGrid(Decimal("0.1")).exact(0.00012)) == "0.00012"


@pytest.mark.parametrize(
    ("texts", "increment"),
    [
        (["61800.20", "61804.70", "5000.00"], "0.1"),
        (["1.5", "2", "0.25"], "0.25"),
        (["100", "150"], "50"),
        (["0.003", "0.000"], "0.003"),
    ],
)
def test_the_increment_is_the_greatest_common_one(texts: list[str], increment: str) -> None:
    assert str(common_increment(texts)) == increment


def test_zeros_have_no_increment() -> None:
    assert common_increment(["0.00", "0"]) is None
    assert common_increment([]) is None
