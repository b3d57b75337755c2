"""What is signed, against vectors that the official SDK made."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.main import KeyAPI

from tests.venue_simulators.edgex.edgex_stage import Trader, read, refusal, stage
from venue_simulators.edgex.authentication import hmac_of
from venue_simulators.edgex.canonical import body_text, query_text
from venue_simulators.edgex.fields import read_object
from venue_simulators.edgex.order_digest import (
    Domain,
    SignedBy,
    SignedOrder,
    covers,
    margin_digest,
    nonce_of,
    order_digest,
)
from venue_simulators.evm.signatures import address_of, tag
from venue_simulators.options import SignatureDepth

STAMP = "1790000000000"
ACCOUNT = "543429922991899150"
KEY = "0123456789abcdef" * 4
DOMAIN = Domain(33431, "0x1ae109ea449cfe0bed08bfe8911e968a49a919b1")
ORDER = SignedOrder(1_250_000_000, 3_125_625_000, 2_000_000, 10_000_002, 1000, True, 1_751_900_800)
BY = SignedBy(12345, address_of(KEY), 3_530_580_550)
SIGNATURE = (
    "a2cb980fbf60f2c57437d44df82022c28a074b32ba16c324f66c756a72627a9b"
    "01e974ade4ee147f2b47869718a989117138301f7e4c4e8f4a14ff977d795633"
    "1c"
)


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (
            "GET/api/v2/private/order/getActiveOrderPage"
            + query_text({"size": "200", "accountId": ACCOUNT, "offsetData": ""}),
            "094259cb94e92ce1f529069b197ca2e98b11009849e535ff07283804cd40fccc",
        ),
        (
            "POST/api/v2/private/order/cancelOrderById"
            + body_text({"orderIdList": ["1", "2"], "accountId": ACCOUNT}),
            "96020da9ee7da9554f3ec9ee371bb8616b7da2b37b4594b5c16659f13deafc35",
        ),
        (
            "GET/api/v1/private/ws" + query_text({"timestamp": STAMP, "accountId": ACCOUNT}),
            "0dcc9454492577f71ed6fddc7a81ed6029c6233f98005c240103ffb603e19448",
        ),
    ],
)
def test_requests_are_signed_as_in_the_vectors(text: str, signature: str) -> None:
    assert hmac_of("s3cr3t", STAMP + text) == signature


def test_a_body_is_folded_into_one_line_with_nulls_empty() -> None:
    body = b'{"f":1.5,"e":[],"d":{"z":1,"a":"q"},"c":["x","y"],"b":true,"a":null}'
    assert body_text(read_object(body)) == "a=&b=true&c=x&y&d=a=q&z=1&e=&f=1.5"


def test_the_first_order_vector_is_its_signers() -> None:
    key = "11" * 32
    domain = Domain(33431, "0x" + "00" * 19 + "01")
    order = SignedOrder(100_000_000, 790_312_000, 1_000_000, 30_000_001, 1000, True, 1_791_900_800)
    digest = order_digest(order, SignedBy(int(ACCOUNT), address_of(key), 1_795_277_636), domain)
    assert digest.hex() == "cd5a2a97d982d7e196a938ccd00814db6f1030dea0106463172115f275ea3421"
    signature = (
        "5f7d82a39551eff046be7efa781ceb15b8ec9b5b4368a04f59be66cd43ac020e"
        "4a1ec9184426fd5d5e36fe0c9fc1c59ecb6126cd8e1292b588b873a161e6416f1c"
    )
    assert covers(signature, address_of(key), digest, SignatureDepth.FULL)


def test_the_second_order_vector_is_its_signers() -> None:
    digest = order_digest(ORDER, BY, DOMAIN)
    assert address_of(KEY) == "0xfcad0b19bb29d4674531d6f115237e16afce377c"
    assert digest.hex() == "6e6fc397dc33d277ba372bb2f3dcac8a7f3f58f5f9fb5a8459b93edf85729090"
    assert covers(SIGNATURE, address_of(KEY), digest, SignatureDepth.FULL)


def test_numbers_come_from_the_clients_names_of_orders() -> None:
    assert (nonce_of("demo-1"), nonce_of("abc-0001")) == (1_795_277_636, 3_530_580_550)


@pytest.mark.parametrize(
    "digest",
    [
        order_digest(replace(ORDER, synthetic=ORDER.synthetic + 1), BY, DOMAIN),
        order_digest(replace(ORDER, collateral=ORDER.collateral + 1), BY, DOMAIN),
        order_digest(replace(ORDER, fee=0), BY, DOMAIN),
        order_digest(replace(ORDER, contract_id=10_000_001), BY, DOMAIN),
        order_digest(replace(ORDER, collateral_id=1001), BY, DOMAIN),
        order_digest(replace(ORDER, buys=False), BY, DOMAIN),
        order_digest(replace(ORDER, expires_s=1), BY, DOMAIN),
        order_digest(ORDER, replace(BY, account_id=1), DOMAIN),
        order_digest(ORDER, replace(BY, nonce=1), DOMAIN),
        order_digest(ORDER, BY, replace(DOMAIN, chain_id=1)),
        order_digest(ORDER, BY, replace(DOMAIN, contract_address="0x" + "11" * 20)),
    ],
)
def test_nothing_can_change_under_a_signature(digest: bytes) -> None:
    assert not covers(SIGNATURE, address_of(KEY), digest, SignatureDepth.FULL)


@pytest.mark.parametrize(
    "signature",
    ["", "zz" * 65, SIGNATURE[:-2], f"0x{SIGNATURE}", SIGNATURE[:-2] + "1b", "00" * 65],
)
def test_what_is_no_signature_is_nobodys(signature: str) -> None:
    digest = order_digest(ORDER, BY, DOMAIN)
    assert not covers(signature, address_of(KEY), digest, SignatureDepth.FULL)


def test_at_depth_digest_only_the_tag_counts() -> None:
    digest = order_digest(ORDER, BY, DOMAIN)
    r, s = tag(digest)
    assert covers(f"{r:064x}{s:064x}1b", address_of(KEY), digest, SignatureDepth.DIGEST)
    assert not covers(SIGNATURE, address_of(KEY), digest, SignatureDepth.DIGEST)


def test_margin_modes_are_signed_for_a_contract_a_mode_and_a_number() -> None:
    keys = KeyAPI(NativeECCBackend)
    digest = margin_digest(30_000_001, 1, BY, DOMAIN)
    signed = keys.ecdsa_sign(digest, keys.PrivateKey(bytes.fromhex(KEY)))
    signature = f"{signed.r:064x}{signed.s:064x}{signed.v + 27:02x}"
    assert covers(signature, BY.signer, digest, SignatureDepth.FULL)
    others = (
        margin_digest(30_000_002, 1, BY, DOMAIN),
        margin_digest(30_000_001, 0, BY, DOMAIN),
        margin_digest(30_000_001, 1, replace(BY, nonce=1), DOMAIN),
    )
    assert not any(covers(signature, BY.signer, other, SignatureDepth.FULL) for other in others)


def test_an_order_signed_on_the_curve_is_taken_and_a_tag_is_not() -> None:
    venue = stage(signatures=SignatureDepth.FULL)
    assert read(Trader(venue, depth=SignatureDepth.FULL).create())["orderId"]
    tagged = Trader(venue, depth=SignatureDepth.DIGEST, orders=1).create()
    assert refusal(tagged) == (200, "INVALID_L2_SIGNATURE")
