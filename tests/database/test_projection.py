"""The store holds what the journals hold, whoever brought it there and however often."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from database import journal_changes, projection
from database.journal import SqliteJournal
from database.journal_changes import JournalReader
from database.journal_rows import EquitySnapshot
from database.run_identity import RunIdentity
from database.store import Store
from database.store_schema import books, equity, fills, funding_payments, orders, runs
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderStatus,
    Purpose,
    Side,
    TradeId,
)
from exchange_clients.journal import JournalError
from execution import bot_state
from execution.key_book import KeyedOrder
from tests.database.journal_samples import BTC, a_fill, an_info, an_intent
from tests.database.store_stage import (
    RUN,
    a_payment,
    begun_journal,
    empty,
    everything,
    file_store,
    follow,
    rows_of,
)

D = Decimal


def test_everything_of_a_run_arrives_digit_for_digit(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    journal = begun_journal(path)
    named = KeyedOrder("entry-1", ClientOrderId("c1"), "paper", BTC, Purpose.ENTRY, Side.SELL, D(1))
    bot_state.remember_name(journal, named, 5)
    journal.record_intent(an_intent(1))
    journal.record_outcome("paper", an_info(1), 30)
    journal.record_fill("paper", replace(a_fill(1), fee=D("0.10"), fee_asset="BNB"))
    journal.record_payment("paper", a_payment(amount="-0.01250"))
    journal.record_equity(EquitySnapshot("paper", 40, D("10000.10"), D("1E+4")))
    journal.mark_finished(50)
    journal.close()

    follow(store, path)

    (run,), (order,), (fill,) = (rows_of(store, each) for each in (runs, orders, fills))
    (payment,), (worth,), (book,) = (
        rows_of(store, each) for each in (funding_payments, equity, books)
    )
    sent, told = an_intent(1).order, an_info(1)
    assert (run["strategy"], run["began_ns"], run["finished_ns"]) == ("grid", 7, 50)
    assert sent is not None
    assert order["key"] == "entry-1"
    assert order["purpose"] == "entry"
    assert order["time_in_force"] == sent.time_in_force.value
    assert (order["order_id"], order["status"]) == (told.order_id, told.status.value)
    assert str(order["size"]) == str(told.size)
    assert [str(fill[name]) for name in ("price", "size", "fee")] == [
        str(a_fill(1).price),
        str(a_fill(1).size),
        "0.10",
    ]
    assert str(payment["amount"]) == "-0.01250"
    assert (worth["cash"], worth["equity"]) == (D("10000.10"), D(10_000))
    assert book["funding"] == D("-0.0125")
    assert book["fees"] == 0, "what is paid in another coin is in no sum of dollars"
    assert msgspec.json.decode(str(book["elsewhere"]))["fees"] == {"BNB": "0.10"}


def test_a_payment_that_was_corrected_counts_once_at_its_last_amount(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "run.db"
    journal = begun_journal(path)
    for payment in (a_payment("f1", "2"), a_payment("f2", "3"), a_payment("f1", "2")):
        journal.record_payment("paper", payment)
    follow(store, path)
    journal.record_payment("paper", a_payment("f1", "-1"))
    follow(store, path)
    journal.close()

    assert [row["amount"] for row in rows_of(store, funding_payments)] == [D(-1), D(3)]
    assert [row["funding"] for row in rows_of(store, books)] == [D(2)]


def test_what_was_taken_is_not_read_again(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    journal = begun_journal(path)
    journal.record_intent(an_intent(1))
    assert follow(store, path) == 2
    assert follow(store, path) == 0
    journal.record_outcome("paper", an_info(1), 30)
    assert follow(store, path) == 1
    journal.close()


def test_a_journal_that_lost_its_tail_to_a_power_cut_is_taken_anew(
    store: Store, tmp_path: Path
) -> None:
    path, whole = tmp_path / "run.db", tmp_path / "whole.db"
    journal = begun_journal(whole)
    for number in (1, 2, 3):
        journal.record_fill("paper", a_fill(number))
    journal.close()
    follow(store, whole)
    shorter = begun_journal(path)
    shorter.record_fill("paper", a_fill(2))
    shorter.close()

    follow(store, path)

    assert [row["trade_id"] for row in rows_of(store, fills)] == [a_fill(2).trade_id]
    assert [row["trades"] for row in rows_of(store, books)] == [1]


def test_the_name_of_an_order_is_kept_where_the_bot_keeps_it() -> None:
    assert journal_changes.NAME_PREFIX == bot_state.NAME_PREFIX


def test_an_old_journal_tells_no_changes_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    begun_journal(path).close()
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 2")
    with pytest.raises(JournalError, match="tells no changes"):
        JournalReader(path)


# Any course ---------------------------------------------------------------------------------------

Write = Callable[[SqliteJournal, int], object]
PAIRS = [
    (number, side, contract)
    for number in range(4)
    for side in Side
    for contract in (BTC, ContractId("ETH"))
]


def _fill(journal: SqliteJournal, at: int, pick: tuple[int, Side, ContractId]) -> None:
    number, side, contract = pick
    asset = "BNB" if number == 3 else "USDC"
    fill = replace(
        a_fill(number),
        trade_id=TradeId(f"t{at}"),
        side=side,
        contract_id=contract,
        price=D(100 + 7 * number) / 3,
        fee_asset=asset,
        venue_ns=at,
    )
    journal.record_fill("paper", fill)


def _order(journal: SqliteJournal, at: int, pick: tuple[int, Side, ContractId]) -> None:
    number, side, _ = pick
    name = ClientOrderId(f"c{number}")
    if side is Side.BUY:
        journal.save_state(f"order/paper/{name}", f'["key-{number}","entry"]', at)
        journal.record_intent(an_intent(number, at))
        journal.record_reference("paper", name, f"hash-{at}")
        return
    status = OrderStatus.OPEN if at % 2 else OrderStatus.CANCELED
    info = replace(an_info(number), client_order_id=name, status=status, filled_size=D(at))
    journal.record_outcome("paper", info, at)


def _payment(journal: SqliteJournal, at: int, pick: tuple[int, Side, ContractId]) -> None:
    number, side, _ = pick
    asset = "USDC" if side is Side.BUY else "BNB"
    payment = a_payment(f"f{number}", f"{at}.1", asset)
    journal.record_payment("paper", replace(payment, venue_ns=at))


def _worth(journal: SqliteJournal, at: int, pick: tuple[int, Side, ContractId]) -> None:
    journal.record_equity(EquitySnapshot("paper", pick[0], D(at), None))


writes = st.tuples(st.sampled_from([_fill, _order, _payment, _worth]), st.sampled_from(PAIRS))
courses = st.lists(st.one_of(writes, st.sampled_from(["follow", "crash", "reopen"])), max_size=25)


AT_ONCE = msgspec.structs.replace(RUN, run_id="run-2")


class Killed(BaseException):
    """The process ended here."""


def test_any_course_of_repeats_and_crashes_ends_in_the_same_rows(tmp_path: Path) -> None:
    store = file_store(tmp_path / "store.db")

    @given(courses, st.integers(2, 40))
    @settings(deadline=None, derandomize=True, max_examples=25)
    def check(course: list[object], portion: int) -> None:
        empty(store)
        with TemporaryDirectory(dir=tmp_path) as folder:
            path = Path(folder) / "run.db"
            _play(course, portion, path, store)
            follow(store, path)
            follow(store, path, AT_ONCE)
            reader = JournalReader(path)
            assert reader.identity() == RUN
            reader.close()
        assert _held(store, RUN) == _held(store, AT_ONCE)

    check()
    store.close()


def _play(course: list[object], portion: int, path: Path, store: Store) -> None:
    """Write a journal, and follow it now and then in portions of so many writes."""
    journal = begun_journal(path)
    for at, step in enumerate(course, 1):
        if isinstance(step, tuple):
            write, pick = step
            write(journal, at, pick)
        elif step == "reopen":
            journal.close()
            journal = begun_journal(path)
        else:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(journal_changes, "PORTION", portion)
                if step == "crash":
                    patch.setattr(projection, "fold_books", _die)
                _follow_or_die(store, path)
    journal.close()


def _held(store: Store, run: RunIdentity) -> dict[str, list[dict[str, object]]]:
    """Return what a store holds of a run, without its name."""
    return {
        name: [{**row, "run_id": ""} for row in rows if row["run_id"] == run.run_id]
        for name, rows in everything(store).items()
    }


def _follow_or_die(store: Store, path: Path) -> None:
    """Follow, and perhaps die on the way."""
    with suppress(Killed):
        follow(store, path)


def _die(*_: object) -> None:
    raise Killed
