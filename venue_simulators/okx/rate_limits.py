"""How many requests the venue takes: a rolling window of two seconds for each budget."""

from __future__ import annotations

from collections import deque
from enum import Enum

from exchange_clients.base_models import NS
from venue_simulators.okx.errors import OkxError, too_many_requests

WINDOW_NS = 2 * NS
ORDERS_MAX = 1000
"""New and amended orders of one account in the window, items of a batch counted singly."""


class Scope(Enum):
    """Whose requests a budget counts."""

    ADDRESS = "address"
    ACCOUNT = "account"
    INSTRUMENT = "instrument"
    """Of an account, for each instrument."""


class RateLimits:
    """Counts what was taken; a request over a limit takes nothing.

    Args:
        enforced: Whether there are any.
    """

    def __init__(self, *, enforced: bool = True) -> None:
        self._enforced = enforced
        self._taken: dict[tuple[str, ...], deque[int]] = {}

    def spend(self, budget: tuple[str, ...], limit: int, now_ns: int, count: int = 1) -> None:
        """Count ``count`` requests against a budget.

        Raises:
            OkxError: it is used up.
        """
        if not self._fits(budget, limit, now_ns, count):
            raise too_many_requests()

    def spend_orders(self, account: str, count: int, now_ns: int) -> None:
        """Count new and amended orders of an account against its own cap.

        Raises:
            OkxError: it is used up.
        """
        if not self._fits(("orders", account), ORDERS_MAX, now_ns, count):
            raise OkxError("50061", "Sub-account rate limit exceeded")

    def _fits(self, budget: tuple[str, ...], limit: int, now_ns: int, count: int) -> bool:
        if not self._enforced:
            return True
        taken = self._taken.setdefault(budget, deque())
        while taken and taken[0] <= now_ns - WINDOW_NS:
            taken.popleft()
        if len(taken) + count > limit:
            return False
        taken.extend([now_ns] * count)
        return True
