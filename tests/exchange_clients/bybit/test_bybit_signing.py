"""Bybit's requests are signed over the very bytes that are sent."""

from __future__ import annotations

import hashlib
import hmac

import msgspec
import pytest

from exchange_clients.bybit.client.utils.signing import BybitSigner
from exchange_clients.bybit.common import ask, tell
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import SigningContext, simulated_seal
from tests.exchange_clients.bybit.bybit_samples import SIGNER

CONTEXT = SigningContext(now_ms=1_700_000_000_000, nonce=None, entropy=1, session=None)
SIGNED = "fd4f31228a46109dc6673062328693696df9a96c7ff04e6491a45e7f63a0fdd7"


def sealed(text: str) -> str:
    """Return what the account's secret makes of a text."""
    return hmac.new(b"test_secret", text.encode(), hashlib.sha256).hexdigest()


def test_the_published_vector_is_signed_to_the_byte() -> None:
    request = Request(Method.GET, "/v5/order/realtime", {"category": "linear", "symbol": "BTCUSDT"})
    wire = SIGNER.prepare(request, CONTEXT)
    assert wire.path == "/v5/order/realtime?category=linear&symbol=BTCUSDT"
    assert dict(wire.headers) == {
        "X-BAPI-API-KEY": "test_api_key",
        "X-BAPI-TIMESTAMP": "1700000000000",
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": SIGNED,
    }
    assert wire.body == b""


def test_a_query_names_its_category_first_and_is_signed_as_it_is_sent() -> None:
    wire = SIGNER.prepare(ask("order/realtime", "orders", symbol="BTCUSDT", cursor=None), CONTEXT)
    assert wire.path == "/v5/order/realtime?category=linear&symbol=BTCUSDT"
    assert wire.headers["X-BAPI-SIGN"] == SIGNED


def test_a_body_is_signed_as_it_is_sent() -> None:
    wire = SIGNER.prepare(tell("order/create", "create", {"qty": "1", "price": None}), CONTEXT)
    assert (wire.method, wire.path) == ("POST", "/v5/order/create")
    assert wire.body == b'{"category":"linear","qty":"1"}'
    assert wire.headers["content-type"] == "application/json"
    text = "1700000000000test_api_key5000" + wire.body.decode()
    assert wire.headers["X-BAPI-SIGN"] == sealed(text)


def test_a_cursor_is_signed_with_its_escapes() -> None:
    path = "/v5/order/realtime?category=linear&cursor=page_args%3Dfd43%26symbol%3D6%26"
    wire = SIGNER.prepare(Request(Method.GET, path), CONTEXT)
    assert wire.path == path
    query = path.partition("?")[2]
    assert wire.headers["X-BAPI-SIGN"] == sealed("1700000000000test_api_key5000" + query)


def test_a_request_without_query_or_body_signs_neither() -> None:
    wire = SIGNER.prepare(Request(Method.GET, "/v5/user/query-api"), CONTEXT)
    assert wire.headers["X-BAPI-SIGN"] == sealed("1700000000000test_api_key5000")


def test_a_login_expires_ten_seconds_on() -> None:
    (login,) = SIGNER.login(1_700_000_000_000)
    key, expires_ms, signature = msgspec.json.decode(login)["args"]
    assert (key, expires_ms) == ("test_api_key", 1_700_000_010_000)
    assert signature == sealed("GET/realtime1700000010000")


def test_a_trailing_stop_is_remembered_by_its_position_and_no_other_order_is() -> None:
    order = tell("order/create", "create", {"qty": "1"})
    assert SIGNER.prepare(order, CONTEXT).reference == ""
    stop = Request(Method.POST, "/v5/position/trading-stop", body={}, intent=0)
    assert SIGNER.prepare(stop, CONTEXT).reference == "0"


def test_requests_may_overtake_each_other_and_need_no_thread() -> None:
    assert SIGNER.lane(ask("order/realtime", "orders")) is None
    assert not SIGNER.blocking


@pytest.mark.parametrize("shown", [repr(SIGNER), str(vars(SIGNER))], ids=["repr", "vars"])
def test_no_secret_is_shown(shown: str) -> None:
    assert "test_secret" not in shown


def test_another_seal_takes_the_place_of_the_digest() -> None:
    wire = BybitSigner("k", simulated_seal).prepare(ask("order/realtime", "orders"), CONTEXT)
    assert wire.headers["X-BAPI-SIGN"] == simulated_seal(b"1700000000000k5000category=linear").hex()
