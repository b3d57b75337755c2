"""What the store knows of runs, as values for the commands that show it.

The store is first brought up to the journals of the state folder, so that what is shown is what was
written, also by a run that crashed a moment ago.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from app.errors import RunFailed
from app.settings import PAPER, PROD, venue_kind
from app.strategy_views import told_by_states
from database.journal_changes import JournalReader, TellsNoChanges, journals_in
from database.lease import is_held, lock_of
from database.run_identity import Explained
from database.store_address import StoreAddress, StoreError
from database.store_file import STORE, judge_file
from database.store_reader import Row, StoreReader
from exchange_clients.base_models import ZERO
from exchange_clients.journal import JournalError
from exchange_clients.ledger import Split

logger = logging.getLogger(__name__)

FORGETFUL = ("simulator", "paper")
"""Environments whose venues forget everything with the run."""


@dataclass(frozen=True, slots=True)
class MarketBook:
    """What a run's fills and payments in one market come to."""

    venue: str
    contract_id: str
    quantity: Decimal
    """Signed, base units."""
    cost: Decimal
    split: Split
    elsewhere: Mapping[str, Mapping[str, str]]
    """Fees and funding in other assets than dollars, by asset."""
    trades: int
    updated_ns: int

    @property
    def average_price(self) -> Decimal | None:
        """What the position was opened at; None when flat."""
        return self.cost / self.quantity if self.quantity else None


