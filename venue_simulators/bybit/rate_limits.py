"""How many requests the venue takes: by address over five seconds, by account over one.

An account's budgets are one for each kind of call. An address that asks too much is barred for ten
minutes, whatever it asks then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace

from exchange_clients.base_models import NS
from venue_simulators.bybit.wording import MS_NS

ADDRESS_MAX = 600
ADDRESS_WINDOW_NS = 5 * NS
BARRED_NS = 600 * NS
CONNECTS_MAX = 500
CONNECTS_WINDOW_NS = 300 * NS
DEFAULT_PER_S = 50
READS = ("/v5/order/realtime", "/v5/order/history")
PER_SECOND: Mapping[str, int] = {
    "/v5/position/set-leverage": 10,
    "/v5/position/switch-mode": 10,
    "/v5/position/trading-stop": 10,
    "/v5/account/transaction-log": 25,
    "/v5/account/fee-rate": 5,
    "/v5/account/set-margin-mode": 5,
}
"""Others are 50, except those by which orders are made and ended."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of a budget after a call."""

    limit: int
    left: int
    reset_ns: int
    allowed: bool = True

    def headers(self) -> dict[str, str]:
        """Return it as every private answer carries it."""
        return {
            "x-bapi-limit": str(self.limit),
            "x-bapi-limit-status": str(self.left),
            "x-bapi-limit-reset-timestamp": str(self.reset_ns // MS_NS),
        }


class RateLimits:
    """Counts what was taken.

    Args:
        orders_per_s: Of each way to make, change or end orders.
        enforced: Whether anything is ever refused.
    """

    def __init__(self, orders_per_s: int, *, enforced: bool) -> None:
        self._orders_per_s = orders_per_s
        self._enforced = enforced
        self._address: deque[int] = deque()
        self._connects: deque[int] = deque()
        self._barred_until_ns = 0
        self._taken: dict[tuple[str, str], deque[int]] = {}

    def admits_address(self, now_ns: int) -> bool:
        """Count a request of the one address there is; False while it is barred."""
        if not self._enforced:
            return True
        if now_ns < self._barred_until_ns:
            return False
        _forget(self._address, now_ns - ADDRESS_WINDOW_NS)
        self._address.append(now_ns)
        if len(self._address) > ADDRESS_MAX:
            self._barred_until_ns = now_ns + BARRED_NS
            self._address.clear()
            return False
        return True

    def admits_connect(self, now_ns: int) -> bool:
        """Count a WebSocket handshake."""
        _forget(self._connects, now_ns - CONNECTS_WINDOW_NS)
        self._connects.append(now_ns)
        return not self._enforced or len(self._connects) <= CONNECTS_MAX

    def take(self, account: str, path: str, now_ns: int) -> Standing:
        """Count a call of an account; one that is refused costs nothing."""
        before = self.standing(account, path, now_ns)
        if not before.left and self._enforced:
            return replace(before, allowed=False)
        self._taken[account, path].append(now_ns)
        return self.standing(account, path, now_ns)

    def standing(self, account: str, path: str, now_ns: int) -> Standing:
        """Return what is left of a budget."""
        limit = self._limit(path)
        taken = self._taken.setdefault((account, path), deque())
        _forget(taken, now_ns - NS)
        reset_ns = (taken[0] if taken else now_ns) + NS
        return Standing(limit, max(limit - len(taken), 0), reset_ns)

    def _limit(self, path: str) -> int:
        if path.startswith("/v5/order/") and path not in READS:
            return self._orders_per_s
        return PER_SECOND.get(path, DEFAULT_PER_S)


def _forget(times: deque[int], until_ns: int) -> None:
    while times and times[0] <= until_ns:
        times.popleft()
