"""Who a request is from: API keys, their signatures, and the time at which they sign."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.venue_simulators.binance.binance_stage import FORM, Trader, stage
from tests.venue_simulators.fapi.fapi_stage import SOL, limit, refusal, row, rows
from venue_simulators.binance.authentication import read_request
from venue_simulators.ed25519.signatures import tag
from venue_simulators.fapi.authentication import ApiKey, HmacGate, Sent
from venue_simulators.fapi.errors import FapiError
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest, HttpResponse

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
QUERY = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC"
BODY = "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
SIGNATURE = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"


def vector(query: str, body: str) -> str:
    """Return whose request the documents' example is."""
    headers = {"x-mbx-apikey": "examplekey"}
    request = HttpRequest("rest", "POST", "/fapi/v1/order", query, headers, body.encode())
    gate = HmacGate({"examplekey": ApiKey("main", SECRET)})
    return gate.of_signature(Sent(request, read_request(request)), 1_499_827_319_559 * 1_000_000)


def test_the_example_of_the_documents_is_signed_as_they_say() -> None:
    assert vector(QUERY, f"{BODY}&signature={SIGNATURE}") == "main"


def test_an_ampersand_between_query_and_body_is_another_text() -> None:
    with pytest.raises(FapiError) as refused:
        vector(f"{QUERY}&", f"{BODY}&signature={SIGNATURE}")
    assert refused.value.code == -1022


# What is signed -----------------------------------------------------------------------------------


def test_a_changed_parameter_is_noticed() -> None:
    trader = Trader(stage())
    text = trader.text(limit())
    changed = f"{text}&signature={trader.signature(text)}".replace("178.00", "178.01")
    assert refusal(trader.send("POST", "order", changed)) == (400, -1022)


def test_escapes_are_signed_as_they_travel() -> None:
    trader = Trader(stage())
    text = trader.text(limit(newClientOrderId="a:b/c"))
    assert "a%3Ab%2Fc" in text
    plain = text.replace("a%3Ab%2Fc", "a:b/c")
    wrong = f"{text}&signature={trader.signature(plain)}"
    assert refusal(trader.send("POST", "order", wrong)) == (400, -1022)
    right = f"{text}&signature={trader.signature(text)}"
    assert row(trader.send("POST", "order", right))["clientOrderId"] == "a:b/c"


def test_a_name_in_query_and_body_takes_the_value_of_the_query() -> None:
    trader = Trader(stage())
    query = trader.text(limit())
    body = "price=170.00"
    body = f"{body}&signature={trader.signature(query + body)}"
    path, headers = "/fapi/v1/order", trader.headers | FORM
    request = HttpRequest("rest", "POST", path, query, headers, body.encode())
    assert row(trader.simulator.handle(request))["price"] == "178.00"


def test_a_get_is_read_from_its_query() -> None:
    trader = Trader(stage())
    text = trader.text({"symbol": SOL})
    body = f"{text}&signature={trader.signature(text)}".encode()
    request = HttpRequest("rest", "GET", "/fapi/v1/openOrders", "", trader.headers, body)
    assert refusal(trader.simulator.handle(request))[0] == 400


@pytest.mark.parametrize("payload", ["symbol=SOLUSDT&symbol=SOLUSDT", "timestamp=1&timestamp=1"])
def test_a_parameter_sent_twice_is_refused(payload: str) -> None:
    trader = Trader(stage())
    assert refusal(trader.send("GET", "openOrders", payload)) == (400, -1101)


def test_without_a_signature_nothing_is_told() -> None:
    trader = Trader(stage())
    assert refusal(trader.send("GET", "openOrders", trader.text({}))) == (400, -1102)


# When ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset_ms", "window", "code"),
    [
        (999, None, 0),
        (1000, None, -1021),
        (-5000, None, 0),
        (-5001, None, -1021),
        (-60_000, 60_000, 0),
        (-1, 60_001, -1130),
        (-11, 10, -1021),
    ],
)
def test_a_request_is_neither_from_the_future_nor_too_old(
    offset_ms: int, window: int | None, code: int
) -> None:
    trader = Trader(stage())
    now_ms = trader.simulator.world.now_ns // 1_000_000
    params: dict[str, object] = {"timestamp": now_ms + offset_ms}
    if window is not None:
        params["recvWindow"] = window
    answered = trader.ask("GET", "v3/balance", **params)
    assert (0 if answered.status == 200 else refusal(answered)[1]) == code


# Keys ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "code"), [("", -2014), ("not a key!", -2014), ("abcdefgh12345678", -2015)]
)
def test_unknown_keys_are_refused(key: str, code: int) -> None:
    trader = Trader(stage())
    text = trader.text({})
    query = f"{text}&signature={trader.signature(text)}"
    request = HttpRequest("rest", "GET", "/fapi/v3/balance", query, {"x-mbx-apikey": key})
    assert refusal(trader.simulator.handle(request)) == (401, code)


def test_listen_keys_need_the_key_alone() -> None:
    trader = Trader(stage())
    assert row(trader.keyed("POST", "listenKey"))["listenKey"]
    bare = HttpRequest("rest", "POST", "/fapi/v1/listenKey")
    assert refusal(trader.simulator.handle(bare)) == (401, -2014)


def by_curve(trader: Trader, signature: str, text: str) -> HttpResponse:
    query = f"{text}&signature={signature}"
    headers = {"x-mbx-apikey": trader.member.curve_api_key}
    return trader.simulator.handle(HttpRequest("rest", "GET", "/fapi/v3/balance", query, headers))


def test_a_private_key_signs_in_base64_that_is_escaped() -> None:
    trader = Trader(stage(signatures=SignatureDepth.FULL))
    pem = trader.member.private_key
    assert len(pem) == 119
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    text = trader.text({})
    made = base64.b64encode(key.sign(text.encode())).decode()
    assert rows(by_curve(trader, quote(made, safe=""), text))
    assert refusal(by_curve(trader, made, text)) == (400, -1022)
    assert refusal(by_curve(trader, quote(made, safe=""), text + "&symbol=x")) == (400, -1022)


@pytest.mark.parametrize("signature", ["0" * 64, "zz", "AAAA"])
def test_what_is_no_signature_of_the_curve_is_refused(signature: str) -> None:
    trader = Trader(stage(signatures=SignatureDepth.FULL))
    assert refusal(by_curve(trader, signature, trader.text({}))) == (400, -1022)


def test_where_curves_are_left_out_a_tag_stands_for_the_signature() -> None:
    trader = Trader(stage(signatures=SignatureDepth.DIGEST))
    text = trader.text({})
    made = quote(base64.b64encode(tag(text.encode())).decode(), safe="")
    assert rows(by_curve(trader, made, text))


def test_accounts_have_keys_of_their_own() -> None:
    members = stage(accounts=("main", "other")).members
    names = [key for one in members.values() for key in (one.api_key, one.curve_api_key)]
    assert len(set(names)) == 4
    assert members["main"].secret not in repr(members["main"])
