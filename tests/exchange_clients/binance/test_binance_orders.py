"""Orders of Binance: those that trade at once, and those that wait in a list of their own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    PositionSide,
    Reason,
    Side,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.binance.client.managers.order_manager import BinanceOrders
from exchange_clients.binance.common import DIALECT
from exchange_clients.errors import OrderNotFound, OutcomeUnknown, UnsupportedFeature
from exchange_clients.events import Unreadable
from exchange_clients.shared.client.gateway import Found, NotYetKnown
from exchange_clients.shared.encoding import query_of
from exchange_clients.shared.flow import Method, Response, drive
from exchange_clients.shared.venue import OrderKey
from tests.exchange_clients.binance.binance_samples import (
    BTC,
    ETH,
    MS,
    NOT_FOUND,
    NOW_MS,
    answer,
    parsed,
)
from tests.support.samples import answers

ORDERS = BinanceOrders(DIALECT)
ID = ClientOrderId("my1")
NEW = NewOrder(ID, BTC, Side.BUY, Decimal("0.010"), Decimal(90000), time_in_force=TimeInForce.GTX)
STOP = NewOrder(
    ClientOrderId("a1"), BTC, Side.SELL, Decimal("0.010"), None, OrderType.STOP_MARKET,
    reduce_only=True, trigger_price=Decimal(80000),
)  # fmt: skip
RESTING = OrderInfo(
    order_id=VenueOrderId("22542179"),
    client_order_id=ID,
    contract_id=BTC,
    side=Side.BUY,
    size=Decimal("0.010"),
    price=Decimal("90000.0"),
    status=OrderStatus.OPEN,
    updated_ns=NOW_MS * MS,
)
WAITING = OrderInfo(
    order_id=VenueOrderId("algo-2146760"),
    client_order_id=ClientOrderId("a1"),
    contract_id=BTC,
    side=Side.SELL,
    size=Decimal("0.010"),
    price=None,
    status=OrderStatus.OPEN,
    order_type=OrderType.STOP_MARKET,
    reduce_only=True,
    created_ns=NOW_MS * MS,
    updated_ns=NOW_MS * MS,
)
KEY = OrderKey(ClientOrderId("a1"), BTC)


def order(**changes: object) -> dict[str, Any]:
    """Return the sample of an order with fields changed."""
    return {**parsed("http_post_order"), **changes}


def algo(**changes: object) -> dict[str, Any]:
    """Return the sample of a waiting order with fields changed."""
    return {**parsed("http_post_algo_order"), **changes}


# Placing ------------------------------------------------------------------------------------------


def test_a_post_only_order_is_sent_once_and_read_from_the_answer() -> None:
    (request,), info = drive(ORDERS.place(NEW), [answer("http_post_order")])
    assert info == RESTING
    assert (request.method, request.path) == (Method.POST, "/fapi/v1/order")
    assert query_of(request.params) == (
        "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=0.010&price=90000&timeInForce=GTX"
        "&newClientOrderId=my1&newOrderRespType=RESULT"
    )
    assert (request.repeatable, request.private, request.urgent) == (False, True, False)


def test_an_order_that_waits_goes_where_those_go() -> None:
    (request,), info = drive(ORDERS.place(STOP), [answer("http_post_algo_order")])
    assert info == WAITING
    assert (request.method, request.path) == (Method.POST, "/fapi/v1/algoOrder")
    assert query_of(request.params) == (
        "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=0.010"
        "&triggerPrice=80000&workingType=MARK_PRICE&reduceOnly=true&clientAlgoId=a1"
        "&newOrderRespType=RESULT"
    )
    assert (request.repeatable, request.private, request.urgent) == (False, True, True)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"order_type": OrderType.STOP, "price": Decimal("7.99E+4")},
         "type=STOP&quantity=0.010&price=79900&timeInForce=GTC&triggerPrice=80000"),
        ({"order_type": OrderType.TAKE_PROFIT, "price": Decimal(99000),
          "time_in_force": TimeInForce.GTX},
         "type=TAKE_PROFIT&quantity=0.010&price=99000&timeInForce=GTX&triggerPrice=80000"),
        ({"order_type": OrderType.TAKE_PROFIT_MARKET},
         "type=TAKE_PROFIT_MARKET&quantity=0.010&triggerPrice=80000"),
        ({"order_type": OrderType.TRAILING_STOP, "trailing_fraction": Decimal("0.005"),
          "trigger_price": Decimal("1E-5")},
         "type=TRAILING_STOP_MARKET&quantity=0.010&callbackRate=0.5&activatePrice=0.00001"),
        ({"order_type": OrderType.TRAILING_STOP, "trailing_fraction": Decimal("0.10"),
          "trigger_price": None},
         "type=TRAILING_STOP_MARKET&quantity=0.010&callbackRate=10"),
    ],
)  # fmt: skip
def test_each_waiting_type_names_what_it_needs(changes: dict[str, Any], words: str) -> None:
    wanted = replace(STOP, reduce_only=False, **changes)
    (request,), _ = drive(ORDERS.place(wanted), [answer("http_post_algo_order")])
    assert query_of(request.params) == (
        f"algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&{words}&workingType=MARK_PRICE"
        "&clientAlgoId=a1&newOrderRespType=RESULT"
    )


@pytest.mark.parametrize(
    ("side", "word"), [(PositionSide.LONG, "LONG"), (PositionSide.SHORT, "SHORT")]
)
@pytest.mark.parametrize("wanted", [NEW, STOP])
def test_in_hedge_mode_the_position_is_named_and_nothing_is_reduce_only(
    wanted: NewOrder, side: PositionSide, word: str
) -> None:
    told = answer("http_post_algo_order" if wanted is STOP else "http_post_order")
    hedged = replace(wanted, position_side=side, reduce_only=True)
    (request,), _ = drive(ORDERS.place(hedged), [told])
    assert request.params["positionSide"] == word
    assert "reduceOnly" not in request.params
    assert request.urgent


def test_tiny_numbers_are_written_plainly() -> None:
    tiny = replace(NEW, size=Decimal("1E+3"), price=Decimal("1E-7"))
    (request,), _ = drive(ORDERS.place(tiny), [answer("http_post_order")])
    assert "&quantity=1000&price=0.0000001&" in query_of(request.params)


@pytest.mark.parametrize(
    ("word", "status", "reason"),
    [
        ("NEW", OrderStatus.OPEN, None),
        ("TRIGGERING", OrderStatus.OPEN, None),
        ("TRIGGERED", OrderStatus.OPEN, None),
        ("CANCELED", OrderStatus.CANCELED, None),
        ("EXPIRED", OrderStatus.EXPIRED, None),
        ("REJECTED", OrderStatus.REJECTED, Reason.OTHER),
    ],
)
def test_each_state_of_a_waiting_order_has_its_word(
    word: str, status: OrderStatus, reason: Reason | None
) -> None:
    _, info = drive(ORDERS.place(STOP), answers(algo(algoStatus=word)))
    assert (info.status, info.reason) == (status, reason)


def test_a_batch_takes_no_order_that_waits() -> None:
    with pytest.raises(UnsupportedFeature, match="conditional orders in a batch"):
        drive(ORDERS.place_many([NEW, STOP]), [])
    (request,), outcomes = drive(ORDERS.place_many([NEW]), answers([order()]))
    assert (request.path, outcomes) == ("/fapi/v1/batchOrders", [RESTING])


# Changing and cancelling --------------------------------------------------------------------------


def test_a_change_repeats_side_price_and_size() -> None:
    (request,), info = drive(
        ORDERS.amend(RESTING, price=Decimal(90001), size=None), answers(order(price="90001"))
    )
    assert info.price == 90001
    assert query_of(request.params) == (
        "symbol=BTCUSDT&side=BUY&orderId=22542179&quantity=0.010&price=90001"
    )


def test_a_waiting_order_is_not_changed() -> None:
    with pytest.raises(UnsupportedFeature, match="no limit order"):
        drive(ORDERS.amend(WAITING, price=None, size=Decimal(1)), [])


def test_a_waiting_order_is_cancelled_by_its_own_number() -> None:
    (request,), info = drive(ORDERS.cancel(WAITING), [answer("http_delete_algo_order")])
    assert (request.method, request.path) == (Method.DELETE, "/fapi/v1/algoOrder")
    assert query_of(request.params) == "algoId=2146760"
    assert (request.urgent, info) == (True, WAITING)


def test_a_waiting_order_whose_number_is_not_known_is_cancelled_by_its_name() -> None:
    nameless = replace(WAITING, order_id=VenueOrderId(""))
    (request,), _ = drive(ORDERS.cancel(nameless), [answer("http_delete_algo_order")])
    assert query_of(request.params) == "clientAlgoId=a1"


def test_a_stop_that_was_set_off_is_cancelled_as_the_order_that_it_became() -> None:
    child = replace(WAITING, order_id=VenueOrderId("22542180"))
    (request,), info = drive(ORDERS.cancel(child), answers(order(status="CANCELED")))
    assert query_of(request.params) == "symbol=BTCUSDT&orderId=22542180"
    assert info.status is OrderStatus.CANCELED


def test_a_mixed_lot_is_cancelled_and_told_in_the_order_of_asking() -> None:
    gone = Response(400, b"", error=OrderNotFound("-2011"))
    told = [*answers([order(status="CANCELED"), order(status="CANCELED")]), gone]
    asked = [RESTING, WAITING, RESTING]
    requests, outcomes = drive(ORDERS.cancel_many(asked), told)
    assert [request.path for request in requests] == [
        "/fapi/v1/batchOrders", "/fapi/v1/algoOrder",
    ]  # fmt: skip
    assert requests[0].params["orderIdList"] == "[22542179,22542179]"
    assert outcomes[1] is gone.error
    for each in (outcomes[0], outcomes[2]):
        assert isinstance(each, OrderInfo)
        assert each.status is OrderStatus.CANCELED
    _, outcomes = drive(ORDERS.cancel_many([WAITING]), [answer("http_delete_algo_order")])
    assert outcomes == [WAITING]


def test_cancelling_all_empties_both_lists_of_each_market() -> None:
    done = {"code": 200, "msg": "The operation of cancel all open order is done."}
    bodies = answers([order()], [algo(symbol="ETHUSDT")], done, done, done, done)
    requests, _ = drive(ORDERS.cancel_all(None), bodies)
    assert [(request.path, request.params.get("symbol")) for request in requests] == [
        ("/fapi/v1/openOrders", None), ("/fapi/v1/openAlgoOrders", None),
        ("/fapi/v1/allOpenOrders", BTC), ("/fapi/v1/algoOpenOrders", BTC),
        ("/fapi/v1/allOpenOrders", ETH), ("/fapi/v1/algoOpenOrders", ETH),
    ]  # fmt: skip
    requests, _ = drive(ORDERS.cancel_all(ETH), answers(done, done))
    assert [request.params["symbol"] for request in requests] == [ETH, ETH]
    assert all(request.urgent for request in requests)


# Looking up ---------------------------------------------------------------------------------------


def test_an_order_is_looked_up_by_its_number() -> None:
    key = OrderKey(ID, BTC, VenueOrderId("22542179"))
    (request,), found = drive(ORDERS.find(key, 0), answers(order()))
    assert query_of(request.params) == "symbol=BTCUSDT&orderId=22542179"
    assert found == Found(RESTING)


def test_a_name_is_looked_for_among_orders_and_then_among_those_that_wait() -> None:
    requests, found = drive(ORDERS.find(KEY, 0), [NOT_FOUND, answer("http_post_algo_order")])
    assert [query_of(request.params) for request in requests] == [
        "symbol=BTCUSDT&origClientOrderId=a1", "clientAlgoId=a1",
    ]  # fmt: skip
    assert found == Found(WAITING)


def test_an_order_that_is_in_neither_list_may_still_come() -> None:
    _, found = drive(ORDERS.find(KEY, 0), [NOT_FOUND, NOT_FOUND])
    assert isinstance(found, NotYetKnown)


def test_a_stop_that_was_set_off_is_told_as_what_it_became_under_our_name() -> None:
    key = replace(KEY, order_id=WAITING.order_id)
    set_off = algo(algoStatus="FINISHED", actualOrderId="22542180")
    child = order(orderId=22542180, clientOrderId="made-by-venue", status="FILLED")
    requests, found = drive(ORDERS.find(key, 0), answers(set_off, child))
    assert [query_of(request.params) for request in requests] == [
        "algoId=2146760", "symbol=BTCUSDT&orderId=22542180",
    ]  # fmt: skip
    assert isinstance(found, Found)
    assert (found.info.client_order_id, found.info.order_id) == ("a1", "22542180")
    assert found.info.status is OrderStatus.FILLED


def test_a_stop_that_is_being_set_off_is_open() -> None:
    set_off = Response(200, answers(algo(algoStatus="TRIGGERED", actualOrderId="7"))[0].body)
    _, found = drive(ORDERS.find(KEY, 0), [NOT_FOUND, set_off, NOT_FOUND])
    assert isinstance(found, Found)
    assert (found.info.order_id, found.info.status) == ("7", OrderStatus.OPEN)


def test_an_end_that_the_venue_no_longer_shows_is_not_guessed() -> None:
    ended = Response(200, answers(algo(algoStatus="FINISHED", actualOrderId="7"))[0].body)
    with pytest.raises(OutcomeUnknown, match="order 7 has ended"):
        drive(ORDERS.find(KEY, 0), [NOT_FOUND, ended, NOT_FOUND])


@pytest.mark.parametrize("nothing", ["", "0", 0, None])
def test_an_order_that_has_set_nothing_off_waits(nothing: object) -> None:
    _, found = drive(
        ORDERS.find(replace(KEY, order_id=WAITING.order_id), 0),
        answers(algo(actualOrderId=nothing)),
    )
    assert found == Found(WAITING)


def test_open_orders_of_both_lists_are_told_oldest_first() -> None:
    rows = [order(orderId=2, time=NOW_MS + 5), order(orderId=1, time=NOW_MS - 5)]
    waiting = [algo(), algo(algoId=8, actualOrderId="2"), algo(algoId=9, side="LEFT")]
    requests, listed = drive(ORDERS.active(BTC), answers(rows, waiting))
    assert [request.path for request in requests] == [
        "/fapi/v1/openOrders", "/fapi/v1/openAlgoOrders",
    ]  # fmt: skip
    infos = [row.order_id for row in listed if isinstance(row, OrderInfo)]
    assert infos == ["1", "algo-2146760", "2"]
    assert [row.ids for row in listed if isinstance(row, Unreadable)] == [("9", "a1")]
