"""GRVT's orders are signed as its own SDK signs them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import coincurve
import msgspec
import pytest

from exchange_clients.grvt.client.utils.signing import (
    DOMAIN,
    DOMAIN_HEAD,
    LEG,
    LEG_HASH,
    ORDER,
    ORDER_HASH,
    GrvtSigner,
    OrderIntent,
    order_digest,
)
from exchange_clients.shared.ethereum import address_of, curve_seal, domain_separator, keccak
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import SigningContext, simulated_seal
from tests.exchange_clients.grvt.grvt_samples import ACCOUNT, BTC, KEY, sample

INTENT = OrderIntent(
    BTC, 0x030501, Decimal(10**9), Decimal("1.013"), Decimal("68900.5"),
    buying=False, time_in_force="GOOD_TILL_TIME", post_only=False, reduce_only=False,
    client_order_id="9223372036854775900",
)  # fmt: skip
NONCE, EXPIRATION_NS = 828700936, 1730800479321350000
CONTEXT = SigningContext(
    now_ms=1_795_200_000_000, nonce=None, entropy=0xABCD_0000_0007, session=None
)


class Vector(msgspec.Struct):
    size: Decimal
    price: Decimal
    r: str
    s: str
    v: int
    digest: str


def test_the_constants_are_the_hashes_of_what_they_stand_for() -> None:
    assert keccak(LEG.encode()) == LEG_HASH
    assert keccak((ORDER + LEG).encode()) == ORDER_HASH
    parts = (DOMAIN.encode(), b"GRVT Exchange", b"0")
    assert b"".join(map(keccak, parts)) == DOMAIN_HEAD


SEPARATOR = domain_separator(DOMAIN_HEAD, 326)


@pytest.mark.parametrize("vector", msgspec.json.decode(sample("order_vectors"), type=list[Vector]))
def test_published_vectors_are_signed_to_the_byte(vector: Vector) -> None:
    intent = replace(INTENT, size=vector.size, price=vector.price)
    digest = order_digest(intent, int(ACCOUNT), SEPARATOR, NONCE, EXPIRATION_NS)
    sealed = curve_seal(KEY)(digest)
    assert digest.hex() == vector.digest or not vector.digest
    assert (sealed[:32].hex(), sealed[32:64].hex(), 27 + sealed[64]) == (
        vector.r,
        vector.s,
        vector.v,
    )


def test_the_signer_puts_a_recoverable_signature_into_the_body() -> None:
    wire = GrvtSigner(ACCOUNT, KEY, "326", None).prepare(_request(INTENT), CONTEXT)
    order = msgspec.json.decode(wire.body)["order"]
    signature = order.pop("signature")
    expiration_ns = int(signature["expiration"])
    digest = order_digest(INTENT, int(ACCOUNT), SEPARATOR, signature["nonce"], expiration_ns)
    sealed = bytes.fromhex(signature["r"][2:] + signature["s"][2:]) + bytes([signature["v"] - 27])

    assert (
        coincurve.PublicKey.from_signature_and_message(sealed, digest, hasher=None)
        == coincurve.PrivateKey(bytes.fromhex(KEY[2:])).public_key
    )
    assert signature["nonce"] == 7
    assert expiration_ns - CONTEXT.now_ms * 1_000_000 == 29 * 86_400 * 10**9
    assert (signature["signer"], signature["chain_id"]) == (address_of(KEY), "326")
    assert order == {
        "sub_account_id": ACCOUNT,
        "is_market": False,
        "time_in_force": "GOOD_TILL_TIME",
        "post_only": False,
        "reduce_only": False,
        "legs": [
            {
                "instrument": "BTC_USDT_Perp",
                "size": "1.013",
                "limit_price": "68900.5",
                "is_buying_asset": False,
            }
        ],
        "metadata": {"client_order_id": "9223372036854775900"},
    }


def test_a_market_order_names_no_price() -> None:
    wire = GrvtSigner(ACCOUNT, KEY, "325", simulated_seal).prepare(
        _request(replace(INTENT, price=None, time_in_force="IMMEDIATE_OR_CANCEL")), CONTEXT
    )
    order = msgspec.json.decode(wire.body)["order"]
    assert (order["is_market"], order["legs"][0]["limit_price"]) == (True, "0")
    assert order["signature"]["v"] == 27


def test_numbers_are_written_plainly() -> None:
    tiny = replace(INTENT, size=Decimal("1E+3"), price=Decimal("1E-7"))
    wire = GrvtSigner(ACCOUNT, KEY, "325", simulated_seal).prepare(_request(tiny), CONTEXT)
    leg = msgspec.json.decode(wire.body)["order"]["legs"][0]
    assert (leg["size"], leg["limit_price"]) == ("1000", "0.0000001")


def test_other_calls_are_sent_as_they_are() -> None:
    request = Request(Method.POST, "/full/v1/positions", body={"sub_account_id": ACCOUNT})
    wire = GrvtSigner(ACCOUNT, KEY, "325", None).prepare(request, CONTEXT)
    assert wire.body == b'{"sub_account_id":"8289849667772468"}'
    assert wire.headers == {"content-type": "application/json"}


def _request(intent: OrderIntent) -> Request:
    return Request(Method.POST, "/full/v1/create_order", intent=intent)
