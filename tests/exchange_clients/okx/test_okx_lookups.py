"""How orders of OKX are looked up and listed, and how each reads."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from exchange_clients.base_models import (
    Liquidity,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    TradeId,
)
from exchange_clients.errors import (
    OrderNotFound,
    OutcomeUnknown,
)
from exchange_clients.events import Unreadable
from exchange_clients.okx.client.managers.order_manager import OkxOrders
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from exchange_clients.shared.flow import Response, drive
from exchange_clients.shared.venue import OrderKey
from tests.exchange_clients.okx.okx_samples import (
    BTC,
    FILL,
    MS,
    ORDER_ID,
    OURS,
    PARTLY,
    TABLE,
    WAITING,
    D,
    answer,
    row_of,
    said,
)

ORDERS = OkxOrders(TABLE)
KEY = OrderKey(OURS, BTC, placed_ns=1_795_200_000_100 * MS)
NOT_FOUND = Response(200, b"{}", error=OrderNotFound("51603"))


def algo_row(**changed: object) -> dict[str, Any]:
    return row_of("http_get_order_algo", algoClOrdId=OURS, **changed)


# Lookups ------------------------------------------------------------------------------------------


def test_an_order_is_found_by_our_name_or_by_the_venues() -> None:
    (request,), found = drive(ORDERS.find(KEY, KEY.placed_ns), [answer("http_get_order")])
    assert (request.path, found) == ("/api/v5/trade/order", Found(PARTLY))
    assert (request.params["clOrdId"], request.params["ordId"]) == (OURS, None)
    named = replace(KEY, order_id=ORDER_ID)
    (request,), found = drive(ORDERS.find(named, KEY.placed_ns), [answer("http_get_order")])
    assert (request.params["clOrdId"], request.params["ordId"]) == (None, ORDER_ID)
    assert found == Found(PARTLY)


def test_a_lost_order_may_wait_for_its_trigger() -> None:
    requests, found = drive(ORDERS.find(KEY, KEY.placed_ns), [NOT_FOUND, said(algo_row())])
    assert requests[1].path == "/api/v5/trade/order-algo"
    assert requests[1].params["algoClOrdId"] == OURS
    assert found == Found(WAITING)
    known = replace(KEY, order_id=WAITING.order_id)
    (request,), found = drive(ORDERS.find(known, KEY.placed_ns), [said(algo_row())])
    assert (request.path, found) == ("/api/v5/trade/order-algo", Found(WAITING))


@pytest.mark.parametrize("told", [{"ordId": "77"}, {"ordId": "", "ordIdList": ["77", "78"]}])
def test_an_order_that_was_set_off_is_followed_under_our_name(told: dict[str, object]) -> None:
    child = row_of("http_get_order", ordId="77", clOrdId="123456789_0", algoClOrdId="")
    answers = [NOT_FOUND, said(algo_row(state="effective", **told)), said(child)]
    requests, found = drive(ORDERS.find(KEY, KEY.placed_ns), answers)
    assert requests[2].params["ordId"] == "77"
    assert isinstance(found, Found)
    assert (found.info.order_id, found.info.client_order_id) == ("77", OURS)


def test_an_order_that_has_ended_is_found_in_the_history() -> None:
    ended = row_of("http_get_order", state="canceled", cancelSource="1")
    answers = [NOT_FOUND, NOT_FOUND, said(row_of("http_get_order", clOrdId="a10"), ended)]
    requests, found = drive(ORDERS.find(KEY, KEY.placed_ns), answers)
    assert requests[2].path == "/api/v5/trade/orders-history"
    assert requests[2].params["begin"] == KEY.placed_ns // MS - 60_000
    assert isinstance(found, Found)
    assert (found.info.status, found.info.filled_size) == (OrderStatus.CANCELED, D("0.004"))


def test_an_order_in_no_list_is_not_proven_absent() -> None:
    answers = [NOT_FOUND, NOT_FOUND, said(), said(), said()]
    requests, found = drive(ORDERS.find(KEY, KEY.placed_ns), answers)
    assert isinstance(found, NotYetKnown)
    assert [each.path.rpartition("/")[2] for each in requests] == [
        "order",
        "order-algo",
        "orders-history",
        "fills",
        "fills-history",
    ]


def test_an_order_that_traded_and_is_in_no_list_is_unknown() -> None:
    answers = [NOT_FOUND, NOT_FOUND, said(), answer("http_get_fills"), said()]
    with pytest.raises(OutcomeUnknown, match="traded"):
        drive(ORDERS.find(KEY, KEY.placed_ns), answers)


# Lists --------------------------------------------------------------------------------------------


def test_open_orders_of_each_kind_are_read_to_the_last_page() -> None:
    full = [row_of("http_get_order", ordId=str(each), clOrdId=f"b{each}") for each in range(100)]
    answers = [said(*full), answer("http_get_order"), said(algo_row()), said()]
    requests, orders = drive(ORDERS.active(BTC), answers)
    assert [each.params["after"] for each in requests] == [None, "99", None, None]
    assert [each.params.get("ordType") for each in requests[2:]] == ["trigger", "move_order_stop"]
    assert len(orders) == 102
    assert PARTLY in orders
    assert WAITING in orders


def test_an_unreadable_order_stands_beside_the_others() -> None:
    rows = [row_of("http_get_order", ordId="7", state="asleep"), row_of("http_get_order")]
    _, orders = drive(ORDERS.active(BTC), [said(*rows), said(), said()])
    assert [each.ids for each in orders if isinstance(each, Unreadable)] == [("7", "a1", "")]
    assert PARTLY in orders


def test_a_trailing_stop_reads_back_as_one() -> None:
    row = algo_row(ordType="move_order_stop", ordPx="", reduceOnly="true")
    _, (info,) = drive(ORDERS.active(BTC), [said(), said(), said(row)])
    assert info == replace(WAITING, order_type=OrderType.TRAILING_STOP)


def test_fills_of_days_and_of_months_are_told_once_and_oldest_first() -> None:
    later = row_of("http_get_fills", tradeId="1518905530", ts="1795200000004")
    answers = [said(later, row_of("http_get_fills")), answer("http_get_fills")]
    requests, fills = drive(ORDERS.fills(BTC, 0, 1 << 62), answers)
    assert [each.path for each in requests] == [
        "/api/v5/trade/fills",
        "/api/v5/trade/fills-history",
    ]
    second = replace(FILL, trade_id=TradeId("1518905530"), venue_ns=FILL.venue_ns + MS)
    assert fills == [FILL, second]
    _, fills = drive(ORDERS.fills(BTC, FILL.venue_ns + 1, 1 << 62), [*answers])
    assert fills == [second]


def test_a_fill_has_the_instant_that_the_stream_tells() -> None:
    row = row_of("http_get_fills", ts="1795200000009", fillTime="1795200000003")
    _, fills = drive(ORDERS.fills(BTC, 0, 1 << 62), [said(row), said()])
    assert fills == [FILL]


def test_fills_without_a_number_are_told_apart_by_their_bills() -> None:
    rows = [row_of("http_get_fills", tradeId="", billId=name) for name in ("8", "9")]
    _, fills = drive(ORDERS.fills(BTC, 0, 1 << 62), [said(*rows), said()])
    assert fills == [replace(FILL, trade_id=TradeId(name)) for name in ("8", "9")]


def test_a_fill_that_the_venue_forced_took() -> None:
    row = row_of("http_get_fills", tradeId="-5", clOrdId="", execType="")
    _, fills = drive(ORDERS.fills(BTC, 0, 1 << 62), [said(row), said()])
    assert fills == [
        replace(FILL, trade_id=TradeId("-5"), client_order_id=None, liquidity=Liquidity.TAKER)
    ]


def test_an_unreadable_fill_stands_beside_the_others() -> None:
    rows = [row_of("http_get_fills", fee="", ordId="3"), row_of("http_get_fills")]
    _, fills = drive(ORDERS.fills(BTC, 0, 1 << 62), [said(*rows), said()])
    assert fills[0] == FILL
    assert isinstance(fills[1], Unreadable)
    assert fills[1].ids == ("3", "a1")


# How an order reads -------------------------------------------------------------------------------


def read(**changed: object) -> object:
    _, (info, *_) = drive(
        ORDERS.active(BTC), [said(row_of("http_get_order", **changed)), said(), said()]
    )
    return info


@pytest.mark.parametrize(
    ("state", "source", "status", "reason"),
    [
        ("live", "", OrderStatus.OPEN, None),
        ("partially_filled", "", OrderStatus.PARTIALLY_FILLED, None),
        ("filled", "", OrderStatus.FILLED, None),
        ("canceled", "1", OrderStatus.CANCELED, Reason.USER_CANCELED),
        ("canceled", "20", OrderStatus.CANCELED, Reason.USER_CANCELED),
        ("mmp_canceled", "38", OrderStatus.CANCELED, Reason.OTHER),
        ("canceled", "31", OrderStatus.REJECTED, Reason.POST_ONLY_WOULD_CROSS),
        ("canceled", "13", OrderStatus.EXPIRED, Reason.NOT_FILLED_IN_FULL),
        ("canceled", "14", OrderStatus.EXPIRED, Reason.NO_LIQUIDITY),
        ("canceled", "17", OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED),
        ("canceled", "3", OrderStatus.CANCELED, Reason.LIQUIDATED),
        ("canceled", "9", OrderStatus.CANCELED, Reason.INSUFFICIENT_MARGIN),
        ("canceled", "32", OrderStatus.CANCELED, Reason.SELF_TRADE),
        ("canceled", "77", OrderStatus.CANCELED, Reason.OTHER),
        ("canceled", "", OrderStatus.CANCELED, Reason.OTHER),
    ],
)
def test_why_an_order_ended_is_told_by_the_source_of_its_cancel(
    state: str, source: str, status: OrderStatus, reason: Reason | None
) -> None:
    info = read(state=state, cancelSource=source)
    assert isinstance(info, OrderInfo)
    assert (info.status, info.reason) == (status, reason)


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        ("live", OrderStatus.OPEN, None),
        ("pause", OrderStatus.OPEN, None),
        ("order_placed", OrderStatus.OPEN, None),
        ("canceled", OrderStatus.CANCELED, Reason.USER_CANCELED),
        ("order_failed", OrderStatus.REJECTED, Reason.OTHER),
        ("partially_failed", OrderStatus.REJECTED, Reason.OTHER),
    ],
)
def test_a_conditional_order_that_could_not_be_placed_was_refused(
    state: str, status: OrderStatus, reason: Reason | None
) -> None:
    _, (info,) = drive(ORDERS.active(BTC), [said(), said(algo_row(state=state)), said()])
    assert isinstance(info, OrderInfo)
    assert (info.status, info.reason) == (status, reason)


def test_a_market_order_has_no_price_and_a_stranger_no_name_of_ours() -> None:
    info = read(ordType="market", px="", clOrdId="", avgPx="", accFillSz="0", state="live")
    assert isinstance(info, OrderInfo)
    assert (info.price, info.client_order_id, info.average_price) == (None, None, None)
    assert info.order_type is OrderType.MARKET


def test_the_order_of_a_trigger_has_the_name_that_the_trigger_was_given() -> None:
    for name in ("", "123456789_0"):
        info = read(clOrdId=name, algoClOrdId=OURS)
        assert isinstance(info, OrderInfo)
        assert info.client_order_id == OURS
    nobodys = read(clOrdId="123456789_0")
    assert isinstance(nobodys, OrderInfo)
    assert nobodys.client_order_id is None


@pytest.mark.parametrize(
    "changed", [{"instId": "DOGE-USD-SWAP"}, {"ordType": "op_fok"}, {"reduceOnly": "yes"}]
)
def test_an_order_that_is_not_of_our_words_is_unreadable(changed: dict[str, object]) -> None:
    assert isinstance(read(**changed), Unreadable)
