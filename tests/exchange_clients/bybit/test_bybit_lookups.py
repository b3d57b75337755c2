"""How an order whose answer was lost is found again at Bybit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange_clients.base_models import ClientOrderId, OrderInfo, OrderStatus, VenueOrderId
from exchange_clients.bybit.client.managers.order_manager import BybitOrders
from exchange_clients.errors import MalformedPayload, OutcomeUnknown
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from exchange_clients.shared.flow import drive
from exchange_clients.shared.order_rows import OVERLAP_NS
from exchange_clients.shared.venue import OrderKey
from tests.exchange_clients.bybit.bybit_samples import (
    BTC,
    MS,
    NOW_MS,
    ORDER_ID,
    TABLE,
    answer,
    page,
    row_of,
)

ORDERS = BybitOrders(TABLE)
NOW_NS = NOW_MS * MS
KEY = OrderKey(ClientOrderId("x1"), BTC, placed_ns=NOW_NS)
TRAILED = OrderKey(ClientOrderId("x9"), BTC, reference="0", placed_ns=NOW_NS)


def trailing(**changes: object) -> dict[str, object]:
    """Return the row of a trailing stop, which the venue makes without a name of ours."""
    row = row_of(
        "http_get_order_realtime",
        orderId="stop", orderLinkId="", side="Sell", orderType="Market", orderStatus="Untriggered",
        stopOrderType="TrailingStop", triggerPrice="89000", triggerDirection=2, reduceOnly=True,
        cumExecQty="0", cumExecValue="0", avgPrice="", price="0",
    )  # fmt: skip
    return {**row, **changes}


def test_an_order_is_looked_up_by_our_name_until_the_venues_is_known() -> None:
    (request,), found = drive(ORDERS.find(KEY, NOW_NS), [answer("http_get_order_realtime")])
    assert isinstance(found, Found)
    assert (found.info.order_id, found.info.status) == (ORDER_ID, OrderStatus.PARTIALLY_FILLED)
    assert dict(request.params) == {
        "category": "linear", "symbol": BTC, "orderId": None, "orderLinkId": "x1", "limit": 50,
    }  # fmt: skip
    named = replace(KEY, order_id=VenueOrderId(ORDER_ID))
    (request,), _ = drive(ORDERS.find(named, NOW_NS), [answer("http_get_order_realtime")])
    assert (request.params["orderId"], request.params["orderLinkId"]) == (ORDER_ID, None)


def test_an_order_that_ended_long_ago_is_in_the_history() -> None:
    filled = page(row_of("http_get_order_realtime", orderStatus="Filled"))
    requests, found = drive(ORDERS.find(KEY, NOW_NS), [page(), filled])
    assert [request.path for request in requests] == ["/v5/order/realtime", "/v5/order/history"]
    assert isinstance(found, Found)
    assert found.info.status is OrderStatus.FILLED


def test_an_order_in_no_list_is_not_yet_known() -> None:
    requests, found = drive(ORDERS.find(KEY, NOW_NS), [page()] * 3)
    assert isinstance(found, NotYetKnown)
    assert requests[2].path == "/v5/execution/list"
    assert requests[2].params["startTime"] == (NOW_NS - OVERLAP_NS) // MS


def test_an_order_that_traded_and_is_not_shown_is_unknown() -> None:
    fills = page(row_of("http_get_execution_list", 1))
    with pytest.raises(OutcomeUnknown, match="traded, its end is not shown"):
        drive(ORDERS.find(KEY, NOW_NS), [page(), page(), fills])


def test_a_row_that_cannot_be_read_is_no_answer() -> None:
    with pytest.raises(MalformedPayload, match=ORDER_ID):
        drive(ORDERS.find(KEY, NOW_NS), [page(row_of("http_get_order_realtime", side="Bought"))])


# Trailing stops -----------------------------------------------------------------------------------


def test_a_trailing_stop_is_found_on_its_position_under_our_name() -> None:
    rows = page(row_of("http_get_order_realtime"), trailing())
    (request,), found = drive(ORDERS.find(TRAILED, NOW_NS), [rows])
    assert request.params.get("orderLinkId") is None
    assert isinstance(found, Found)
    assert (found.info.order_id, found.info.client_order_id) == ("stop", "x9")


def test_an_order_that_was_lost_is_never_taken_for_a_trailing_stop() -> None:
    _, found = drive(ORDERS.find(KEY, NOW_NS), [page()] * 3)
    assert isinstance(found, NotYetKnown)


@pytest.mark.parametrize(
    "changes",
    [
        {"positionIdx": 1},
        {"createdTime": str((NOW_NS - OVERLAP_NS) // MS - 1)},
        {"stopOrderType": "TakeProfit"},
        {"orderStatus": "Sleeping", "positionIdx": 2},
    ],
)
def test_the_stop_of_another_position_or_time_is_not_ours(changes: dict[str, object]) -> None:
    _, found = drive(ORDERS.find(TRAILED, NOW_NS), [page(trailing(**changes))])
    assert isinstance(found, NotYetKnown)


def test_in_hedge_mode_each_side_has_its_own() -> None:
    rows = page(trailing(positionIdx=2, orderId="short"), trailing(positionIdx=1, orderId="long"))
    _, found = drive(ORDERS.find(replace(TRAILED, reference="1"), NOW_NS), [rows])
    assert isinstance(found, Found)
    assert found.info.order_id == "long"


def test_a_trailing_stop_whose_id_is_known_is_looked_up_by_it_when_it_has_ended() -> None:
    ended = page(trailing(orderStatus="Filled", cumExecQty="0.010", cumExecValue="890"))
    key = replace(TRAILED, order_id=VenueOrderId("stop"))
    requests, found = drive(ORDERS.find(key, NOW_NS), [page(), ended])
    assert [request.params["orderId"] for request in requests] == ["stop", "stop"]
    assert isinstance(found, Found)
    assert isinstance(found.info, OrderInfo)
    assert found.info.average_price == 89000
