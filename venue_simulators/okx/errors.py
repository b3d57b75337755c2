"""What OKX says when it refuses: a code for the whole request, or one for each item of it."""

from __future__ import annotations

from exchange_clients.base_models import Reason
from venue_simulators.okx.wording import Row, answer, envelope
from venue_simulators.wire import HttpResponse

_STATUS = {
    "50000": 400,
    "50002": 400,
    "50006": 400,
    "50011": 429,
    "50014": 400,
    "50061": 429,
    "50101": 401,
    "50102": 401,
    "50103": 401,
    "50104": 401,
    "50105": 401,
    "50106": 401,
    "50107": 401,
    "50111": 401,
    "50112": 401,
    "50113": 401,
    "50120": 401,
}
"""Codes that come with an HTTP status of their own; all others travel in a success."""


class OkxError(Exception):
    """A request that is refused as a whole."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def response(self) -> HttpResponse:
        """Return the refusal as it travels."""
        return answer(envelope([], self.code, self.message), _STATUS.get(self.code, 200))


class ItemError(Exception):
    """An order, cancellation or amendment that is refused; others of its batch may stand."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def not_found() -> HttpResponse:
    """Return the answer to a path that the venue does not have."""
    return answer({"code": "404", "data": {}, "msg": "Not Found"}, 404)


def parameter_error(name: str) -> OkxError:
    """Return the refusal of a parameter that makes no sense."""
    return OkxError("51000", f"Parameter {name} error")


def parameter_empty(name: str) -> OkxError:
    """Return the refusal of a request that lacks a parameter."""
    return OkxError("50014", f"Parameter {name} can not be empty.")


def unlisted(name: str = "Instrument ID") -> OkxError:
    """Return the refusal to speak of an instrument that is not listed."""
    return OkxError(
        "51001",
        f"{name} doesn't exist, or the instrument is not available for this account.",
    )


_BY_REASON = {
    Reason.INSUFFICIENT_MARGIN: (
        "51008",
        "Order failed. Insufficient USDT margin in account",
    ),
    Reason.BELOW_MINIMUM: ("51020", "Your order should meet or exceed the minimum order amount."),
    Reason.REDUCE_ONLY_REJECTED: (
        "51169",
        "Order failed because you don't have any positions in this direction to reduce.",
    ),
    Reason.MARKET_UNAVAILABLE: ("51022", "Contract suspended."),
    Reason.POST_ONLY_WOULD_CROSS: (
        "51511",
        "Operation failed as the order price doesn't meet the requirement for Post Only.",
    ),
    Reason.INVALID_ORDER: ("51000", "Parameter sz or px error"),
    Reason.OTHER: ("51025", "Order count exceeds the limit"),
}


def refused(reason: Reason) -> ItemError:
    """Return how the venue words the engine's refusal of an order."""
    return ItemError(*_BY_REASON.get(reason, ("51000", "Order failed")))


def too_many_requests() -> OkxError:
    """Return the answer to a request over a limit; nothing says when to come back."""
    return OkxError("50011", "Too Many Requests")


def summary(rows: list[Row]) -> tuple[str, str]:
    """Return code and message of an answer to items: 0, 1 when all failed, 2 when some did."""
    failed = sum(row["sCode"] != "0" for row in rows)
    if not failed:
        return "0", ""
    if failed < len(rows):
        return "2", "Bulk operation partially succeeded."
    return "1", "All operations failed"
