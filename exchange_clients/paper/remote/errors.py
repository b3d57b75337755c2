"""What refusals mean: each carries a code, and nothing was done."""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from exchange_clients import errors
from exchange_clients.base_models import Reason
from exchange_clients.shared.error_table import ErrorTable
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.rows import as_is, read_rows

_KINDS = (
    errors.PostOnlyWouldCross,
    errors.InsufficientMargin,
    errors.InvalidOrder,
    errors.OrderNotFound,
    errors.ReduceOnlyRejected,
    errors.MarketUnavailable,
)
"""Errors with a class of their own; the code of each is its reason's word."""
_OTHERS = (
    Reason.NO_LIQUIDITY,
    Reason.NOT_FILLED_IN_FULL,
    Reason.SELF_TRADE,
    Reason.DUPLICATE_CLIENT_ORDER_ID,
    Reason.ALREADY_TERMINAL,
    Reason.OTHER,
)
MEANINGS = ErrorTable(
    MappingProxyType(
        {each.reason.value: each for each in _KINDS}
        | {reason.value: (errors.VenueRejected, reason) for reason in _OTHERS}
        | {
            Reason.BELOW_MINIMUM.value: (errors.InvalidOrder, Reason.BELOW_MINIMUM),
            "bad_request": errors.InvalidOrder,
            "unknown_market": errors.MarketUnavailable,
            "unknown_path": errors.VenueRejected,
            "unauthorized": errors.AuthenticationFailed,
            "rate_limited": errors.RateLimited,
        }
    )
)


class _Refusal(msgspec.Struct):
    code: str
    message: str


def read_error(request: Request, response: Response) -> errors.ExchangeError | None:
    """Say which error an answer is, None for a success."""
    if response.status == 200:
        return None
    if response.status >= 500:
        return errors.OutcomeUnknown(f"HTTP {response.status}")
    for refusal in read_rows([msgspec.Raw(response.body)], _Refusal, as_is):
        if isinstance(refusal, _Refusal):
            return MEANINGS.error(refusal.code, refusal.message, request)
    return _without_code(request, response)


def _without_code(request: Request, response: Response) -> errors.ExchangeError:
    """Somebody on the way has answered, and not the venue."""
    text = f"HTTP {response.status}: {response.body[:200].decode(errors='replace')}"
    if response.status == 429:
        return errors.RateLimited(text)
    if response.status in (401, 403):
        return errors.AuthenticationFailed(text)
    return errors.VenueRejected(text) if request.repeatable else errors.OutcomeUnknown(text)
