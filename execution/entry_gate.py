"""Whether anything new may be opened. Exits never come here."""

from __future__ import annotations

import logging
from collections.abc import Callable

from execution.ports import RiskGate

logger = logging.getLogger(__name__)


class EntryGate:
    """Shut until the truth is known; then open, until something closes it for the rest of the run.

    The risk gate is asked each time.
    """

    def __init__(self, risk: RiskGate, on_close: Callable[[str], None]) -> None:
        self._risk = risk
        self._on_close = on_close
        self.reason = ""
        """Why it was closed for good; empty while it was not."""
        self.known = False
        """Whether our orders and holdings were reconciled with the venues since the last drop."""

    def allows(self, now_ns: int) -> bool:
        """Say whether an entry may be sent at this instant."""
        return self.known and not self.reason and self._risk.check(now_ns).entries_allowed

    def close(self, reason: str) -> None:
        """Let no entry through in this run any more; the first reason stays."""
        if self.reason:
            return
        self.reason = reason
        logger.error("event=entries_stopped reason=%s", reason)
        self._on_close(f"no more entries: {reason}")
