"""How single values are read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import values


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("1.5 d", timedelta(hours=36)),
        ("1H", timedelta(hours=1)),
    ],
)
def test_durations_carry_their_unit(text: str, length: timedelta) -> None:
    assert values.duration(text) == length


@pytest.mark.parametrize("text", ["90", "s", "-5s", "0s", "1e3s", "nan s", "1h30m", "9999d", ""])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="90s, 30m or 2h"):
        values.duration(text)


def test_speeds() -> None:
    assert values.speed("1") == 1.0
    assert values.speed("0.5") == 0.5
    assert values.speed("MAX") is None


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "fast", "1e400", "1e7", ""])
def test_other_speeds_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="or max"):
        values.speed(text)


@pytest.mark.parametrize(
    "text", ["nan", "sNaN", "inf", "-Infinity", "1e400", "-1e16", "1e-400", "a"]
)
def test_numbers_that_no_market_has_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="number"):
        values.finite(text)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.decimals(min_value=-(10**15), max_value=10**15, places=8))
def test_a_number_is_exactly_what_was_written(number: Decimal) -> None:
    assert values.finite(str(number)) == number


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.text(max_size=12))
def test_any_text_is_read_or_refused_with_what_is_allowed(text: str) -> None:
    for reader in (values.duration, values.speed, values.finite, values.ticker, values.venues):
        allowed = "anything it took"
        try:
            reader(text)
        except ValueError as error:
            allowed = str(error)
        assert allowed


def test_venues_may_carry_labels_and_stand_once() -> None:
    assert values.venues("Paper:one, paper:two") == ("paper:one", "paper:two")
    with pytest.raises(ValueError, match="paper:one,paper:two"):
        values.venues("paper,paper")
    with pytest.raises(ValueError, match="separated by commas"):
        values.venues("../x")


def test_a_report_needs_a_known_ending_and_a_folder(tmp_path: Path) -> None:
    assert values.report_files(f"{tmp_path}/a.JSON") == (tmp_path / "a.JSON",)
    with pytest.raises(ValueError, match=r"ending in \.json or \.html"):
        values.report_files("a.pdf")
    with pytest.raises(ValueError, match="does not"):
        values.report_files(str(tmp_path / "absent" / "a.json"))


def test_data_files_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("", encoding="utf-8")
    assert values.existing_files(f"{tmp_path}/a,{tmp_path}/a") == (tmp_path / "a", tmp_path / "a")
    with pytest.raises(ValueError, match="there is no"):
        values.existing_files(str(tmp_path / "b"))
    with pytest.raises(ValueError, match="is none"):
        values.existing_files(str(tmp_path))
