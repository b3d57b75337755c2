"""Recordings that are spoilt or have holes: one clear sentence, and never an order on a guess."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

import runbot
from database.journal import SqliteJournal
from exchange_clients.base_models import NS
from exchange_clients.journal import IntentKind
from tests.support.bot_process import assert_told_in_a_line, run_here
from tests.support.recorded_grid import (
    BASE,
    good_lines,
    line_of,
    moving_book,
    snapshot_at,
    write_recording,
)
from tests.support.recordings import START_NS, depth_line
from tests.support.run_judge import read_report

STATE = Path("state/grid-paper-BTC-main.db")


@pytest.fixture(autouse=True)
def a_clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def placed_at_s(folder: Path) -> list[float]:
    """Return the seconds of the recording at which orders were sent."""
    journal = SqliteJournal(folder / STATE)
    instants = [
        (each.at_ns - START_NS) / NS
        for each in journal.intents("paper")
        if each.kind is IntentKind.PLACE
    ]
    journal.close()
    return instants


# Before anything is done ------------------------------------------------------------------------


def a_text(path: Path) -> None:
    path.write_text("this is a shopping list\nmilk\n")


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def no_gzip(path: Path) -> None:
    path.write_text("not compressed at all")


def cut_in_the_head(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:60])


def without_a_snapshot(path: Path) -> None:
    write_recording(path.parent, [depth_line(1), *moving_book(0.001, 9)], path.name)


def an_inverse_contract(path: Path) -> None:
    lines = [
        line.replace("BTCUSDT", "BTCUSD_PERP").replace('"U":', '"ps":"BTCUSD","U":')
        for line in good_lines(9)
    ]
    write_recording(path.parent, lines, path.name)


@pytest.mark.parametrize(
    ("spoil", "code", "words"),
    [
        (a_text, 1, ["is named .gz but holds no gzip data"]),
        (nothing, 1, ["the file is empty"]),
        (no_gzip, 1, ["is named .gz but holds no gzip data"]),
        (cut_in_the_head, 1, ["the gzip data ends early", "truncated"]),
        (without_a_snapshot, 1, ["no depth snapshot", "GET /fapi/v1/depth"]),
        (an_inverse_contract, 2, ["BTCUSD_PERP is an inverse contract", "name a recording"]),
    ],
)
def test_a_recording_that_cannot_be_traded_is_refused_before_anything_is_done(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path], None],
    code: int,
    words: list[str],
) -> None:
    path = write_recording(tmp_path, good_lines(9))
    spoil(path)

    assert runbot.main(line_of(path), {}) == code

    told = capsys.readouterr()
    assert told.err.startswith("runbot: ")
    assert told.err.count("\n") == 1
    assert "Traceback" not in told.err + told.out
    for word in words:
        assert word in told.err
    assert not (tmp_path / "r.json").exists()
    assert not (tmp_path / "state").exists()


def test_another_ticker_than_the_recordings_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_recording(tmp_path, good_lines(9))
    words = ["SOL" if word == "BTC" else word for word in line_of(path)]
    assert runbot.main(words, {}) == 1
    assert "no recording of SOL; there is BTC" in capsys.readouterr().err


# In the middle of a run --------------------------------------------------------------------------


def truncated(path: Path, lines: list[str]) -> None:
    content = gzip.compress("".join(line + "\n" for line in lines).encode(), mtime=0)
    path.write_bytes(content[: len(content) * 2 // 3])


def damaged(path: Path, lines: list[str]) -> None:
    # Stored, not deflated, so that the damage is found by the checksum at the end of the data.
    content = bytearray(
        gzip.compress("".join(line + "\n" for line in lines).encode(), compresslevel=0, mtime=0)
    )
    content[-8:-4] = b"\xff" * 4
    path.write_bytes(content)


def out_of_order(path: Path, lines: list[str]) -> None:
    at = len(lines) * 2 // 3
    lines[at], lines[at + 1] = lines[at + 1], lines[at]
    write_recording(path.parent, lines, path.name)


def a_cut_line(path: Path, lines: list[str]) -> None:
    at = len(lines) * 2 // 3
    lines[at] = lines[at][:80]
    write_recording(path.parent, lines, path.name)


def a_price_of_words(path: Path, lines: list[str]) -> None:
    at = len(lines) * 2 // 3
    lines[at] = lines[at].replace('"b":[["618', '"b":[["x618')
    write_recording(path.parent, lines, path.name)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (truncated, ["truncated", "fetch or record it again"]),
        (damaged, ["damaged gzip data after line"]),
        (out_of_order, [", line ", "before the line before it"]),
        (a_cut_line, [", line ", "invalid JSON", "Remove the line"]),
        (a_price_of_words, [", line "]),
    ],
)
def test_a_recording_that_breaks_off_ends_the_run_and_what_was_done_is_reported(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    spoil: Callable[[Path, list[str]], None],
    words: list[str],
) -> None:
    path = tmp_path / "btcusdt.gz"
    spoil(path, good_lines(400))

    broken = run_here(capsys, *line_of(path))

    assert_told_in_a_line(broken, 1, str(path), *words)
    report = read_report(tmp_path / "r.json")
    assert report["outcome"].startswith(f"failed: {path}")
    assert report["counts"]["fills"] > 0
    assert report["cash_check"]["difference"] == "0"
    assert "the same command goes on with it" in broken.stdout

    write_recording(tmp_path, good_lines(400))
    mended = run_here(capsys, *line_of(path))

    assert mended.returncode == 0, mended.stderr
    assert "the unfinished run in" in mended.stdout
    whole = read_report(tmp_path / "r.json")
    assert whole["counts"]["fills"] >= report["counts"]["fills"]
    assert whole["fills"][: len(report["fills"])] == report["fills"]
    assert whole["cash_check"]["difference"] == "0"


# Holes -------------------------------------------------------------------------------------------

HOLE_S, MENDED_S, END_S = 30.0, 45.0, 320.0


def lines_with_a_hole() -> list[str]:
    """Return a market whose deltas miss one at 30 s and then go wild, until a new snapshot."""
    wild = [
        depth_line(
            number,
            [(f"{BASE + 500:.2f}", "5.000")],
            [(f"{BASE + 1 - level:.2f}", "0.000") for level in range(22)],
            previous=number - 250 if number > round(HOLE_S * 1000) + 250 else 17,
        )
        for number in range(round(HOLE_S * 1000) + 250, round(MENDED_S * 1000), 250)
    ]
    return [
        *good_lines(HOLE_S),
        *wild,
        snapshot_at(round(MENDED_S * 1000), BASE),
        *moving_book(MENDED_S, END_S),
    ]


def test_in_a_hole_no_order_is_sent_and_after_the_next_snapshot_trading_goes_on(
    tmp_path: Path,
) -> None:
    path = write_recording(tmp_path, lines_with_a_hole())

    assert runbot.main(line_of(path), {}) == 0

    report = read_report(tmp_path / "r.json")
    assert report["counts"]["data_gaps"] == 1
    assert len(report["data_gaps"]) == 1
    times = placed_at_s(tmp_path)
    assert [at_s for at_s in times if HOLE_S + 0.25 <= at_s < MENDED_S] == []
    assert [at_s for at_s in times if at_s < HOLE_S]
    assert [at_s for at_s in times if at_s >= MENDED_S]
    dearest = max(Decimal(order["price"]) for order in report["orders"])
    assert dearest < Decimal(str(BASE)) + 100, "no order was priced from inside the hole"
    assert max(Decimal(point["high"]) for point in report["equity_curve"]) < BASE + 100
    assert report["cash_check"]["difference"] == "0"


def test_a_hole_before_a_kill_is_counted_after_the_restart(tmp_path: Path) -> None:
    path = write_recording(tmp_path, [*lines_with_a_hole()[:-4], "cut"])
    assert runbot.main(line_of(path), {}) == 1
    assert read_report(tmp_path / "r.json")["counts"]["data_gaps"] == 1

    write_recording(tmp_path, lines_with_a_hole())
    assert runbot.main(line_of(path), {}) == 0

    assert read_report(tmp_path / "r.json")["counts"]["data_gaps"] == 1
