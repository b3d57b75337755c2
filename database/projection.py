"""Takes a journal over into the store: each write once, whoever does it and however often.

The number of the last write that was taken stands in the run's row and changes in the transaction
that takes the rows, under a lock on that row. So a crash repeats nothing and loses nothing, and two
processes that follow one journal agree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, Insert, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from database.book_fold import fold_books
from database.journal_changes import NAME_PREFIX, Changes, JournalReader
from database.run_identity import EXPLAINED_KEY, RunIdentity
from database.store import Store
from database.store_rows import (
    equity_row,
    fill_row,
    order_row_of_intent,
    order_row_of_outcome,
    payment_row,
)
from database.store_schema import (
    books,
    equity,
    executions,
    fills,
    funding_payments,
    legs,
    orders,
    positions,
    runs,
)

OF_A_RUN = (orders, fills, funding_payments, books, positions, legs, executions, equity)
AS_PLACED = ("time_in_force", "reference", "key", "purpose", "placed_ns")
"""What of an order only its intent tells; all else follows the venue."""

Row = Mapping[str, Any]
"""A row of the store: cells by column; their types are the columns' own."""


@dataclass(slots=True)
class Told:
    """What the entries of a run's state come to, as rows without their ``run_id``."""

    positions: list[Row] = field(default_factory=list)
    legs: list[Row] = field(default_factory=list)
    executions: list[Row] = field(default_factory=list)
    names: list[Row] = field(default_factory=list)
    """Orders that an execution has named: ``venue``, ``client_order_id``, ``key``, ``purpose``."""
    strategy_state: str | None = None


StateWords = Callable[[RunIdentity, Mapping[str, str]], Told]
"""Reads entries of the state by key: the store knows no strategy."""


def take_over(store: Store, journal: JournalReader, run: RunIdentity, words: StateWords) -> int:
    """Bring the store up to what the journal holds; return how many writes that took.

    Raises:
        JournalError: the journal cannot be read.
        StoreError: the store cannot be written; what was taken before stays taken.
    """
    total = 0
    while True:
        with store.transaction() as connection:
            taken, heard_ns = _lock(connection, journal, run)
            changes = journal.after(taken)
            if changes.last < taken:
                # A power cut took the journal's last writes after they were taken; it is the
                # truth, and its numbers will be used again for other writes.
                _forget(connection, run)
                taken, changes = 0, journal.after(0)
            told = words(run, {row["key"]: row["value"] for row in changes.states})
            _take(connection, run, changes, told)
            _take_run(connection, run, changes, told, max(heard_ns, changes.heard_ns))
        total += changes.upto - taken
        if changes.upto == changes.last:
            return total


def _lock(connection: Connection, journal: JournalReader, run: RunIdentity) -> tuple[int, int]:
    """Return the last write that was taken, and the latest instant that was heard of.

    Nobody else takes this journal until the end of the transaction.
    """
    row = {
        **msgspec.structs.asdict(run),
        "venues": ",".join(run.venues),
        "journal": journal.path.name,
        "heard_ns": 0,
        "taken": 0,
        "strategy_state": "",
        "explained": "",
    }
    _put(connection, runs, [row], ("journal",))  # a journal that is set aside is renamed
    mine = select(runs.c.taken, runs.c.heard_ns).where(runs.c.run_id == run.run_id)
    known = connection.execute(mine.with_for_update()).one()
    return int(known.taken), int(known.heard_ns)


def _forget(connection: Connection, run: RunIdentity) -> None:
    for table in OF_A_RUN:
        connection.execute(table.delete().where(table.c.run_id == run.run_id))


def _take(connection: Connection, run: RunIdentity, changes: Changes, told: Told) -> None:
    """Write what changed, in an order in which each row finds what it builds on."""
    own: dict[Table, tuple[Iterable[Row], Sequence[str]]] = {
        fills: (map(fill_row, changes.fills), ()),
        funding_payments: (map(payment_row, changes.payments), ("amount",)),
        equity: (map(equity_row, changes.equity), ("cash", "equity")),
        positions: (told.positions, _all_but_key(positions)),
        legs: (told.legs, _all_but_key(legs)),
        executions: (told.executions, _all_but_key(executions)),
    }
    _take_orders(connection, run, changes, told)
    for table, (rows, replaced) in own.items():
        _put(connection, table, [{**row, "run_id": run.run_id} for row in rows], replaced)
    folded = fold_books(connection, run.run_id, changes.fills, changes.payments)
    _put(connection, books, folded, _all_but_key(books))


def _take_orders(connection: Connection, run: RunIdentity, changes: Changes, told: Told) -> None:
    mine = {"run_id": run.run_id}
    placed = [{**order_row_of_intent(row), **mine} for row in changes.placed]
    ended = [{**order_row_of_outcome(row), **mine} for row in changes.outcomes]
    _put(connection, orders, placed, AS_PLACED)
    _put(
        connection, orders, ended, [name for name in _all_but_key(orders) if name not in AS_PLACED]
    )
    # An intent brings its name along; only one that came later than its intent is left.
    known = {NAME_PREFIX + f"{row['venue']}/{row['client_order_id']}" for row in changes.placed}
    late = [
        _name_row(row["key"], row["value"])
        for row in changes.states
        if row["key"].startswith(NAME_PREFIX) and row["key"] not in known
    ]
    _name_orders(connection, run, [*late, *told.names])


def _name_orders(connection: Connection, run: RunIdentity, names: Sequence[Row]) -> None:
    if names:
        where = [column == bindparam(f"of_{column.name}") for column in orders.primary_key]
        rows = [
            {
                "of_run_id": run.run_id,
                "of_venue": name["venue"],
                "of_client_order_id": name["client_order_id"],
                "key": name["key"],
                "purpose": name["purpose"],
            }
            for name in names
        ]
        connection.execute(orders.update().where(*where), rows)


def _name_row(state_key: str, value: str) -> Row:
    venue, _, client_order_id = state_key.removeprefix(NAME_PREFIX).partition("/")
    key, purpose = msgspec.json.decode(value, type=tuple[str, str])
    return {"venue": venue, "client_order_id": client_order_id, "key": key, "purpose": purpose}


def _take_run(
    connection: Connection, run: RunIdentity, changes: Changes, told: Told, heard_ns: int
) -> None:
    explained = [row["value"] for row in changes.states if row["key"] == EXPLAINED_KEY]
    new: dict[str, object] = {
        "taken": changes.upto,
        "heard_ns": heard_ns,
        **({} if told.strategy_state is None else {"strategy_state": told.strategy_state}),
        **({"explained": explained[-1]} if explained else {}),
    }
    if changes.upto == changes.last:
        new["finished_ns"] = changes.finished_ns
    connection.execute(runs.update().where(runs.c.run_id == run.run_id).values(new))


def _put(
    connection: Connection, table: Table, rows: Sequence[Row], replaced: Sequence[str]
) -> None:
    """Insert rows; of one that is there already, replace some columns, or leave it as it is."""
    if rows:
        connection.execute(_insert(table, connection.dialect.name, replaced), list(rows))


def _insert(table: Table, dialect: str, replaced: Sequence[str]) -> Insert:
    if dialect == "postgresql":
        return _or_replace(postgresql.insert(table), table, replaced)
    return _or_replace(sqlite.insert(table), table, replaced)


def _or_replace(
    statement: postgresql.Insert | sqlite.Insert, table: Table, replaced: Sequence[str]
) -> Insert:
    if not replaced:
        return statement.on_conflict_do_nothing()
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in replaced},
    )


def _all_but_key(table: Table) -> list[str]:
    return [column.name for column in table.columns if not column.primary_key]
