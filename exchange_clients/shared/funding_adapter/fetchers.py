"""Keeping what could be read of a venue's answer, and saying what could not."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TypeVar

from exchange_clients.events import Unreadable

K = TypeVar("K")
T = TypeVar("T")
RECENT_MAX = 50
logger = logging.getLogger(__name__)


class RowReader:
    """Sorts rows that were read from rows that could not be.

    Args:
        venue: Names the venue in logs.
    """

    def __init__(self, venue: str) -> None:
        self._venue = venue
        self.unreadable = 0
        """Rows that could not be read so far."""
        self.recent: deque[Unreadable] = deque(maxlen=RECENT_MAX)
        """The last of them, until whoever tells of them takes them."""

    def by_key(self, rows: Mapping[K, T | Unreadable], what: str) -> dict[K, T]:
        """Return what was read, by key; the others are counted, logged and left out."""
        self._tell(rows.values(), what)
        return {key: row for key, row in rows.items() if not isinstance(row, Unreadable)}

    def in_order(self, rows: Iterable[T | Unreadable], what: str) -> list[T]:
        """Return what was read, in order; the others are counted, logged and left out."""
        listed = list(rows)
        self._tell(listed, what)
        return [row for row in listed if not isinstance(row, Unreadable)]

    def _tell(self, rows: Iterable[object], what: str) -> None:
        for row in rows:
            if isinstance(row, Unreadable):
                self.unreadable += 1
                self.recent.append(row)
                logger.warning(
                    "event=unreadable venue=%s what=%s ids=%s reason=%s",
                    self._venue, what, ",".join(row.ids), row.reason,
                )  # fmt: skip
