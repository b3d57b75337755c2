"""When a request that may be repeated is sent again, and how long is waited before."""

from __future__ import annotations

from dataclasses import dataclass

from exchange_clients.errors import ExchangeError, OutcomeUnknown, RateLimited
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.transport.ports import AnswerLost, NotSent

PASSING = (NotSent, AnswerLost, OutcomeUnknown, RateLimited)
"""Errors that may be gone at the next attempt."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Bounds of repeating; the waits are drawn from zero up to a limit that doubles."""

    attempts: int = 4
    base_s: float = 0.2
    cap_s: float = 5.0
    total_s: float = 30.0
    """No attempt begins later than this after the first one began."""

    def wait_s(
        self, attempt: int, elapsed_s: float, error: ExchangeError, rng: Rng
    ) -> float | None:
        """Return the seconds before the next attempt, None when there shall be none.

        Args:
            attempt: How many were made.
            elapsed_s: Since the first one began.
            error: What the last one came to.
            rng: Draws the wait, so that those who failed together do not return together.
        """
        if attempt >= self.attempts or not isinstance(error, PASSING):
            return None
        wait_s = rng.uniform(0.0, min(self.cap_s, self.base_s * 2.0 ** (attempt - 1)))
        if isinstance(error, RateLimited) and error.retry_after_s is not None:
            wait_s += error.retry_after_s
        return None if elapsed_s + wait_s > self.total_s else wait_s
