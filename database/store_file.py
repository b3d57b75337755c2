"""What marks a database as one of ours, and how a SQLite file is judged, by sqlite3 alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from database.store_address import StoreError

BUSY_TIMEOUT_S = 5.0
"""How long one process waits for another; then it fails."""
CHECKED_BYTES_MAX = 256 << 20
"""A larger file is not read through: that would take seconds for each gigabyte."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The tables of one purpose, as a database tells of them."""

    name: str
    """What errors call the database: ``the store``."""
    application_id: int
    """What marks a SQLite file."""
    version_table: str
    """Where Alembic keeps how far the tables were migrated."""
    migrations: Path
    head: str
    """The last migration."""
    mend: str
    """What to do about a damaged file."""
    mapped_bytes: int = 0
    """How much of a file SQLite maps into memory."""

    def advice(self, where: object, problem: object) -> str:
        """Say what to do about a database that cannot be used."""
        return (
            f"{self.name} {where} cannot be used ({problem}). If another program holds it, end "
            f"that one; if the disk is full or read-only, mend that; if it is damaged, {self.mend}"
        )

    def unreachable(self, where: object, problem: object) -> str:
        """Say what to do about a server that does not answer."""
        return (
            f"{self.name} {where} cannot be used ({problem}). Check that the server runs, that "
            "user and database exist and that the user may create tables"
        )

    def newer(self, where: object, revision: object) -> str:
        """Say what to do about a database that a later version has migrated."""
        return (
            f"{self.name} {where} was written by a newer version (schema {revision}); update the "
            "program or name another with --database"
        )


STORE = Schema(
    name="the store",
    application_id=0x50535452,
    version_table="store_version",
    migrations=Path(__file__).with_name("migrations"),
    head="0001",
    mend="move it away: the next start makes it anew from the journals in the state folder",
)
"""The store over all runs."""


def judge_file(path: Path, schema: Schema, *, whole: bool) -> str | None:
    """Return the migration that a file stands at; None where there is none, or it is empty.

    Args:
        path: The file.
        schema: What it ought to hold.
        whole: Whether every page of a file of moderate size is looked at.

    Raises:
        StoreError: it is damaged, locked, not accessible, or of another program.
    """
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as file:
            return _judge(file, path, schema, whole=whole)
    except sqlite3.DatabaseError as error:
        raise StoreError(schema.advice(path, error)) from error


def _judge(file: sqlite3.Connection, path: Path, schema: Schema, *, whole: bool) -> str | None:
    (tables,) = file.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables:
        return None
    (application,) = file.execute("PRAGMA application_id").fetchone()
    if application != schema.application_id:
        raise StoreError(
            f"{path} is a database of another program; name another file with --database"
        )
    if whole and path.stat().st_size <= CHECKED_BYTES_MAX:
        (verdict,) = file.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError(schema.advice(path, " ".join(verdict.split())))
    row = file.execute(f"SELECT version_num FROM {schema.version_table}").fetchone()
    return None if row is None else str(row[0])
