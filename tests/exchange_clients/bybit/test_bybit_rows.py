"""Orders and fills, as Bybit's lists and streams tell of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    Fill,
    Liquidity,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
)
from exchange_clients.bybit.client.managers.order_manager import BybitOrders
from exchange_clients.events import Unreadable
from exchange_clients.shared.flow import drive
from tests.exchange_clients.bybit.bybit_samples import (
    BOUGHT,
    BTC,
    MS,
    NOW_MS,
    ORDER_ID,
    PARTLY,
    TABLE,
    answer,
    page,
    row_of,
    told,
)

ORDERS = BybitOrders(TABLE)
WEEK_MS = 7 * 86_400_000


def listed(**changes: object) -> OrderInfo | Unreadable:
    """Return what the list of open orders says of the sample with fields changed."""
    row = row_of("http_get_order_realtime", **changes)
    requests, (info,) = drive(ORDERS.active(BTC), [page(row)])
    assert len(requests) == 1
    return info


def ended(**changes: object) -> tuple[OrderStatus, Reason | None]:
    """Return how an order with these words ended."""
    (info,) = told("ws_order", **changes)
    assert isinstance(info, OrderInfo)
    return info.status, info.reason


# Reading ------------------------------------------------------------------------------------------


def test_an_open_order_is_read_from_the_list() -> None:
    (request,), rows = drive(ORDERS.active(BTC), [answer("http_get_order_realtime")])
    assert rows == [PARTLY]
    # Conditional orders are in the list as long as it is not narrowed to the others.
    assert dict(request.params) == {
        "category": "linear", "symbol": "BTCUSDT", "openOnly": 0, "limit": 50,
    }  # fmt: skip


def test_open_orders_are_read_to_the_last_page_oldest_first_without_those_that_ended() -> None:
    later = row_of("http_get_order_realtime", orderId="b", createdTime=str(NOW_MS + 9))
    over = row_of("http_get_order_realtime", orderId="c", orderStatus="Filled")
    pages = [page(later, over, cursor="c%3D1"), page(row_of("http_get_order_realtime"))]
    _, rows = drive(ORDERS.active(BTC), pages)
    assert [row.order_id for row in rows if isinstance(row, OrderInfo)] == [ORDER_ID, "b"]


def test_an_order_that_cannot_be_read_is_told_beside_the_others() -> None:
    info = listed(orderStatus="Sleeping")
    assert isinstance(info, Unreadable)
    assert info.ids == (ORDER_ID, "x1")


@pytest.mark.parametrize(
    ("side", "order_type", "direction", "kind"),
    [
        ("Buy", "Limit", 1, OrderType.STOP),
        ("Sell", "Limit", 2, OrderType.STOP),
        ("Buy", "Market", 1, OrderType.STOP_MARKET),
        ("Sell", "Market", 2, OrderType.STOP_MARKET),
        ("Buy", "Limit", 2, OrderType.TAKE_PROFIT),
        ("Sell", "Market", 1, OrderType.TAKE_PROFIT_MARKET),
    ],
)
def test_a_waiting_order_is_told_by_where_its_price_must_go(
    side: str, order_type: str, direction: int, kind: OrderType
) -> None:
    info = listed(
        side=side, orderType=order_type, triggerPrice="91000", triggerDirection=direction,
        orderStatus="Untriggered", stopOrderType="Stop", cumExecQty="0", avgPrice="",
    )  # fmt: skip
    assert isinstance(info, OrderInfo)
    assert (info.order_type, info.status) == (kind, OrderStatus.OPEN)
    assert info.price == (None if order_type == "Market" else 90000)


def test_a_trigger_price_of_zero_is_none() -> None:
    info = listed(triggerPrice="0.00", stopOrderType="UNKNOWN")
    assert info == PARTLY


def test_an_order_that_closes_whatever_there_is_has_no_size_yet() -> None:
    closing = {"qty": "0", "side": "Sell", "cumExecQty": "0", "cumExecValue": "0"}
    info = listed(**closing, reduceOnly=True, triggerPrice="80000", triggerDirection=2)
    assert isinstance(info, OrderInfo)
    assert (info.size, info.order_type) == (Decimal(0), OrderType.STOP)
    for wrong in ({}, {"reduceOnly": True}, {"triggerPrice": "80000", "triggerDirection": 2}):
        assert isinstance(listed(**closing, **wrong), Unreadable), wrong


def test_the_price_of_a_market_order_is_a_bound_and_not_told() -> None:
    info = listed(orderType="Market", timeInForce="IOC")
    assert isinstance(info, OrderInfo)
    assert (info.order_type, info.price) == (OrderType.MARKET, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Created", OrderStatus.PENDING),
        ("New", OrderStatus.OPEN),
        ("Untriggered", OrderStatus.OPEN),
        ("Triggered", OrderStatus.OPEN),
        ("PartiallyFilled", OrderStatus.PARTIALLY_FILLED),
        ("Filled", OrderStatus.FILLED),
        ("PartiallyFilledCanceled", OrderStatus.CANCELED),
        ("Deactivated", OrderStatus.CANCELED),
        ("Rejected", OrderStatus.REJECTED),
    ],
)
def test_each_state_has_its_word(word: str, status: OrderStatus) -> None:
    assert ended(orderStatus=word)[0] is status


@pytest.mark.parametrize(
    ("reject_reason", "status", "reason"),
    [
        ("EC_PostOnlyWillTakeLiquidity", OrderStatus.REJECTED, Reason.POST_ONLY_WOULD_CROSS),
        ("EC_NoImmediateQtyToFill", OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
        ("EC_CancelForNoFullFill", OrderStatus.EXPIRED, Reason.NOT_FILLED_IN_FULL),
        ("EC_ReachMarketPriceLimit", OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
    ],
)
def test_a_cancelled_order_may_have_been_refused_or_have_expired(
    reject_reason: str, status: OrderStatus, reason: Reason
) -> None:
    assert ended(orderStatus="Cancelled", rejectReason=reject_reason) == (status, reason)


@pytest.mark.parametrize(
    ("cancel_type", "reason"),
    [
        ("CancelByUser", Reason.USER_CANCELED),
        ("CancelByReduceOnly", Reason.REDUCE_ONLY_REJECTED),
        ("CancelAllBeforeLiq", Reason.LIQUIDATED),
        ("CancelByPrepareAdl", Reason.LIQUIDATED),
        ("CancelBySmp", Reason.SELF_TRADE),
        ("CancelBySettle", Reason.MARKET_UNAVAILABLE),
        ("CancelByDCP", Reason.OTHER),
        ("UNKNOWN", Reason.OTHER),
    ],
)
def test_a_cancelled_order_says_who_did_it(cancel_type: str, reason: Reason) -> None:
    assert ended(orderStatus="Cancelled", cancelType=cancel_type) == (OrderStatus.CANCELED, reason)


def test_a_cancel_that_came_too_late_leaves_the_order_filled() -> None:
    second = {
        "orderStatus": "Filled", "cancelType": "CancelByUser",
        "rejectReason": "EC_OrigClOrdIDDoesNotExist",
    }  # fmt: skip
    assert ended(**second) == (OrderStatus.FILLED, None)


def test_what_traded_before_the_end_is_kept() -> None:
    (info,) = told("ws_order", orderStatus="Cancelled", cancelType="CancelByUser")
    assert isinstance(info, OrderInfo)
    assert (info.filled_size, info.average_price) == (Decimal("0.004"), Decimal(90000))


def test_the_average_comes_of_what_was_paid_which_is_not_rounded() -> None:
    (info,) = told("ws_order", cumExecQty="0.003", cumExecValue="270.0001", avgPrice="90000.03")
    assert isinstance(info, OrderInfo)
    assert info.average_price == Decimal("270.0001") / Decimal("0.003")


# Fills --------------------------------------------------------------------------------------------


def test_fills_are_read_without_the_funding_among_them() -> None:
    start_ns, end_ns = NOW_MS * MS, (NOW_MS + 1000) * MS
    (request,), fills = drive(
        ORDERS.fills(BTC, start_ns, end_ns), [answer("http_get_execution_list")]
    )
    assert fills == [BOUGHT]
    assert dict(request.params) == {
        "category": "linear", "symbol": "BTCUSDT", "startTime": NOW_MS, "endTime": NOW_MS + 1000,
        "limit": 100,
    }  # fmt: skip


def test_fills_are_asked_for_week_by_week_and_counted_once() -> None:
    row = row_of("http_get_execution_list", 1)
    end_ms = NOW_MS + 8 * 86_400_000
    early = {**row, "execId": "e0", "execTime": str(NOW_MS)}
    pages = [page(row, cursor="c%3D1"), page(early), page(row)]
    requests, fills = drive(ORDERS.fills(BTC, NOW_MS * MS, end_ms * MS), pages)
    spans = [
        (request.params.get("startTime"), request.params.get("endTime")) for request in requests
    ]
    assert spans == [
        (NOW_MS, NOW_MS + WEEK_MS), (None, None), (NOW_MS + WEEK_MS, end_ms),
    ]  # fmt: skip
    assert [fill.trade_id for fill in fills if isinstance(fill, Fill)] == ["e0", "e1"]


def test_no_further_back_is_asked_than_records_reach() -> None:
    now_ns = NOW_MS * MS
    weeks = -(-2 * 365 // 7)
    requests, _ = drive(ORDERS.fills(BTC, 0, now_ns), [page()] * weeks)
    assert requests[0].params["startTime"] == NOW_MS - 2 * 365 * 86_400_000


def test_fills_outside_the_time_are_left_out_and_unreadable_ones_told() -> None:
    row = row_of("http_get_execution_list", 1)
    rows = [
        {**row, "execId": "a", "execTime": str(NOW_MS - 1)},
        {**row, "execId": "b", "execTime": str(NOW_MS)},
        {**row, "execId": "c", "execTime": str(NOW_MS + 1)},
        {**row, "execId": "d", "execQty": "-1"},
    ]
    _, fills = drive(ORDERS.fills(BTC, NOW_MS * MS, (NOW_MS + 1) * MS), [page(*rows)])
    assert [type(each) for each in fills] == [Fill, Unreadable]


def test_a_rebate_is_a_fee_below_zero() -> None:
    row = row_of("http_get_execution_list", 1, execFee="-0.01", isMaker=False, feeCurrency="")
    _, (fill,) = drive(ORDERS.fills(BTC, NOW_MS * MS, (NOW_MS + 9) * MS), [page(row)])
    assert isinstance(fill, Fill)
    assert (fill.fee, fill.fee_asset, fill.liquidity) == (
        Decimal("-0.01"), "USDT", Liquidity.TAKER,
    )  # fmt: skip
