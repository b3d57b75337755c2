"""What a venue of this dialect says when it refuses: ``{"code": -1121, "msg": "Invalid symbol."}``.

Codes are negative and stand for one meaning wherever they come back. The HTTP status says less: 400
for nearly all, 401 for keys, 429 for limits, 418 for a ban.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import msgspec

from exchange_clients.base_models import Reason
from venue_simulators.wire import HttpResponse

UNAUTHORIZED = -1002
TOO_MANY_REQUESTS = -1003
TOO_MANY_ORDERS = -1015
INVALID_TIMESTAMP = -1021
INVALID_SIGNATURE = -1022
ILLEGAL_CHARACTERS = -1100
DUPLICATE_PARAMETERS = -1101
MANDATORY_PARAMETER = -1102
EMPTY_PARAMETER = -1105
UNWANTED_PARAMETER = -1106
TOO_PRECISE = -1111
INVALID_TIME_IN_FORCE = -1115
INVALID_ORDER_TYPE = -1116
INVALID_SIDE = -1117
BAD_SYMBOL = -1121
UNKNOWN_LISTEN_KEY = -1125
INTERVAL_TOO_LONG = -1127
BAD_COMBINATION = -1128
INVALID_PARAMETER = -1130
CANCEL_REJECTED = -2011
NO_SUCH_ORDER = -2013
BAD_KEY_FORMAT = -2014
REJECTED_KEY = -2015
WOULD_TRIGGER = -2021
INVALID_CLIENT_ID = -4015
DUPLICATE_CLIENT_ID = -4116
UNKNOWN_PATH = -5000

MESSAGES: Mapping[int, str] = {
    -1002: "You are not authorized to execute this request.",
    -1021: "Timestamp for this request is outside of the recvWindow.",
    -1022: "Signature for this request is not valid.",
    -1023: "Start time is greater than end time.",
    -1101: "Duplicate values for a parameter detected.",
    -1111: "Precision is over the maximum defined for this asset.",
    -1115: "Invalid timeInForce.",
    -1116: "Invalid orderType.",
    -1117: "Invalid side.",
    -1121: "Invalid symbol.",
    -1125: "This listenKey does not exist.",
    -1127: "Lookup interval is too big.",
    -1128: "Combination of optional parameters invalid.",
    -2010: "New order rejected.",
    -2011: "Unknown order sent.",
    -2013: "Order does not exist.",
    -2014: "API-key format invalid.",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -2019: "Margin is insufficient.",
    -2021: "Order would immediately trigger.",
    -2022: "ReduceOnly Order is rejected.",
    -2025: "Reach max open order limit.",
    -2028: "Leverage is smaller than permitted: insufficient margin balance.",
    -4003: "Quantity less than or equal to zero.",
    -4004: "Quantity less than min quantity.",
    -4005: "Quantity greater than max quantity.",
    -4013: "Price less than min price.",
    -4014: "Price not increased by tick size.",
    -4015: "Client order id is not valid.",
    -4016: "Price is higher than mark price multiplier cap.",
    -4023: "Qty not increased by step size.",
    -4024: "Price is lower than mark price multiplier floor.",
    -4028: "Leverage is not valid.",
    -4045: "Reach max stop order limit.",
    -4046: "No need to change margin type.",
    -4047: "Margin type cannot be changed if there exists open orders.",
    -4048: "Margin type cannot be changed if there exists position.",
    -4059: "No need to change position side.",
    -4061: "Order's position side does not match user's setting.",
    -4067: "Position side cannot be changed if there exists open orders.",
    -4068: "Position side cannot be changed if there exists position.",
    -4116: "ClientOrderId is duplicated.",
    -4120: "Order type not supported for this endpoint. Please use the Algo Order API instead.",
    -4131: "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
    -4140: "Invalid symbol status for opening position.",
    -4164: "Order's notional must be no smaller than the minimum (unless you choose reduce only).",
    -4168: "Unable to adjust to isolated-margin mode under the Multi-Assets mode.",
    -4171: "No need to change multi-assets mode.",
    -5021: "Due to the order could not be filled immediately, the FOK order has been rejected.",
    -5022: "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    -5024: "Symbol is not in trading status. Order amendment is not permitted.",
    -5025: "Only limit order is supported.",
    -5026: "Exceed maximum modify order limit.",
    -5027: "No need to modify the order.",
    -5037: "Invalid price match",
    -5038: "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT",
    -5039: "Invalid self trade prevention mode",
    -5040: "The goodTillDate timestamp must be greater than the current time plus 600 seconds.",
    -5041: "No depth matches this BBO order",
    -5047: "Reduce only is not allowed on an order that is not reduce only.",
}
"""Usual wording by code; where it is missing, the refusal says it in its own words."""

_STATUSES: Mapping[int, int] = {
    UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    BAD_KEY_FORMAT: HTTPStatus.UNAUTHORIZED,
    REJECTED_KEY: HTTPStatus.UNAUTHORIZED,
    TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    TOO_MANY_ORDERS: HTTPStatus.TOO_MANY_REQUESTS,
    UNKNOWN_PATH: HTTPStatus.NOT_FOUND,
}


class FapiError(Exception):
    """The venue refuses; nothing was changed."""

    def __init__(
        self,
        code: int,
        message: str = "",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = code
        self.message = message or MESSAGES[code]
        self.status = int(_STATUSES.get(code, HTTPStatus.BAD_REQUEST) if status is None else status)
        self.headers = headers or {}
        super().__init__(f"{code} {self.message}")

    def response(self) -> HttpResponse:
        """Return the refusal as it travels."""
        return HttpResponse(self.status, msgspec.json.encode(self.words()), self.headers)

    def words(self) -> dict[str, object]:
        """Return the refusal as an item of a batch holds it."""
        return {"code": self.code, "msg": self.message}


def missing(name: str) -> FapiError:
    """Return the refusal of a request that lacks a parameter."""
    return FapiError(
        MANDATORY_PARAMETER,
        f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.",
    )


def invalid(name: str) -> FapiError:
    """Return the refusal of a value that makes no sense."""
    return FapiError(INVALID_PARAMETER, f"Data sent for parameter '{name}' is not valid.")


def unknown_path(method: str, path: str) -> FapiError:
    """Return the answer to a path that the venue does not have."""
    return FapiError(UNKNOWN_PATH, f"Path {path}, Method {method} is invalid")


_CODES: Mapping[Reason, int] = {
    Reason.POST_ONLY_WOULD_CROSS: -5022,
    Reason.INSUFFICIENT_MARGIN: -2019,
    Reason.INVALID_ORDER: -2010,
    Reason.BELOW_MINIMUM: -4164,
    Reason.REDUCE_ONLY_REJECTED: -2022,
    Reason.MARKET_UNAVAILABLE: -4140,
    Reason.NO_LIQUIDITY: -4131,
    Reason.DUPLICATE_CLIENT_ORDER_ID: DUPLICATE_CLIENT_ID,
    Reason.ORDER_NOT_FOUND: CANCEL_REJECTED,
    Reason.ALREADY_TERMINAL: CANCEL_REJECTED,
    Reason.OTHER: -2025,
}


def refused(reason: Reason) -> FapiError:
    """Return how the venue words the engine's refusal."""
    return FapiError(_CODES.get(reason, -2010))
