"""OKX's signature is the published one, byte for byte, over exactly what is sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

import msgspec
import pytest

from exchange_clients.base_models import Side
from exchange_clients.okx.client.managers.order_manager import OkxOrders
from exchange_clients.okx.client.utils.signing import OkxSigner
from exchange_clients.okx.common import ENVIRONMENTS, ask
from exchange_clients.shared.flow import Request
from exchange_clients.shared.signing import SigningContext, WireRequest, hmac_seal
from tests.exchange_clients.okx.okx_samples import NEW, TABLE, parsed

VECTOR = parsed("signing_vectors")
SECRET = VECTOR["api_secret"]
NOW_MS = round(datetime.fromisoformat(VECTOR["timestamp"]).astimezone(UTC).timestamp() * 1000)


def signer(environment: str = "prod") -> OkxSigner:
    return OkxSigner("key", "phrase", ENVIRONMENTS[environment], hmac_seal(SECRET))


def prepared(request: Request, environment: str = "prod") -> WireRequest:
    return signer(environment).prepare(request, SigningContext(NOW_MS, None, 7, None))


def expected(message: str) -> str:
    digest = hmac.new(SECRET.encode(), message.encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def test_the_published_signature_is_reproduced() -> None:
    wire = prepared(ask("account/balance", "account"))
    assert (wire.method, wire.path, wire.body) == (VECTOR["method"], VECTOR["path"], b"")
    assert wire.headers == {
        "OK-ACCESS-KEY": "key",
        "OK-ACCESS-SIGN": VECTOR["signature"],
        "OK-ACCESS-TIMESTAMP": VECTOR["timestamp"],
        "OK-ACCESS-PASSPHRASE": "phrase",
    }


def test_a_query_is_signed_with_the_path_it_is_sent_on() -> None:
    wire = prepared(ask("trade/order", "order", instId="BTC-USDT-SWAP", clOrdId="a1", ordId=None))
    assert wire.path == "/api/v5/trade/order?instId=BTC-USDT-SWAP&clOrdId=a1"
    signed = f"{VECTOR['timestamp']}GET{wire.path}"
    assert wire.headers["OK-ACCESS-SIGN"] == expected(signed)


def test_a_body_is_signed_as_the_very_text_that_is_sent() -> None:
    wire = prepared(next(OkxOrders(TABLE).place(NEW)))
    assert wire.headers["content-type"] == "application/json"
    assert msgspec.json.decode(wire.body)["side"] == Side.BUY.value
    signed = f"{VECTOR['timestamp']}POST/api/v5/trade/order{wire.body.decode()}"
    assert wire.headers["OK-ACCESS-SIGN"] == expected(signed)


@pytest.mark.parametrize(("environment", "told"), [("prod", None), ("demo", "1"), ("eea", None)])
def test_demo_trading_is_told_from_the_live_one_by_a_header(
    environment: str, told: str | None
) -> None:
    wire = prepared(ask("account/balance", "account"), environment)
    assert wire.headers.get("x-simulated-trading") == told


def test_a_stream_logs_in_with_seconds() -> None:
    (login,) = signer().login(1_795_200_000_999)
    (said,) = msgspec.json.decode(login)["args"]
    assert said == {
        "apiKey": "key",
        "passphrase": "phrase",
        "timestamp": "1795200000",
        "sign": expected("1795200000GET/users/self/verify"),
    }
    assert signer().lane(ask("account/balance", "account")) is None
