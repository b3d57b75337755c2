"""Room is kept for the end of a run, and is there when a full disk refuses everything else."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path
from typing import cast
from unittest.mock import patch

import pytest

from app.safety.accounts_at_hand import AccountsAtHand
from app.safety.flatten_runs import Flattening
from app.safety.kept_runs import KeptRun, Wanted
from database.journal import SqliteJournal
from database.reserve import RESERVE_BYTES, give_reserve_back, keep_reserve, reserve_path
from database.run_identity import RunIdentity
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import SystemClock

RUN = RunIdentity("grid-paper-BTC-main", "grid", (), "BTC", "main", "prod", 0)


class JournalOnFullDisk(SqliteJournal):
    """Nothing can be written but in the room that was kept."""

    def save_state(self, key: str, value: str, at_ns: int = 0) -> None:
        if reserve_path(self.path).exists():
            raise JournalError("database or disk is full")
        super().save_state(key, value, at_ns)


def test_room_is_taken_once_and_anew_where_a_part_of_it_is_there(tmp_path: Path) -> None:
    journal = tmp_path / "run.db"
    keep_reserve(journal)
    taken = reserve_path(journal).stat()
    keep_reserve(journal)
    assert (taken.st_size, taken.st_mtime_ns) == (
        RESERVE_BYTES,
        reserve_path(journal).stat().st_mtime_ns,
    )
    reserve_path(journal).write_bytes(b"half")
    keep_reserve(journal)
    assert reserve_path(journal).stat().st_size == RESERVE_BYTES
    give_reserve_back(journal)
    give_reserve_back(journal)
    assert list(tmp_path.iterdir()) == []


def test_without_room_for_a_reserve_a_run_is_told_so_and_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep_reserve(tmp_path / "no folder" / "run.db")
    assert "event=no_reserve" in caplog.text


def test_i36_on_a_full_disk_flatten_writes_in_the_room_that_was_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    keep_reserve(path)
    with closing(JournalOnFullDisk(path)) as journal, pytest.raises(JournalError):
        journal.save_state("risk", "")
    flattening = Flattening(
        Wanted(tmp_path, "prod"), cast(AccountsAtHand, None), SystemClock(), within_s=5.0
    )
    with patch("app.safety.flatten_runs.SqliteJournal", JournalOnFullDisk):
        (told,) = asyncio.run(flattening.bring([KeptRun(path, RUN)]))
    assert (told.flat, told.trouble) == (True, "")
