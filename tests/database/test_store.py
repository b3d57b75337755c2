"""A store is opened, migrated and judged alike on both databases; what is wrong says what to do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, inspect, make_url, text

from database.store import Store
from database.store_address import StoreAddress, StoreError
from database.store_file import STORE
from database.store_reader import StoreReader
from database.store_schema import metadata
from tests.database.journal_samples import a_fill
from tests.database.store_stage import (
    RUN,
    begun_journal,
    everything,
    file_store,
    follow,
)

STEPS = [step.revision for step in ScriptDirectory(str(STORE.migrations)).walk_revisions()]


def test_the_last_migration_is_the_one_that_is_looked_for() -> None:
    assert ScriptDirectory(str(STORE.migrations)).get_current_head() == STORE.head


def test_migrations_make_the_tables_that_are_written(store: Store) -> None:
    with store.transaction() as connection:
        made = MetaData()
        made.reflect(connection)
        for table in metadata.sorted_tables:
            found = made.tables[table.name]
            assert list(found.columns.keys()) == list(table.columns.keys())
            assert list(found.primary_key.columns.keys()) == list(table.primary_key.columns.keys())
            nullable = [column.name for column in table.columns if column.nullable]
            assert [column.name for column in found.columns if column.nullable] == nullable
        indexes = {index["name"] for index in inspect(connection).get_indexes("fills")}
    assert indexes == {"fills_by_order"}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_store_of_each_version_is_brought_up_to_the_last(
    step: str, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    address = StoreAddress.of(str(tmp_path / "store.db"))
    if kind == "postgresql":
        url = make_url(request.getfixturevalue("postgresql_server"))
        server = create_engine(
            url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
        )
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE from_{step}"))
        server.dispose()
        own = url.set(database=f"from_{step}").render_as_string(hide_password=False)
        address = StoreAddress.of(own)
    Store(address, upto=step).close()
    journal = begun_journal(tmp_path / "run.db")
    journal.record_fill("paper", a_fill(1))
    journal.close()

    with closing(Store(address)) as store:
        follow(store, tmp_path / "run.db")
        assert [row["trade_id"] for row in everything(store)["fills"]] == [a_fill(1).trade_id]
        with store.transaction() as connection:
            assert connection.scalar(text("SELECT version_num FROM store_version")) == STORE.head


def test_rows_are_read_alike_from_both_databases(store: Store, tmp_path: Path) -> None:
    journal = begun_journal(tmp_path / "run.db")
    journal.record_fill("paper", a_fill(1))
    journal.close()
    follow(store, tmp_path / "run.db")
    with closing(StoreReader(store.address)) as reader:
        (row,) = reader.rows("SELECT * FROM fills WHERE run_id = :run", run=RUN.run_id)
    assert Decimal(row["price"]) == a_fill(1).price
    assert store.held("main", "prod") == [
        (RUN.run_id, "paper", "BTC-PERP", a_fill(1).side.sign * a_fill(1).size)
    ]
    assert store.held("another", "prod") == []


# What is wrong ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    ["", "mysql://me:secret@host/x", "postgresql://me:secret@host", "sqlite://", "http://[secret"],
)
def test_what_is_no_address_is_told_without_being_repeated(given: str) -> None:
    with pytest.raises(ValueError, match="postgresql://user:password@host") as told:
        StoreAddress.of(given)
    assert "secret" not in str(told.value)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://me:secret@host:5433/bots", "postgresql://me:***@host:5433/bots"),
        ("postgres://me@host/bots", "postgresql://me@host/bots"),
        (
            "postgresql+psycopg://me@/bots?host=/run/pg&password=secret",
            "postgresql://me@/bots?host=/run/pg&password=***",
        ),
        ("sqlite:///state/a.db", "state/a.db"),
        ("sqlite:////var/a.db", "/var/a.db"),
        ("state/a.db", "state/a.db"),
    ],
)
def test_an_address_is_shown_without_its_password(given: str, shown: str) -> None:
    address = StoreAddress.of(given)
    assert str(address) == shown
    assert "secret" not in repr(address)


def test_a_server_that_does_not_answer_is_told_without_its_password() -> None:
    with pytest.raises(StoreError, match="Check that the server runs") as told:
        Store(StoreAddress.of("postgresql://me:hunter2@127.0.0.1:1/bots"))
    assert "hunter2" not in str(told.value)
    assert told.value.__cause__ is None, "a traceback would show what the driver was given"


def test_a_file_that_cannot_be_trusted_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match=r"move it away: the next start makes it anew"):
        file_store(path)
    assert path.read_bytes().startswith(b"not a database")


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(StoreError, match=r"of another program; name another file with --database"):
        file_store(path)


def test_a_store_of_a_newer_version_is_refused(store: Store) -> None:
    with store.transaction() as connection:
        connection.execute(text("UPDATE store_version SET version_num = '9999'"))
    try:
        with pytest.raises(StoreError, match=r"newer version \(schema 9999\); update the program"):
            Store(store.address)
    finally:
        with store.transaction() as connection:
            connection.execute(
                text("UPDATE store_version SET version_num = :head"), {"head": STORE.head}
            )


def test_a_store_that_another_holds_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("database.engine.BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "store.db"
    store = file_store(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(StoreError, match=r"database is locked\). If another program holds it"),
            store.transaction(),
        ):
            pass
    store.close()


def test_a_reader_says_that_there_is_no_store_yet(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"there is no store at .*store.db yet"):
        StoreReader(StoreAddress.of(str(tmp_path / "store.db")))
