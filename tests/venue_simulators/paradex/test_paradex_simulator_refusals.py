"""What is wrong with a request is told at once, under the venue's own code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.quiet_markets import passes
from tests.venue_simulators.paradex.paradex_stage import (
    ETH,
    SOL,
    Trader,
    Wire,
    public,
    quick,
    read,
    refusal,
    stage,
)
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

PROTECTIVE = {"type": "STOP_LOSS_MARKET", "price": "0", "side": "SELL"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"market": "DOGE-USD-PERP"}, "MARKET_NOT_FOUND"),
        ({"market": "sol-usd-perp"}, "MARKET_NOT_FOUND"),
        ({"market": "ETH-USDC"}, "NO_ACCESS_TO_MARKET"),
        ({"market": ""}, "VALIDATION_ERROR"),
        ({"side": "buy"}, "VALIDATION_ERROR"),
        ({"type": "LIMIT_MAKER"}, "VALIDATION_ERROR"),
        ({"instruction": "FOK"}, "VALIDATION_ERROR"),
        ({"instruction": "GTD"}, "VALIDATION_ERROR"),
        ({"instruction": "RPI"}, "RPI_ACCOUNT_NOT_WHITELISTED"),
        ({"size": "0"}, "INVALID_ORDER_SIZE"),
        ({"size": "0.001"}, "INVALID_ORDER_SIZE"),
        ({"size": "50001"}, "INVALID_ORDER_SIZE"),
        ({"price": "149.0001"}, "INVALID_PRICE_PRECISION"),
        ({"price": "0"}, "VALIDATION_ERROR"),
        ({"type": "MARKET"}, "VALIDATION_ERROR"),
        ({"type": "MARKET", "price": "0", "instruction": "POST_ONLY"}, "VALIDATION_ERROR"),
        ({"trigger_price": "140"}, "VALIDATION_ERROR"),
        ({"type": "STOP_LIMIT"}, "VALIDATION_ERROR"),
        ({**PROTECTIVE, "trigger_price": "140"}, "VALIDATION_ERROR"),
        ({"flags": ["POST_ONLY"]}, "VALIDATION_ERROR"),
        ({"client_id": "x" * 65}, "VALIDATION_ERROR"),
        ({"stp": "NONE"}, "VALIDATION_ERROR"),
        ({"recv_window": 9}, "VALIDATION_ERROR"),
        ({"recv_window": True}, "VALIDATION_ERROR"),
        ({"signature_timestamp": 0}, "VALIDATION_ERROR"),
        ({"on_behalf_of_account": "0x5"}, "ISOLATED_MARKET_ACCOUNT_MISMATCH"),
    ],
)
def test_a_malformed_order_is_refused(changes: dict[str, Any], code: str) -> None:
    trader = Trader(stage())
    status, found = refusal(trader.create(**changes))
    assert (found, status in (400, 403, 404)) == (code, True)
    assert trader.get("orders-history")["results"] == []


@pytest.mark.parametrize("name", ["size", "price"])
@pytest.mark.parametrize("value", [1, 1.5, "1e3", "-1", "+1", ".5", None, ["1"]])
def test_amounts_are_texts_of_plain_digits(name: str, value: object) -> None:
    trader = Trader(stage())
    order = trader.order() | {name: value}
    assert refusal(trader.ask("POST", "orders", "", order))[1] == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    "signed",
    [
        {"market": ETH},
        {"side": "SELL"},
        {"type": "MARKET"},
        {"size": "1.00000001"},
        {"price": "149.00000001"},
        {"signature_timestamp": 1795200000001},
    ],
)
def test_every_signed_field_is_checked_on_the_curve(signed: dict[str, object]) -> None:
    trader = Trader(stage(signatures=SignatureDepth.FULL), depth=SignatureDepth.FULL)
    assert refusal(trader.create(signed=signed)) == (400, "INVALID_ORDER_SIGNATURE")
    assert trader.create().status == 201


@pytest.mark.parametrize("signature", ["", "0x1", "[1,2]", '["1"]'])
def test_a_signature_is_a_pair_of_texts(signature: str) -> None:
    trader = Trader(stage())
    order = trader.order() | {"signature": signature}
    code = refusal(trader.ask("POST", "orders", "", order))[1]
    assert code == ("VALIDATION_ERROR" if not signature else "INVALID_ORDER_SIGNATURE")


def test_another_accounts_key_signs_for_nobody_else() -> None:
    simulator = stage(signatures=SignatureDepth.FULL, accounts=("main", "other"))
    other = simulator.members["other"].main
    trader = Trader(simulator, depth=SignatureDepth.FULL)
    trader.key = other
    assert refusal(trader.create()) == (400, "INVALID_ORDER_SIGNATURE")


@pytest.mark.parametrize("shift_ms", [-300_001, 5_001])
def test_a_timestamp_out_of_its_window_is_refused(shift_ms: int) -> None:
    trader = Trader(stage())
    stamp = trader.simulator.world.now_ns // 10**6 + shift_ms
    answer = trader.create(signature_timestamp=stamp)
    assert refusal(answer) == (400, "INVALID_TIMESTAMP")
    inside = stamp + (2000 if shift_ms < 0 else -2)
    assert trader.create(signature_timestamp=inside).status == 201


def test_a_narrow_window_of_ones_own_is_kept() -> None:
    trader = Trader(stage())
    order = trader.order(recv_window=500)
    passes(trader.simulator, 0.6)
    assert refusal(trader.ask("POST", "orders", "", order)) == (400, "INVALID_TIMESTAMP")


def test_a_live_client_id_is_taken_and_an_ended_one_is_free() -> None:
    trader = Trader(stage())
    order = trader.placed(client_id="mine")
    assert refusal(trader.create(client_id="mine")) == (400, "DUPLICATED_CLIENT_ID")
    trader.ask("DELETE", f"orders/{order['id']}")
    passes(trader.simulator, 0.01)
    assert trader.create(client_id="mine").status == 201


def test_a_market_that_is_halted_takes_no_orders() -> None:
    simulator = stage()
    simulator.world.set_tradable(SOL, tradable=False)
    assert refusal(Trader(simulator).create()) == (400, "MARKET_NOT_OPEN")


def test_a_market_takes_so_many_open_orders() -> None:
    trader = Trader(stage(terms=quick(max_open_orders=2)))
    trader.placed()
    trader.placed(price="148")
    assert refusal(trader.create(price="147")) == (400, "VALIDATION_ERROR")
    assert trader.create(market=ETH, price="2500").status == 201


def test_a_venue_that_only_cancels_takes_no_orders() -> None:
    simulator = stage()
    trader = Trader(simulator)
    order = trader.placed()
    simulator.public.status = "cancel_only"
    assert refusal(trader.create())[1] == "SYSTEM_STATUS_CANCEL_ONLY"
    change = trader.ask("PUT", f"orders/{order['id']}", "", trader.change(order, price="148"))
    assert refusal(change)[1] == "SYSTEM_STATUS_CANCEL_ONLY"
    assert trader.ask("DELETE", f"orders/{order['id']}").status == 204


def test_a_venue_that_only_rests_takes_post_only_orders() -> None:
    simulator = stage()
    trader = Trader(simulator)
    simulator.public.status = "post_only"
    assert read(public(simulator, "system/state")) == {"status": "post_only"}
    assert refusal(trader.create())[1] == "SYSTEM_STATUS_POST_ONLY"
    assert trader.create(instruction="POST_ONLY").status == 201


def test_under_maintenance_only_the_state_is_told() -> None:
    simulator = stage()
    trader = Trader(simulator)
    simulator.public.status = "maintenance"
    assert refusal(trader.create()) == (503, "SERVICE_UNAVAILABLE")
    assert read(public(simulator, "system/state")) == {"status": "maintenance"}
    with pytest.raises(AssertionError, match="SERVICE_UNAVAILABLE"):
        Wire(simulator)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/nothing"), ("PATCH", "/v1/orders"), ("GET", "/markets"), ("GET", "/v1/auth")],
)
def test_a_path_that_there_is_not_is_not_found(method: str, path: str) -> None:
    answer = stage().handle(HttpRequest("rest", method, path, "", {}))
    assert refusal(answer) == (404, "NOT_FOUND")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff"])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    trader = Trader(stage())
    headers = {"authorization": f"Bearer {trader.token}"}
    request = HttpRequest("rest", "POST", "/v1/orders", "", headers, body)
    assert refusal(trader.simulator.handle(request)) == (400, "BINDING_ERROR")


@pytest.mark.parametrize(
    "query", ["page_size=0", "page_size=5001", "page_size=x", "cursor=x", "start_at=-1"]
)
def test_pages_are_asked_for_in_their_bounds(query: str) -> None:
    trader = Trader(stage())
    answer = trader.ask("GET", "fills", query)
    assert refusal(answer) == (400, "INVALID_REQUEST_PARAMETER")


def test_a_refusal_has_code_message_and_data() -> None:
    answer = Trader(stage()).create(size="0.001")
    assert json.loads(answer.body) == {
        "error": "INVALID_ORDER_SIZE",
        "message": "size 0.001 is not a multiple of 0.01",
        "data": None,
    }
