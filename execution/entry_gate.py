"""Whether anything new may be opened. An exit waits for nothing here, but for one thing.

Where all is being closed for good, whoever closes it sends the only orders: an exit that the
strategy places anew each time it is cancelled would never let a venue become flat.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from exchange_clients.base_models import Purpose
from execution.ports import RiskGate
from helpers.risk_values import RiskAction

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
        self.unread: dict[str, None] = {}
        """Venues of which nobody has said yet what others hold there: an entry might take it."""

    def allows(self, now_ns: int) -> bool:
        """Say whether an entry may be sent at this instant."""
        if not self.known or self.unread or self.reason:
            return False
        return self._risk.check(now_ns).entries_allowed

    def against(self, purpose: Purpose, now_ns: int) -> str:
        """Say why an order is held back; empty where it is not."""
        if purpose is Purpose.ENTRY:
            if self.allows(now_ns):
                return ""
            unread = f"what others hold at {', '.join(self.unread)} is not read yet"
            return self.reason or (unread if self.unread else "entries are not allowed now")
        verdict = self._risk.check(now_ns)
        closing = verdict.action is RiskAction.EMERGENCY_CLOSE_ALL
        return verdict.reason if closing and purpose is not Purpose.STOP else ""

    def close(self, reason: str) -> None:
        """Let no entry through in this run any more; the first reason stays."""
        if self.reason:
            return
        self.reason = reason
        logger.error("event=entries_stopped reason=%s", reason)
        self._on_close(f"no more entries: {reason}")
