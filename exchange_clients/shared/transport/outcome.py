"""What an answer, or its absence, proves: the rules by which failures are sorted.

A request that may not be repeated either certainly did nothing, or its outcome is unknown. There is
no third way, whatever an answer looks like.
"""

from __future__ import annotations

import struct

import msgspec

from exchange_clients.base_models import Reason
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    MalformedPayload,
    NotConnectedError,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.client.order_rules import NOTHING_DONE
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.transport.ports import NotSent
from exchange_clients.shared.venue import ReadError

UNREADABLE = (
    msgspec.MsgspecError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    RuntimeError,
    struct.error,
)
"""What words raise of an answer they did not expect; RuntimeError is a generator's StopIteration,
or nesting too deep to decode."""

SERVER_ERROR = 500


class NotSigned(VenueRejected):
    """The request could not be signed, so nothing was sent."""

    reason = Reason.DENIED_LOCALLY


def caused(error: ExchangeError, cause: BaseException) -> ExchangeError:
    """Return ``error`` with its cause noted."""
    error.__cause__ = cause
    return error


def named(request: Request) -> str:
    """Return what a request may be called in a log or an error: neither query nor body."""
    return f"{request.method.value} {request.path}"


def judge(read_error: ReadError, request: Request, response: Response) -> ExchangeError | None:
    """Return which error an answer is, None for a success."""
    error: ExchangeError | None
    try:
        error = read_error(request, response)
    except Exception as cause:  # noqa: BLE001 - the request was sent: nothing may hide that
        error = caused(
            MalformedPayload(f"the answer to {named(request)} cannot be read: {cause}"), cause
        )
    if response.status >= SERVER_ERROR and not _means_something(error):
        unknown = OutcomeUnknown(f"{named(request)} was answered with status {response.status}")
        return unknown if error is None else caused(unknown, error)
    if isinstance(error, RateLimited) and error.retry_after_s is None:
        error.retry_after_s = _retry_after_s(response)
    return error


def _retry_after_s(response: Response) -> float | None:
    """Return for how long HTTP's own header asks to wait; None where it names no seconds."""
    told = response.headers.get("retry-after", "")
    return float(told) if told.isdecimal() else None


def _means_something(error: ExchangeError | None) -> bool:
    """Say whether an error was read from a code that is known, and not guessed from a page."""
    if isinstance(error, VenueRejected):
        return type(error) is not VenueRejected or error.reason is not Reason.OTHER
    return isinstance(error, (RateLimited, AuthenticationFailed))


def settled(request: Request, error: ExchangeError) -> ExchangeError:
    """Return the error as the caller of the request is told it."""
    if request.repeatable or isinstance(error, NOTHING_DONE):
        return error
    if isinstance(error, NotSent):
        return caused(NotConnectedError(f"{named(request)} was not sent: {error}"), error)
    if isinstance(error, OutcomeUnknown):
        return error
    return caused(OutcomeUnknown(f"the outcome of {named(request)} is unknown: {error}"), error)


def told_by_flow(error: Exception, *, acted: bool) -> Exception:
    """Return what an exception that a flow raised means; a mistake of the program is left as is.

    Args:
        error: What was raised.
        acted: Whether a request that may not be repeated was answered before.
    """
    if isinstance(error, ExchangeError) and (not acted or isinstance(error, NOTHING_DONE)):
        return error
    if acted:
        return OutcomeUnknown(f"the answer to a request that acted cannot be read: {error}")
    if isinstance(error, UNREADABLE):
        return MalformedPayload(f"the answer cannot be read: {error}")
    return error
