"""Keeps what a journal refuses until it takes it: a disk that was full for a moment loses nothing.

What is recorded here has already happened, so that it cannot be refused as an intent is. The venue
can be asked for it again, but only the next process does so: this one would go on with books that
lack a fill.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock

logger = logging.getLogger(__name__)

AGAIN_S = 1.0
"""After how long a journal that refused is tried again."""

Write: TypeAlias = Callable[[], object]
"""Writes one record; raises ``JournalError`` where it was not kept."""


class LateRecords:
    """Writes records in the order of their happening, those that were refused first.

    Args:
        venue: Names the venue in logs.
        clock: When to try again.
    """

    def __init__(self, venue: str, clock: Clock) -> None:
        self._venue = venue
        self._clock = clock
        self._waiting: deque[Write] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def write(self, record: Write) -> None:
        """Write a record, or keep it until it can be written.

        The next placement needs the journal as well, and is refused while it fails, so that few
        records ever wait.
        """
        if self._waiting:
            self._waiting.append(record)
            return
        try:
            record()
        except JournalError as error:
            logger.error("event=journal_failed venue=%s error=%s", self._venue, error)  # noqa: TRY400  # the message says what to do
            self._waiting.append(record)
            self._try_later()

    def close(self) -> None:
        """Try a last time; what is refused now is asked of the venue by the next process."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._catch_up()

    def _try_later(self) -> None:
        self._timer = self._clock.call_later(AGAIN_S, self._try_again)

    def _try_again(self) -> None:
        self._timer = None
        if not self._catch_up():
            self._try_later()

    def _catch_up(self) -> bool:
        """Write what waits; False where the journal still refuses."""
        late = len(self._waiting)
        while self._waiting:
            try:
                self._waiting[0]()
            except JournalError:
                return False
            self._waiting.popleft()
        if late:
            logger.warning("event=journal_caught_up venue=%s records=%d", self._venue, late)
        return True
