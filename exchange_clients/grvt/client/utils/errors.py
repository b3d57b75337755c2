"""GRVT's error codes. The body of a refusal is ``{"code", "message", "status"}``."""

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
    RateLimited,
    ReduceOnlyRejected,
    VenueRejected,
)
from exchange_clients.shared.error_table import ErrorTable
from exchange_clients.shared.flow import Request, Response

_AUTH = ("1000", "1001", "1008", "1400", "2000", "2002", "2003", "2004", "2005", "2006", "2007")
_INVALID = ("1003", "1012", "2001", "2008", "2010", "2011", "2020", "2021", "2030", "2031", "2032",
            "2062", "2064", "2065", "2100", "2101", "2107", "2108", "3021", "7201")  # fmt: skip
_MARGIN = ("2080", "2081", "2083", "2084")
_MARKET = ("2060", "2061", "3000")
_REDUCE = ("2400", "2401", "2402", "7304")

TABLE = ErrorTable(
    MappingProxyType(
        {
            **dict.fromkeys(_AUTH, AuthenticationFailed),
            **dict.fromkeys(_INVALID, InvalidOrder),
            **dict.fromkeys(_MARGIN, InsufficientMargin),
            **dict.fromkeys(_MARKET, MarketUnavailable),
            **dict.fromkeys(_REDUCE, ReduceOnlyRejected),
            "1004": OrderNotFound,
            "1006": RateLimited,
            "2090": (VenueRejected, Reason.RATE_LIMITED),  # too many open orders
            "2012": (VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID),
            "2066": (InvalidOrder, Reason.BELOW_MINIMUM),
            "2067": (InvalidOrder, Reason.BELOW_MINIMUM),  # also while reducing
        }
    )
)


class _Refusal(msgspec.Struct):
    code: int | str
    message: str = ""


def read_error(request: Request, response: Response) -> ExchangeError | None:
    """Return what a refusal means; 500 and 503 (1002, 1005, 1009) prove nothing."""
    if response.status == 200:
        return None
    refusal = msgspec.json.decode(response.body, type=_Refusal)
    return TABLE.error(str(refusal.code), refusal.message, request)
