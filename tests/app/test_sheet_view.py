"""The sheet before the start, as lines of text."""

from __future__ import annotations

from dataclasses import dataclass

from app.sheet_view import sheet_text


@dataclass(frozen=True)
class SheetLine:
    label: str
    value: str
    note: str = ""
    warning: bool = False


def test_labels_are_aligned_and_what_to_worry_about_is_marked() -> None:
    rows = [
        SheetLine("first entry", "buy 0.01 BTC at 62000.0"),
        SheetLine(
            "net profit per cycle", "-0.12 USD", "gross 0.12 USD, fees 0.24 USD", warning=True
        ),
    ]
    assert sheet_text("grid on paper, BTC", rows) == (
        "grid on paper, BTC\n"
        "  first entry           buy 0.01 BTC at 62000.0\n"
        "! net profit per cycle  -0.12 USD  (gross 0.12 USD, fees 0.24 USD)\n"
    )


def test_a_long_note_goes_on_below_its_value() -> None:
    note = "two hundred and seventy-nine words would be too many for any terminal"
    text = sheet_text("grid", [SheetLine("margin", "1 USD", note)])
    assert text == (
        "grid\n"
        "  margin  1 USD  (two hundred and seventy-nine words would be too many for any\n"
        "          terminal)\n"
    )


def test_a_sheet_without_rows_is_its_title() -> None:
    assert sheet_text("nothing", []) == "nothing\n"
