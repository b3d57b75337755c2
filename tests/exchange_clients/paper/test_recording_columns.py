from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.paper.sources.base import RecordingError
from exchange_clients.paper.sources.columns import read_number
from exchange_clients.shared.decimal_grid import DecimalGrid


def read(text: str, grid: DecimalGrid | None = None) -> float:
    return read_number(Path("a.csv"), 7, "Price", text, grid=grid, increment="tick")


def test_a_number_on_the_grid_is_read() -> None:
    assert read("0.23102", DecimalGrid(Decimal("0.00001"))) == 0.23102
    assert read("0.231") == 0.231


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("-1", r"a\.csv, line 7: Price '-1' is negative or not finite; fetch it again"),
        ("inf", "Price 'inf' is negative or not finite"),
        ("", "Price '' is no number; fetch it again"),
        ("0.15", r"Price '0\.15' is off the grid; state the tick in a\.csv\.yml"),
    ],
)
def test_what_cannot_be_read_is_told_with_line_column_and_value(text: str, sentence: str) -> None:
    with pytest.raises(RecordingError, match=sentence):
        read(text, DecimalGrid(Decimal("0.1")))
