"""The money of Binance, and what an account may place there."""

from __future__ import annotations

from exchange_clients.binance.common import LIMITS
from exchange_clients.shared.dialects.fapi.account_manager import (
    FapiAccount,
    LimitRow,
    allowed,
)
from exchange_clients.shared.dialects.fapi.converters import listed
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.limits import RateLimits
from exchange_clients.shared.rows import as_is, read_rows, readable


class BinanceAccount(FapiAccount):
    """The money of one account, and its mode, which the coin-margined markets share."""

    def limits(self) -> Flow[RateLimits]:
        """Return what this account may place in each window; makers of markets may place more."""
        answer = yield self._dialect.ask_privately("rateLimit/order", {})
        rows = readable(read_rows(listed(answer.body), LimitRow, as_is))
        return allowed(LIMITS, rows)
