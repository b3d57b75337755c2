"""Frames and rows that were changed field by field never become values that were not sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from exchange_clients.aster.common import V3
from exchange_clients.base_models import Fill, OrderInfo
from exchange_clients.events import BookDelta, Event, FundingPayment, PositionUpdate, Unreadable
from exchange_clients.shared.dialects.fapi.account_manager import FapiAccount
from exchange_clients.shared.dialects.fapi.order_manager import FapiOrders
from exchange_clients.shared.flow import Flow, drive
from tests.exchange_clients.aster.aster_samples import BTC, MS, NOW_MS, decode, parsed
from tests.support.fuzzing import LEVELS, TEXTS, changed, read_or_refused, wrong
from tests.support.samples import answers

ANY = {
    # Any text is a name, any whole number above zero an id or an instant, either word is a flag.
    "s": TEXTS, "c": TEXTS, "N": TEXTS, "clientOrderId": TEXTS, "symbol": TEXTS,
    "commissionAsset": TEXTS, "asset": TEXTS, "f": TEXTS, "timeInForce": TEXTS,
    "i": (7,), "t": (7,), "T": (7, "1e5"), "E": (7,), "U": (7, -1.5, "1e5"), "u": (7, "1e5"),
    "pu": (7, "1e5"), "id": (7,), "orderId": (7,), "time": (7,), "updateTime": (7,),
    "m": (True,), "R": (True,), "maker": (True,), "reduceOnly": (True,),
    "tranId": (7, *TEXTS),
    "a": ([],), "b": ([],),
}  # fmt: skip
"""Values that make another message of a field, and not an unreadable one."""


def events_of(frame: object) -> list[Event]:
    """Return what can be read of a frame."""
    return read_or_refused(lambda: decode(msgspec.json.encode(frame)))


@pytest.mark.parametrize("field", ["s", "c", "S", "f", "q", "p", "X", "i", "z", "T", "R"])
def test_no_order_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_order_trade")
    for value in wrong(field, ANY):
        events = events_of({**frame, "o": changed(frame["o"], field, value)})
        assert not [each for each in events if isinstance(each, OrderInfo)], value
        assert [each.ids for each in events if isinstance(each, Unreadable)], value


@pytest.mark.parametrize("field", ["s", "S", "i", "t", "l", "L", "m", "T"])
def test_no_fill_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_order_trade")
    for value in wrong(field, ANY):
        events = events_of({**frame, "o": changed(frame["o"], field, value)})
        assert not [each for each in events if isinstance(each, Fill)], value


@pytest.mark.parametrize(("field", "value"), [("l", "0"), ("L", "0"), ("t", 0), ("n", "free")])
def test_a_trade_of_nothing_is_no_fill(field: str, value: object) -> None:
    frame = parsed("ws_order_trade")
    frame["o"][field] = value
    (unread,) = events_of(frame)
    assert isinstance(unread, Unreadable)
    assert unread.ids == ("22542179", "my-1")


@pytest.mark.parametrize("field", ["s", "U", "u", "pu", "a", "b", "T"])
def test_no_delta_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_depth")
    for value in wrong(field, ANY):
        assert not events_of(changed(frame, field, value)), value


@pytest.mark.parametrize("side", ["a", "b"])
@pytest.mark.parametrize("level", LEVELS)
def test_no_delta_comes_of_a_wrong_level(side: str, level: object) -> None:
    events = events_of({**parsed("ws_depth"), side: [level]})
    assert not [each for each in events if isinstance(each, BookDelta)]


@pytest.mark.parametrize("field", ["s", "pa", "ep", "ps"])
def test_no_position_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_account")
    (row,) = frame["a"]["P"]
    for value in wrong(field, ANY):
        events = events_of({**frame, "a": {"B": [], "P": [changed(row, field, value)]}})
        assert not [each for each in events if isinstance(each, PositionUpdate)], value


def rows_of(flow: Flow[Any], row: object) -> list[object]:
    """Return what can be read of a list of one row."""
    return read_or_refused(lambda: drive(flow, answers([row]))[1])


@pytest.mark.parametrize(
    ("name", "facts", "kind"),
    [
        ("http_post_order", "orderId clientOrderId symbol status side price origQty executedQty "
         "updateTime", OrderInfo),
        ("http_get_user_trades", "id orderId symbol side price qty commission commissionAsset "
         "maker time", Fill),
        ("http_get_income", "symbol income asset time tranId", FundingPayment),
    ],
)  # fmt: skip
def test_no_row_comes_of_a_missing_or_retyped_fact(name: str, facts: str, kind: type) -> None:
    told = parsed(name)
    row = told[0] if isinstance(told, list) else told
    since_ns = (NOW_MS - 86_400_000) * MS
    flows: dict[type, Callable[[], Flow[Any]]] = {
        OrderInfo: lambda: FapiOrders(V3).active(BTC),
        Fill: lambda: FapiOrders(V3).fills(BTC, since_ns, (NOW_MS + 1000) * MS),
        FundingPayment: lambda: FapiAccount(V3).payments(BTC, since_ns, NOW_MS * MS),
    }
    assert [type(each) for each in rows_of(flows[kind](), row)] == [kind]
    for fact in facts.split():
        for value in wrong(fact, ANY):
            found = rows_of(flows[kind](), changed(row, fact, value))
            assert not [each for each in found if isinstance(each, kind)], (fact, value)
