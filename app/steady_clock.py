"""The machine's time for a run that must never see it step back."""

from __future__ import annotations

from exchange_clients.shared.clock import LoopWaits, SystemClock


class SteadyClock(LoopWaits):
    """The wall time at the beginning, and what has passed since.

    Args:
        not_before_ns: The least first instant (epoch ns), where more is known to have happened
            than the machine's clock says.
    """

    def __init__(self, not_before_ns: int = 0) -> None:
        self._machine = SystemClock()
        self._offset_ns = max(self._machine.now_ns(), not_before_ns) - self._machine.monotonic_ns()

    def now_ns(self) -> int:
        """Return wall time."""
        return self._machine.monotonic_ns() + self._offset_ns

    def monotonic_ns(self) -> int:
        """Return the machine's monotonic time."""
        return self._machine.monotonic_ns()
