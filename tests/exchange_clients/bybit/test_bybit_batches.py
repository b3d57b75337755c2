"""Several orders in one request: an outcome for each, in the order of asking."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec
import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Side,
    VenueOrderId,
)
from exchange_clients.bybit.client.managers.order_manager import BybitOrders
from exchange_clients.bybit.client.utils.entry import BybitEntry
from exchange_clients.bybit.common import BATCH_MAX, LIMITS
from exchange_clients.errors import (
    ClientConfigError,
    InsufficientMargin,
    MalformedPayload,
    OrderNotFound,
    RateLimited,
    UnsupportedFeature,
)
from exchange_clients.shared.entry import CallAnswer
from exchange_clients.shared.flow import Method, Response, drive
from exchange_clients.shared.stream import FrameKind
from tests.exchange_clients.bybit.bybit_samples import BTC, SIGNER, TABLE

ORDERS = BybitOrders(TABLE)
NEW = NewOrder(ClientOrderId("x1"), BTC, Side.BUY, Decimal("0.010"), Decimal(90000))


def resting(order_id: str, name: str = "x1") -> OrderInfo:
    """Return an order as we know it."""
    return OrderInfo(
        order_id=VenueOrderId(order_id),
        client_order_id=ClientOrderId(name),
        contract_id=BTC,
        side=Side.BUY,
        size=Decimal("0.010"),
        price=Decimal(90000),
        status=OrderStatus.OPEN,
    )


def batch(*told: tuple[str, int]) -> Response:
    """Return what is said of a batch: an id and a code for each order."""
    rows = [{"category": "linear", "orderId": name, "orderLinkId": ""} for name, _ in told]
    codes = [{"code": code, "msg": "" if code else "OK"} for _, code in told]
    words = {"retCode": 0, "result": {"list": rows}, "retExtInfo": {"list": codes}}
    return Response(200, msgspec.json.encode(words))


def test_a_batch_is_sent_once_and_tells_of_each_order() -> None:
    (request,), told = drive(ORDERS.place_many([NEW, NEW]), [batch(("7", 0), ("", 110007))])
    assert (request.method, request.path) == (Method.POST, "/v5/order/create-batch")
    assert (request.entry, request.repeatable, request.urgent) == (
        "order.create-batch", False, False,
    )  # fmt: skip
    single = next(ORDERS.place(NEW)).body
    assert isinstance(single, dict)
    item = {name: value for name, value in single.items() if name != "category"}
    assert request.body == {"category": "linear", "request": [item, item]}
    taken, refused = told
    assert isinstance(taken, OrderInfo)
    assert (taken.status, taken.order_id) == (OrderStatus.PENDING, "7")
    assert isinstance(refused, InsufficientMargin)


def test_over_the_order_socket_the_codes_come_beside_the_data() -> None:
    result = msgspec.json.decode(batch(("7", 0), ("", 110007)).body)
    frame = {
        "reqId": "1", "op": "order.create-batch", "retCode": 0,
        "data": result["result"], "retExtInfo": result["retExtInfo"],
    }  # fmt: skip
    heard = BybitEntry(SIGNER).read(msgspec.json.encode(frame), FrameKind.TEXT)
    assert isinstance(heard, CallAnswer)
    _, (taken, refused) = drive(ORDERS.place_many([NEW, NEW]), [heard.response])
    assert isinstance(taken, OrderInfo)
    assert isinstance(refused, InsufficientMargin)


def test_orders_of_a_batch_that_only_reduce_may_use_the_reserve() -> None:
    exits = [replace(NEW, reduce_only=True)] * 2
    (request,), _ = drive(ORDERS.place_many(exits), [batch(("7", 0), ("8", 0))])
    assert request.urgent


def test_what_no_batch_can_hold_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ClientConfigError, match="11 orders in a batch: at most 10"):
        drive(ORDERS.place_many([NEW] * (BATCH_MAX + 1)), [])
    trail = replace(
        NEW, order_type=OrderType.TRAILING_STOP, price=None, trailing_fraction=Decimal("0.01")
    )
    with pytest.raises(UnsupportedFeature, match="trailing stops in a batch"):
        drive(ORDERS.place_many([NEW, trail]), [])


@pytest.mark.parametrize("told", [batch(("7", 0)), batch(*[("7", 0)] * 3)])
def test_a_batch_that_is_answered_by_another_number_is_not_guessed_at(told: Response) -> None:
    with pytest.raises(MalformedPayload, match="2 orders were answered by"):
        drive(ORDERS.place_many([NEW, NEW]), [told])


def test_cancels_go_in_batches_by_either_name_and_a_refused_batch_refuses_its_own() -> None:
    orders = [resting(str(number)) for number in range(BATCH_MAX)] + [resting("", "x9")]
    said = batch(*[("1", 0)] * (BATCH_MAX - 1), ("", 110001))
    throttled = Response(200, b"{}", error=RateLimited("10006"))
    requests, told = drive(ORDERS.cancel_many(orders), [said, throttled])
    assert [request.path for request in requests] == ["/v5/order/cancel-batch"] * 2
    assert all(request.urgent and request.repeatable for request in requests)
    body = requests[1].body
    assert body == {"category": "linear", "request": [{"symbol": BTC, "orderLinkId": "x9"}]}
    assert list(told[: BATCH_MAX - 1]) == orders[: BATCH_MAX - 1]
    assert [type(each) for each in told[BATCH_MAX - 1 :]] == [OrderNotFound, RateLimited]


@pytest.mark.parametrize("verb", ["create", "cancel"])
def test_each_order_of_a_batch_counts_in_a_budget_of_batches(verb: str) -> None:
    assert LIMITS.cost_of(f"{verb}_batch/3") == {"address": 1, f"{verb}_batch": 3}
