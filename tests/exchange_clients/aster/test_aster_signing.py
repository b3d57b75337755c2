"""Aster's requests are signed as the venue's own samples sign them, to the byte."""

from __future__ import annotations

from urllib.parse import parse_qs

import coincurve
import pytest

from exchange_clients.aster.client.utils.signing import (
    DOMAIN,
    DOMAIN_HEAD,
    MESSAGE,
    MESSAGE_HASH,
    NAME,
    NO_CONTRACT,
    VERSION,
    AsterSigner,
    digest_of,
)
from exchange_clients.shared.dialects.fapi.signing import HmacSigner
from exchange_clients.shared.ethereum import curve_seal, domain_separator, keccak
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import SigningContext, hmac_seal, simulated_seal

KEY = "0x4fd0a42218f3eae43a6ce26d22544e986139a01e5b34a62db53757ffca81bae1"
SEPARATOR = domain_separator(DOMAIN_HEAD, 1666, NO_CONTRACT)
"""The public dummy of the venue's documents."""
USER = "0x63DD5aCC6b1aa0f563956C0e534DD30B6dcF7C4e"
AGENT = "0x21cF8Ae13Bb72632562c6Fff438652Ba1a151bb0"
ORDER = (
    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=60000"
    f"&nonce=1750793021519000&user={USER}&signer={AGENT}"
)
ORDER_SIGNATURE = (
    "9f9c0625c36e5ce12f43fe84b2730281c3d6dc6d2f55a39f8d78d64e869f929b"
    "6b5532bb5e4a0154bbc045a3d28008c422bbb7f192c46be46b3664d2107e5abf1c"
)
BARE = f"nonce=1748310859508867&signer={AGENT}"
BARE_SIGNATURE = (
    "cd0ea4d53d67b3aa39bb62a85fbd4b819f83f745a6eb30c6dfd31991b7b9f00a"
    "359d9be3656c8c0860e71e2416f0c06b89d7f64e291f0d7ebe71f7fb76a144c11b"
)
PARAMETERS = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC",
    "quantity": "0.001", "price": "60000",
}  # fmt: skip
CONTEXT = SigningContext(
    now_ms=1_750_793_021_000, nonce=None, entropy=7000, session=None, unique_ms=1_750_793_021_519
)
SIGNER = AsterSigner(USER, AGENT, "1666", curve_seal(KEY))

HMAC_SECRET = "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9"
HMAC_TEXT = (
    b"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC"
    b"&recvWindow=5000&timestamp=1591702613943"
)
HMAC_SIGNATURE = "3c661234138461fcc7a7d8746c6558c9842d4e10870d2ecbedf7777cad694af9"


def order(method: Method = Method.POST) -> Request:
    return Request(method, "/fapi/v3/order", PARAMETERS, private=True)


def test_the_constants_are_the_hashes_of_what_they_stand_for() -> None:
    assert b"".join(keccak(each.encode()) for each in (DOMAIN, NAME, VERSION)) == DOMAIN_HEAD
    assert keccak(MESSAGE.encode()) == MESSAGE_HASH


@pytest.mark.parametrize(
    ("chain_id", "separator"),
    [
        (1666, "a95d0a7a6f3f17fcebb0c2336645385ce79cde7523f71ab147fdb7f15e9f37f9"),
        (714, "fad01b07bed5729a04dbb977fd86da612eba71d668660bf12cf10b3d65b74d94"),
    ],
)
def test_each_chain_has_its_domain(chain_id: int, separator: str) -> None:
    assert domain_separator(DOMAIN_HEAD, chain_id, NO_CONTRACT).hex() == separator


@pytest.mark.parametrize(("text", "signature"), [(ORDER, ORDER_SIGNATURE), (BARE, BARE_SIGNATURE)])
def test_published_vectors_are_signed_to_the_byte(text: str, signature: str) -> None:
    sealed = curve_seal(KEY)(digest_of(text, SEPARATOR))
    assert sealed[:64].hex() + f"{27 + sealed[64]:02x}" == signature


