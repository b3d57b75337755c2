"""What OKX's refusals mean: an envelope's ``code``, and the ``sCode`` of each order in it."""

from __future__ import annotations

import msgspec

from exchange_clients import errors
from exchange_clients.base_models import Reason
from exchange_clients.shared.error_table import ErrorTable, by_code, by_status
from exchange_clients.shared.flow import Request, Response

TABLE = ErrorTable(
    by_code(
        (errors.AuthenticationFailed, "50101 50102 50103 50104 50105 50106 50107 50110"),
        (errors.AuthenticationFailed, "50111 50112 50113 50114 50119 50120"),
        (errors.RateLimited, "50011 50013 50061 51113"),
        (errors.OutcomeUnknown, "50004 50026 50001 51149"),
        (errors.InvalidOrder, "50014 51000 51001 51004 51005 51006 51010 51031 51116"),
        (errors.InvalidOrder, "51121 51136 51137 51138 51257 51258 51259 51277 51278"),
        (errors.InvalidOrder, "51279 51280 51327 51328 51329 51330 59102 59104 59105"),
        (errors.InvalidOrder, "59107 59108 59109 59110"),
        ((errors.VenueRejected, Reason.BELOW_MINIMUM), "51020 54051"),
        (errors.InsufficientMargin, "51008 51119 51127 51131 59103"),
        (errors.ReduceOnlyRejected, "51112 51169 51205 51023 51134"),
        (errors.OrderNotFound, "51400 51503 51603"),
        ((errors.VenueRejected, Reason.ALREADY_TERMINAL), "51401 51402 51509 51510"),
        ((errors.VenueRejected, Reason.DUPLICATE_CLIENT_ORDER_ID), "51016"),
        (errors.PostOnlyWouldCross, "51511"),
        ((errors.VenueRejected, Reason.OTHER), "51025 51174 51410 51024 54031 54094 59000"),
        (errors.MarketUnavailable, "51021 51022 51027 51028 51029 51030 51155 54072"),
    )
)


class _Item(msgspec.Struct, rename="camel"):
    s_code: str = "0"
    s_msg: str = ""


class _Answer(msgspec.Struct):
    code: str
    msg: str = ""
    data: msgspec.Raw = msgspec.Raw(b"[]")


def read_error(request: Request, response: Response) -> errors.ExchangeError | None:
    """Say which error an answer is, None for a success; of one item its own code counts."""
    if not response.body.startswith(b"{"):
        return _without_code(request, response.status)
    answer = msgspec.json.decode(response.body, type=_Answer)
    if b'"sCode"' in response.body:
        for item in msgspec.json.decode(answer.data, type=list[_Item]):
            if item.s_code not in ("0", ""):
                return TABLE.error(item.s_code, item.s_msg, request)
    if answer.code == "0":
        return None if response.status < 300 else _without_code(request, response.status)
    return TABLE.error(answer.code, answer.msg, request)


def _without_code(request: Request, status: int) -> errors.ExchangeError:
    return by_status(request, status, {429: None}, unauthorized=(401, 403))
