from __future__ import annotations

import base64

import pytest
from nacl.signing import SigningKey

from tests.venue_simulators.backpack.backpack_stage import (
    SOL,
    START_MS,
    Caller,
    limit,
    market,
    plain_text,
    refusal,
    row,
    rows,
    signed,
    stage,
    tagged,
)
from venue_simulators.backpack.authentication import string_to_sign
from venue_simulators.ed25519.signatures import KEY_PAIRS, decoded, verified
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

ORDER = [
    ("orderType", "Limit"),
    ("price", "100.5"),
    ("quantity", "0.1"),
    ("side", "Bid"),
    ("symbol", SOL),
    ("timeInForce", "GTC"),
]
FIRST = sorted([*ORDER, ("clientId", "7"), ("postOnly", "true")])
SECOND = [
    ("orderType", "Market"),
    ("quantity", "0.1"),
    ("reduceOnly", "true"),
    ("side", "Ask"),
    ("symbol", SOL),
]
VECTORS = [
    (
        "orderExecute",
        [ORDER],
        "CwfXrZsLlCLYRaStz1OAjQWPAS/7Ct1VXyEio1nNV6yetaXXIJK1bT4a2cnklKEFFskrKqRLpcZoAVW6WsQpCw==",
    ),
    (
        "subscribe",
        [[]],
        "DEytVjBPUJPNGqMWhoFrRnsyaD9AgpeWqvS9jRrnNbGUKyTLfEas10Q5EZ3KjJWU9PxVsfKDqd+oM0GEuFiCAA==",
    ),
    (
        "positionQuery",
        [[]],
        "qYjieNoyB6D9jh4a0z4h2Z1tVH5s+PLJ3MwtQGBDCGJ0RV+KUd9mFgC1MSo37r06lmKiOd183GcHDXtZBtJqDA==",
    ),
    (
        "orderExecute",
        [FIRST, SECOND],
        "cyA9W4Nw/ZyHgWsqYsxP+TcnBp8EyHKFwdRv2xSg+drtLbv16OGGGJBBiJ4wSurQKOZ4m9XJH97hb2LyW+gmDg==",
    ),
]


@pytest.mark.parametrize(("instruction", "parts", "signature"), VECTORS)
def test_published_signatures_are_verified(
    instruction: str, parts: list[list[tuple[str, str]]], signature: str
) -> None:
    text = string_to_sign(instruction, parts, "1750793021519", "5000")
    raw = decoded(signature)
    assert raw is not None
    assert verified(SignatureDepth.FULL, KEY_PAIRS[0].public_key, text, raw)
    assert not verified(SignatureDepth.FULL, KEY_PAIRS[0].public_key, text + " ", raw)


def test_every_key_pair_belongs_together() -> None:
    for pair in KEY_PAIRS:
        key = SigningKey(base64.b64decode(pair.secret_key))
        assert base64.b64encode(bytes(key.verify_key)).decode() == pair.public_key


def test_secret_of_a_key_pair_is_not_shown() -> None:
    assert KEY_PAIRS[0].secret_key not in repr(KEY_PAIRS[0])


def test_tag_stands_for_a_signature_where_curves_are_left_out() -> None:
    caller = Caller(stage(signatures=SignatureDepth.DIGEST))
    text = f"instruction=orderQueryAll&timestamp={START_MS + 100}&window=5000"
    headers = caller.headers("") | {"x-signature": tagged(text)}
    request = HttpRequest("rest", "GET", "/api/v1/orders", "", headers)
    assert rows(caller.simulator.handle(request)) == []
    forged = HttpRequest("rest", "GET", "/api/v1/orders", "", caller.headers(""))
    assert refusal(caller.simulator.handle(forged))[2] == "Invalid signature"


def test_window_counts_in_the_signed_string_even_without_its_header() -> None:
    caller = Caller(stage(), window=None)
    assert rows(caller.signed_get("/api/v1/orders", "orderQueryAll")) == []


def test_query_parameters_are_signed_sorted_however_they_were_sent() -> None:
    caller = Caller(stage())
    path = "/wapi/v1/history/fills"
    answer = caller.signed_get(path, "fillHistoryQueryAll", symbol=SOL, limit=5, fillType="User")
    assert rows(answer) == []


