"""Binance's requests are signed as its documents sign them, to the byte."""

from __future__ import annotations

import base64
from urllib.parse import unquote

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from exchange_clients.binance.client.utils.signing import BinanceSigner, ed25519_seal, seal_of
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import SigningContext, hmac_seal

SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
QUERY = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC"
BODY = "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
SIGNATURE = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"
"""The documents' example of a query and a body together, joined without an ampersand."""
PARAMETERS = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.010", "price": None}
TEXT = "symbol=BTCUSDT&side=BUY&quantity=0.010&recvWindow=5000&timestamp=1499827319559"
CONTEXT = SigningContext(1_499_827_319_559, None, 0, None, unique_ms=1_499_827_319_560)
CURVE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PEM = CURVE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
HMAC = BinanceSigner("key", seal_of(SECRET), base64_spelt=False)


def order(method: Method) -> Request:
    return Request(method, "/fapi/v1/order", PARAMETERS, private=True)


def test_the_published_vector_is_signed_to_the_byte() -> None:
    assert hmac_seal(SECRET)(f"{QUERY}{BODY}".encode()).hex() == SIGNATURE
    assert seal_of(SECRET)(f"{QUERY}{BODY}".encode()).hex() == SIGNATURE


@pytest.mark.parametrize("method", [Method.POST, Method.PUT])
def test_what_changes_something_travels_in_a_form_with_its_signature_last(method: Method) -> None:
    wire = HMAC.prepare(order(method), CONTEXT)
    signature = hmac_seal(SECRET)(TEXT.encode()).hex()
    assert (wire.method, wire.path) == (method.value, "/fapi/v1/order")
    assert wire.body.decode() == f"{TEXT}&signature={signature}"
    assert wire.headers == {
        "X-MBX-APIKEY": "key",
        "content-type": "application/x-www-form-urlencoded",
    }


@pytest.mark.parametrize("method", [Method.GET, Method.DELETE])
def test_questions_and_cancels_travel_in_the_query(method: Method) -> None:
    wire = HMAC.prepare(order(method), CONTEXT)
    signature = hmac_seal(SECRET)(TEXT.encode()).hex()
    assert wire.path == f"/fapi/v1/order?{TEXT}&signature={signature}"
    assert (wire.body, wire.headers) == (b"", {"X-MBX-APIKEY": "key"})


def test_names_of_other_alphabets_are_signed_as_they_are_sent() -> None:
    request = Request(Method.GET, "/fapi/v1/order", {"symbol": "币安人生USDT"}, private=True)
    text, _, signature = HMAC.prepare(request, CONTEXT).path.partition("?")[2].rpartition("&")
    assert text.startswith("symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&recvWindow=")
    assert signature == f"signature={hmac_seal(SECRET)(text.encode()).hex()}"


def test_lists_are_signed_as_they_are_sent_without_spaces() -> None:
    request = Request(Method.DELETE, "/fapi/v1/batchOrders", {"orderIdList": "[1,2]"})
    assert HMAC.prepare(request, CONTEXT).path.startswith(
        "/fapi/v1/batchOrders?orderIdList=%5B1%2C2%5D&recvWindow="
    )


def test_a_listen_key_is_asked_for_by_the_api_key_alone() -> None:
    wire = HMAC.prepare(Request(Method.POST, "/fapi/v1/listenKey", private=True), CONTEXT)
    assert (wire.path, wire.body) == ("/fapi/v1/listenKey", b"")
    assert wire.headers == {"X-MBX-APIKEY": "key"}


@pytest.mark.parametrize("pem", [PEM, PEM.strip(), PEM.replace("\n", "\\n")])
def test_a_private_key_signs_by_its_curve(pem: str) -> None:
    signer = BinanceSigner("key", seal_of(pem), base64_spelt=True)
    wire = signer.prepare(order(Method.POST), CONTEXT)
    text, _, spelt = wire.body.decode().partition("&signature=")
    assert text == TEXT
    assert not set(spelt) & set("+/=")
    CURVE.public_key().verify(base64.b64decode(unquote(spelt)), TEXT.encode())


def test_a_key_of_another_kind_is_not_taken_for_a_curve() -> None:
    other = generate_private_key(65537, 2048).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(AssertionError, match="is no Ed25519 key"):
        ed25519_seal(other.decode())


def test_nothing_waits_for_its_turn_to_be_signed() -> None:
    assert HMAC.lane(order(Method.POST)) is None
    assert not HMAC.blocking
