"""What is refused at once: by the gateway with a status, by what stands behind with a code."""

from __future__ import annotations

import json

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.edgex.edgex_stage import (
    DAY_MS,
    SOL,
    START_NS,
    Trader,
    Words,
    public,
    read,
    refusal,
    stage,
)
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.wire import HttpRequest

NOW_MS = START_NS // 10**6 + 100
REQUIRED = (400, "GATEWAY_PARAM_REQUIRED")
INVALID = (400, "GATEWAY_PARAM_INVALID")
ORDERS: list[tuple[Words, tuple[int, str]]] = [
    ({"contractId": "10000001"}, (200, "CONTRACT_NOT_FOUND")),
    ({"side": "buy"}, INVALID),
    ({"type": "ICEBERG"}, INVALID),
    ({"timeInForce": "GTC"}, INVALID),
    ({"clientOrderId": "x" * 41}, INVALID),
    ({"clientOrderId": "a b"}, INVALID),
    ({"type": "MARKET", "timeInForce": "GOOD_TIL_CANCEL", "worst": "160"}, INVALID),
    ({"price": "0", "worst": "140"}, INVALID),
    ({"openTp": {"price": "1"}}, INVALID),
    ({"l2LimitFee": "1e3"}, INVALID),
    ({"l2Nonce": "7"}, (200, "INVALID_L2_NONCE")),
    ({"l2Size": "2"}, (200, "INVALID_L2_SIZE")),
    ({"l2Value": "141"}, (200, "INVALID_L2_VALUE")),
    ({"l2LimitFee": "0.063"}, (200, "INVALID_L2_LIMIT_FEE")),
    ({"l2LimitFee": "0"}, (200, "INVALID_L2_LIMIT_FEE")),
    ({"l2ExpireTime": str(NOW_MS + 9 * DAY_MS - 1)}, (200, "INVALID_L2_EXPIRE_TIME")),
    ({"expireTime": str(NOW_MS)}, (200, "INVALID_EXPIRE_TIME")),
    ({"l2Signature": "00" * 65}, (200, "INVALID_L2_SIGNATURE")),
    ({"size": "1.05"}, (200, "INVALID_ORDER_SIZE_STEP_SIZE")),
    ({"size": "0.2"}, (200, "ORDER_SIZE_LESS_THAN_MIN_ORDER_SIZE")),
    ({"size": "20001"}, (200, "ORDER_SIZE_MORE_THAN_MAX_ORDER_SIZE")),
    ({"price": "140.005"}, (200, "INVALID_ORDER_PRICE_TICK_SIZE")),
    ({"price": "180.01"}, (200, "ORDER_PRICE_OUT_OF_RANGE")),
    ({"side": "SELL", "price": "119.99"}, (200, "ORDER_PRICE_OUT_OF_RANGE")),
    ({"type": "STOP_LIMIT"}, REQUIRED),
    (
        {"type": "STOP_LIMIT", "triggerPrice": "151", "triggerPriceType": "ASK1_PRICE"},
        INVALID,
    ),
    ({"type": "STOP_LIMIT", "triggerPrice": "149"}, (200, "INVALID_TRIGGER_PRICE")),
]


@pytest.mark.parametrize(("changes", "answer"), ORDERS, ids=[str(case[0]) for case in ORDERS])
def test_an_order_is_refused_at_once(changes: Words, answer: tuple[int, str]) -> None:
    trader = Trader(stage())
    assert refusal(trader.create(**changes)) == answer
    passes(trader.simulator, 1)
    assert trader.simulator.venue.desk.records("main") == ()


@pytest.mark.parametrize(
    "name",
    [
        "contractId",
        "side",
        "size",
        "type",
        "timeInForce",
        "clientOrderId",
        "expireTime",
        "l2Signature",
    ],
)
def test_what_an_order_needs_is_required(name: str) -> None:
    trader = Trader(stage())
    order = {key: value for key, value in trader.order().items() if key != name}
    assert refusal(trader.post("order/createOrder", **order)) == REQUIRED


