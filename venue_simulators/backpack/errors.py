"""What Backpack says when it refuses, and with which HTTP status.

Refusals of meaning are JSON with a code; what cannot be parsed is answered in plain text, as the
venue does it in spite of its documents.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from exchange_clients.base_models import Reason
from venue_simulators.wire import HttpResponse


class Refusal(Exception):
    """A request that is not done; ``code`` None answers in plain text."""

    def __init__(
        self, code: str | None, message: str, status: int = HTTPStatus.BAD_REQUEST
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def answer(self) -> HttpResponse:
        """Return the refusal as it travels."""
        if self.code is None:
            return HttpResponse(
                self.status, self.message.encode(), {"content-type": "text/plain; charset=utf-8"}
            )
        return HttpResponse(self.status, msgspec.json.encode(self.words()))

    def words(self) -> dict[str, str]:
        """Return the code and the message of a refusal in JSON."""
        assert self.code is not None, "a plain text has no code"
        return {"code": self.code, "message": self.message}


def invalid_request(message: str) -> Refusal:
    """Return the refusal of a request whose parts contradict each other or the rules."""
    return Refusal("INVALID_CLIENT_REQUEST", message)


def invalid_order(message: str = "Invalid order") -> Refusal:
    """Return the refusal of an order that could not be carried out."""
    return Refusal("INVALID_ORDER", message)


def unauthorized(message: str) -> Refusal:
    """Return the refusal of a key that is missing or not known."""
    return Refusal("UNAUTHORIZED", message, HTTPStatus.UNAUTHORIZED)


def not_found() -> Refusal:
    """Return the refusal to speak of an order, position or market that is not there."""
    return Refusal("RESOURCE_NOT_FOUND", "Not Found", HTTPStatus.NOT_FOUND)


def unparsable_parameter(name: str, why: str) -> Refusal:
    """Return the refusal of a query parameter that cannot be read."""
    return Refusal(None, f"failed to parse parameter `{name}`: {why}")


def unparsable_payload(why: str) -> Refusal:
    """Return the refusal of a body that cannot be read."""
    return Refusal(None, f"parse request payload error: {why}")


def unknown_path() -> Refusal:
    """Return the answer to a path that the venue does not have."""
    return Refusal(None, "not found", HTTPStatus.NOT_FOUND)


def too_many_requests() -> Refusal:
    """Return the answer to a request over the limit; nothing says when to come back."""
    return Refusal("TOO_MANY_REQUESTS", "Too many requests", HTTPStatus.TOO_MANY_REQUESTS)


_BY_REASON = {
    Reason.POST_ONLY_WOULD_CROSS: ("INVALID_ORDER", "Order would immediately match and take"),
    Reason.INSUFFICIENT_MARGIN: ("INSUFFICIENT_MARGIN", "Insufficient margin"),
    Reason.INVALID_ORDER: ("INVALID_ORDER", "Invalid order"),
    Reason.BELOW_MINIMUM: ("INVALID_QUANTITY", "Quantity is below the minimum"),
    Reason.REDUCE_ONLY_REJECTED: ("INVALID_ORDER", "Reduce only order not reduced"),
    Reason.MARKET_UNAVAILABLE: ("TRADING_PAUSED", "Trading is paused"),
    Reason.OTHER: ("ORDER_LIMIT", "Too many open orders"),
}


def refused(reason: Reason) -> Refusal:
    """Return how the venue words the engine's refusal of an order."""
    if reason in (Reason.ORDER_NOT_FOUND, Reason.ALREADY_TERMINAL):
        return not_found()
    return Refusal(*_BY_REASON.get(reason, ("INVALID_ORDER", "Invalid order")))
