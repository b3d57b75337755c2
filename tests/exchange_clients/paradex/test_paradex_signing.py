"""Paradex's hashes are those of its own SDK, and what is signed is what is sent."""

from __future__ import annotations

import sys
from decimal import Decimal
from types import ModuleType, SimpleNamespace

import fast_stark_crypto
import msgspec
import pytest

from exchange_clients.errors import InvalidOrder
from exchange_clients.paradex.client.utils.signing import (
    BatchIntent,
    Hasher,
    LoginIntent,
    OrderIntent,
    ParadexSigner,
)
from exchange_clients.shared import starknet
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import SigningContext, simulated_seal
from exchange_clients.shared.starknet import stark_curve
from tests.exchange_clients.paradex.paradex_samples import ORDER_ID, parsed

D = Decimal
VECTORS = parsed("signing_vectors")
KEY, ACCOUNT, CHAIN = VECTORS["private_key"], VECTORS["account"], VECTORS["chain_id"]
PUBLIC_KEY = int(VECTORS["public_key"], 16)
NOW_MS = 1_795_200_000_000
CONTEXT = SigningContext(NOW_MS, nonce=None, entropy=7, session=None, unique_ms=NOW_MS + 3)


def hasher(account: str = ACCOUNT, chain_id: str = CHAIN) -> Hasher:
    return Hasher(stark_curve().pedersen, int(account, 16), chain_id)


def intent(vector: dict[str, str]) -> OrderIntent:
    return OrderIntent(
        vector["market"], vector["side"], vector["type"], D(vector["size"]), D(vector["price"]),
        body={"instruction": "GTC", "client_id": "abc1"}, order_id=vector.get("id", ""),
    )  # fmt: skip


def request(carried: object, path: str = "/v1/orders") -> Request:
    return Request(Method.POST, path, intent=carried, private=True)


def test_the_official_hashes_of_an_order_a_change_and_a_login_are_reproduced() -> None:
    order, modify, login = VECTORS["order"], VECTORS["modify"], VECTORS["login"]
    assert f"{hasher().order(intent(order), order['timestamp']):#x}" == order["hash"]
    assert f"{hasher().order(intent(modify), modify['timestamp']):#x}" == modify["hash"]
    logging_in = hasher(login["account"], login["chain_id"])
    assert f"{logging_in.login(login['timestamp'], login['expiration']):#x}" == login["hash"]


def test_the_public_key_is_the_official_one_and_verifies_both_signatures() -> None:
    order, curve = VECTORS["order"], stark_curve()
    assert curve.public_key(int(KEY, 16)) == PUBLIC_KEY
    digest = int(order["hash"], 16)
    ours, official = curve.sign(int(KEY, 16), digest), (int(order["r"]), int(order["s"]))
    assert ours != official  # each derives another k, which is no fault
    assert fast_stark_crypto.verify(PUBLIC_KEY, digest, *ours)
    assert fast_stark_crypto.verify(PUBLIC_KEY, digest, *official)


def test_an_order_is_sent_with_the_time_that_was_signed_and_with_its_signature() -> None:
    wire = ParadexSigner(ACCOUNT, KEY, CHAIN, None).prepare(
        request(intent(VECTORS["order"])), CONTEXT
    )
    body = msgspec.json.decode(wire.body)
    r, s = map(int, msgspec.json.decode(body.pop("signature"), type=tuple[str, str]))
    digest = hasher().order(intent(VECTORS["order"]), NOW_MS + 3)
    assert fast_stark_crypto.verify(PUBLIC_KEY, digest, r, s)
    assert (wire.method, wire.path) == ("POST", "/v1/orders")
    assert body == {
        "market": "ETH-USD-PERP",
        "side": "BUY",
        "type": "LIMIT",
        "size": "0.1",
        "price": "1500.4",
        "instruction": "GTC",
        "client_id": "abc1",
        "signature_timestamp": NOW_MS + 3,
    }


def test_orders_of_a_batch_are_signed_at_times_of_their_own() -> None:
    order = intent(VECTORS["order"])
    wire = ParadexSigner(ACCOUNT, KEY, CHAIN, simulated_seal).prepare(
        request(BatchIntent((order, order, order))), CONTEXT
    )
    bodies = msgspec.json.decode(wire.body)
    assert [each["signature_timestamp"] - NOW_MS for each in bodies] == [3, 2, 1]
    assert len({each["signature"] for each in bodies}) == 3


