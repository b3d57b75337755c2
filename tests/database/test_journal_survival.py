"""A journal keeps what it acknowledged through kills, tears and full disks, or says what to do."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from database.journal_schema import SCHEMA_VERSION
from exchange_clients.journal import JournalError
from tests.database.journal_samples import an_intent, open_journal

KILLS = 20
TORN_TAILS = 120


def a_garbled_file(path: Path) -> None:
    path.write_bytes(b"these are not the bytes of a database" * 200)


def a_damaged_journal(path: Path) -> None:
    journal = open_journal(path)
    for number in range(200):
        journal.record_intent(an_intent(number))
    journal.close()
    content = bytearray(path.read_bytes())
    content[4096 : 4096 + 512] = b"\xff" * 512
    path.write_bytes(content)


def a_foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE songs (title TEXT)")
    database.close()


def a_journal_from_the_future(path: Path) -> None:
    open_journal(path).close()
    with sqlite3.connect(path) as database:
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    database.close()


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (a_garbled_file, "move it away and start again"),
        (a_damaged_journal, "move it away and start again"),
        (a_foreign_database, "name another state directory"),
        (a_journal_from_the_future, "update the program"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_and_left_alone(
    tmp_path: Path, make: Callable[[Path], None], advice: str
) -> None:
    path = tmp_path / "run.sqlite3"
    make(path)
    before = path.read_bytes()

    with pytest.raises(JournalError, match=advice):
        open_journal(path)

    assert path.read_bytes() == before


def test_a_missing_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(JournalError, match="is its folder writable"):
        open_journal(tmp_path / "file" / "run.sqlite3")


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "run.sqlite3").mkdir()
    with pytest.raises(JournalError, match="check folder and rights"):
        open_journal(tmp_path / "run.sqlite3")


def test_a_closed_journal_says_so(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "run.sqlite3")
    journal.close()
    journal.close()
    with pytest.raises(JournalError, match="cannot be read"):
        journal.intents("paper")
    with pytest.raises(JournalError, match="cannot be written"):
        journal.record_intent(an_intent())


def test_a_second_writer_is_refused_and_told_who_writes(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    first = open_journal(path)
    with pytest.raises(JournalError, match="in use by pid 1 on test"):
        open_journal(path)
    first.close()
    open_journal(path).close()


def test_a_reader_may_look_while_the_run_writes(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    journal = open_journal(path)
    reader = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for number in range(5):
        journal.record_intent(an_intent(number))
        assert reader.execute("SELECT count(*) FROM intents").fetchone() == (number + 1,)
    reader.close()
    journal.close()


def test_a_full_disk_refuses_the_record_and_keeps_what_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    journal = open_journal(path)
    (pages,) = journal._database.execute("PRAGMA page_count").fetchone()
    journal._database.execute(f"PRAGMA max_page_count = {pages + 3}")
    acknowledged = 0
    refusal = None
    while refusal is None and acknowledged < 10_000:
        try:
            journal.record_intent(an_intent(acknowledged))
            acknowledged += 1
        except JournalError as error:
            refusal = str(error)
    assert refusal is not None
    assert "Make room on the disk" in refusal
    with pytest.raises(JournalError), journal.transaction():
        journal.save_state("grid", "x" * 100_000)
    assert journal.load_state("grid") is None
    journal.close()

    again = open_journal(path)
    assert list(again.intents("paper")) == [an_intent(number) for number in range(acknowledged)]
    again.close()


# Sudden death -------------------------------------------------------------------------------------

_WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from database.journal import SqliteJournal
from exchange_clients.base_models import *
from exchange_clients.journal import IntentKind, OrderIntent
journal = SqliteJournal(Path(sys.argv[1]))
number = len(journal.intents("paper"))
while True:
    order = NewOrder(ClientOrderId(f"c{number}"), ContractId("BTC"), Side.BUY, ONE, ONE)
    with journal.transaction():
        journal.save_state("grid", str(number))
        journal.record_intent(OrderIntent("paper", IntentKind.PLACE, ContractId("BTC"),
                                          order.client_order_id, order, number))
    print(number, flush=True)
    number += 1
"""


def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    root = str(Path(__file__).parents[2])
    moments = random.Random(7)
    acknowledged = -1
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path), root], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            first = int(writer.stdout.readline())
            assert first == acknowledged + 1 or first == acknowledged + 2, "a prefix, in order"
            time.sleep(moments.uniform(0, 0.03))  # the moment of the kill is what is tested
            writer.send_signal(signal.SIGKILL)
            told = [first, *(int(line) for line in writer.stdout if line.endswith("\n"))]
        journal = open_journal(path)
        recorded = [intent.client_order_id for intent in journal.intents("paper")]
        state = journal.load_state("grid")
        journal.close()

        assert recorded == [f"c{number}" for number in range(len(recorded))]
        assert len(recorded) > told[-1]
        assert state == str(len(recorded) - 1), "state and intent were one commit"
        acknowledged = len(recorded) - 1


def test_a_torn_log_always_yields_a_clean_prefix(tmp_path: Path) -> None:
    source = tmp_path / "source.sqlite3"
    journal = open_journal(source)
    journal._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    written = [an_intent(number) for number in range(60)]
    for intent in written:
        journal.record_intent(intent)
    base, log = source.read_bytes(), Path(f"{source}-wal").read_bytes()
    journal.close()
    chance = random.Random(11)
    lengths = set()
    for case in range(TORN_TAILS):
        offset = chance.randrange(len(log))
        torn = bytearray(log[:offset]) if case % 2 else bytearray(log)
        if not case % 2:
            torn[offset : offset + 16] = bytes(chance.randrange(256) for _ in range(16))
        folder = tmp_path / f"case{case}"
        folder.mkdir()
        path = folder / "run.sqlite3"
        path.write_bytes(base)
        Path(f"{path}-wal").write_bytes(torn)

        recovered = open_journal(path)
        found = list(recovered.intents("paper"))
        recovered.close()

        assert found == written[: len(found)]
        lengths.add(len(found))
        shutil.rmtree(folder)
    assert len(lengths) > 20, "the tears were spread over the log"