def test_parameters_in_another_order_are_not_what_was_signed() -> None:
    caller = Caller(stage())
    headers = caller.headers(f"instruction=orderQueryAll&symbol={SOL}&marketType=PERP")
    query = f"symbol={SOL}&marketType=PERP"
    request = HttpRequest("rest", "GET", "/api/v1/orders", query, headers)
    assert refusal(caller.simulator.handle(request)) == (
        400,
        "INVALID_CLIENT_REQUEST",
        "Invalid signature",
    )


def test_parameter_left_out_of_the_signature_is_refused() -> None:
    caller = Caller(stage())
    headers = caller.headers("instruction=orderQueryAll")
    request = HttpRequest("rest", "GET", "/api/v1/orders", f"symbol={SOL}", headers)
    assert refusal(caller.simulator.handle(request))[2] == "Invalid signature"


def test_signature_of_another_instruction_is_refused() -> None:
    caller = Caller(stage())
    assert refusal(caller.signed_get("/api/v1/orders", "orderQuery"))[2] == "Invalid signature"


def test_signature_of_another_key_is_refused() -> None:
    caller = Caller(stage(accounts=("main", "second")))
    text = f"instruction=orderQueryAll&timestamp={START_MS + 100}&window=5000"
    headers = caller.headers("") | {"x-signature": signed(KEY_PAIRS[1], text)}
    request = HttpRequest("rest", "GET", "/api/v1/orders", "", headers)
    assert refusal(caller.simulator.handle(request))[2] == "Invalid signature"


def test_key_that_the_venue_does_not_know_is_unauthorized() -> None:
    caller = Caller(stage(), KEY_PAIRS[3])
    assert refusal(caller.signed_get("/api/v1/orders", "orderQueryAll"))[:2] == (
        401,
        "UNAUTHORIZED",
    )


def test_request_without_a_signature_is_unauthorized() -> None:
    request = HttpRequest("rest", "GET", "/api/v1/orders")
    assert refusal(stage().handle(request))[:2] == (401, "UNAUTHORIZED")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("x-timestamp", str(START_MS + 100 - 5001), "Request has expired"),
        ("x-timestamp", str(START_MS + 100 + 5001), "Request has expired"),
        ("x-timestamp", "soon", "Invalid X-Timestamp header"),
        ("x-window", "60001", "Invalid X-Window header"),
        ("x-window", "0", "Invalid X-Window header"),
        ("x-signature", "AAAA", "Invalid X-Signature header"),
        ("x-signature", "not base64", "Invalid X-Signature header"),
    ],
)
def test_headers_out_of_bounds_are_refused(name: str, value: str, message: str) -> None:
    caller = Caller(stage())
    headers = caller.headers("instruction=orderQueryAll") | {name: value}
    request = HttpRequest("rest", "GET", "/api/v1/orders", "", headers)
    answer = refusal(caller.simulator.handle(request))
    assert answer == (400, "INVALID_CLIENT_REQUEST", message)


def test_window_of_a_minute_is_the_longest() -> None:
    caller = Caller(stage(), window=60_000)
    assert rows(caller.signed_get("/api/v1/orders", "orderQueryAll")) == []


def test_booleans_and_numbers_of_a_body_are_signed_as_they_are_written() -> None:
    answer = Caller(stage()).place(postOnly=True, clientId=4294967295)
    assert row(answer)["clientId"] == 4294967295


def test_null_in_a_body_cannot_have_been_signed() -> None:
    caller = Caller(stage())
    headers = caller.headers(caller.text("orderExecute", limit()))
    raw = b'{"symbol":"SOL_USDC_PERP","side":"Bid","orderType":"Limit","price":"170.00",'
    raw += b'"quantity":"1.00","clientId":null}'
    request = HttpRequest("rest", "POST", "/api/v1/order", "", headers, raw)
    assert refusal(caller.simulator.handle(request))[2] == "Invalid signature"


def test_batch_signs_each_order_with_its_own_instruction() -> None:
    answer = Caller(stage()).batch(limit(clientId=7, postOnly=True), market("Ask", "0.10"))
    assert [one["operation"] for one in rows(answer)] == ["Ok", "Ok"]


def test_batch_at_the_path_of_one_order_cannot_be_parsed() -> None:
    caller = Caller(stage())
    request = HttpRequest("rest", "POST", "/api/v1/order", "", caller.headers(""), b"[{}]")
    status, text = plain_text(caller.simulator.handle(request))
    assert (status, text) == (400, "parse request payload error: expected a map")
