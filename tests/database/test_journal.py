"""The journal keeps what it acknowledged, in order and exactly, or says what to do."""

from __future__ import annotations

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from database.journal import Durability, SqliteJournal
from database.journal_schema import SCHEMA_VERSION
from database.lease import Holder
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from exchange_clients.journal import IntentKind, JournalError, MemoryJournal, OrderIntent

HOLDER = Holder(pid=1, host="test", command="pytest", since_ns=0)
BTC = ContractId("BTC-PERP")
KILLS = 20
TORN_TAILS = 120


def open_journal(path: Path, durability: Durability = Durability.PROCESS) -> SqliteJournal:
    return SqliteJournal(path, durability=durability, holder=HOLDER)


def an_intent(number: int = 1, at_ns: int = 10) -> OrderIntent:
    client_order_id = ClientOrderId(f"c{number}")
    order = NewOrder(
        client_order_id=client_order_id,
        contract_id=BTC,
        side=Side.SELL,
        size=Decimal("0.00273"),
        price=Decimal("62005.0"),
        order_type=OrderType.TAKE_PROFIT,
        time_in_force=TimeInForce.GTX,
        reduce_only=True,
        trigger_price=Decimal("1E-7"),
        trailing_fraction=Decimal("0.010"),
    )
    return OrderIntent(
        "paper", IntentKind.PLACE, BTC, client_order_id, order, at_ns, reference="0xabc"
    )


def an_info(number: int = 1) -> OrderInfo:
    return OrderInfo(
        order_id=VenueOrderId(f"v{number}"),
        client_order_id=ClientOrderId(f"c{number}"),
        contract_id=BTC,
        side=Side.SELL,
        size=Decimal("0.00273"),
        price=None,
        status=OrderStatus.CANCELED,
        filled_size=Decimal("0.00100"),
        average_price=Decimal("62005.123456789"),
        order_type=OrderType.MARKET,
        reduce_only=True,
        reason=Reason.USER_CANCELED,
        created_ns=5,
        updated_ns=None,
    )


def a_fill(number: int = 1, venue_ns: int = 20) -> Fill:
    return Fill(
        trade_id=TradeId(f"t{number}"),
        order_id=VenueOrderId("v1"),
        client_order_id=ClientOrderId("c1"),
        contract_id=BTC,
        side=Side.SELL,
        price=Decimal("62005.0"),
        size=Decimal("0.001"),
        fee=Decimal("-0.0310025"),
        fee_asset="USDC",
        liquidity=Liquidity.MAKER,
        venue_ns=venue_ns,
        replayed=True,
    )


# What is remembered ------------------------------------------------------------------------------


@pytest.mark.parametrize("durability", list(Durability))
def test_what_was_recorded_is_read_back_exactly_after_a_restart(
    tmp_path: Path, durability: Durability
) -> None:
    path = tmp_path / "run.sqlite3"
    cancel = replace(an_intent(), kind=IntentKind.CANCEL, order=None, reference="")
    journal = open_journal(path, durability)
    journal.record_intent(an_intent())
    journal.record_intent(cancel)
    journal.record_outcome("paper", an_info(), 30)
    journal.record_fill("paper", a_fill())
    journal.close()

    again = open_journal(path, durability)

    assert list(again.intents("paper")) == [an_intent(), cancel]
    assert list(again.outcomes("paper")) == [an_info()]
    assert list(again.fills("paper")) == [a_fill()]
    assert again.intents("lighter") == []
    assert repr(again.intents("paper")[0].order) == repr(an_intent().order), "digits are kept too"
    again.close()


def test_it_answers_as_the_journal_in_memory_does(tmp_path: Path) -> None:
    durable, plain = open_journal(tmp_path / "run.sqlite3"), MemoryJournal()
    for journal in (durable, plain):
        for number in (1, 2, 3):
            journal.record_intent(an_intent(number))
            journal.record_outcome("paper", an_info(number), number)
        journal.record_outcome("paper", replace(an_info(1), status=OrderStatus.FILLED), 9)
        assert journal.record_fill("paper", a_fill(1))
        assert not journal.record_fill("paper", a_fill(1))
        assert [journal.next_order_number() for _ in range(3)] == [1, 2, 3]

    assert list(durable.intents("paper")) == list(plain.intents("paper"))
    assert list(durable.outcomes("paper")) == list(plain.outcomes("paper"))
    assert list(durable.fills("paper")) == list(plain.fills("paper"))
    durable.close()


