"""Lighter's error codes. Every answer carries ``code``, and 200 is success."""

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
from exchange_clients.shared.error_table import ErrorTable
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.venue import NonceEffect

SUCCESS = 200
OUT_OF_STEP = ("21104", "21105")
_AUTH = ("20558", "21100", "21108", "21109", "21120", "21121", "21136")
_MARGIN = ("21111", "21112", "21301", "21507", "21508", "21739")
_INVALID = ("21132", "21149", "21700", "21701", "21702", "21703", "21704", "21705", "21711",
            "21712", "21727", "21733", "21734", "21735")  # fmt: skip
_GONE = ("21708", "21709", "21715")
_CROWDED = ("21717", "21718", "21719", "21720", "21721", "21722")
_LIMITED = ("21506", "23000", "23001", "23002", "23003")
_BROKEN = ("29500", "29501")

TABLE = ErrorTable(
    MappingProxyType(
        {
            **dict.fromkeys(_AUTH, AuthenticationFailed),
            **dict.fromkeys(_MARGIN, InsufficientMargin),
            **dict.fromkeys(_INVALID, InvalidOrder),
            **dict.fromkeys(_GONE, (VenueRejected, Reason.ALREADY_TERMINAL)),
            **dict.fromkeys(_CROWDED, (VenueRejected, Reason.RATE_LIMITED)),
            **dict.fromkeys(_LIMITED, RateLimited),
            **dict.fromkeys(_BROKEN, OutcomeUnknown),
            **dict.fromkeys(OUT_OF_STEP, (VenueRejected, Reason.OTHER)),
            "21601": MarketUnavailable,
            "21605": MarketUnavailable,
            "21706": (InvalidOrder, Reason.BELOW_MINIMUM),
            "21728": (VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID),
            "21732": ReduceOnlyRejected,
            "21738": ReduceOnlyRejected,
            "21740": ReduceOnlyRejected,
            "29404": OrderNotFound,
        }
    )
)


class _Answer(msgspec.Struct):
    code: int
    message: str = ""


def read_error(request: Request, response: Response) -> ExchangeError | None:
    """Return what a refusal means; a maintenance page is HTML and proves nothing."""
    if response.status == 429:
        return RateLimited("HTTP 429")
    if response.status in (401, 403):  # unconfirmed; whatever the body is, nothing was done
        return AuthenticationFailed(f"HTTP {response.status}")
    answer = msgspec.json.decode(response.body, type=_Answer)
    if answer.code == SUCCESS and response.status == SUCCESS:
        return None
    return TABLE.error(str(answer.code), answer.message, request)


def nonce_effect(error: ExchangeError) -> NonceEffect:
    """Say what a refusal did to the key's counter.

    What the API server refuses never reached the sequencer and consumed nothing; what the sequencer
    refuses was answered with success before.
    """
    if isinstance(error, VenueRejected) and error.code in OUT_OF_STEP:
        return NonceEffect.OUT_OF_STEP
    if isinstance(error, VenueRejected | RateLimited | AuthenticationFailed):
        return NonceEffect.UNUSED
    return NonceEffect.UNKNOWN
