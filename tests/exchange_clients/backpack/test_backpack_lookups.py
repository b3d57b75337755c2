from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from exchange_clients import errors
from exchange_clients.backpack.client.managers.order_manager import BackpackOrders
from exchange_clients.base_models import (
    NS,
    ClientOrderId,
    OrderStatus,
    OrderType,
    Reason,
    VenueOrderId,
)
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from exchange_clients.shared.flow import drive
from exchange_clients.shared.venue import OrderKey
from tests.exchange_clients.backpack.backpack_samples import (
    NOT_FOUND,
    RESTING,
    SOL,
    answer,
    history_row,
    parsed,
)
from tests.support.samples import answers

ORDERS = BackpackOrders()
PLACED_NS = 1795200000 * NS
KEY = OrderKey(ClientOrderId("1001"), SOL, placed_ns=PLACED_NS)


def test_a_resting_order_is_found_at_once() -> None:
    requests, found = drive(ORDERS.find(KEY, PLACED_NS), [answer("http_post_order")])
    assert found == Found(RESTING)
    assert requests[0].params == {"symbol": SOL, "clientId": 1001}


def test_an_order_that_ended_is_found_in_the_history() -> None:
    row = history_row(status="Expired", expiryReason="PostOnlyTaker")
    flow = ORDERS.find(replace(KEY, order_id=VenueOrderId("4238907375")), PLACED_NS)
    requests, found = drive(flow, [NOT_FOUND, *answers([row], [])])
    assert requests[0].params["orderId"] == requests[1].params["orderId"] == "4238907375"
    assert isinstance(found, Found)
    assert (found.info.status, found.info.reason) == (
        OrderStatus.EXPIRED,
        Reason.POST_ONLY_WOULD_CROSS,
    )


def test_an_armed_order_is_found_among_the_open_ones() -> None:
    row = history_row(status="TriggerPending", quantity=None, triggerPrice="170")
    flow = ORDERS.find(KEY, PLACED_NS)
    _, found = drive(flow, [NOT_FOUND, *answers([], [{**row, "triggerQuantity": "1.5"}])])
    assert isinstance(found, Found)
    assert (found.info.order_type, found.info.size) == (OrderType.STOP, Decimal("1.5"))


def test_an_order_that_traded_but_is_in_no_list_is_not_told_as_missing() -> None:
    row = parsed("http_get_history_fills")[0]
    fill = {**row, "symbol": SOL, "timestamp": "2026-11-20T18:40:01"}
    with pytest.raises(errors.OutcomeUnknown, match="traded"):
        drive(ORDERS.find(KEY, PLACED_NS), [NOT_FOUND, *answers([], [], [fill])])


def test_an_order_in_no_list_is_not_yet_known() -> None:
    requests, found = drive(ORDERS.find(KEY, PLACED_NS), [NOT_FOUND, *answers([], [], [])])
    assert isinstance(found, NotYetKnown)
    assert [each.path for each in requests] == [
        "/api/v1/order",
        "/wapi/v1/history/orders",
        "/api/v1/orders",
        "/wapi/v1/history/fills",
    ]


def test_a_row_of_ours_that_cannot_be_read_is_no_proof_of_anything() -> None:
    row = history_row(status="Sleeping")
    with pytest.raises(errors.MalformedPayload, match="Sleeping"):
        drive(ORDERS.find(KEY, PLACED_NS), [NOT_FOUND, *answers([row], [])])


def test_an_order_of_others_with_our_digits_is_not_ours() -> None:
    row = history_row(id="1001", clientId=5)
    _, found = drive(ORDERS.find(KEY, PLACED_NS), [NOT_FOUND, *answers([row], [], [])])
    assert isinstance(found, NotYetKnown)


def test_the_history_is_read_page_by_page_back_to_the_placement() -> None:
    full = [history_row(id=str(n), clientId=None) for n in range(1000)]
    old = [{**row, "createdAt": "2026-11-20T18:00:00"} for row in full]
    flow = ORDERS.find(KEY, PLACED_NS)
    requests, _ = drive(flow, [NOT_FOUND, *answers(full, old, [], [])])
    assert [each.params["offset"] for each in requests[1:3]] == [0, 1000]


def test_a_history_the_wrong_way_round_is_refused() -> None:
    page = [
        history_row(id=str(n), createdAt=f"2026-11-20T{n // 60:02}:{n % 60:02}:00")
        for n in range(1000)
    ]
    with pytest.raises(errors.MalformedPayload, match="not newest first"):
        drive(ORDERS.find(KEY, PLACED_NS), [NOT_FOUND, *answers(page)])


def test_a_row_without_any_name_might_be_ours() -> None:
    row = history_row(id=None, clientId=None)
    with pytest.raises(errors.MalformedPayload):
        drive(ORDERS.find(KEY, PLACED_NS), [NOT_FOUND, *answers([row], [])])
