"""What Bybit's refusals mean. All come in an envelope with status 200, but for its gateways'."""

from __future__ import annotations

from types import MappingProxyType

import msgspec

from exchange_clients import errors
from exchange_clients.base_models import Reason
from exchange_clients.shared.error_table import ErrorTable, by_code, by_status
from exchange_clients.shared.flow import Request, Response

TABLE = ErrorTable(
    by_code(
        (errors.AuthenticationFailed, "10002 10003 10004 10005 10007 10010 33004"),
        (errors.AuthenticationFailed, "10009 10024 10027 10028 110123 110125 110132"),
        (errors.RateLimited, "429 10006 10018 10403 10429 20003"),
        (errors.OutcomeUnknown, "-1 10000 10016 10019"),
        (errors.InvalidOrder, "10001 110003 110022 110030 110032 110092 110093"),
        (errors.InvalidOrder, "110057 110058 110059 110060 110061 110120 110121"),
        (errors.InvalidOrder, "30208 30209 110013 110086 110090"),
        ((errors.VenueRejected, Reason.BELOW_MINIMUM), "110094"),
        (errors.InsufficientMargin, "110004 110006 110007 110011 110012 110014"),
        (errors.InsufficientMargin, "110039 110040 110044 110045 110131"),
        (errors.ReduceOnlyRejected, "110017 110023 110034"),
        (errors.OrderNotFound, "110001"),
        ((errors.VenueRejected, Reason.ALREADY_TERMINAL), "110008 110010 110064"),
        ((errors.VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID), "110072 10014"),
        ((errors.VenueRejected, Reason.OTHER), "110009 110020 110021 40004 110079 110024 110028"),
        ((errors.VenueRejected, Reason.OTHER), "110029 110036 110038 110124 10017 10032 10404"),
        ((errors.VenueRejected, Reason.NO_LIQUIDITY), "110118"),
        (errors.MarketUnavailable, "10029 110063 110066 110074 110103 30228"),
    )
)
"""10016 and 10019 are told while the venue restarts: nothing is proven by them. 10017 names no
route, and 10032 is told of whatever demo trading does not serve."""
NOT_MODIFIED = ("110043", "110025", "110026", "34040")
"""It is so already: what was asked for holds."""
SLOWER = MappingProxyType({403: 600.0, 429: None})
"""An address that asked too much is shut out for ten minutes; so is one of a wrong country."""


class _Envelope(msgspec.Struct, rename="camel"):
    ret_code: int
    ret_msg: str = ""


_ENVELOPE = msgspec.json.Decoder(_Envelope)


def read_error(request: Request, response: Response) -> errors.ExchangeError | None:
    """Say which error an answer is, None for a success."""
    if response.status >= 300 or not response.body.startswith(b"{"):
        return by_status(request, response.status, SLOWER)
    answer = _ENVELOPE.decode(response.body)
    code = str(answer.ret_code)
    if code == "0" or code in NOT_MODIFIED:
        return None
    return TABLE.error(code, answer.ret_msg, request)
