"""The journal of one run in one SQLite file: intents, outcomes, fills and the strategy's state.

Every ``record_*`` is one commit and is durable when it returns: against the death of the process
(write-ahead log, ``synchronous=NORMAL``) or against power loss (``FULL``). A reader that finds a
torn log sees a prefix of what was written. Several records become one commit in ``transaction()``.
Readers may open the file while the run writes; a second writer is refused. Every row carries the
number of the write that last touched it, so that a reader can ask for what is new.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from database.journal_rows import (
    EquitySnapshot,
    equity_to_row,
    fill_from_row,
    fill_to_row,
    info_from_row,
    info_to_row,
    intent_from_row,
    intent_to_row,
    payment_to_row,
)
from database.journal_schema import open_database
from database.lease import Holder, Lease, LeaseHeld, lock_of
from exchange_clients.base_models import ClientOrderId, Fill, OrderInfo
from exchange_clients.events import FundingPayment
from exchange_clients.journal import IntentKind, JournalError, OrderIntent
from exchange_clients.shared.clock import to_datetime

_INSERT_INTENT = f"INSERT INTO intents VALUES (NULL{', ?' * 21})"
_SET_REFERENCE = (
    # The newest first: it is found at once, without an index that every intent would pay for.
    "UPDATE intents SET reference = ?, change = ? WHERE sequence = (SELECT sequence FROM intents "
    "WHERE venue = ? AND client_order_id = ? AND kind = ? ORDER BY sequence DESC LIMIT 1)"
)
_INSERT_FILL = f"INSERT OR IGNORE INTO fills VALUES (NULL{', ?' * 14})"
_UPSERT_OUTCOME = (
    f"INSERT INTO outcomes VALUES (NULL{', ?' * 17}) ON CONFLICT (venue, client_order_id) "
    "DO UPDATE SET order_id = excluded.order_id, size = excluded.size, price = excluded.price, "
    "status = excluded.status, filled_size = excluded.filled_size, "
    "average_price = excluded.average_price, reason = excluded.reason, "
    "created_ns = excluded.created_ns, updated_ns = excluded.updated_ns, at_ns = excluded.at_ns, "
    "change = excluded.change"
)
_UPSERT_STATE = (
    "INSERT INTO state VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
    "value = excluded.value, at_ns = excluded.at_ns, number = excluded.number, "
    "change = excluded.change"
)
_UPSERT_PAYMENT = (
    f"INSERT INTO payments VALUES (NULL{', ?' * 9}) "
    "ON CONFLICT (venue, contract_id, payment_id, asset) DO UPDATE SET amount = excluded.amount, "
    "change = excluded.change WHERE amount <> excluded.amount"
)
_UPSERT_EQUITY = "INSERT OR REPLACE INTO equity VALUES (?, ?, ?, ?, ?)"
CHANGING = ("intents", "outcomes", "fills", "state", "payments", "equity")
"""The tables whose rows carry the number of the write that last touched them."""


class Durability(StrEnum):
    """What a record survives once it is written."""

    PROCESS = "process"
    """The death of the process; a power cut may lose the last records, never their order."""
    POWER = "power"
    """A power cut as well, at the price of one sync to the disk for each record."""


class SqliteJournal:
    """A ``Journal`` that outlives the process, and the store of the strategy's state.

    Args:
        path: The file; it is created where there is none.
        durability: What a record survives.
        holder: Who writes, as a second writer is told; this process by default.

    Raises:
        JournalError: the file is damaged, foreign, newer than this program, or in use.
    """

    def __init__(
        self,
        path: Path,
        durability: Durability = Durability.PROCESS,
        holder: Holder | None = None,
    ) -> None:
        self.path = path
        try:
            self._lock = Lease.lock(lock_of(path), str(path), holder)
        except LeaseHeld as error:
            raise JournalError(str(error)) from None
        except OSError as error:
            raise JournalError(
                f"{path} cannot be locked ({error}); is its folder writable?"
            ) from error
        try:
            self._database = open_database(path, full_sync=durability is Durability.POWER)
            self._number, self._last_ns, self._change = self._resume_point()
        except BaseException:
            self._lock.release()
            raise

    @classmethod
    def open_run(
        cls,
        path: Path,
        durability: Durability = Durability.PROCESS,
        holder: Holder | None = None,
    ) -> SqliteJournal:
        """Resume an unfinished run; put a finished one aside and begin anew."""
        journal = cls(path, durability, holder)
        if not journal.is_finished():
            return journal
        journal.archive()
        return cls(path, durability, holder)

    # Journal ------------------------------------------------------------------------------------

    def record_intent(self, intent: OrderIntent) -> None:
        """Remember a request before it is sent; see ``Journal``."""
        self._write(_INSERT_INTENT, (*intent_to_row(intent, self._number), self._next_change()))
        self._last_ns = max(self._last_ns, intent.at_ns)

    def record_reference(self, venue: str, client_order_id: ClientOrderId, reference: str) -> None:
        """Put what the venue calls a placement into its intent."""
        which = (venue, client_order_id, IntentKind.PLACE.value)
        self._write(_SET_REFERENCE, (reference, self._next_change(), *which))

    def record_outcome(self, venue: str, info: OrderInfo, at_ns: int) -> None:
        """Remember the latest known state of one of our orders."""
        assert info.client_order_id is not None, "only our own orders are journalled"
        self._write(_UPSERT_OUTCOME, (venue, *info_to_row(info), at_ns, self._next_change()))
        self._last_ns = max(self._last_ns, at_ns)

    def record_fill(self, venue: str, fill: Fill) -> bool:
        """Remember a fill once; False if it was known already.

        Venues number trades by contract, and both sides of a trade with oneself carry one number:
        the key is venue, contract, trade id and side.
        """
        written = self._write(_INSERT_FILL, (venue, *fill_to_row(fill), self._next_change()))
        self._last_ns = max(self._last_ns, fill.venue_ns)
        return written == 1

    def record_payment(self, venue: str, payment: FundingPayment) -> None:
        """Remember a funding payment once by its id; one told again corrects its amount."""
        self._write(_UPSERT_PAYMENT, (venue, *payment_to_row(payment), self._next_change()))

    def record_equity(self, snapshot: EquitySnapshot) -> None:
        """Remember what an account was worth."""
        self._write(_UPSERT_EQUITY, (*equity_to_row(snapshot), self._next_change()))

    def next_order_number(self) -> int:
        """Count up; the next intent or state that is written makes the count durable."""
        self._number += 1
        return self._number

    def intents(self, venue: str) -> Sequence[OrderIntent]:
        """Every intent of the venue in the order of recording."""
        rows = self._read("SELECT * FROM intents WHERE venue = ? ORDER BY sequence", (venue,))
        return [intent_from_row(row) for row in rows]

    def first_order_ns(self, venue: str) -> int | None:
        """When the first order for the venue was written down (epoch ns); None: none was."""
        ((at_ns,),) = self._read(
            "SELECT MIN(at_ns) FROM intents WHERE venue = ? AND kind = 'place'", (venue,)
        )
        return None if at_ns is None else int(at_ns)

    def outcomes(self, venue: str) -> Sequence[OrderInfo]:
        """The latest known state of every order of ours, in the order they were first known."""
        rows = self._read("SELECT * FROM outcomes WHERE venue = ? ORDER BY sequence", (venue,))
        return [info_from_row(row) for row in rows]

    def fills(self, venue: str) -> Sequence[Fill]:
        """Every fill of ours in the order of recording."""
        rows = self._read("SELECT * FROM fills WHERE venue = ? ORDER BY sequence", (venue,))
        return [fill_from_row(row) for row in rows]

    def fills_after(self, venue: str, mark: int) -> tuple[Sequence[Fill], int]:
        """Return what was filled at a venue since a mark, and the next one; 0 asks for all.

        Without an index: by that of the venue alone, all its fills would be looked at.
        """
        rows = self._read(
            "SELECT * FROM fills NOT INDEXED WHERE sequence > ? AND venue = ? ORDER BY sequence",
            (mark, venue),
        )
        return [fill_from_row(row) for row in rows], rows[-1]["sequence"] if rows else mark

    # Strategy state -----------------------------------------------------------------------------

    def save_state(self, key: str, value: str, at_ns: int = 0) -> None:
        """Replace one entry of the strategy's state."""
        self._write(_UPSERT_STATE, (key, value, at_ns, self._number, self._next_change()))
        self._last_ns = max(self._last_ns, at_ns)

    def load_state(self, key: str) -> str | None:
        """Return one entry of the strategy's state; None if it was never saved."""
        rows = self._read("SELECT value FROM state WHERE key = ?", (key,))
        return str(rows[0]["value"]) if rows else None

    def load_states(self, prefix: str) -> dict[str, str]:
        """Return the entries whose keys begin with ``prefix``, in the order of their keys."""
        rows = self._read(
            "SELECT key, value FROM state WHERE substr(key, 1, ?) = ? ORDER BY key",
            (len(prefix), prefix),
        )
        return {str(row["key"]): str(row["value"]) for row in rows}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything that is recorded inside one commit: all of it is kept, or nothing.

        Raises:
            JournalError: nothing was written.
        """
        self._write("BEGIN IMMEDIATE")
        try:
            yield
            self._write("COMMIT")
        except BaseException:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            raise

    # The run ------------------------------------------------------------------------------------

    def last_instant_ns(self) -> int:
        """Return the latest instant that was recorded (ns since the epoch); 0 for none."""
        return self._last_ns

    def mark_finished(self, at_ns: int) -> None:
        """Note that the run reached its end, so that it is not resumed."""
        self._write("INSERT OR REPLACE INTO meta VALUES ('finished_ns', ?)", (str(at_ns),))

    def is_finished(self) -> bool:
        """Whether the run reached its end."""
        return bool(self._read("SELECT 1 FROM meta WHERE key = 'finished_ns'"))

    def archive(self) -> Path:
        """Close the journal and move it aside; return where it is now.

        A run that had not reached its end has reached it by this: nothing takes it up again.
        """
        if not self.is_finished():
            self.mark_finished(self._last_ns)
        rows = self._read("SELECT value FROM meta WHERE key = 'finished_ns'")
        end_ns = int(rows[0]["value"])
        stem = f"{self.path.stem}-{to_datetime(end_ns):%Y%m%dT%H%M%SZ}"
        target = self.path.with_name(stem + self.path.suffix)
        count = 1
        while target.exists():
            count += 1
            target = self.path.with_name(f"{stem}-{count}{self.path.suffix}")
        self._database.close()  # the last connection folds the log into the file
        self.path.rename(target)
        self._lock.release()
        return target

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        self._database.close()
        self._lock.release()

    # Inside -------------------------------------------------------------------------------------

    def _next_change(self) -> int:
        self._change += 1
        return self._change

    def _resume_point(self) -> tuple[int, int, int]:
        """Return the last order number, instant and number of a write that any record carries."""
        numbers, instants, changes = [0], [0], [0]
        for table, column in (
            ("intents", "at_ns"),
            ("state", "at_ns"),
            ("outcomes", "at_ns"),
            ("fills", "venue_ns"),
        ):
            row = self._read(f"SELECT coalesce(max({column}), 0) AS instant FROM {table}")[0]
            instants.append(row["instant"])
        for table in ("intents", "state"):
            row = self._read(f"SELECT coalesce(max(number), 0) AS number FROM {table}")[0]
            numbers.append(row["number"])
        for table in CHANGING:
            row = self._read(f"SELECT coalesce(max(change), 0) AS change FROM {table}")[0]
            changes.append(row["change"])
        return max(numbers), max(instants), max(changes)

    def _write(self, statement: str, values: Sequence[object] = ()) -> int:
        try:
            return self._database.execute(statement, values).rowcount
        except sqlite3.Error as error:
            raise JournalError(
                f"{self.path} cannot be written ({error}); nothing of this record was kept. "
                "Make room on the disk or make the folder writable, then start again"
            ) from error

    def _read(self, statement: str, values: Sequence[object] = ()) -> list[sqlite3.Row]:
        try:
            return self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise JournalError(f"{self.path} cannot be read ({error})") from error
