"""edgeX's refusals: a ``code`` that is not SUCCESS, with status 200 as often as with another.

There is no published list. What was seen is listed by its whole word; the rest is told by the words
that a code is made of, and a code without any of them proves nothing. Texts are never shown: they
repeat what was sent, the API key included.
"""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from exchange_clients.base_models import Reason
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    InsufficientMargin,
    InvalidOrder,
    MarketUnavailable,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    ReduceOnlyRejected,
    VenueRejected,
)
from exchange_clients.shared.error_table import ErrorTable, Meaning
from exchange_clients.shared.flow import Request, Response

SUCCESS = "SUCCESS"
HOLD_S = 5.0
SHUT_OUT_S = MappingProxyType({403: 60.0, 429: HOLD_S})
"""How long a refusal without a named time is heeded; the latter, where the network refused."""

SEEN = MappingProxyType(
    {
        "INVALID_API_KEY": AuthenticationFailed,
        "AUTHENTICATION_FAILED": AuthenticationFailed,
        "GATEWAY_HEADER_REQUIRED": AuthenticationFailed,
        "GATEWAY_PARAM_INVALID": InvalidOrder,
        "GATEWAY_PARAM_REQUIRED": InvalidOrder,
        "GATEWAY_INTERNAL_ERROR": OutcomeUnknown,
        "RATE_LIMIT_EXCEEDED": RateLimited,
        "ACCOUNT_UPDATE_LEVERAGE_FAILED_ORDER": VenueRejected,
    }
)
PARTS: tuple[tuple[tuple[str, ...], Meaning], ...] = (
    (("NOT_FOUND", "NOT_EXIST"), OrderNotFound),
    (("RATE_LIMIT",), RateLimited),
    (("REDUCE_ONLY",), ReduceOnlyRejected),
    (("MIN_SIZE", "MIN_ORDER_SIZE"), (InvalidOrder, Reason.BELOW_MINIMUM)),
    (("STEP_SIZE", "TICK_SIZE"), InvalidOrder),
    (("MARKET_CLOSED", "NOT_TRADING"), MarketUnavailable),
    (("LIQUIDAT",), VenueRejected),
    (("INSUFFICIENT", "NOT_ENOUGH", "MARGIN", "COLLATERAL"), InsufficientMargin),
    # Before SIGN: what is wrong with an order's own signature is no matter of the API key.
    (("NONCE", "L2_", "EXPIRE_TIME"), InvalidOrder),
    (("SIGN", "TIMESTAMP", "PERMISSION"), AuthenticationFailed),
)
"""Parts of codes that were not seen yet, in the order of asking."""


class _Envelope(msgspec.Struct):
    code: str


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def read_error(request: Request, response: Response) -> ExchangeError | None:
    """Say which error an answer is, None for a success."""
    named = "retry-after" in response.headers
    text = f"HTTP {response.status}: {request.path}"
    if not response.body.lstrip().startswith(b"{"):
        # Of whoever stands before the venue: only what was shut out was certainly not done.
        if response.status not in SHUT_OUT_S:
            return OutcomeUnknown(text)
        return RateLimited(text, retry_after_s=None if named else SHUT_OUT_S[response.status])
    code = _ENVELOPE.decode(response.body).code
    if code == SUCCESS and response.status < 300:
        return None
    meaning = RateLimited if response.status == 429 else meaning_of(code)
    table = ErrorTable({} if meaning is None else {code: meaning})
    return table.error(code, request.path, request, retry_after_s=None if named else HOLD_S)


def meaning_of(code: str) -> Meaning | None:
    """Return what a code means, None where it proves nothing."""
    told = (meaning for parts, meaning in PARTS if any(part in code for part in parts))
    return SEEN.get(code) or next(told, None)
