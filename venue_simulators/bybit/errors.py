"""What Bybit says when it refuses: a code in the envelope, and HTTP 200 all the same.

Only what stands before the API answers with a status: 403 for too many requests of one address and
for a GET with a body, 401 for a request without a key, 404 for a path that does not exist.
"""

from __future__ import annotations

from exchange_clients.base_models import Reason

PARAMETER = 10001
TIME_WINDOW = 10002
KEY = 10003
SIGNATURE = 10004
PERMISSION = 10005
RATE_LIMIT = 10006
USER_AUTH = 10007
DEMO_UNSUPPORTED = 10032
KEY_EXPIRED = 33004
NOT_MODIFIED = 34040
NOT_FOUND = 110001
PRICE_OUT_OF_RANGE = 110003
NO_MONEY = 110007
COMPLETED = 110008
TOO_MANY_STOPS = 110009
CANCELLED = 110010
LEVERAGE_LIMIT = 110013
REDUCE_ONLY_ZERO = 110017
TOO_MANY_ORDERS = 110020
MODE_HAS_POSITION = 110024
MODE_NOT_MODIFIED = 110025
MARGIN_MODE_NOT_MODIFIED = 110026
MODE_HAS_ORDERS = 110028
LEVERAGE_NOT_MODIFIED = 110043
AMEND_BELOW_FILLED = 110064
DUPLICATE_LINK_ID = 110072
NOT_LIVE = 110074
PROCESSING = 110079
NOT_RISING = 110092
NOT_FALLING = 110093
BELOW_NOTIONAL = 110094
NO_PRICE = 110118
ABOVE_MAX_PRICE = 30208
BELOW_MIN_PRICE = 30209
MARGIN_MODE_FAILED = 3400045


class Refusal(Exception):
    """A request that is not done.

    Args:
        code: Of the envelope.
        message: For people.
        result: What the envelope carries besides.
    """

    def __init__(self, code: int, message: str, result: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.result: object = {} if result is None else result


class Barred(Exception):
    """A request that the API itself never sees; ``status`` is all that matters."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def invalid(why: str) -> Refusal:
    """Return the refusal of a parameter."""
    return Refusal(PARAMETER, f"params error: {why}")


def missing_order() -> Refusal:
    """Return the refusal to act on an order that never was."""
    return Refusal(NOT_FOUND, "order not exists or too late to cancel")


_BY_REASON = {
    Reason.INSUFFICIENT_MARGIN: ("Rejected", "EC_Others", "UNKNOWN"),
    Reason.POST_ONLY_WOULD_CROSS: ("Cancelled", "EC_PostOnlyWillTakeLiquidity", "UNKNOWN"),
    Reason.NO_LIQUIDITY: ("Cancelled", "EC_NoImmediateQtyToFill", "UNKNOWN"),
    Reason.REDUCE_ONLY_REJECTED: ("Cancelled", "EC_NoError", "CancelByReduceOnly"),
    Reason.LIQUIDATED: ("Cancelled", "EC_NoError", "CancelAllBeforeLiq"),
    Reason.SELF_TRADE: ("Cancelled", "EC_BySelfMatch", "CancelBySmp"),
    Reason.USER_CANCELED: ("Cancelled", "EC_PerCancelRequest", "CancelByUser"),
    Reason.MARKET_UNAVAILABLE: ("Rejected", "EC_InvalidSymbolStatus", "UNKNOWN"),
}


def ending(reason: Reason | None, time_in_force: str) -> tuple[str, str, str]:
    """Return (orderStatus, rejectReason, cancelType) of an order that ended without filling up."""
    if reason is Reason.NOT_FILLED_IN_FULL:
        full = time_in_force == "FOK"
        word = "EC_CancelForNoFullFill" if full else "EC_NoImmediateQtyToFill"
        return "Cancelled", word, "UNKNOWN"
    if reason is None:
        return "Cancelled", "EC_NoError", "UNKNOWN"
    return _BY_REASON.get(reason, ("Rejected", "EC_Others", "UNKNOWN"))
