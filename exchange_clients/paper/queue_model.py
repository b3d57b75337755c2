"""Where a resting order stands among the external lots at its price, as far as one can tell."""

from __future__ import annotations

from typing import Protocol


class QueueModel(Protocol):
    """Pure estimates in lots; the engine keeps the state and asks."""

    def joined(self, displayed_lots: int) -> float:
        """Return the lots ahead of an order that joins a level showing ``displayed_lots``."""

    def restated(self, ahead: float, before: int, after: int) -> float:
        """Return the lots ahead after the level went from ``before`` to ``after``.

        ``before`` is net of the prints that have already been taken off ``ahead``.
        """
