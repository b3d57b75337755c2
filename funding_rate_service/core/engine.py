"""Opening the store's database: a file by default, PostgreSQL by URL, judged before it is trusted.

A file that is damaged, foreign, newer than this program or locked by another is refused with what
to do about it. The tables are brought up to date by the same steps on both databases.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, SQLAlchemyError

APPLICATION_ID = 0x46524154
"""``FRAT``: marks a SQLite file as this service's."""
VERSION_TABLE = "rate_version"
BUSY_TIMEOUT_S = 5.0
"""How long a write waits for another process; then it fails."""
CHECKED_BYTES_MAX = 256 << 20
"""A larger file is not read through at every start: that would take seconds for each gigabyte."""
MAPPED_BYTES = 2**31 - 65_536
"""The most that SQLite maps: reading a month of a series then copies no page."""
_MIGRATIONS = Path(__file__).with_name("migrations")


class StoreError(Exception):
    """The database cannot be used; says why and what to do."""


def open_engine(url_text: str) -> Engine:
    """Open the database, creating or upgrading its tables.

    Args:
        url_text: ``sqlite:///rates.sqlite``, ``postgresql://user@host/name`` or the path of a file.

    Raises:
        StoreError: it cannot be used.
    """
    url = read_url(url_text)
    engine = _create(url)
    try:
        with engine.connect() as connection:
            _judge(connection, url)
        _keep_log_apart(engine)
        with engine.execution_options(writes=True).begin() as connection:
            _migrate(connection)
    except ImportError as error:
        raise StoreError(f"{_told(url)} needs a driver: pip install 'psycopg[binary]'") from error
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(advice(url, error)) from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def read_url(text_of_url: str) -> URL:
    """Return a URL; a text without ``://`` is the path of a SQLite file.

    Raises:
        StoreError: no such database is known.
    """
    if "://" not in text_of_url:
        text_of_url = f"sqlite:///{text_of_url}"
    try:
        url = make_url(text_of_url)
    except (ArgumentError, ValueError) as error:
        raise StoreError("--database: not a URL; give a file or postgresql://...") from error
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise StoreError(f"--database: {backend} is not known; give a file or postgresql://...")
    return url


def advice(url: URL, problem: object) -> str:
    """Say what is wrong and what to do; the password of a URL is never told."""
    if url.get_backend_name() == "sqlite":
        return (
            f"{url.database} cannot be used ({_plain(problem)}). If another program holds it, end "
            "that one; if the disk is full or read-only, mend that; if the file is damaged, move "
            "it away and start again: the rates of now are collected within a minute, and "
            "--backfill asks the venues for settled ones"
        )
    return (
        f"{_told(url)} cannot be used ({_plain(problem)}). Check that the server runs, that user "
        "and database exist and that the user may create tables"
    )


def _create(url: URL) -> Engine:
    arguments: dict[str, Any] = {}  # of the driver, whatever it takes
    if url.get_backend_name() == "sqlite":
        if url.database and url.database != ":memory:":
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        arguments = {"timeout": BUSY_TIMEOUT_S}
    else:
        arguments = {"connect_timeout": int(BUSY_TIMEOUT_S)}
    try:
        engine = create_engine(url, connect_args=arguments)
    except (ImportError, NoSuchModuleError) as error:
        raise StoreError(f"{_told(url)} needs a driver: pip install 'psycopg[binary]'") from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare(database: Any, _: object) -> None:  # a connection of whichever driver
    """Hand transactions to ``_begin``: the driver would leave DDL and reads outside of them."""
    database.isolation_level = None
    cursor = database.cursor()
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote in between.
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _keep_log_apart(engine: Engine) -> None:
    """Let readers and the writer of a file not wait for each other; the file remembers it."""
    if engine.dialect.name == "sqlite":
        database = engine.raw_connection()  # outside of any transaction, where alone it works
        try:
            database.cursor().execute("PRAGMA journal_mode = WAL")
        finally:
            database.close()


def _judge(connection: Connection, url: URL) -> None:
    """Refuse a database that is not a sound one of this version or an older one."""
    known = inspect(connection).get_table_names()
    if connection.dialect.name == "sqlite":
        application = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        if known and application != APPLICATION_ID:
            raise StoreError(f"{url.database} is a database of another program; name another file")
        _check_pages(connection, url)
    if VERSION_TABLE not in known:
        return
    version = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    steps = {each.revision for each in ScriptDirectory(str(_MIGRATIONS)).walk_revisions()}
    if version is not None and version not in steps:
        raise StoreError(
            f"{_told(url)} was written by a newer version (schema {version}); update the program "
            "or name another database"
        )


def _check_pages(connection: Connection, url: URL) -> None:
    path = Path(url.database or "")
    if path.is_file() and path.stat().st_size <= CHECKED_BYTES_MAX:
        verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if verdict != "ok":
            raise StoreError(advice(url, verdict))


def _migrate(connection: Connection) -> None:
    """Bring the tables up to date, all in one commit."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")


def _told(url: URL) -> str:
    return url.render_as_string(hide_password=True)


def _plain(problem: object) -> str:
    """Return the driver's own words, without the statement that SQLAlchemy adds."""
    if isinstance(problem, DatabaseError) and problem.orig is not None:
        return str(problem.orig).strip().partition("\n")[0]
    return str(problem).strip().partition("\n")[0]
