"""A full or read-only disk is said in one line; nothing is opened, nothing is corrupted."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from database.store import Store
from database.store_address import StoreAddress
from tests.support.bot_process import assert_told_in_a_line, run_bot
from tests.support.run_judge import assert_report_covers, assert_sound, read_report, truth_of
from tests.support.synthetic_run import LINE, START, STATE, THE_VENUE, the_market

SHORT = [{"60m": "10m"}.get(word, word) for word in LINE]
FULL = ("bash", "-c", 'ulimit -f 200; exec "$@"', "full")
"""No file grows beyond 200 KiB, which a journal needs soon and a report never."""


def test_on_a_full_disk_entries_stop_and_the_run_goes_on_once_there_is_room(
    tmp_path: Path,
) -> None:
    full = run_bot(tmp_path, *SHORT, "--speed", "max", before=FULL)

    assert_told_in_a_line(full, 1, "cannot be written", "Make room on the disk")
    report = read_report(tmp_path / "r.json")
    assert report["outcome"].startswith("failed: state/grid-paper-BTC-main.db cannot be written")
    assert any(note["text"].startswith("no more entries: ") for note in report["notes"])
    assert "the same command goes on with it" in full.stdout

    done = run_bot(tmp_path, *SHORT, "--speed", "max")

    assert done.returncode == 0, done.stderr
    truth = truth_of(tmp_path / STATE, the_market(), THE_VENUE)
    assert len(truth.fills) > report["counts"]["fills"]
    assert_sound(truth)
    assert_report_covers(read_report(tmp_path / "r.json"), truth, START)


def test_without_room_for_a_report_the_earlier_one_stays_whole(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{}\n")
    Store(StoreAddress.of(str(tmp_path / "state" / "store.db"))).close()
    crowded = ("bash", "-c", 'ulimit -f 64; exec "$@"', "full")

    done = run_bot(tmp_path, *SHORT, "--speed", "max", before=crowded)

    assert_told_in_a_line(done, 1, "the report r.json cannot be written: File too large")
    assert (tmp_path / "r.json").read_text() == "{}\n"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["r.json"]


def test_without_room_for_the_store_nothing_is_begun(tmp_path: Path) -> None:
    crowded = ("bash", "-c", 'ulimit -f 48; exec "$@"', "full")

    done = run_bot(tmp_path, *SHORT, "--speed", "max", before=crowded)

    assert_told_in_a_line(done, 1, "the store state/store.db cannot be used", "disk is full")
    roomy = run_bot(tmp_path, *SHORT, "--speed", "max")
    assert roomy.returncode == 0, roomy.stderr
    assert "before the start" in roomy.stdout
    assert "before the start" not in done.stdout, "nothing was begun"


def test_a_state_directory_that_cannot_be_made_is_told_before_anything_is_done(
    tmp_path: Path,
) -> None:
    (tmp_path / "state").write_text("a file, not a folder")

    done = run_bot(tmp_path, *SHORT, "--speed", "max")

    assert_told_in_a_line(done, 1, "state_dir state cannot be written", "--state-dir")
    assert not (tmp_path / "r.json").exists()


@pytest.mark.skipif(
    os.geteuid() == 0 and shutil.which("setpriv") is None,
    reason="root may write in a read-only directory, and setpriv is not here to forbid it",
)
def test_a_read_only_state_directory_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir(mode=0o500)
    right = "-dac_override"
    weakened = ("setpriv", f"--bounding-set={right}", f"--inh-caps={right}")
    done = run_bot(tmp_path, *SHORT, "--speed", "max", before=weakened if os.geteuid() == 0 else ())
    assert_told_in_a_line(done, 1, "state_dir state cannot be written (Permission denied)")
    assert list(folder.iterdir()) == []
