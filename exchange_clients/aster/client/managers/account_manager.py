"""The money of Aster, and what the venue allows at present."""

from __future__ import annotations

import msgspec

from exchange_clients.aster.common import LIMITS
from exchange_clients.shared.dialects.fapi.account_manager import (
    FapiAccount,
    LimitRow,
    allowed,
)
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.limits import RateLimits
from exchange_clients.shared.rows import as_is, read_rows, readable


class _Info(msgspec.Struct, rename="camel"):
    rate_limits: list[msgspec.Raw]


_INFO = msgspec.json.Decoder(_Info)


class AsterAccount(FapiAccount):
    """The money of one account, its mode and its limits."""

    def limits(self) -> Flow[RateLimits]:
        """Return what is allowed in each window, which the list of markets tells of everyone."""
        answer = yield self._dialect.ask("exchangeInfo", {})
        rows = readable(read_rows(_INFO.decode(answer.body).rate_limits, LimitRow, as_is))
        return allowed(LIMITS, rows)
