"""Several orders in one request, as Bybit words them: each is acknowledged or refused by itself.

What became of each stands beside the list, at its place: a code, which is 0 where it was taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec

from exchange_clients.base_models import NewOrder, OrderInfo, OrderType
from exchange_clients.bybit.client.utils.converters import Envelope, Named, Whole
from exchange_clients.bybit.client.utils.errors import TABLE
from exchange_clients.bybit.common import BATCH_MAX, NAME, tell
from exchange_clients.errors import (
    ClientConfigError,
    ExchangeError,
    MalformedPayload,
    UnsupportedFeature,
)
from exchange_clients.shared.flow import Flow, Request, Response
from exchange_clients.shared.order_rows import acknowledged

Outcomes = Sequence[OrderInfo | ExchangeError]


class _Code(msgspec.Struct):
    code: int
    msg: str = ""


class _Batch(Envelope[Whole[Named]], rename="camel"):
    ret_ext_info: Whole[_Code]


_BATCH = msgspec.json.Decoder(_Batch)


def place_many(orders: Sequence[NewOrder], words: Sequence[Mapping[str, object]]) -> Flow[Outcomes]:
    """Place what one second of the venue's budget allows, told in the order of asking.

    Raises:
        ClientConfigError: more than that.
        UnsupportedFeature: one is a trailing stop, which is a setting of the position here.
    """
    if len(orders) > BATCH_MAX:
        raise ClientConfigError(f"{len(orders)} orders in a batch: at most {BATCH_MAX}")
    if any(order.order_type is OrderType.TRAILING_STOP for order in orders):
        raise UnsupportedFeature(NAME, "trailing stops in a batch")
    urgent = all(order.reduce_only for order in orders)
    request = _request("create", words, repeatable=False, urgent=urgent)
    answer = yield request
    return [
        told if isinstance(told, ExchangeError) else acknowledged(order, told.order_id)
        for order, told in zip(orders, _told(request, answer, len(orders)), strict=True)
    ]


def cancel_many(
    orders: Sequence[OrderInfo], words: Sequence[Mapping[str, object]]
) -> Flow[Outcomes]:
    """Cancel several, as many by each request as one second allows, in the order of asking."""
    outcomes: list[OrderInfo | ExchangeError] = []
    for start in range(0, len(orders), BATCH_MAX):
        batch = orders[start : start + BATCH_MAX]
        request = replace(
            _request("cancel", words[start : start + BATCH_MAX], urgent=True),
            answers=(ExchangeError,),
        )
        answer = yield request
        if answer.error is not None:
            outcomes += [answer.error] * len(batch)
            continue
        told = _told(request, answer, len(batch))
        outcomes += [
            each if isinstance(each, ExchangeError) else order
            for order, each in zip(batch, told, strict=True)
        ]
    return outcomes


def _request(
    verb: str,
    words: Sequence[Mapping[str, object]],
    *,
    repeatable: bool = True,
    urgent: bool = False,
) -> Request:
    """Return a batch; each order of it counts in a budget that single ones have no part in."""
    path, scope = f"order/{verb}-batch", f"{verb}_batch/{len(words)}"
    return tell(path, scope, {"request": words}, repeatable=repeatable, urgent=urgent)


def _told(request: Request, answer: Response, count: int) -> list[Named | ExchangeError]:
    batch = _BATCH.decode(answer.body)
    named, codes = batch.result.rows, batch.ret_ext_info.rows
    if not len(named) == len(codes) == count:
        told = f"{len(named)} names and {len(codes)} codes"
        raise MalformedPayload(f"{count} orders were answered by {told}")
    return [
        name if told.code == 0 else TABLE.error(str(told.code), told.msg, request)
        for name, told in zip(named, codes, strict=True)
    ]
