"""Reads what was written to a journal since a given write, while its run goes on writing.

All tables are read in one snapshot, so that what is returned is what the journal held at one
moment. Bounded portions keep the memory of a long run's first reading small.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from database.journal import CHANGING
from database.journal_schema import APPLICATION_ID, BUSY_TIMEOUT_S, SCHEMA_VERSION
from database.run_identity import RUN_KEY, RunIdentity
from exchange_clients.journal import JournalError

JOURNALS = "*.db"
PORTION = 5_000
"""How many writes are read at once."""

NAME_PREFIX = "order/"
"""Before ``venue/client order id`` in the state: the key and purpose of an order."""
_PLACED = (
    "SELECT intents.*, state.value AS name FROM intents LEFT JOIN state "
    f"ON state.key = '{NAME_PREFIX}' || intents.venue || '/' || intents.client_order_id "
    "WHERE intents.kind = 'place' AND intents.change > ? AND intents.change <= ? "
    "ORDER BY intents.sequence"
)


class TellsNoChanges(JournalError):
    """A file that is no journal, or one from before writes were numbered."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows of a journal that a range of writes touched, as they are now."""

    upto: int
    """The last write of the range."""
    last: int
    """The last write there was."""
    placed: Sequence[sqlite3.Row]
    """Intents of kind PLACE, each with ``name``: the order's key and purpose as JSON, or None."""
    outcomes: Sequence[sqlite3.Row]
    fills: Sequence[sqlite3.Row]
    payments: Sequence[sqlite3.Row]
    equity: Sequence[sqlite3.Row]
    states: Sequence[sqlite3.Row]
    finished_ns: int | None

    @property
    def heard_ns(self) -> int:
        """The latest instant that any of the rows carries; 0 without one."""
        told = ((self.outcomes, "at_ns"), (self.fills, "venue_ns"), (self.states, "at_ns"))
        instants = (row[name] for rows, name in (*told, (self.equity, "at_ns")) for row in rows)
        return max(instants, default=0)


class JournalReader:
    """A journal, opened for reading only.

    Args:
        path: The file.

    Raises:
        TellsNoChanges: it is no journal, or too old.
        JournalError: it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._database = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro",
                uri=True,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
            )
        except sqlite3.Error as error:
            raise JournalError(f"{path} cannot be opened ({error})") from error
        self._database.row_factory = sqlite3.Row
        try:
            self._judge()
        except BaseException:
            self._database.close()
            raise

    def state(self, key: str) -> str | None:
        """Return one entry of the state; None where there is none."""
        rows = self._read("SELECT value FROM state WHERE key = ?", (key,))
        return None if not rows else str(rows[0]["value"])

    def last(self) -> int:
        """Return the number of the last write; 0 without one."""
        return max(
            int(self._read(f"SELECT coalesce(max(change), 0) AS change FROM {table}")[0]["change"])
            for table in CHANGING
        )

    def after(self, change: int) -> Changes:
        """Return what was written after a write, at most ``PORTION`` writes of it."""
        self._read("BEGIN")
        try:
            return self._snapshot(change)
        finally:
            self._database.execute("ROLLBACK")

    def is_finished(self) -> bool:
        """Whether the run reached its end."""
        return bool(self._read("SELECT 1 FROM meta WHERE key = 'finished_ns'"))

    def identity(self) -> RunIdentity | None:
        """Return whose run it is; None where it does not say."""
        text = self.state(RUN_KEY)
        return None if text is None else msgspec.json.decode(text, type=RunIdentity)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._database.close()

    def _snapshot(self, change: int) -> Changes:
        last = self.last()
        upto = min(change + PORTION, last)
        bounds = (change, upto)
        finished = self._read("SELECT value FROM meta WHERE key = 'finished_ns'")
        return Changes(
            upto=upto,
            last=last,
            placed=self._read(_PLACED, bounds),
            outcomes=self._touched("outcomes", "sequence", bounds),
            fills=self._touched("fills", "sequence", bounds),
            payments=self._touched("payments", "sequence", bounds),
            equity=self._touched("equity", "at_ns", bounds),
            states=self._touched("state", "key", bounds),
            finished_ns=int(finished[0]["value"]) if finished else None,
        )

    def _touched(self, table: str, order: str, bounds: tuple[int, int]) -> Sequence[sqlite3.Row]:
        statement = f"SELECT * FROM {table} WHERE change > ? AND change <= ? ORDER BY {order}"
        return self._read(statement, bounds)

    def _judge(self) -> None:
        (application,) = self._read("PRAGMA application_id")[0]
        (version,) = self._read("PRAGMA user_version")[0]
        if application != APPLICATION_ID:
            raise TellsNoChanges(f"{self.path} is no journal")
        if version != SCHEMA_VERSION:
            raise TellsNoChanges(
                f"{self.path} is a journal of schema {version}, which tells no changes; "
                f"a run that takes it up brings it to schema {SCHEMA_VERSION}"
            )

    def _read(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        try:
            return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{self.path} cannot be read ({error})") from error


def journals_in(folder: Path) -> Sequence[Path]:
    """Return the files of a folder that may be journals, in the order of their names."""
    return sorted(folder.glob(JOURNALS))
