"""What the venue says when it refuses: a status, a code to match on and a message for people."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from exchange_clients.base_models import Reason
from venue_simulators.wire import HttpResponse

STATUS_OF = {
    Reason.ORDER_NOT_FOUND: HTTPStatus.NOT_FOUND,
    Reason.DUPLICATE_CLIENT_ORDER_ID: HTTPStatus.CONFLICT,
    Reason.ALREADY_TERMINAL: HTTPStatus.CONFLICT,
}
"""Refusals that are no plain 400."""


class Refusal(Exception):
    """A request that is not done; nothing has changed."""

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def answer(self) -> HttpResponse:
        """Return the refusal as it travels."""
        return HttpResponse(self.status, msgspec.json.encode(self.words()))

    def words(self) -> dict[str, str]:
        """Return the code and the message."""
        return {"code": self.code, "message": self.message}


def bad_request(message: str) -> Refusal:
    """Return the refusal of what cannot be read."""
    return Refusal("bad_request", message)


def unauthorized(message: str) -> Refusal:
    """Return the refusal of a caller who has not proven who he is."""
    return Refusal("unauthorized", message, HTTPStatus.UNAUTHORIZED)


def unknown_path() -> Refusal:
    """Return the answer to a path that there is not."""
    return Refusal("unknown_path", "there is no such path", HTTPStatus.NOT_FOUND)


def rate_limited() -> Refusal:
    """Return the answer to a request over the limit."""
    return Refusal("rate_limited", "too many requests", HTTPStatus.TOO_MANY_REQUESTS)


def refused(reason: Reason, message: str) -> Refusal:
    """Return the engine's refusal; the code is the reason's own word."""
    return Refusal(reason.value, message, STATUS_OF.get(reason, HTTPStatus.BAD_REQUEST))
