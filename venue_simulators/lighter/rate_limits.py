"""How much a client may ask in a minute, by account where a token says which, else by address."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping

from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.terms import MINUTE_NS, TierTerms

WEIGHTS: Mapping[str, int] = {
    "sendTx": 6,
    "sendTxBatch": 6,
    "nextNonce": 6,
    "publicPools": 50,
    "accountInactiveOrders": 100,
    "apikeys": 150,
    "transferFeeInfo": 500,
    "trades": 600,
    "recentTrades": 600,
}
OTHER_WEIGHT = 300
DEFAULT_SENDS_A_MINUTE = 40
"""Of leverage updates, and of transaction types without a limit of their own."""
VOLUME_QUOTA = 1_000_000
"""What an account may create or change before it has to trade; far more than a test uses."""


class Window:
    """What was used within the last minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._entries: deque[tuple[int, int]] = deque()

    def take(self, now_ns: int, amount: int = 1) -> bool:
        """Use an amount; False, and nothing used, when it is more than what is left."""
        while self._entries and self._entries[0][0] <= now_ns - MINUTE_NS:
            self._used -= self._entries.popleft()[1]
        if self._used + amount > self._limit:
            return False
        self._entries.append((now_ns, amount))
        self._used += amount
        return True


class RateLimits:
    """The buckets of one venue.

    All clients of the simulator come from one address.
    """

    def __init__(self, terms: TierTerms) -> None:
        self._terms = terms
        self._requests: dict[int | None, Window] = {}
        self._sends: dict[int, Window] = {}
        self._default_sends: dict[int, Window] = {}
        self._quota: dict[int, int] = {}

    def request(self, endpoint: str, account: int | None, now_ns: int) -> None:
        """Count a REST request against its bucket.

        Args:
            endpoint: The path after ``/api/v1/``.
            account: Whose token came with it; None for the bucket of the address.
            now_ns: The present instant.

        Raises:
            Refusal: the bucket is empty.
        """
        weight = WEIGHTS.get(endpoint, OTHER_WEIGHT) if self._terms.weighted else 1
        window = self._requests.setdefault(account, Window(self._terms.weight_a_minute))
        _take(window, now_ns, weight)

    def send(self, account: int, now_ns: int, *, default_type: bool) -> None:
        """Count a transaction, by whichever way it came."""
        if default_type:
            window = self._default_sends.setdefault(account, Window(DEFAULT_SENDS_A_MINUTE))
            _take(window, now_ns)
        _take(self._sends.setdefault(account, Window(self._terms.sends_a_minute)), now_ns)

    def use_quota(self, account: int, amount: int) -> int:
        """Use of the volume quota and return what is left."""
        left = max(self._quota.get(account, VOLUME_QUOTA) - amount, 0)
        self._quota[account] = left
        return left


def _take(window: Window, now_ns: int, amount: int = 1) -> None:
    if not window.take(now_ns, amount):
        raise Refusal(Code.TOO_MANY_REQUESTS)
