"""The journal's tables, their version, and how a file is opened and judged before it is trusted."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from exchange_clients.journal import JournalError

APPLICATION_ID = 0x50455250
"""``PERP``: marks the file as a journal of this program."""
BUSY_TIMEOUT_S = 5.0
"""How long a write waits for a reader that folds the log; then it fails, and nothing is sent."""

_TABLES = """
CREATE TABLE intents (
    sequence INTEGER PRIMARY KEY,
    venue TEXT NOT NULL, kind TEXT NOT NULL, contract_id TEXT NOT NULL,
    client_order_id TEXT NOT NULL, at_ns INTEGER NOT NULL, reference TEXT NOT NULL,
    order_client_order_id TEXT, order_contract_id TEXT, side TEXT, size TEXT, price TEXT,
    order_type TEXT, time_in_force TEXT, reduce_only INTEGER, trigger_price TEXT,
    trailing_fraction TEXT,
    number INTEGER NOT NULL
);
CREATE TABLE outcomes (
    sequence INTEGER PRIMARY KEY,
    venue TEXT NOT NULL, client_order_id TEXT NOT NULL, order_id TEXT NOT NULL,
    contract_id TEXT NOT NULL, side TEXT NOT NULL, size TEXT NOT NULL, price TEXT,
    status TEXT NOT NULL, filled_size TEXT NOT NULL, average_price TEXT,
    order_type TEXT NOT NULL, reduce_only INTEGER NOT NULL, reason TEXT,
    created_ns INTEGER, updated_ns INTEGER, at_ns INTEGER NOT NULL,
    UNIQUE (venue, client_order_id)
);
CREATE TABLE fills (
    sequence INTEGER PRIMARY KEY,
    venue TEXT NOT NULL, trade_id TEXT NOT NULL, order_id TEXT NOT NULL, client_order_id TEXT,
    contract_id TEXT NOT NULL, side TEXT NOT NULL, price TEXT NOT NULL, size TEXT NOT NULL,
    fee TEXT NOT NULL, fee_asset TEXT NOT NULL, liquidity TEXT NOT NULL,
    venue_ns INTEGER NOT NULL, replayed INTEGER NOT NULL,
    UNIQUE (venue, contract_id, trade_id, side)
);
CREATE TABLE state (
    key TEXT PRIMARY KEY, value TEXT NOT NULL, at_ns INTEGER NOT NULL, number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_HEDGES_AND_EXITS = """
ALTER TABLE intents ADD COLUMN position_side TEXT;
ALTER TABLE intents ADD COLUMN take_profit_price TEXT;
ALTER TABLE intents ADD COLUMN stop_loss_price TEXT;
"""
_CHANGES = """
ALTER TABLE intents ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outcomes ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
ALTER TABLE fills ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
CREATE TABLE payments (
    sequence INTEGER PRIMARY KEY,
    venue TEXT NOT NULL, payment_id TEXT NOT NULL, contract_id TEXT NOT NULL,
    amount TEXT NOT NULL, asset TEXT NOT NULL, rate TEXT, quantity TEXT,
    venue_ns INTEGER NOT NULL, change INTEGER NOT NULL,
    UNIQUE (venue, contract_id, payment_id, asset)
);
CREATE TABLE equity (
    venue TEXT NOT NULL, at_ns INTEGER NOT NULL, cash TEXT, equity TEXT, change INTEGER NOT NULL,
    PRIMARY KEY (venue, at_ns)
) WITHOUT ROWID;
"""
STEPS = (_TABLES, _HEDGES_AND_EXITS, _CHANGES)
"""What leads from each version to the next, from no tables at all."""
SCHEMA_VERSION = len(STEPS)


def open_database(path: Path, *, full_sync: bool) -> sqlite3.Connection:
    """Open a journal's file, creating or upgrading it where needed.

    Raises:
        JournalError: the file is damaged, foreign, newer than this program, or not accessible.
    """
    try:
        database = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    except sqlite3.Error as error:
        raise JournalError(f"{path} cannot be opened ({error}); check folder and rights") from error
    try:
        database.row_factory = sqlite3.Row
        _judge(database, path)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(f"PRAGMA synchronous = {'FULL' if full_sync else 'NORMAL'}")
        migrate(database)
    except sqlite3.DatabaseError as error:
        database.close()
        raise JournalError(_advice(path, error)) from error
    except JournalError:
        database.close()
        raise
    return database


def migrate(database: sqlite3.Connection) -> None:
    """Bring the tables to ``SCHEMA_VERSION``, all in one commit."""
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    database.executescript(
        f"BEGIN IMMEDIATE; {''.join(STEPS[version:])} PRAGMA application_id = {APPLICATION_ID};"
        f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    )


def _judge(database: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not a sound journal of this version or an older one."""
    (application,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables and application != APPLICATION_ID:
        raise JournalError(f"{path} is a database of another program; name another state directory")
    if version > SCHEMA_VERSION:
        raise JournalError(
            f"{path} was written by a newer version (schema {version}, this program knows "
            f"{SCHEMA_VERSION}); update the program or name another state directory"
        )
    (verdict,) = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise JournalError(_advice(path, verdict))


def _advice(path: Path, problem: object) -> str:
    return (
        f"{path} cannot be used as a journal ({problem}). If the disk is full or read-only, mend "
        "that. If the file is damaged, move it away and start again: open orders are then foreign "
        "to the bot, so cancel them at the venue first"
    )
