"""Opens a database, judges it before it is trusted, and brings its tables up to date.

A transaction with the execution option ``writes`` takes SQLite's lock at its beginning: one that
reads first and writes later would fail at once when another wrote in between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from database.store_address import SQLITE, StoreAddress, StoreError
from database.store_file import BUSY_TIMEOUT_S, Schema, judge_file

HEAD = "head"
SERVER_TIMEOUT_S = 30
"""How long a server may take for a statement, or a network for a packet."""


def open_engine(address: StoreAddress, schema: Schema, upto: str = HEAD) -> Engine:
    """Open a database, creating or migrating its tables.

    Args:
        address: Where it is.
        schema: What it holds.
        upto: The migration to stop at; the last one by default.

    Raises:
        StoreError: it cannot be reached or used; says what to do, and no secret.
    """
    at = None
    if address.path is not None:
        at = judge_file(address.path, schema, whole=True)
        _make_folder(address.path, schema)
    engine = _create(address, schema)
    try:
        # Begun even where nothing is to be done: one that another program holds is told now.
        with engine.execution_options(writes=True).begin() as connection:
            if at != schema.head:
                _migrate(connection, address, schema, upto)
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(told(error, address, schema)) from None
    except StoreError:
        engine.dispose()
        raise
    return engine


def told(error: SQLAlchemyError, address: StoreAddress, schema: Schema) -> str:
    """Return what failed in the driver's own words, with what to do about it.

    SQLAlchemy's words would repeat the statement and its parameters.
    """
    problem = " ".join(str(getattr(error, "orig", None) or type(error).__name__).split())
    if address.path is not None:
        return schema.advice(address, problem)
    password = make_url(address.url).password
    plain = problem.replace(str(password), "***") if password else problem
    return schema.unreachable(address, plain)


def _create(address: StoreAddress, schema: Schema) -> Engine:
    if address.path is not None:
        url = URL.create(SQLITE, database=str(address.path))
        engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})
        event.listen(engine, "connect", _preparing(schema.mapped_bytes))
        event.listen(engine, "begin", _begin)
        return engine
    try:
        server = create_engine(
            make_url(address.url),
            hide_parameters=True,
            connect_args={
                "connect_timeout": int(BUSY_TIMEOUT_S),
                "tcp_user_timeout": SERVER_TIMEOUT_S * 1000,
            },
        )
    except ImportError as error:
        raise StoreError(
            f"{schema.name} {address} needs a driver that is not installed ({error.name}): "
            "pip install 'psycopg[binary]'"
        ) from None
    except SQLAlchemyError as error:
        raise StoreError(schema.unreachable(address, type(error).__name__)) from None
    event.listen(server, "connect", _bound)
    return server


def _bound(connection: DBAPIConnection, record: object) -> None:
    """Let no statement hang: a run that ends waits for the one under way."""
    del record
    cursor = connection.cursor()
    cursor.execute(f"SET statement_timeout = {SERVER_TIMEOUT_S * 1000}")
    cursor.close()
    connection.commit()


def _preparing(mapped_bytes: int) -> Callable[[DBAPIConnection, object], None]:
    def prepare(connection: DBAPIConnection, record: object) -> None:
        """Leave transactions to ``_begin``: the driver leaves DDL and reads outside of them."""
        del record
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = NORMAL")
        cursor.execute(f"PRAGMA mmap_size = {mapped_bytes}")
        cursor.close()

    return prepare


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(connection: Connection, address: StoreAddress, schema: Schema, upto: str) -> None:
    """Bring the tables up to date, all in one commit; whoever comes second finds it done."""
    if address.path is None:
        connection.execute(
            text("SELECT pg_advisory_xact_lock(:key)"), {"key": schema.application_id}
        )
    at = None
    if inspect(connection).has_table(schema.version_table):
        at = connection.scalar(text(f"SELECT version_num FROM {schema.version_table}"))
    if at == schema.head:
        return
    logging.getLogger("alembic").setLevel(logging.WARNING)  # else it tells of each start
    # Only a database that is new or old pays for these.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    steps = {step.revision for step in ScriptDirectory(str(schema.migrations)).walk_revisions()}
    if at is not None and at not in steps:
        raise StoreError(schema.newer(address, at))
    config = Config()
    config.set_main_option("script_location", str(schema.migrations).replace("%", "%%"))
    config.attributes.update(connection=connection, version_table=schema.version_table)
    command.upgrade(config, upto)
    if address.path is not None:
        connection.exec_driver_sql(f"PRAGMA application_id = {schema.application_id}")


def _make_folder(path: Path, schema: Schema) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(schema.advice(path, error.strerror)) from error
