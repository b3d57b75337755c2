"""Who is let in: keys, signatures over exactly what travels, times and windows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.venue_simulators.bybit.bybit_stage import (
    MS,
    START_NS,
    Trader,
    Wire,
    envelope_of,
    read,
    refusal,
    stage,
)
from venue_simulators.bybit.authentication import (
    Claim,
    Gatekeeper,
    KeyPair,
    signature_of,
    tag,
)
from venue_simulators.bybit.errors import Barred, Refusal
from venue_simulators.bybit.terms import BybitTerms
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

VECTOR_KEY = KeyPair("test_api_key", "test_secret")
VECTOR_QUERY = "category=linear&symbol=BTCUSDT"
VECTOR_SIGNATURE = "fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"
VECTOR_NS = 1_700_000_000_000 * MS


def vector_request(**changes: Any) -> HttpRequest:
    """Return the published request, with headers or parts of it replaced."""
    headers = {
        "x-bapi-api-key": "test_api_key",
        "x-bapi-timestamp": "1700000000000",
        "x-bapi-recv-window": "5000",
        "x-bapi-sign": VECTOR_SIGNATURE,
    }
    parts: dict[str, Any] = {
        "method": "GET",
        "query": VECTOR_QUERY,
        "body": b"",
        **{name: value for name, value in changes.items() if name in ("method", "query", "body")},
    }
    headers |= {
        name.replace("_", "-"): value for name, value in changes.items() if name.startswith("x_")
    }
    return HttpRequest("rest", path="/v5/order/realtime", headers=headers, **parts)


def gate(depth: SignatureDepth = SignatureDepth.FULL, expires_ns: int | None = None) -> Gatekeeper:
    """Return a gate that knows the published key."""
    return Gatekeeper({"main": VECTOR_KEY}, depth, expires_ns)


def test_the_published_vector_is_signed_so() -> None:
    text = f"1700000000000test_api_key5000{VECTOR_QUERY}"
    assert signature_of(VECTOR_KEY.secret, text) == VECTOR_SIGNATURE
    assert gate().admit(vector_request(), VECTOR_NS) == "main"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"x_bapi_api_key": "another"}, 10003),
        ({"x_bapi_sign": VECTOR_SIGNATURE.upper()}, 10004),
        ({"x_bapi_sign": "0" * 64}, 10004),
        ({"query": "symbol=BTCUSDT&category=linear"}, 10004),
        ({"query": "category=linear&symbol=BTCUSDT&"}, 10004),
        ({"method": "POST", "body": b"{}"}, 10004),
        ({"x_bapi_recv_window": "6000"}, 10004),
        ({"x_bapi_recv_window": ""}, 10004),
        ({"x_bapi_recv_window": "much"}, 10001),
        ({"x_bapi_timestamp": "now"}, 10001),
    ],
)
def test_whatever_else_travels_is_not_signed(changes: dict[str, Any], code: int) -> None:
    with pytest.raises(Refusal) as refused:
        gate().admit(vector_request(**changes), VECTOR_NS)
    assert refused.value.code == code


@pytest.mark.parametrize("name", ["x_bapi_api_key", "x_bapi_timestamp", "x_bapi_sign"])
def test_a_request_without_a_claim_is_barred(name: str) -> None:
    with pytest.raises(Barred) as barred:
        gate().admit(vector_request(**{name: ""}), VECTOR_NS)
    assert barred.value.status == 401


@pytest.mark.parametrize(
    ("later_ms", "passes"), [(0, True), (5000, True), (5001, False), (-999, True), (-1000, False)]
)
def test_the_window_reaches_back_and_a_second_ahead(later_ms: int, passes: bool) -> None:
    now_ns = VECTOR_NS + later_ms * MS
    if passes:
        assert gate().admit(vector_request(), now_ns) == "main"
        return
    with pytest.raises(Refusal) as refused:
        gate().admit(vector_request(), now_ns)
    assert refused.value.code == 10002


def test_a_window_that_is_left_out_is_five_seconds_and_an_empty_text() -> None:
    text = f"1700000000000test_api_key{VECTOR_QUERY}"
    sign = signature_of(VECTOR_KEY.secret, text)
    request = vector_request(x_bapi_recv_window="", x_bapi_sign=sign)
    assert gate().admit(request, VECTOR_NS + 5000 * MS) == "main"


def test_where_curves_are_left_out_the_tag_is_taken_and_the_true_signature_too() -> None:
    sealed = vector_request(x_bapi_sign=tag(f"1700000000000test_api_key5000{VECTOR_QUERY}"))
    lenient = gate(SignatureDepth.DIGEST)
    assert lenient.admit(sealed, VECTOR_NS) == "main"
    assert lenient.admit(vector_request(), VECTOR_NS) == "main"
    with pytest.raises(Refusal):
        gate().admit(sealed, VECTOR_NS)


def test_an_expired_key_says_so() -> None:
    assert gate(expires_ns=VECTOR_NS + 1).admit(vector_request(), VECTOR_NS) == "main"
    with pytest.raises(Refusal) as refused:
        gate(expires_ns=VECTOR_NS).admit(vector_request(), VECTOR_NS)
    assert refused.value.code == 33004


def test_a_get_with_a_body_is_barred() -> None:
    with pytest.raises(Barred) as barred:
        gate().admit(vector_request(body=b"{}"), VECTOR_NS)
    assert barred.value.status == 403


def test_secrets_are_not_shown() -> None:
    assert "test_secret" not in repr(VECTOR_KEY)
    assert "signature" in repr(Claim("key", "1", "5000", "signature"))


def test_the_order_and_the_spaces_of_a_body_are_free() -> None:
    simulator = stage()
    trader = Trader(simulator)
    body = '{ "setMarginMode"   : "ISOLATED_MARGIN","category":"linear" }'
    request = HttpRequest(
        "rest",
        "POST",
        "/v5/account/set-margin-mode",
        "",
        trader.headers(body),
        body.encode(),
    )
    assert read(simulator.handle(request)) == {"reasons": []}


def test_errors_travel_with_http_200_in_the_envelope() -> None:
    simulator = stage()
    trader = Trader(simulator)
    request = HttpRequest(
        "rest", "GET", "/v5/account/info", "", trader.headers("", x_bapi_sign="nonsense")
    )
    words = envelope_of(simulator.handle(request))
    assert words["retCode"] == 10004
    assert words["time"] == trader.now_ms


def test_each_environment_has_keys_of_its_own() -> None:
    keys = {
        stage(terms=BybitTerms(environment)).keys["main"].api_key
        for environment in ("mainnet", "testnet", "demo")
    }
    assert len(keys) == 3


def test_a_socket_proves_itself_once_and_for_a_while_only() -> None:
    simulator = stage()
    trader = Trader(simulator)
    wire = Wire(simulator, "ws_private")
    expired = trader.now_ms
    for args in (
        [trader.key, expired, trader.sign(f"GET/realtime{expired}")],
        [trader.key, expired + 9, trader.sign(f"GET/realtime{expired}")],
        ["another", expired + 9, trader.sign(f"GET/realtime{expired + 9}")],
        [trader.key, expired + 9],
        [trader.key, "soon", "x"],
        [trader.key, expired + 9, None],
    ):
        answer = wire.say(op="auth", args=args, req_id="a")
        assert (answer["success"], answer["ret_msg"], answer["req_id"]) == (
            False,
            "Params Error",
            "a",
        )
    answer = wire.log_in(trader)
    assert (answer["success"], answer["ret_msg"], answer["op"]) == (True, "", "auth")


def test_a_request_that_is_not_json_is_a_wrong_parameter() -> None:
    simulator = stage()
    trader = Trader(simulator)
    for body in ("{", "[]", json.dumps("order")):
        request = HttpRequest(
            "rest", "POST", "/v5/order/create", "", trader.headers(body), body.encode()
        )
        assert refusal(simulator.handle(request)) == 10001
    assert simulator.world.now_ns > START_NS