def test_the_digest_is_the_published_one() -> None:
    digest = digest_of(ORDER, SEPARATOR)
    assert digest.hex() == "288365ea7741c08cb3f199b61d85f640fd0eec356bab262cfe059de776cd42dd"


def test_an_order_travels_in_a_form_with_its_signature_last() -> None:
    wire = SIGNER.prepare(order(), CONTEXT)
    assert (wire.method, wire.path) == ("POST", "/fapi/v3/order")
    assert wire.headers == {"content-type": "application/x-www-form-urlencoded"}
    assert wire.body.decode() == f"{ORDER}&signature=0x{ORDER_SIGNATURE}"


@pytest.mark.parametrize("method", [Method.GET, Method.DELETE])
def test_questions_and_cancels_travel_in_the_query(method: Method) -> None:
    wire = SIGNER.prepare(order(method), CONTEXT)
    assert wire.path == f"/fapi/v3/order?{ORDER}&signature=0x{ORDER_SIGNATURE}"
    assert (wire.body, wire.headers) == (b"", {})


def test_a_request_without_parameters_is_signed_by_its_nonce_alone() -> None:
    wire = SIGNER.prepare(Request(Method.POST, "/fapi/v3/listenKey", private=True), CONTEXT)
    assert wire.body.startswith(b"nonce=1750793021519000&user=0x63DD")


def test_a_list_is_signed_as_it_is_sent_escapes_included() -> None:
    request = Request(Method.POST, "/fapi/v3/batchOrders", {"batchOrders": '[{"a":"b"}]'})
    text, _, signature = SIGNER.prepare(request, CONTEXT).body.decode().rpartition("&signature=0x")
    assert text.startswith("batchOrders=%5B%7B%22a%22%3A%22b%22%7D%5D&nonce=")
    sealed = bytes.fromhex(signature)
    recoverable = sealed[:64] + bytes([sealed[64] - 27])
    key = coincurve.PublicKey.from_signature_and_message(
        recoverable, digest_of(text, SEPARATOR), hasher=None
    )
    assert key == coincurve.PrivateKey(bytes.fromhex(KEY[2:])).public_key


def test_requests_of_one_millisecond_have_nonces_of_their_own() -> None:
    nonces = []
    for unique_ms, entropy in ((5, 999), (6, 0), (7, 12_345)):
        context = SigningContext(5, None, entropy, None, unique_ms=unique_ms)
        wire = SIGNER.prepare(order(), context)
        nonces.append(int(parse_qs(wire.body.decode())["nonce"][0]))
    assert nonces == [5999, 6000, 7345]


def test_a_simulated_seal_stands_in_for_the_curve() -> None:
    wire = AsterSigner(USER, AGENT, "1666", simulated_seal).prepare(order(), CONTEXT)
    expected = simulated_seal(digest_of(ORDER, SEPARATOR)).hex()
    assert wire.body.decode() == f"{ORDER}&signature=0x{expected}1b"


def test_nothing_waits_for_its_turn_to_be_signed() -> None:
    for signer in (SIGNER, HmacSigner("key", hmac_seal(HMAC_SECRET))):
        assert signer.lane(order()) is None
        assert not signer.blocking


def test_the_published_vector_of_api_keys_is_signed_to_the_byte() -> None:
    assert hmac_seal(HMAC_SECRET)(HMAC_TEXT).hex() == HMAC_SIGNATURE


def test_an_api_key_stamps_its_requests() -> None:
    signer = HmacSigner("key", hmac_seal(HMAC_SECRET))
    parameters = {
        "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "1", "price": "9000",
        "timeInForce": "GTC",
    }  # fmt: skip
    context = SigningContext(1_591_702_613_943, None, 0, None, unique_ms=1_591_702_613_950)
    wire = signer.prepare(Request(Method.GET, "/fapi/v1/order", parameters), context)
    assert wire.path == f"/fapi/v1/order?{HMAC_TEXT.decode()}&signature={HMAC_SIGNATURE}"
    assert wire.headers == {"X-MBX-APIKEY": "key"}
