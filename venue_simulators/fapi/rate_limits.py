"""How much an address and an account may ask for: fixed windows that begin with the clock's minute.

Weight counts per address, orders count per account. Who goes on above the limit of weight is
banned: two minutes at first, longer each time.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange_clients.base_models import NS
from venue_simulators.fapi.errors import TOO_MANY_ORDERS, TOO_MANY_REQUESTS, FapiError

MINUTE_NS = 60 * NS
TEN_SECONDS_NS = 10 * NS
PATIENCE = 20
"""Refusals with 429 within one minute, until the next request is answered with a ban."""
FIRST_BAN_NS = 2 * MINUTE_NS
LONGEST_BAN_NS = 3 * 86_400 * NS
BANNED = 418
WEIGHT_HEADER = "x-mbx-used-weight-1m"
ORDERS_MINUTE_HEADER = "x-mbx-order-count-1m"
ORDERS_TEN_SECONDS_HEADER = "x-mbx-order-count-10s"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the venue allows; ``exchangeInfo`` tells it."""

    weight_a_minute: int = 2400
    orders_a_minute: int = 1200
    orders_in_ten_seconds: int = 300
    tells_retry_after: bool = False
    """Whether a refusal says when to come back."""
    tells_ten_seconds: bool = False
    """Whether answers to orders count the last ten seconds too."""

    def rows(self) -> list[dict[str, object]]:
        """Return the limits as ``exchangeInfo`` lists them."""
        return [
            _row("REQUEST_WEIGHT", "MINUTE", 1, self.weight_a_minute),
            _row("ORDERS", "MINUTE", 1, self.orders_a_minute),
            _row("ORDERS", "SECOND", 10, self.orders_in_ten_seconds),
        ]


class Window:
    """One count that starts anew with each window."""

    def __init__(self, length_ns: int) -> None:
        self._length_ns = length_ns
        self._number = 0
        self._count = 0

    def count(self, now_ns: int) -> int:
        """Return what this window has taken."""
        number = now_ns // self._length_ns
        if number != self._number:
            self._number, self._count = number, 0
        return self._count

    def add(self, now_ns: int, amount: int) -> int:
        """Take more and return what this window has taken with it."""
        self._count = self.count(now_ns) + amount
        return self._count

    def ends_ns(self, now_ns: int) -> int:
        """Return when the next window begins."""
        return (now_ns // self._length_ns + 1) * self._length_ns


class RateLimits:
    """Counts weight of the one address that all clients share, and orders by account."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._weight = Window(MINUTE_NS)
        self._refusals = Window(MINUTE_NS)
        self._orders: dict[str, tuple[Window, Window]] = {}
        self._banned_until_ns = 0
        self._ban_ns = FIRST_BAN_NS

    def weigh(self, weight: int, now_ns: int) -> dict[str, str]:
        """Count a request and return the headers that tell so.

        Raises:
            FapiError: 429, the minute is used up, or 418, the address is banned.
        """
        if now_ns < self._banned_until_ns:
            raise self._banned(now_ns)
        used = self._weight.add(now_ns, weight)
        headers = {WEIGHT_HEADER: str(used)}
        if used <= self.limits.weight_a_minute:
            return headers
        if self._refusals.add(now_ns, 1) > PATIENCE:
            self._banned_until_ns = now_ns + self._ban_ns
            self._ban_ns = min(self._ban_ns * 2, LONGEST_BAN_NS)
            raise self._banned(now_ns)
        raise FapiError(
            TOO_MANY_REQUESTS,
            f"Too many requests; current limit is {self.limits.weight_a_minute} request weight "
            "per 1 MINUTE. Please use the websocket for live updates to avoid polling the API.",
            headers=headers | self._retry(self._weight.ends_ns(now_ns) - now_ns),
        )

    def count_orders(self, account: str, orders: int, now_ns: int) -> dict[str, str]:
        """Count orders of an account and return the headers that tell so.

        Raises:
            FapiError: it has placed too many; none is counted.
        """
        minute, seconds = self._orders.setdefault(
            account, (Window(MINUTE_NS), Window(TEN_SECONDS_NS))
        )
        limits = self.limits
        for window, most, span in (
            (seconds, limits.orders_in_ten_seconds, "TEN_SECONDS"),
            (minute, limits.orders_a_minute, "MINUTE"),
        ):
            if window.count(now_ns) + orders > most:
                raise FapiError(
                    TOO_MANY_ORDERS,
                    f"Too many new orders; current limit is {most} orders per {span}.",
                    headers=self._retry(window.ends_ns(now_ns) - now_ns),
                )
        headers = {ORDERS_MINUTE_HEADER: str(minute.add(now_ns, orders))}
        in_ten_seconds = seconds.add(now_ns, orders)
        if limits.tells_ten_seconds:
            headers[ORDERS_TEN_SECONDS_HEADER] = str(in_ten_seconds)
        return headers

    def _banned(self, now_ns: int) -> FapiError:
        until_ms = self._banned_until_ns // 1_000_000
        return FapiError(
            TOO_MANY_REQUESTS,
            f"Way too many requests; IP banned until {until_ms}. "
            "Please use the websocket for live updates to avoid bans.",
            BANNED,
            self._retry(self._banned_until_ns - now_ns),
        )

    def _retry(self, wait_ns: int) -> dict[str, str]:
        if not self.limits.tells_retry_after:
            return {}
        return {"retry-after": str(-(-wait_ns // NS))}


def _row(kind: str, interval: str, number: int, limit: int) -> dict[str, object]:
    return {
        "rateLimitType": kind,
        "interval": interval,
        "intervalNum": number,
        "limit": limit,
    }
