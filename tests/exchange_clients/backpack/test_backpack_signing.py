from __future__ import annotations

from typing import Any

import pytest

from exchange_clients.backpack.client.utils.signing import BackpackSigner, ed25519_seal
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import SigningContext, simulated_seal

PUBLIC = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
NOW_MS = 1750793021519
NOW = SigningContext(now_ms=NOW_MS, nonce=None, entropy=0, session=None)
LIMIT = {
    "symbol": "SOL_USDC_PERP",
    "side": "Bid",
    "orderType": "Limit",
    "price": "100.5",
    "quantity": "0.1",
    "timeInForce": "GTC",
}


def signer() -> BackpackSigner:
    return BackpackSigner(PUBLIC, ed25519_seal(SECRET))


def headers(method: Method, path: str, **parts: Any) -> dict[str, str]:
    request = Request(method, path, private=True, **parts)
    return dict(signer().prepare(request, NOW).headers)


@pytest.mark.parametrize(
    ("method", "path", "body", "signature"),
    [
        (
            Method.POST,
            "/api/v1/order",
            LIMIT,
            "CwfXrZsLlCLYRaStz1OAjQWPAS/7Ct1VXyEio1nNV6yetaXXIJK1bT4a2cnklKEFFskrKqRLpcZoAVW6WsQpCw==",
        ),
        (
            Method.GET,
            "/api/v1/position",
            None,
            "qYjieNoyB6D9jh4a0z4h2Z1tVH5s+PLJ3MwtQGBDCGJ0RV+KUd9mFgC1MSo37r06lmKiOd183GcHDXtZBtJqDA==",
        ),
        (
            Method.POST,
            "/api/v1/orders",
            [
                {**LIMIT, "clientId": 7, "postOnly": True},
                {
                    "symbol": "SOL_USDC_PERP",
                    "side": "Ask",
                    "orderType": "Market",
                    "quantity": "0.1",
                    "reduceOnly": True,
                },
            ],
            "cyA9W4Nw/ZyHgWsqYsxP+TcnBp8EyHKFwdRv2xSg+drtLbv16OGGGJBBiJ4wSurQKOZ4m9XJH97hb2LyW+gmDg==",
        ),
    ],
)
def test_known_requests_have_their_known_signatures(
    method: Method, path: str, body: object, signature: str
) -> None:
    assert headers(method, path, body=body)["X-Signature"] == signature


def test_subscription_has_its_known_signature() -> None:
    assert signer().subscription(NOW_MS) == (
        PUBLIC,
        "DEytVjBPUJPNGqMWhoFrRnsyaD9AgpeWqvS9jRrnNbGUKyTLfEas10Q5EZ3KjJWU9PxVsfKDqd+oM0GEuFiCAA==",
        "1750793021519",
        "5000",
    )


def test_what_is_signed_is_what_is_sent_sorted_and_not_escaped() -> None:
    messages: list[bytes] = []

    def seal(data: bytes) -> bytes:
        messages.append(data)
        return simulated_seal(data)

    request = Request(
        Method.GET, "/wapi/v1/history/orders", {"symbol": "A/B", "orderId": None, "limit": 5}
    )
    wire = BackpackSigner(PUBLIC, seal).prepare(request, NOW)
    assert messages == [
        b"instruction=orderHistoryQueryAll&limit=5&symbol=A/B&timestamp=1750793021519&window=5000"
    ]
    assert wire.path == "/wapi/v1/history/orders?symbol=A%2FB&limit=5"


def test_headers_name_the_key_the_time_and_the_window() -> None:
    found = headers(
        Method.DELETE, "/api/v1/order", body={"symbol": "SOL_USDC_PERP", "orderId": "7"}
    )
    assert {name: found[name] for name in found if name != "X-Signature"} == {
        "X-API-Key": PUBLIC,
        "X-Timestamp": "1750793021519",
        "X-Window": "5000",
        "content-type": "application/json; charset=utf-8",
    }


def test_a_request_without_a_body_names_no_content_type() -> None:
    assert "content-type" not in headers(Method.GET, "/api/v1/position")


def test_requests_take_no_numbers() -> None:
    assert signer().lane(Request(Method.POST, "/api/v1/order", body=LIMIT)) is None