@dataclass(frozen=True, slots=True)
class CashCheck:
    """How the venue's own balance moved (USD), and when it was last told (epoch ns)."""

    first: Decimal
    last: Decimal
    at_ns: int

    @property
    def change(self) -> Decimal:
        """What it changed by."""
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run, whether it has ended or not."""

    run_id: str
    strategy: str
    venues: str
    ticker: str
    account: str
    environment: str
    began_ns: int
    heard_ns: int
    state: str
    """``running``, ``interrupted`` or ``ended``; ``elsewhere`` where its journal is not here."""
    explained: Explained | None
    books: Sequence[MarketBook] = ()
    positions: Sequence[Row] = ()
    """What the strategy holds, in its words: name, symbol, status, opened_ns, ended_ns, why."""
    legs: Sequence[Row] = ()
    cash: Mapping[str, CashCheck] = field(default_factory=dict)
    """By venue."""

    @property
    def holds(self) -> bool:
        """Whether a venue may still hold something of it."""
        kept = self.environment not in FORGETFUL
        return any(
            book.quantity and (self.state != "ended" or (kept and venue_kind(book.venue) != PAPER))
            for book in self.books
        )

    @property
    def place(self) -> str:
        """Return where it trades, for people."""
        suffix = "" if self.environment == PROD else f" {self.environment}"
        return f"{self.venues}{suffix}"


def read_runs(address: StoreAddress, state_dir: Path) -> list[PastRun]:
    """Return every run that the store knows, the latest first.

    Raises:
        RunFailed: there is none, or the store cannot be used; says what to do.
    """
    try:
        _bring_up(address, state_dir)
        with closing(StoreReader(address)) as store:
            return _runs(store, state_dir)
    except StoreError as error:
        raise RunFailed(str(error)) from error


def _bring_up(address: StoreAddress, state_dir: Path) -> None:
    """Take over what the journals have and the store lacks; nothing is loaded where it has all."""
    if address.path is not None and not _behind(address, address.path, state_dir):
        return
    from database.follower import catch_up  # noqa: PLC0415  # brings SQLAlchemy
    from database.store import Store  # noqa: PLC0415  # as above

    try:
        with closing(Store(address)) as store:
            for trouble in catch_up(store, state_dir, told_by_states):
                logger.warning("event=journal_left_out error=%s", trouble)
    except StoreError as error:
        if address.path is None or judge_file(address.path, STORE, whole=False) != STORE.head:
            raise
        # What may not be written can still be read, as of when it was last written.
        logger.warning("event=store_behind error=%s next=shown_as_it_is", error)


def _behind(address: StoreAddress, path: Path, state_dir: Path) -> bool:
    journals = [journal for journal in journals_in(state_dir) if journal != path]
    if judge_file(path, STORE, whole=False) != STORE.head:
        if not journals and not path.exists():
            raise StoreError(
                f"no run was kept in {state_dir} yet; --state-dir names another folder, and "
                "--database another store"
            )
        return True
    with closing(StoreReader(address)) as store:
        rows = store.rows("SELECT run_id, taken, finished_ns FROM runs")
        taken = {row["run_id"]: row["taken"] for row in rows if row["finished_ns"] is None}
        ended = {row["run_id"] for row in rows if row["finished_ns"] is not None}
    return any(_ahead(journal, taken, ended) for journal in journals)


def _ahead(path: Path, taken: Mapping[str, int], ended: set[str]) -> bool:
    """Whether a journal holds what the store lacks."""
    try:
        with closing(JournalReader(path)) as journal:
            run = journal.identity()
            if run is None or run.run_id in ended:
                return False
            return journal.is_finished() or taken.get(run.run_id) != journal.last()
    except TellsNoChanges:
        return False
    except JournalError:
        return True  # whoever takes it over tells what is wrong with it


def _runs(store: StoreReader, state_dir: Path) -> list[PastRun]:
    books = _by_run(store.rows("SELECT * FROM books ORDER BY venue, contract_id"))
    positions = _by_run(store.rows("SELECT * FROM positions ORDER BY opened_ns, name"))
    legs = _by_run(store.rows("SELECT * FROM legs ORDER BY name, venue"))
    cash = _by_run(store.rows("SELECT * FROM equity WHERE cash IS NOT NULL ORDER BY venue, at_ns"))
    return [
        PastRun(
            **{name: row[name] for name in _AS_STORED},
            state=_state(row, state_dir),
            explained=_explained(row["explained"]),
            books=[_book(each) for each in books.get(row["run_id"], ())],
            positions=positions.get(row["run_id"], ()),
            legs=legs.get(row["run_id"], ()),
            cash=_cash(cash.get(row["run_id"], ())),
        )
        for row in store.rows("SELECT * FROM runs ORDER BY began_ns DESC, run_id")
    ]


_AS_STORED = (
    "run_id",
    "strategy",
    "venues",
    "ticker",
    "account",
    "environment",
    "began_ns",
    "heard_ns",
)


def _by_run(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["run_id"], []).append(row)
    return found


def _state(row: Row, state_dir: Path) -> str:
    if row["finished_ns"] is not None:
        return "ended"
    path = state_dir / row["journal"]
    if not path.exists():
        return "elsewhere"
    return "running" if is_held(lock_of(path)) else "interrupted"


def _explained(text: str) -> Explained | None:
    return msgspec.json.decode(text, type=Explained) if text else None


def _book(row: Row) -> MarketBook:
    numbers: dict[str, Any] = {name: Decimal(row[name]) for name in ("quantity", "cost")}
    split = Split(*(Decimal(row[name]) for name in ("price_pnl", "funding", "fees")))
    return MarketBook(
        row["venue"],
        row["contract_id"],
        **numbers,
        split=split,
        elsewhere=msgspec.json.decode(row["elsewhere"]),
        trades=row["trades"],
        updated_ns=row["updated_ns"],
    )


def _cash(rows: Sequence[Row]) -> dict[str, CashCheck]:
    """Return by venue how its balance moved, from rows in the order of time."""
    found: dict[str, CashCheck] = {}
    for row in rows:
        cash, at_ns = Decimal(row["cash"]), row["at_ns"]
        first = found[row["venue"]].first if row["venue"] in found else cash
        found[row["venue"]] = CashCheck(first, cash, at_ns)
    return found


def total(books: Sequence[MarketBook]) -> Split:
    """Return what books come to together."""
    return sum((book.split for book in books), start=Split(ZERO, ZERO, ZERO))
