from decimal import Decimal

import pytest

from reporting.cycles import read_cycle
from reporting.rows import CycleRow

D = Decimal
TOLD: dict[str, object] = {
    "number": 3,
    "quantity": D("0.01"),
    "entry_price": D(2000),
    "exit_price": D(2002),
    "opened_ns": 10,
    "closed_ns": 20,
    "gross_profit": D("0.02"),
}


def test_a_cycle_as_a_strategy_tells_it_becomes_a_row() -> None:
    assert read_cycle(TOLD) == CycleRow(
        3, "buy", 10, 20, D("0.01"), D(2000), D(2002), D("0.02"), None
    )


@pytest.mark.parametrize(
    ("exit_price", "gross", "side"),
    [
        ("2002", "-0.02", "sell"),
        ("1998", "0.02", "sell"),
        ("1998", "-0.02", "buy"),
        ("2000", "0", None),
    ],
)
def test_prices_and_profit_tell_the_side(exit_price: str, gross: str, side: str | None) -> None:
    told = TOLD | {"exit_price": D(exit_price), "gross_profit": D(gross)}
    assert read_cycle(told).side == side


def test_what_the_strategy_knows_is_taken() -> None:
    row = read_cycle(TOLD | {"side": "sell", "fees": D("0.001")})
    assert (row.side, row.fees) == ("sell", D("0.001"))


def test_an_endless_average_is_cut_to_ten_decimals() -> None:
    assert read_cycle(TOLD | {"entry_price": D(1000) / 3}).entry_price == D("333.3333333333")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ValueError, match="lacks the key 'quantity': it has number"):
        read_cycle({"number": 1, "opened_ns": 1, "closed_ns": 2})
