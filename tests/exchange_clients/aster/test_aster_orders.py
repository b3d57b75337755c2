"""Orders and fills, as Aster words them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from exchange_clients.aster.common import V1, V3
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TimeInForce,
    TradeId,
    VenueOrderId,
)
from exchange_clients.errors import (
    ClientConfigError,
    ExchangeError,
    InsufficientMargin,
    OrderNotFound,
    OutcomeUnknown,
    RateLimited,
    UnsupportedFeature,
)
from exchange_clients.events import Unreadable
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from exchange_clients.shared.dialects.fapi.order_manager import FapiOrders
from exchange_clients.shared.flow import Method, Response, drive
from exchange_clients.shared.venue import OrderKey
from tests.exchange_clients.aster.aster_samples import (
    BTC,
    ETH,
    MS,
    NOT_FOUND,
    NOW_MS,
    answer,
    parsed,
)
from tests.support.samples import answers

ORDERS = FapiOrders(V3)
WEEK_NS = 7 * 86_400_000 * MS
NEW = NewOrder(
    ClientOrderId("my-1"), BTC, Side.BUY, Decimal("0.010"), Decimal("90000.1"),
    time_in_force=TimeInForce.GTX,
)  # fmt: skip
RESTING = OrderInfo(
    order_id=VenueOrderId("22542179"),
    client_order_id=ClientOrderId("my-1"),
    contract_id=BTC,
    side=Side.BUY,
    size=Decimal("0.010"),
    price=Decimal("90000.1"),
    status=OrderStatus.OPEN,
    updated_ns=1_795_200_000_123 * MS,
)
SOLD = Fill(
    trade_id=TradeId("698759"),
    order_id=VenueOrderId("25851813"),
    client_order_id=None,
    contract_id=BTC,
    side=Side.SELL,
    price=Decimal("90000.1"),
    size=Decimal("0.010"),
    fee=Decimal("0.36"),
    fee_asset="USDT",
    liquidity=Liquidity.TAKER,
    venue_ns=1_795_200_000_123 * MS,
)


def order(**changes: object) -> dict[str, Any]:
    """Return the sample of an order with fields changed."""
    return {**parsed("http_post_order"), **changes}


def trades(first: int, count: int, at_ms: int = NOW_MS) -> list[dict[str, Any]]:
    """Return trades of one millisecond, numbered on."""
    (row,) = parsed("http_get_user_trades")
    return [{**row, "id": number, "time": at_ms} for number in range(first, first + count)]


# Placing ------------------------------------------------------------------------------------------


def test_a_post_only_order_is_sent_once_and_read_from_the_answer() -> None:
    (request,), info = drive(ORDERS.place(NEW), [answer("http_post_order")])
    assert info == RESTING
    assert (request.method, request.path) == (Method.POST, "/fapi/v3/order")
    assert dict(request.params) == {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.010",
        "price": "90000.1", "timeInForce": "GTX", "newClientOrderId": "my-1",
        "newOrderRespType": "RESULT",
    }  # fmt: skip
    assert (request.repeatable, request.private, request.urgent) == (False, True, False)


def test_the_older_interface_has_other_paths() -> None:
    (request,), _ = drive(FapiOrders(V1).place(NEW), [answer("http_post_order")])
    assert request.path == "/fapi/v1/order"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order_type": OrderType.MARKET, "price": None, "reduce_only": True},
         {"type": "MARKET", "reduceOnly": "true"}),
        ({"order_type": OrderType.STOP, "trigger_price": Decimal(89000)},
         {"type": "STOP", "price": "90000.1", "timeInForce": "GTX", "stopPrice": "89000",
          "workingType": "MARK_PRICE"}),
        ({"order_type": OrderType.STOP_MARKET, "price": None, "trigger_price": Decimal(89000)},
         {"type": "STOP_MARKET", "stopPrice": "89000", "workingType": "MARK_PRICE"}),
        ({"order_type": OrderType.TAKE_PROFIT, "trigger_price": Decimal("9.5E+4")},
         {"type": "TAKE_PROFIT", "price": "90000.1", "timeInForce": "GTX", "stopPrice": "95000",
          "workingType": "MARK_PRICE"}),
        ({"order_type": OrderType.TAKE_PROFIT_MARKET, "price": None,
          "trigger_price": Decimal(95000)},
         {"type": "TAKE_PROFIT_MARKET", "stopPrice": "95000", "workingType": "MARK_PRICE"}),
        ({"order_type": OrderType.TRAILING_STOP, "price": None, "trigger_price": Decimal(91000),
          "trailing_fraction": Decimal("0.01")},
         {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "activationPrice": Decimal(91000),
          "workingType": "MARK_PRICE"}),
    ],
)  # fmt: skip
def test_each_type_names_what_it_needs(changes: dict[str, Any], words: dict[str, Any]) -> None:
    always = {
        "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.010", "newClientOrderId": "my-1",
        "newOrderRespType": "RESULT",
    }  # fmt: skip
    assert ORDERS.wording(replace(NEW, **changes)) == always | words


def test_tiny_numbers_are_written_plainly() -> None:
    words = ORDERS.wording(replace(NEW, size=Decimal("1E+3"), price=Decimal("1E-7")))
    assert (words["quantity"], words["price"]) == ("1000", "0.0000001")


def test_an_exit_may_use_the_reserve() -> None:
    (request,), _ = drive(ORDERS.place(replace(NEW, reduce_only=True)), [answer("http_post_order")])
    assert request.urgent


@pytest.mark.parametrize(
    ("time_in_force", "kind", "reason"),
    [
        ("GTX", "LIMIT", Reason.POST_ONLY_WOULD_CROSS),
        ("FOK", "LIMIT", Reason.NOT_FILLED_IN_FULL),
        ("IOC", "LIMIT", Reason.NO_LIQUIDITY),
        ("GTC", "MARKET", Reason.NO_LIQUIDITY),
    ],
)
def test_an_order_that_expired_without_a_fill_says_why(
    time_in_force: str, kind: str, reason: Reason
) -> None:
    told = order(status="EXPIRED", timeInForce=time_in_force, type=kind, origType=kind)
    _, info = drive(ORDERS.place(NEW), answers(told))
    assert (info.status, info.reason) == (OrderStatus.EXPIRED, reason)


def test_a_remainder_that_expired_after_a_fill_has_no_reason() -> None:
    told = order(status="EXPIRED", timeInForce="IOC", executedQty="0.004", avgPrice="90000.0")
    _, info = drive(ORDERS.place(NEW), answers(told))
    assert (info.filled_size, info.average_price) == (Decimal("0.004"), Decimal(90000))
    assert info.reason is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("NEW", OrderStatus.OPEN),
        ("PARTIALLY_FILLED", OrderStatus.PARTIALLY_FILLED),
        ("FILLED", OrderStatus.FILLED),
        ("CANCELED", OrderStatus.CANCELED),
        ("REJECTED", OrderStatus.REJECTED),
        ("NEW_ADL", OrderStatus.FILLED),
        ("NEW_INSURANCE", OrderStatus.FILLED),
    ],
)
def test_each_state_has_its_word(word: str, status: OrderStatus) -> None:
    _, info = drive(ORDERS.place(NEW), answers(order(status=word)))
    assert info.status is status


def test_a_stop_that_was_triggered_is_still_told_as_a_stop() -> None:
    _, info = drive(ORDERS.place(NEW), answers(order(type="MARKET", origType="STOP_MARKET")))
    assert (info.order_type, info.price) == (OrderType.STOP_MARKET, None)


# Changing and cancelling --------------------------------------------------------------------------


def test_a_change_names_price_and_size_both() -> None:
    (request,), info = drive(
        ORDERS.amend(RESTING, price=Decimal(90001), size=None), answers(order(price="90001"))
    )
    assert info.price == 90001
    assert (request.method, request.repeatable, request.scope) == (Method.PUT, False, "place")
    assert {name: each for name, each in request.params.items() if each is not None} == {
        "symbol": "BTCUSDT", "orderId": "22542179", "quantity": "0.010", "price": "90001",
    }  # fmt: skip


def test_the_side_is_told_where_a_venue_wants_it() -> None:
    orders = FapiOrders(replace(V3, amend_tells_side=True))
    (request,), _ = drive(orders.amend(RESTING, price=None, size=Decimal(1)), answers(order()))
    assert (request.params["side"], request.params["quantity"]) == ("BUY", "1")


@pytest.mark.parametrize(
    "changes", [{"order_type": OrderType.STOP}, {"order_type": OrderType.MARKET, "price": None}]
)
def test_what_is_no_limit_order_is_not_changed(changes: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedFeature, match="no limit order"):
        drive(ORDERS.amend(replace(RESTING, **changes), price=None, size=Decimal(1)), [])


def test_a_cancel_goes_by_either_id() -> None:
    cancelled = answers(order(status="CANCELED"))
    (request,), info = drive(ORDERS.cancel(RESTING), cancelled)
    assert (request.method, request.urgent, request.repeatable) == (Method.DELETE, True, True)
    assert dict(request.params) == {"symbol": "BTCUSDT", "orderId": "22542179"}
    assert info.status is OrderStatus.CANCELED
    nameless = replace(RESTING, order_id=VenueOrderId(""))
    (request,), _ = drive(ORDERS.cancel(nameless), answers(order(status="CANCELED")))
    assert dict(request.params) == {"symbol": "BTCUSDT", "origClientOrderId": "my-1"}


def test_cancelling_all_of_the_account_goes_market_by_market() -> None:
    done = {"code": "200", "msg": "The operation of cancel all open order is done."}
    rows = [order(), order(symbol="ETHUSDT"), order()]
    requests, _ = drive(ORDERS.cancel_all(None), answers(rows, done, done))
    assert [request.path for request in requests] == [
        "/fapi/v3/openOrders", "/fapi/v3/allOpenOrders", "/fapi/v3/allOpenOrders",
    ]  # fmt: skip
    assert [request.params["symbol"] for request in requests[1:]] == [BTC, ETH]
    (request,), _ = drive(ORDERS.cancel_all(ETH), answers(done))
    assert (request.method, dict(request.params)) == (Method.DELETE, {"symbol": ETH})


def test_the_dead_man_switch_is_armed_for_each_market_with_orders() -> None:
    told = {"symbol": "BTCUSDT", "countdownTime": "60000"}
    requests, _ = drive(ORDERS.arm_dead_man(60), answers([order()], told))
    assert requests[1].path == "/fapi/v3/countdownCancelAll"
    assert dict(requests[1].params) == {"symbol": BTC, "countdownTime": 60_000}
    requests, _ = drive(ORDERS.arm_dead_man(-1), answers([order()], told))
    assert requests[1].params["countdownTime"] == 0


# Batches ------------------------------------------------------------------------------------------


def test_a_batch_has_an_outcome_for_each_order() -> None:
    rows = [order(), {"code": -2019, "msg": "Margin is insufficient."}, {"code": -1000}, {"a": 1}]
    (request,), outcomes = drive(ORDERS.place_many([NEW] * 4), answers(rows))
    assert (request.scope, request.repeatable) == ("place_many", False)
    assert msgspec.json.decode(str(request.params["batchOrders"])) == [ORDERS.wording(NEW)] * 4
    assert outcomes[0] == RESTING
    assert [type(each) for each in outcomes[1:]] == [
        InsufficientMargin, OutcomeUnknown, OutcomeUnknown,
    ]  # fmt: skip


def test_a_batch_holds_five_orders_at_most() -> None:
    with pytest.raises(ClientConfigError, match="6 orders in a batch: at most 5"):
        drive(ORDERS.place_many([NEW] * 6), [])


def test_a_batch_that_is_answered_in_part_is_not_guessed_at() -> None:
    with pytest.raises(ExchangeError, match="2 orders were answered by 1"):
        drive(ORDERS.place_many([NEW, NEW]), answers([order()]))


def test_cancels_are_sent_ten_of_a_market_at_a_time_and_told_in_order() -> None:
    asked = [replace(RESTING, contract_id=(BTC, ETH)[number % 2]) for number in range(22)]
    gone = {"code": -2011, "msg": "Unknown order sent."}
    done = order(status="CANCELED")
    bodies = answers([*[done] * 9, gone], [done] * 10, [done], [done])
    requests, outcomes = drive(ORDERS.cancel_many(asked), bodies)
    assert [request.params["symbol"] for request in requests] == [BTC, ETH, BTC, ETH]
    assert requests[2].params["orderIdList"] == "[22542179]"
    assert [at for at, each in enumerate(outcomes) if isinstance(each, OrderNotFound)] == [18]


def test_a_cancel_batch_that_fails_is_told_of_each_of_its_orders() -> None:
    nameless = replace(RESTING, order_id=VenueOrderId(""))
    refused = Response(429, b"", error=RateLimited("-1003"))
    (request,), outcomes = drive(ORDERS.cancel_many([RESTING, nameless]), [refused])
    assert request.params["origClientOrderIdList"] == '["my-1","my-1"]'
    assert outcomes == [refused.error, refused.error]


# Looking up ---------------------------------------------------------------------------------------


def test_an_order_is_looked_up_by_the_name_that_is_known() -> None:
    key = OrderKey(ClientOrderId("my-1"), BTC)
    (request,), found = drive(ORDERS.find(key, 0), answers(order()))
    assert found == Found(RESTING)
    assert dict(request.params) == {"symbol": BTC, "origClientOrderId": "my-1"}
    named = replace(key, order_id=VenueOrderId("22542179"))
    (request,), _ = drive(ORDERS.find(named, 0), answers(order()))
    assert dict(request.params) == {"symbol": BTC, "orderId": "22542179"}


def test_an_order_that_is_not_found_may_still_come() -> None:
    _, found = drive(ORDERS.find(OrderKey(ClientOrderId("my-1"), BTC), 0), [NOT_FOUND])
    assert isinstance(found, NotYetKnown)


def test_open_orders_are_listed_oldest_first_beside_what_cannot_be_read() -> None:
    rows = [order(orderId=2, time=NOW_MS + 5), order(orderId=1, time=NOW_MS), order(side="LEFT")]
    (request,), listed = drive(ORDERS.active(BTC), answers(rows))
    assert (request.scope, dict(request.params)) == ("openOrders", {"symbol": BTC})
    infos = [row for row in listed if isinstance(row, OrderInfo)]
    assert [(info.order_id, info.created_ns) for info in infos] == [
        ("1", NOW_MS * MS), ("2", (NOW_MS + 5) * MS),
    ]  # fmt: skip
    (unread,) = (row for row in listed if isinstance(row, Unreadable))
    assert unread.ids == ("22542179", "my-1")


# Fills --------------------------------------------------------------------------------------------


def test_fills_of_a_short_time_are_asked_for_by_time() -> None:
    start_ns, end_ns = NOW_MS * MS, (NOW_MS + 1000) * MS
    (request,), fills = drive(ORDERS.fills(BTC, start_ns, end_ns), [answer("http_get_user_trades")])
    assert fills == [SOLD]
    assert dict(request.params) == {
        "symbol": BTC, "startTime": NOW_MS, "endTime": NOW_MS + 1000, "limit": 1000,
    }  # fmt: skip


def test_a_millisecond_that_fills_pages_is_read_on_by_number() -> None:
    pages = answers(trades(1, 1000), trades(1001, 1000), trades(2001, 3))
    start_ns = NOW_MS * MS
    requests, fills = drive(ORDERS.fills(BTC, start_ns, start_ns + MS), pages)
    assert [request.params.get("fromId") for request in requests] == [None, 1001, 2001]
    assert [row.trade_id for row in fills if isinstance(row, Fill)] == [
        str(number) for number in range(1, 2004)
    ]


def test_a_long_time_begins_at_the_oldest_fill() -> None:
    end_ns = (NOW_MS + 1) * MS
    requests, fills = drive(ORDERS.fills(BTC, 0, end_ns), answers(trades(7, 1), trades(7, 2)))
    assert dict(requests[0].params) == {"symbol": BTC, "fromId": 1, "limit": 1}
    assert requests[1].params["startTime"] == NOW_MS
    assert len(fills) == 2


def test_a_long_time_without_any_fill_is_one_question() -> None:
    requests, fills = drive(ORDERS.fills(BTC, 0, NOW_MS * MS), answers([]))
    assert (len(requests), fills) == (1, [])


def test_weeks_without_a_fill_are_passed_and_what_follows_the_first_is_read_by_number() -> None:
    start_ms = NOW_MS - 30 * 86_400_000
    late_ms = NOW_MS - 12 * 86_400_000
    bodies = answers(trades(1, 1, start_ms - 5), [], [], trades(2, 1, late_ms), trades(3, 2))
    requests, fills = drive(ORDERS.fills(BTC, start_ms * MS, (NOW_MS + 1) * MS), bodies)
    times = [request.params.get("startTime") for request in requests]
    assert times[1] == start_ms
    assert [request.params.get("fromId") for request in requests] == [1, None, None, None, 3]
    assert [row.trade_id for row in fills if isinstance(row, Fill)] == ["2", "3", "4"]
    for request in requests[1:4]:
        span_ms = int(str(request.params["endTime"])) - int(str(request.params["startTime"]))
        assert span_ms * MS < WEEK_NS


def test_a_fill_that_cannot_be_read_is_told_beside_the_others() -> None:
    rows = [*trades(1, 1), {**trades(2, 1)[0], "qty": "-1"}]
    _, fills = drive(ORDERS.fills(BTC, NOW_MS * MS, (NOW_MS + 1) * MS), answers(rows))
    assert [type(row) for row in fills] == [Fill, Unreadable]


def test_fills_outside_the_time_are_left_out() -> None:
    rows = trades(1, 1, NOW_MS - 1) + trades(2, 1) + trades(3, 1, NOW_MS + 1)
    _, fills = drive(
        ORDERS.fills(ContractId("BTCUSDT"), NOW_MS * MS, (NOW_MS + 1) * MS), answers(rows)
    )
    assert [row.trade_id for row in fills if isinstance(row, Fill)] == ["2"]
