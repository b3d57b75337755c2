"""The durable record of executions: written before a step acts, read by the next process."""

from __future__ import annotations

import msgspec

from execution.bot_state import StateStore
from execution.legs.moves import finished_for_good
from execution.legs.state import Execution

PREFIX = "legs/"
"""Before the execution's id, in the store."""


class ExecutionRecord:
    """Executions in a store; the journal's table of states is one.

    Args:
        store: Where a value survives the process once ``save_state`` has returned.
    """

    def __init__(self, store: StateStore) -> None:
        self._store = store

    def save(self, execution: Execution, now_ns: int) -> None:
        """Keep an execution as it stands.

        Raises:
            JournalError: nothing was written, so nothing of it may be acted on.
        """
        text = msgspec.json.encode(execution).decode()
        self._store.save_state(PREFIX + execution.execution_id, text, now_ns)

    def load(self, execution_id: str) -> Execution | None:
        """Return an execution as it was last kept, None for an unknown id."""
        text = self._store.load_state(PREFIX + execution_id)
        return None if text is None else msgspec.json.decode(text, type=Execution)

    def unfinished(self) -> list[Execution]:
        """Return what a restart must take up, oldest first."""
        kept = [
            msgspec.json.decode(text, type=Execution)
            for text in self._store.load_states(PREFIX).values()
        ]
        left = [execution for execution in kept if not finished_for_good(execution)]
        return sorted(left, key=lambda execution: (execution.started_ns, execution.execution_id))