def test_trades_of_two_contracts_may_carry_one_number(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "run.sqlite3")
    assert journal.record_fill("paper", a_fill())
    assert journal.record_fill("paper", replace(a_fill(), contract_id=ContractId("ETH-PERP")))
    assert len(journal.fills("paper")) == 2
    journal.close()


@pytest.mark.parametrize("carrier", ["intent", "state"])
def test_order_numbers_ascend_over_restarts(tmp_path: Path, carrier: str) -> None:
    path = tmp_path / "run.sqlite3"
    journal = open_journal(path)
    numbers = [journal.next_order_number() for _ in range(3)]
    if carrier == "intent":
        journal.record_intent(an_intent())
    else:
        journal.save_state("grid", "{}")
    journal.close()

    again = open_journal(path)

    assert numbers == [1, 2, 3]
    assert again.next_order_number() == 4
    again.close()


def test_the_last_instant_is_the_greatest_recorded(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    journal = open_journal(path)
    assert journal.last_instant_ns() == 0
    journal.record_intent(an_intent(at_ns=70))
    journal.record_outcome("paper", an_info(), 60)
    journal.record_fill("paper", a_fill(venue_ns=80))
    journal.save_state("grid", "{}", 75)
    assert journal.last_instant_ns() == 80
    journal.close()

    again = open_journal(path)
    assert again.last_instant_ns() == 80
    again.close()


# State and transactions --------------------------------------------------------------------------


def test_state_is_replaced_by_key(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "run.sqlite3")
    journal.save_state("grid", '{"closes": 1}')
    journal.save_state("grid", '{"closes": 2}')
    assert journal.load_state("grid") == '{"closes": 2}'
    assert journal.load_state("other") is None
    journal.close()


def fail_after_writing(journal: SqliteJournal) -> None:
    with journal.transaction():
        journal.save_state("grid", "2")
        journal.record_intent(an_intent(2))
        raise ZeroDivisionError


def test_state_and_intent_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    journal = open_journal(path)
    with journal.transaction():
        journal.save_state("grid", "1")
        journal.record_intent(an_intent(1))
    with pytest.raises(ZeroDivisionError):
        fail_after_writing(journal)

    assert journal.load_state("grid") == "1"
    assert list(journal.intents("paper")) == [an_intent(1)]
    journal.record_intent(an_intent(3))
    assert len(journal.intents("paper")) == 2
    journal.close()


# Runs --------------------------------------------------------------------------------------------


def test_an_unfinished_run_is_resumed(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    journal = SqliteJournal.open_run(path, holder=HOLDER)
    journal.record_intent(an_intent())
    journal.close()

    again = SqliteJournal.open_run(path, holder=HOLDER)
    assert list(again.intents("paper")) == [an_intent()]
    assert not again.is_finished()
    again.close()


def test_a_finished_run_is_put_aside_and_the_same_command_starts_afresh(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    for _ in range(2):
        journal = SqliteJournal.open_run(path, holder=HOLDER)
        assert journal.intents("paper") == []
        journal.record_intent(an_intent())
        journal.mark_finished(1_795_000_000_000_000_000)
        journal.close()

    fresh = SqliteJournal.open_run(path, holder=HOLDER)

    assert fresh.intents("paper") == []
    archived = ["run-20261118T110640Z-2.sqlite3", "run-20261118T110640Z.sqlite3"]
    assert sorted(each.name for each in tmp_path.glob("run-*")) == archived
    kept = open_journal(tmp_path / archived[0])
    assert list(kept.intents("paper")) == [an_intent()]
    kept.close()
    fresh.close()


# Files that cannot be trusted --------------------------------------------------------------------


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


# Sudden death ------------------------------------------------------------------------------------

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
