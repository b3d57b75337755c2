"""What edgeX says when it refuses.

The gateway refuses with an HTTP status of its own; what the trading system refuses comes with
status 200, and only ``code`` tells. The venue publishes no list of codes: those that were seen are
spelled as seen, the others are made of the words by which clients sort them.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

PARAM_INVALID = "GATEWAY_PARAM_INVALID"
PARAM_REQUIRED = "GATEWAY_PARAM_REQUIRED"
UNRECOGNIZED = "GATEWAY_UNRECOGNIZED_MESSAGE"
RATE_LIMITED = "RATE_LIMIT_EXCEEDED"


class EdgexError(Exception):
    """A request that is not done; ``parameters`` echo what was sent, keys among it."""

    def __init__(
        self,
        code: str,
        message: str = "",
        parameters: Mapping[str, str] | None = None,
        *,
        status: int = HTTPStatus.OK,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message or code.lower().replace("_", " ")
        self.parameters = dict(parameters or {})
        self.status = int(status)
        self.headers = dict(headers or {})


def required(name: str) -> EdgexError:
    """Return the refusal of a request that lacks a parameter."""
    return EdgexError(
        PARAM_REQUIRED, f"{name} is required", {"name": name}, status=HTTPStatus.BAD_REQUEST
    )


def invalid(name: str, value: object) -> EdgexError:
    """Return the refusal of a parameter that cannot be read."""
    text = str(value)
    return EdgexError(
        PARAM_INVALID,
        f"invalid {name}:{text}",
        {"name": name, "value": text},
        status=HTTPStatus.BAD_REQUEST,
    )


def rate_limited(wait_s: int) -> EdgexError:
    """Return the refusal of a call beyond the limits, which says how long to wait."""
    return EdgexError(
        RATE_LIMITED,
        status=HTTPStatus.TOO_MANY_REQUESTS,
        headers={"retry-after": str(wait_s)},
    )
