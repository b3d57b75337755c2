"""A folder of journals is taken over whole, beside runs that write and other files."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from database.follower import Follower, catch_up
from database.journal_changes import JournalReader
from database.projection import Told
from database.store_schema import fills, runs
from tests.database.journal_samples import a_fill
from tests.database.store_stage import RUN, begun_journal, file_store, no_words, rows_of

OTHER = msgspec.structs.replace(RUN, run_id="run-2")


def test_every_run_of_a_folder_is_taken_and_what_is_none_is_passed_over(tmp_path: Path) -> None:
    for name, run in (("a.db", RUN), ("b.db", OTHER)):
        journal = begun_journal(tmp_path / name, run)
        journal.record_fill("paper", a_fill(1))
        journal.close()
    (tmp_path / "notes.db").write_text("")
    (tmp_path / "damaged.db").write_bytes(b"rubbish" * 1000)
    with closing(file_store(tmp_path / "store.db")) as store:
        troubles = catch_up(store, tmp_path, no_words)
        assert [row["run_id"] for row in rows_of(store, fills)] == ["run-1", "run-2"]
    assert len(troubles) == 1
    assert "damaged.db cannot be read" in troubles[0]


def test_a_run_that_was_taken_to_its_end_is_not_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = begun_journal(tmp_path / "a.db")
    journal.mark_finished(9)
    journal.close()
    with closing(file_store(tmp_path / "store.db")) as store:
        catch_up(store, tmp_path, no_words)

        def after(self: JournalReader, change: int) -> None:
            raise AssertionError("read again")

        monkeypatch.setattr(JournalReader, "after", after)
        assert catch_up(store, tmp_path, no_words) == []


def test_a_run_that_was_set_aside_is_told_as_ended(tmp_path: Path) -> None:
    journal = begun_journal(tmp_path / "a.db")
    journal.record_fill("paper", a_fill(1))
    with closing(file_store(tmp_path / "store.db")) as store:
        catch_up(store, tmp_path, no_words)
        aside = journal.archive()
        catch_up(store, tmp_path, no_words)
        (run,) = rows_of(store, runs)
    assert run["journal"] == aside.name
    assert run["finished_ns"] == a_fill(1).venue_ns


def test_a_thread_follows_a_journal_while_it_is_written(tmp_path: Path) -> None:
    taken = threading.Event()

    def words(run: object, states: object) -> Told:
        taken.set()
        return Told()

    journal = begun_journal(tmp_path / "a.db")
    with closing(file_store(tmp_path / "store.db")) as store:
        follower = Follower(store, tmp_path / "a.db", words, every_s=0.01)
        follower.start()
        assert taken.wait(20)
        journal.record_fill("paper", a_fill(1))
        for _ in range(2):
            taken.clear()
            assert taken.wait(20)
        follower.stop()
        assert len(rows_of(store, fills)) == 1
    journal.close()


def test_a_store_that_fails_meanwhile_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = begun_journal(tmp_path / "a.db")
    failed = threading.Event()
    with closing(file_store(tmp_path / "store.db")) as store:

        def words(run: object, states: object) -> Told:
            failed.set()
            return Told()

        with store.transaction() as connection:
            connection.execute(text("ALTER TABLE fills RENAME TO hidden"))
        journal.record_fill("paper", a_fill(1))
        follower = Follower(store, tmp_path / "a.db", words, every_s=0.01)
        follower.start()
        for _ in range(2):
            failed.clear()
            assert failed.wait(20), "it goes on trying"
        with store.transaction() as connection:
            connection.execute(text("ALTER TABLE hidden RENAME TO fills"))
        follower.stop()
        catch_up(store, tmp_path, no_words)
        assert len(rows_of(store, fills)) == 1
    journal.close()
    assert any("event=store_not_written" in record.message for record in caplog.records)