def test_a_login_names_its_key_in_the_path_and_is_signed_for_the_plain_one_a_minute_ago() -> None:
    wire = ParadexSigner(ACCOUNT, KEY, CHAIN, None).prepare(
        request(LoginIntent(), "/v1/auth"), CONTEXT
    )
    now_s = NOW_MS // 1000
    assert wire.path == f"/v1/auth/{VECTORS['public_key']}"
    headers = dict(wire.headers)
    r, s = map(int, msgspec.json.decode(headers.pop("PARADEX-STARKNET-SIGNATURE"), type=list[str]))
    assert fast_stark_crypto.verify(PUBLIC_KEY, hasher().login(now_s - 60, now_s + 1800), r, s)
    assert headers == {
        "PARADEX-STARKNET-ACCOUNT": ACCOUNT,
        "PARADEX-TIMESTAMP": str(now_s - 60),
        "PARADEX-SIGNATURE-EXPIRATION": str(now_s + 1800),
    }
    assert wire.body == b""


def test_a_seal_stands_for_the_curve_over_the_real_hash() -> None:
    signer = ParadexSigner(ACCOUNT, KEY, CHAIN, simulated_seal)
    wire = signer.prepare(request(intent(VECTORS["order"])), CONTEXT)
    sealed = simulated_seal(
        hasher().order(intent(VECTORS["order"]), NOW_MS + 3).to_bytes(32, "big")
    )
    r, s = int.from_bytes(sealed[:32], "big"), int.from_bytes(sealed[32:], "big")
    assert msgspec.json.decode(wire.body)["signature"] == f'["{r}","{s}"]'
    assert not signer.blocking


def test_a_change_is_signed_with_the_orders_number() -> None:
    wire = ParadexSigner(ACCOUNT, KEY, CHAIN, None).prepare(
        Request(Method.PUT, f"/v1/orders/{ORDER_ID}", intent=intent(VECTORS["modify"])), CONTEXT
    )
    assert (wire.method, wire.path) == ("PUT", f"/v1/orders/{ORDER_ID}")
    body = msgspec.json.decode(wire.body)
    r, s = map(int, msgspec.json.decode(body["signature"], type=list[str]))
    digest = hasher().order(intent(VECTORS["modify"]), NOW_MS + 3)
    assert fast_stark_crypto.verify(PUBLIC_KEY, digest, r, s)


def test_other_requests_are_sent_as_they_are_and_nothing_is_numbered() -> None:
    signer = ParadexSigner(ACCOUNT, KEY, CHAIN, None)
    asked = Request(Method.GET, "/v1/orders", {"market": "BTC-USD-PERP"}, private=True)
    wire = signer.prepare(asked, CONTEXT)
    assert (wire.path, wire.body, dict(wire.headers)) == ("/v1/orders?market=BTC-USD-PERP", b"", {})
    assert signer.lane(asked) is None


def test_what_cannot_be_signed_exactly_is_refused_and_not_rounded() -> None:
    with pytest.raises(InvalidOrder, match="more than 8 decimals"):
        hasher().order(OrderIntent("M", "BUY", "LIMIT", D("0.000000001"), D(1), {}), NOW_MS)


def test_the_slow_library_is_taken_where_the_fast_one_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bindings = SimpleNamespace(
        cpp_hash=fast_stark_crypto.pedersen_hash,
        cpp_sign=lambda digest, key: (digest, key),
        cpp_get_public_key=fast_stark_crypto.get_public_key,
    )
    package = ModuleType("crypto_cpp_py")
    package.cpp_bindings = bindings  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "crypto_cpp_py", package)
    monkeypatch.setattr(starknet, "installed", lambda name: False)
    curve = stark_curve()
    assert (curve.slow, curve.sign(1, 2)) == (True, (2, 1))
    assert ParadexSigner(ACCOUNT, KEY, CHAIN, None).blocking
    assert not ParadexSigner(ACCOUNT, KEY, CHAIN, simulated_seal).blocking
