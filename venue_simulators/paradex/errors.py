"""What Paradex says when it refuses, and with which HTTP status.

A refusal has a code and a sentence; over WebSocket the same code stands in ``error.data``. Statuses
of single codes are not published: what is missing is answered with 404, a state of the venue with
503, access with 403 and everything else with 400. The code of a refusal over the rate limit is not
published either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from exchange_clients.base_models import Reason
from venue_simulators.wire import HttpResponse

VALIDATION = "VALIDATION_ERROR"
BINDING = "BINDING_ERROR"
PARAMETER = "INVALID_REQUEST_PARAMETER"
ORDER_MISSING = "ORDER_ID_NOT_FOUND"
CLIENT_ID_MISSING = "CLIENT_ORDER_ID_NOT_FOUND"
MARKET_MISSING = "MARKET_NOT_FOUND"
RATE_LIMITED = "RATE_LIMIT_EXCEEDED"
UNKNOWN_PATH = "NOT_FOUND"

_STATUSES: Mapping[str, int] = {
    ORDER_MISSING: 404,
    CLIENT_ID_MISSING: 404,
    MARKET_MISSING: 404,
    "ACCOUNT_NOT_FOUND": 404,
    UNKNOWN_PATH: 404,
    "INVALID_TOKEN": 401,
    "UNAUTHORIZED_ERROR": 401,
    "REQUEST_NOT_ALLOWED": 403,
    "INVALID_TOKEN_SCOPE": 403,
    "NO_ACCESS_TO_MARKET": 403,
    "RPI_ACCOUNT_NOT_WHITELISTED": 403,
    "GEO_IP_BLOCK": 403,
    RATE_LIMITED: 429,
    "SERVICE_UNAVAILABLE": 503,
}
_BY_REASON: Mapping[Reason, str] = {
    Reason.INSUFFICIENT_MARGIN: "NOT_ENOUGH_MARGIN",
    Reason.POST_ONLY_WOULD_CROSS: "POST_ONLY_WOULD_CROSS",
    Reason.REDUCE_ONLY_REJECTED: "REDUCE_ONLY_WILL_INCREASE",
    Reason.BELOW_MINIMUM: "ORDER_SIZE_BELOW_MIN",
    Reason.MARKET_UNAVAILABLE: "MARKET_NOT_OPEN",
    Reason.SELF_TRADE: "EXPIRED_BY_STP",
    Reason.LIQUIDATED: "LIQUIDATION",
    Reason.USER_CANCELED: "USER_CANCELED",
    Reason.NO_LIQUIDITY: "NO_LIQUIDITY",
    Reason.NOT_FILLED_IN_FULL: "IMMEDIATE_OR_CANCEL",
}


class Refusal(Exception):
    """The venue refuses; nothing was changed."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.message = message or code.lower().replace("_", " ")
        super().__init__(f"{code}: {self.message}")

    @property
    def status(self) -> int:
        """The HTTP status."""
        return _STATUSES.get(self.code, 400)

    def words(self) -> dict[str, str | None]:
        """Return the refusal as JSON holds it."""
        return {"error": self.code, "message": self.message, "data": None}

    def response(self) -> HttpResponse:
        """Return the refusal as REST answers it."""
        return HttpResponse(self.status, json.dumps(self.words()).encode())


class TokenRefused(Refusal):
    """A bearer token is missing or stands no longer; it is told without a code."""

    def __init__(self, message: str) -> None:
        super().__init__("INVALID_TOKEN", f"missing or malformed jwt: {message}")

    def response(self) -> HttpResponse:
        """Return the refusal as the gate in front of REST words it."""
        return HttpResponse(401, json.dumps({"message": self.message}).encode())


def cancel_reason(reason: Reason | None) -> str:
    """Return the venue's word for why an order was refused or ended."""
    return "" if reason is None else _BY_REASON.get(reason, reason.name)
