"""Frames and rows that were changed field by field never become values that were not sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import pytest

from exchange_clients.base_models import ExchangePositionSnapshot, Fill, OrderInfo
from exchange_clients.bybit.client.managers.account_manager import BybitAccount
from exchange_clients.bybit.client.managers.order_manager import BybitOrders
from exchange_clients.bybit.client.managers.position_manager import BybitPositions
from exchange_clients.events import (
    BookDelta,
    Event,
    FundingPayment,
    PositionUpdate,
    PublicTrade,
    Unreadable,
)
from exchange_clients.shared.flow import Flow, Response, drive
from tests.exchange_clients.bybit.bybit_samples import (
    BTC,
    MS,
    NOW_MS,
    TABLE,
    decode,
    page,
    parsed,
    row_of,
)
from tests.support.fuzzing import GONE, LEVELS, TEXTS, changed, read_or_refused, wrong

ANY: Mapping[str, tuple[object, ...]] = {
    # Any text is a name, any whole number a counter, either word is a flag, nothing a number.
    **dict.fromkeys(("symbol", "s", "i", "id", "currency", "feeCurrency"), TEXTS),
    **dict.fromkeys(("orderId", "orderLinkId", "execId", "rejectReason", "cancelType"), TEXTS),
    "execType": TEXTS,
    **dict.fromkeys(("isMaker", "reduceOnly"), (True,)),
    **dict.fromkeys(("u", "T", "v", "p"), (7, "1e5")),
    **dict.fromkeys(("cumExecQty", "avgPrice"), ("",)),
    **dict.fromkeys(("a", "b"), ([],)),
}
"""Values that make another message of a field, and not an unreadable one."""
SINCE_NS = (NOW_MS - 86_400_000) * MS
LATER_NS = (NOW_MS + 1000) * MS


def events_of(frame: object) -> list[Event]:
    """Return what can be read of a frame."""
    return read_or_refused(lambda: decode(msgspec.json.encode(frame)))


@pytest.mark.parametrize(
    ("name", "facts", "kind"),
    [
        ("ws_order", "symbol orderId orderLinkId side orderType price qty orderStatus cumExecQty "
         "avgPrice reduceOnly createdTime updatedTime", OrderInfo),
        ("ws_execution", "symbol orderId orderLinkId side execId execPrice execQty execFee "
         "execType execTime isMaker", Fill),
        ("ws_position", "symbol side size positionIdx updatedTime entryPrice", PositionUpdate),
        ("ws_public_trade", "T s S v p i", PublicTrade),
    ],
)  # fmt: skip
def test_nothing_comes_of_a_row_with_a_wrong_fact(name: str, facts: str, kind: type) -> None:
    frame = parsed(name)
    assert [type(each) for each in events_of(frame)] == [kind]
    for fact in facts.split():
        for value in wrong(fact, ANY):
            if fact == "entryPrice" and value in (GONE, ""):
                continue  # REST has another name for it, and a flat position has none
            row = changed(frame["data"][0], fact, value)
            events = events_of({**frame, "data": [row]})
            assert not [each for each in events if isinstance(each, kind)], (fact, value)
            if name in ("ws_order", "ws_execution"):
                assert [each.ids for each in events if isinstance(each, Unreadable)], (fact, value)


@pytest.mark.parametrize("field", ["s", "u", "a", "b"])
def test_no_delta_comes_of_a_wrong_fact(field: str) -> None:
    frame = parsed("ws_orderbook_delta")
    for value in wrong(field, ANY):
        events = events_of({**frame, "data": changed(frame["data"], field, value)})
        assert not [each for each in events if isinstance(each, BookDelta)], value


@pytest.mark.parametrize("side", ["a", "b"])
@pytest.mark.parametrize("level", LEVELS)
def test_no_delta_comes_of_a_wrong_level(side: str, level: object) -> None:
    frame = parsed("ws_orderbook_delta")
    events = events_of({**frame, "data": {**frame["data"], side: [level]}})
    assert not [each for each in events if isinstance(each, BookDelta)]


def rows_of(flow: Flow[Any], pages: list[Response]) -> list[object]:
    """Return what can be read of a list."""
    return read_or_refused(lambda: drive(flow, pages)[1])


@pytest.mark.parametrize(
    ("name", "at", "facts", "kind"),
    [
        ("http_get_order_realtime", 0, "symbol orderId orderLinkId side orderType price qty "
         "orderStatus cumExecQty avgPrice reduceOnly positionIdx createdTime updatedTime",
         OrderInfo),
        ("http_get_execution_list", 1, "symbol orderId orderLinkId side execId execPrice execQty "
         "execFee execType execTime isMaker", Fill),
        ("http_get_position_list", 0, "symbol side size positionIdx", ExchangePositionSnapshot),
        ("http_get_transaction_log", 0, "id symbol transactionTime currency funding",
         FundingPayment),
    ],
)  # fmt: skip
def test_no_row_comes_of_a_missing_or_retyped_fact(
    name: str, at: int, facts: str, kind: type
) -> None:
    row = row_of(name, at)
    flows: dict[type, Callable[[], Flow[Any]]] = {
        OrderInfo: lambda: BybitOrders(TABLE).active(BTC),
        Fill: lambda: BybitOrders(TABLE).fills(BTC, SINCE_NS, LATER_NS),
        ExchangePositionSnapshot: lambda: BybitPositions(TABLE).all(),
        FundingPayment: lambda: BybitAccount().payments(BTC, SINCE_NS, NOW_MS * MS),
    }
    further = [page()] if kind is ExchangePositionSnapshot else []
    assert [type(each) for each in rows_of(flows[kind](), [page(row), *further])] == [kind]
    for fact in facts.split():
        for value in wrong(fact, ANY):
            if (fact, value) in (("positionIdx", 7), ("symbol", "BTCUSDT")):
                continue
            found = rows_of(flows[kind](), [page(changed(row, fact, value)), *further])
            assert not [each for each in found if isinstance(each, kind)], (fact, value)
