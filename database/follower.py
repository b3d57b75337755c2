"""Follows the journals of a folder into a store: at once, and now and then on a thread.

The thread has connections of its own and shares nothing with the run: an order never waits for it,
and what it fails at is tried again, at the latest by the next start.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from sqlalchemy import select

from database.journal_changes import JournalReader, TellsNoChanges, journals_in
from database.projection import StateWords, take_over
from database.store import Store
from database.store_address import StoreError
from database.store_schema import runs
from exchange_clients.journal import JournalError

logger = logging.getLogger(__name__)

EVERY_S = 5.0
"""How far the store is behind a run that lives."""


def catch_up(store: Store, folder: Path, words: StateWords) -> list[str]:
    """Take over what the journals of a folder hold; return what was left out, and why.

    Raises:
        StoreError: the store cannot be written.
    """
    troubles = []
    finished = _finished(store)
    for path in journals_in(folder):
        if path == store.address.path:
            continue
        try:
            _take(store, path, words, finished)
        except TellsNoChanges:
            continue  # a tape, another store, a run of an older version
        except JournalError as error:
            troubles.append(str(error))
    return troubles


def _take(store: Store, path: Path, words: StateWords, finished: frozenset[str]) -> None:
    journal = JournalReader(path)
    try:
        run = journal.identity()
        if run is not None and run.run_id not in finished:
            take_over(store, journal, run, words)
    finally:
        journal.close()


def _finished(store: Store) -> frozenset[str]:
    """Return the runs that were taken to their end: nothing is written to them any more."""
    with store.transaction() as connection:
        statement = select(runs.c.run_id).where(runs.c.finished_ns.is_not(None))
        return frozenset(connection.scalars(statement))


class Follower:
    """Follows one journal from ``start`` to ``stop``.

    Args:
        store: Where to.
        path: The journal; it may not be there yet.
        words: What the state of its strategy means.
        every_s: The pause between two looks, by the machine's clock.
    """

    def __init__(
        self, store: Store, path: Path, words: StateWords, every_s: float = EVERY_S
    ) -> None:
        self._store = store
        self._path = path
        self._words = words
        self._every_s = every_s
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="store", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def stop(self) -> None:
        """Stop following once the transaction under way is over."""
        self._ended.set()
        self._thread.join()

    def _follow(self) -> None:
        while not self._ended.wait(self._every_s):
            try:
                if self._path.exists():
                    _take(self._store, self._path, self._words, frozenset())
            except (StoreError, JournalError) as error:
                logger.warning("event=store_not_written error=%s next=try_again", error)
