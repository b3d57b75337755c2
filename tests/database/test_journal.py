"""The journal gives back exactly what it was given, run after run."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from database.journal import Durability, SqliteJournal
from database.journal_rows import intent_to_row
from database.journal_schema import APPLICATION_ID, STEPS
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderStatus,
    Purpose,
    TradeId,
)
from exchange_clients.journal import IntentKind, MemoryJournal
from execution.heard_legs import HeardLegs
from tests.database.journal_samples import HOLDER, a_fill, an_info, an_intent, open_journal


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


def test_fills_are_told_since_a_mark_without_those_before_it(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "run.sqlite3")
    first = a_fill()
    journal.record_fill("paper", first)
    journal.record_fill("lighter", first)
    told, mark = journal.fills_after("paper", 0)
    assert list(told) == [first]
    assert journal.fills_after("paper", mark) == ([], mark)

    second = replace(first, trade_id=TradeId("another"))
    journal.record_fill("paper", second)
    told, _ = journal.fills_after("paper", mark)
    assert list(told) == [second]
    journal.close()


def test_a_journal_of_the_first_version_is_taken_up_with_all_that_it_knows(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite3"
    old = replace(an_intent(), order=None)
    with sqlite3.connect(path) as database:
        database.executescript(f"{STEPS[0]} PRAGMA application_id = {APPLICATION_ID};")
        database.execute("PRAGMA user_version = 1")
        row = intent_to_row(old, 7)[:-3]
        database.execute(f"INSERT INTO intents VALUES (NULL{', ?' * len(row)})", row)
    database.close()

    journal = open_journal(path)

    assert list(journal.intents("paper")) == [old]
    assert journal.next_order_number() == 8
    journal.record_intent(an_intent(2))
    assert list(journal.intents("paper")) == [old, an_intent(2)]
    journal.close()


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


def test_a_reference_that_comes_after_the_intent_is_kept_with_it(tmp_path: Path) -> None:
    durable, plain = open_journal(tmp_path / "run.sqlite3"), MemoryJournal()
    cancel = replace(an_intent(1), kind=IntentKind.CANCEL, order=None)
    for journal in (durable, plain):
        for intent in (an_intent(1), an_intent(2), cancel):
            journal.record_intent(intent)
        journal.record_reference("paper", ClientOrderId("c1"), "0xfeed")
        journal.record_reference("paper", ClientOrderId("never"), "0xdead")

    expected = [replace(an_intent(1), reference="0xfeed"), an_intent(2), cancel]
    assert list(durable.intents("paper")) == list(plain.intents("paper")) == expected
    durable.close()


def test_the_first_order_tells_since_when_fills_may_be_ours(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "run.sqlite3")
    assert journal.first_order_ns("paper") is None
    journal.record_intent(replace(an_intent(1, at_ns=5), kind=IntentKind.CANCEL, order=None))
    assert journal.first_order_ns("paper") is None, "a cancel may be of a stranger's order"
    journal.record_intent(an_intent(2, at_ns=30))
    journal.record_intent(an_intent(3, at_ns=40))
    assert (journal.first_order_ns("paper"), journal.first_order_ns("lighter")) == (30, None)
    journal.close()


def test_trades_of_two_contracts_may_carry_one_number(tmp_path: Path) -> None:
    journal = open_journal(tmp_path / "run.sqlite3")
    assert journal.record_fill("paper", a_fill())
    assert journal.record_fill("paper", replace(a_fill(), contract_id=ContractId("ETH-PERP")))
    assert len(journal.fills("paper")) == 2
    journal.close()


def test_trades_of_two_markets_may_have_one_number() -> None:
    other = replace(a_fill(), contract_id=ContractId("ETH-PERP"))
    journal, heard = MemoryJournal(), HeardLegs(Purpose.ENTRY)
    assert journal.record_fill("paper", a_fill())
    assert journal.record_fill("paper", other)
    assert [heard.hear("paper", each) for each in (a_fill(), other, other)] == [True, True, False]


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


# State and transactions ---------------------------------------------------------------------------


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


# Runs ---------------------------------------------------------------------------------------------


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
