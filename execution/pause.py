"""A person's wish that nothing new is opened, kept over restarts until a person lifts it."""

from __future__ import annotations

import logging

from exchange_clients.shared.clock import Clock
from execution.bot_state import StateStore

logger = logging.getLogger(__name__)

STATE_KEY = "pause"


class Pause:
    """Whether entries are paused, and by whom.

    Args:
        store: Durable memory of the run.
        clock: Time.
    """

    def __init__(self, store: StateStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self.by = store.load_state(STATE_KEY) or ""
        """Who asked for it; empty while nothing is paused."""

    def begin(self, by: str) -> bool:
        """Pause entries; return whether they were not paused before.

        Raises:
            JournalError: it could not be kept, and does not hold.
        """
        assert by, "a pause is somebody's"
        if self.by:
            return False
        self._keep(by)
        return True

    def end(self) -> bool:
        """Let entries through again; return whether they were paused before.

        Raises:
            JournalError: it could not be kept, and the pause holds.
        """
        if not self.by:
            return False
        self._keep("")
        return True

    def _keep(self, by: str) -> None:
        self._store.save_state(STATE_KEY, by, self._clock.now_ns())
        self.by = by