@pytest.mark.parametrize("name", ["size", "price", "expireTime", "l2Value"])
def test_numbers_of_an_order_are_texts(name: str) -> None:
    trader = Trader(stage())
    order = trader.order()
    order[name] = json.loads(order[name])
    assert refusal(trader.post("order/createOrder", **order)) == INVALID


def test_null_is_signed_as_nothing_and_is_not_given() -> None:
    trader = Trader(stage())
    order = trader.order() | {"openTp": None, "openSl": None}
    assert read(trader.post("order/createOrder", **order))["orderId"]


def test_a_number_of_another_order_is_not_signed_again() -> None:
    trader = Trader(stage())
    read(trader.create(clientOrderId="one"))
    trader.simulator.books["main"].nonces = {
        nonce: "another" for nonce in trader.simulator.books["main"].nonces
    }
    trader.simulator.venue.desk._by_client_id.clear()
    assert refusal(trader.create(clientOrderId="one")) == (200, "DUPLICATE_L2_NONCE")


def test_a_closed_market_takes_no_orders() -> None:
    trader = Trader(stage())
    trader.simulator.world.set_tradable(SOL, False)
    assert refusal(trader.create()) == (200, "MARKET_CLOSED")
    (status,) = read(public(trader.simulator, "quote/getMarketStatus", contractId=SOL))
    assert status == {"contractId": SOL, "status": False}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/v1/public/meta/getServerTime"),
        ("POST", "/api/v2/public/meta/getServerTime"),
        ("GET", "/api/v2/private/order/createOrder"),
        ("POST", "/api/v2/private/order/amendOrder"),
    ],
)
def test_a_path_that_there_is_not_is_not_found(method: str, path: str) -> None:
    answer = stage().handle(HttpRequest("rest", method, path))
    assert refusal(answer) == (404, "GATEWAY_NOT_FOUND")


@pytest.mark.parametrize("body", [b"[]", b"{", b"\xff", b"1", b'"text"'])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    path = "/api/v2/private/order/createOrder"
    answer = stage().handle(HttpRequest("rest", "POST", path, "", {}, body))
    assert refusal(answer) == INVALID


@pytest.mark.parametrize(
    "parameters",
    [{"size": "0"}, {"size": "201"}, {"size": "x"}, {"offsetData": "x"}, {"offsetData": "YTpi"}],
)
def test_pages_out_of_bounds_are_refused(parameters: dict[str, str]) -> None:
    assert refusal(Trader(stage()).get("order/getActiveOrderPage", **parameters)) == INVALID


def test_every_refusal_comes_in_the_envelope() -> None:
    answer = public(stage(), "quote/getDepth", contractId=SOL, level="20")
    words = json.loads(answer.body)
    assert list(words) == [
        "code",
        "data",
        "msg",
        "errorParam",
        "requestTime",
        "responseTime",
        "traceId",
    ]
    assert words["msg"] == "invalid level:20"
    assert words["responseTime"] == str(NOW_MS)


# Limits -------------------------------------------------------------------------------------------


def test_calls_beyond_the_limit_are_told_when_to_come_again() -> None:
    venue = stage(terms=EdgexTerms())
    answers = [public(venue, "meta/getServerTime") for _ in range(101)]
    assert [answer.status for answer in answers[-2:]] == [200, 429]
    assert refusal(answers[-1]) == (429, "RATE_LIMIT_EXCEEDED")
    assert answers[-1].headers["retry-after"] == "1"
    passes(venue, 1)
    assert public(venue, "meta/getServerTime").status == 200


def test_an_account_has_limits_of_its_own_and_others_for_its_orders() -> None:
    trader = Trader(stage(terms=EdgexTerms(orders_per_minute=60)))
    statuses = [trader.create(price="100").status for _ in range(61)]
    assert (statuses[-2:], trader.get("account/getAccountById").status) == ([200, 429], 200)
    passes(trader.simulator, 1)
    assert trader.create(price="100").status == 200
