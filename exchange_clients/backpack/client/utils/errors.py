"""What Backpack's refusals mean. Most carry a code; faulty parameters are told in plain text."""

from __future__ import annotations

import msgspec

from exchange_clients import errors
from exchange_clients.shared.error_table import ErrorTable, by_code
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.rows import as_is, read_rows

MEANINGS = by_code(
    (errors.AuthenticationFailed, "INVALID_SIGNATURE UNAUTHORIZED FORBIDDEN"),
    (errors.InvalidOrder, "INVALID_CLIENT_REQUEST INVALID_ORDER INVALID_PRICE"),
    (errors.InvalidOrder, "INVALID_QUANTITY INVALID_RANGE INVALID_SYMBOL INVALID_MARKET"),
    (errors.InsufficientMargin, "INSUFFICIENT_FUNDS INSUFFICIENT_MARGIN"),
    (errors.InsufficientMargin, "MAX_LEVERAGE_REACHED"),
    (errors.VenueRejected, "ORDER_LIMIT POSITION_LIMIT"),
    (errors.VenueRejected, "ACCOUNT_LIQUIDATING ACCOUNT_DEACTIVATED"),
    (errors.MarketUnavailable, "TRADING_PAUSED MAINTENANCE PRECONDITION_FAILED"),
    (errors.OrderNotFound, "RESOURCE_NOT_FOUND"),
    (errors.RateLimited, "TOO_MANY_REQUESTS"),
    (errors.OutcomeUnknown, "TIMEOUT SERVER_ERROR"),
)
TOLD_BY_TEXT = (
    ("INVALID_ORDER", "immediately match", errors.PostOnlyWouldCross),
    ("INVALID_ORDER", "reduce", errors.ReduceOnlyRejected),  # the exact text is unconfirmed
    ("INVALID_CLIENT_REQUEST", "signature", errors.AuthenticationFailed),
    ("INVALID_CLIENT_REQUEST", "expired", errors.AuthenticationFailed),  # by our clock
)
"""Two codes cover refusals that must be told apart, and only their text does."""
NOT_UNDERSTOOD = (b"failed to parse", b"parse request payload error", b"not found")
"""How the texts begin that come without a code: nothing was done."""


class _Answer(msgspec.Struct):
    """What may tell a refusal; the answer to a success has no code."""

    code: str | None = None
    message: str = ""


def read_error(request: Request, response: Response) -> errors.ExchangeError | None:
    """Say which error an answer is, None for a success."""
    # An error is JSON with a code, whatever its status; its absence is no error of reading.
    body = [msgspec.Raw(response.body)] if response.body.startswith(b"{") else []
    for answer in read_rows(body, _Answer, as_is):
        if isinstance(answer, _Answer) and answer.code is not None:
            if response.status >= 500 and not request.repeatable:
                return errors.OutcomeUnknown(f"HTTP {response.status} {answer.code}")
            return error_of(answer.code, answer.message, request)
    return None if response.status < 300 else _without_code(request, response)


def error_of(code: str, message: str, request: Request) -> errors.ExchangeError:
    """Return the error that a code, of an answer or of one order of a batch, means."""
    text = message.lower()
    told = (kind for known, part, kind in TOLD_BY_TEXT if code == known and part in text)
    meaning = next(told, MEANINGS.get(code))
    if meaning is errors.OrderNotFound and "/order" not in request.path:
        meaning = errors.MarketUnavailable  # a closed market has no book
    return ErrorTable({code: meaning} if meaning else {}).error(code, message, request)


def _without_code(request: Request, response: Response) -> errors.ExchangeError:
    text = f"HTTP {response.status}: {response.body[:200].decode(errors='replace')}"
    if response.status == 429:
        return errors.RateLimited(text)
    if response.status in (401, 403):
        return errors.AuthenticationFailed(text)
    certain = request.repeatable or response.body.lower().startswith(NOT_UNDERSTOOD)
    if response.status >= 500 or not certain:
        return errors.OutcomeUnknown(text)
    return errors.VenueRejected(text)
