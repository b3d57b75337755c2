"""edgeX's requests and orders are signed as its own SDK signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import replace
from decimal import Decimal

import coincurve
import msgspec
import pytest

from exchange_clients.base_models import ClientOrderId, ContractId, NewOrder, Side, TimeInForce
from exchange_clients.edgex.client.utils.signing import (
    BASE_HASH,
    DOMAIN_HEAD,
    ORDER_HASH,
    OrderIntent,
    SigningTerms,
    folded,
    nonce_of,
    order_digest,
    promise_of,
)
from exchange_clients.shared.ethereum import address_of, keccak
from exchange_clients.shared.flow import Method, Request
from exchange_clients.shared.signing import SigningContext, simulated_seal
from tests.exchange_clients.edgex.edgex_samples import ACCOUNT, KEY, ORDER, signer, table

ORDER_BASE = "OrderBase(uint256 nonce,address signer,uint64 accountId,uint256 expirationTimestamp)"
LIMIT_ORDER = (
    "LimitOrderParams(OrderBase base,int256 amountSynthetic,int256 amountCollateral,"
    "uint256 amountFee,uint64 assetIdSynthetic,uint64 assetIdCollateral,bool isBuyingSynthetic,"
    "bytes32 parentOrderHash,uint256 subOrderIndex)"
)
DOMAIN = "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
CREATE = "/api/v2/private/order/createOrder"
NOW_MS = 1_790_000_000_000
CONTEXT = SigningContext(NOW_MS, nonce=None, entropy=7, session=None)
TERMS = SigningTerms(
    chain_id=33431,
    verifying_contract=bytes(19) + b"\x01",
    asset_id=30000001,
    resolution=10**10,
    coin_id=1000,
    coin_resolution=0xF4240,
    fee_rate=Decimal("0.001"),
)
INTENT = OrderIntent(ORDER, ORDER.price, Decimal("79031.2"), "LIMIT", "POST_ONLY", TERMS)
OTHER_KEY = "0123456789abcdef" * 4
OTHER = OrderIntent(
    order=NewOrder(
        ClientOrderId("abc-0001"),
        ContractId("10000002"),
        Side.BUY,
        Decimal("1.25"),
        Decimal("2500.5"),
        time_in_force=TimeInForce.GTC,
    ),
    price=Decimal("2500.5"),
    worst=Decimal("2500.5"),
    order_type="LIMIT",
    time_in_force="GOOD_TIL_CANCEL",
    terms=SigningTerms(
        chain_id=33431,
        verifying_contract=bytes.fromhex("1ae109ea449cfe0bed08bfe8911e968a49a919b1"),
        asset_id=10000002,
        resolution=0x3B9ACA00,
        coin_id=1000,
        coin_resolution=1000000,
        fee_rate=Decimal("0.00038"),
    ),
)


def digest_of(intent: OrderIntent, account_id: int, address: str, expiration_s: int) -> bytes:
    """Return the digest of an order with what is promised of it."""
    return order_digest(
        intent,
        promise_of(intent),
        account_id=account_id,
        signer=bytes.fromhex(address.removeprefix("0x")),
        expiration_s=expiration_s,
    )


def created(intent: OrderIntent = INTENT, context: SigningContext = CONTEXT) -> dict[str, object]:
    request = Request(Method.POST, CREATE, intent=intent, private=True)
    body: dict[str, object] = msgspec.json.decode(signer().prepare(request, context).body)
    return body


def test_the_constants_are_the_hashes_of_what_they_stand_for() -> None:
    assert keccak(ORDER_BASE.encode()) == BASE_HASH
    assert keccak((LIMIT_ORDER + ORDER_BASE).encode()) == ORDER_HASH
    assert b"".join(map(keccak, (DOMAIN.encode(), b"EdgeX", b"1"))) == DOMAIN_HEAD


def test_an_order_is_signed_as_the_sdk_signs_it() -> None:
    digest = digest_of(INTENT, int(ACCOUNT), address_of(KEY), 1791900800)
    assert digest.hex() == "cd5a2a97d982d7e196a938ccd00814db6f1030dea0106463172115f275ea3421"
    assert created() == {
        "accountId": ACCOUNT,
        "contractId": "30000001",
        "side": "BUY",
        "size": "0.010",
        "price": "79031.2",
        "clientOrderId": "demo-1",
        "type": "LIMIT",
        "timeInForce": "POST_ONLY",
        "reduceOnly": False,
        "expireTime": "1791900800000",
        "l2Nonce": "1795277636",
        "l2Value": "790.3120",
        "l2Size": "0.010",
        "l2LimitFee": "1",
        "l2ExpireTime": "1792592000000",
        "l2Signature": (
            "5f7d82a39551eff046be7efa781ceb15b8ec9b5b4368a04f59be66cd43ac020e"
            "4a1ec9184426fd5d5e36fe0c9fc1c59ecb6126cd8e1292b588b873a161e6416f1c"
        ),
    }


def test_a_second_order_is_signed_as_the_sdk_signs_it() -> None:
    address = address_of(OTHER_KEY)
    assert address == "0xFCAd0B19bB29D4674531d6f115237E16AfCE377c".lower()
    assert nonce_of("abc-0001") == 3530580550
    assert digest_of(OTHER, 12345, address, 1751900800).hex() == (
        "6e6fc397dc33d277ba372bb2f3dcac8a7f3f58f5f9fb5a8459b93edf85729090"
    )
    request = Request(Method.POST, CREATE, intent=OTHER, private=True)
    context = SigningContext(1750000000123, None, 0, None)
    body = msgspec.json.decode(signer(OTHER_KEY, "12345").prepare(request, context).body)
    assert (body["l2ExpireTime"], body["l2LimitFee"]) == ("1752592000123", "2")
    assert body["l2Signature"] == (
        "a2cb980fbf60f2c57437d44df82022c28a074b32ba16c324f66c756a72627a9b"
        "01e974ade4ee147f2b47869718a989117138301f7e4c4e8f4a14ff977d7956331c"
    )


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            Request(
                Method.GET,
                "/api/v2/private/order/getActiveOrderPage",
                {"size": 200, "accountId": ACCOUNT},
            ),
            "094259cb94e92ce1f529069b197ca2e98b11009849e535ff07283804cd40fccc",
        ),
        (
            Request(
                Method.POST,
                "/api/v2/private/order/cancelOrderById",
                body={"orderIdList": ["1", "2"], "accountId": ACCOUNT},
            ),
            "96020da9ee7da9554f3ec9ee371bb8616b7da2b37b4594b5c16659f13deafc35",
        ),
    ],
)
def test_requests_carry_the_hmac_of_what_they_ask(request_: Request, signature: str) -> None:
    wire = signer().prepare(request_, CONTEXT)
    told = {name: value for name, value in wire.headers.items() if name.startswith("X-edgeX")}
    assert told == {
        "X-edgeX-Api-Key": "the-key",
        "X-edgeX-Passphrase": "the-passphrase",
        "X-edgeX-Timestamp": str(NOW_MS),
        "X-edgeX-Signature": signature,
    }


def test_the_accounts_socket_is_logged_in_by_its_handshake() -> None:
    path, headers = signer().handshake(NOW_MS)
    assert path == f"/api/v1/private/ws?accountId={ACCOUNT}&timestamp={NOW_MS}"
    assert headers["X-edgeX-Signature"] == (
        "0dcc9454492577f71ed6fddc7a81ed6029c6233f98005c240103ffb603e19448"
    )


def test_bodies_are_folded_by_the_names_of_their_fields() -> None:
    nested = {"c": ["x", "y"], "b": True, "a": None, "d": {"z": 1, "a": "q"}, "e": [], "f": 1.5}
    assert folded(nested) == "a=&b=true&c=x&y&d=a=q&z=1&e=&f=1.5"


def test_a_query_is_signed_before_it_is_percent_encoded() -> None:
    request = Request(Method.GET, "/api/v2/private/x", {"orderIdList": "1,2", "accountId": "7"})
    wire = signer().prepare(request, CONTEXT)
    message = f"{NOW_MS}GET/api/v2/private/xaccountId=7&orderIdList=1,2"
    key = base64.b64encode(b"s3cr3t")
    assert wire.path == "/api/v2/private/x?orderIdList=1%2C2&accountId=7"
    assert wire.headers["X-edgeX-Signature"] == hmac.digest(key, message.encode(), "sha256").hex()


def test_a_signature_leads_back_to_the_signers_key() -> None:
    sealed = bytes.fromhex(str(created()["l2Signature"]))
    digest = digest_of(INTENT, int(ACCOUNT), address_of(KEY), 1791900800)
    recoverable = sealed[:64] + bytes([sealed[64] - 27])
    assert (
        coincurve.PublicKey.from_signature_and_message(recoverable, digest, hasher=None)
        == coincurve.PrivateKey(bytes.fromhex(KEY)).public_key
    )


def test_a_simulated_seal_takes_the_place_of_the_curve() -> None:
    request = Request(Method.POST, CREATE, intent=INTENT, private=True)
    body = msgspec.json.decode(signer(seal=simulated_seal).prepare(request, CONTEXT).body)
    digest = digest_of(INTENT, int(ACCOUNT), address_of(KEY), 1791900800)
    assert body["l2Signature"] == simulated_seal(digest).hex() + "1b"


@pytest.mark.parametrize(
    ("worst", "size", "cap"),
    [("100000", "0.01", "1"), ("100000.1", "0.01", "2"), ("0.0000001", "100", "1")],
)
def test_the_fee_that_is_signed_is_whole_and_never_too_small(
    worst: str, size: str, cap: str
) -> None:
    order = replace(ORDER, size=Decimal(size))
    promise = promise_of(replace(INTENT, order=order, worst=Decimal(worst)))
    assert promise.fee_cap == Decimal(cap)


def test_a_market_type_sends_no_price_and_signs_the_worst() -> None:
    body = created(replace(INTENT, price=None, worst=Decimal(80000), order_type="STOP_MARKET"))
    assert (body["price"], body["l2Value"]) == ("0", "800.000")


def test_numbers_are_written_plainly() -> None:
    tiny = replace(ORDER, size=Decimal("1E+3"))
    body = created(replace(INTENT, order=tiny, price=Decimal("1E-7"), worst=Decimal("1E-7")))
    assert (body["size"], body["price"], body["l2Value"]) == ("1000", "0.0000001", "0.0001")


def test_a_trigger_waits_for_the_price_that_marks_positions() -> None:
    body = created(replace(INTENT, order=replace(ORDER, trigger_price=Decimal(80000))))
    assert (body["triggerPrice"], body["triggerPriceType"]) == ("80000", "ORACLE_PRICE")


def test_the_nonce_is_a_part_of_the_ids_hash() -> None:
    assert nonce_of("demo-1") == int(hashlib.sha256(b"demo-1").hexdigest()[:8], 16) == 1795277636


def test_what_is_signed_comes_from_the_list_of_markets() -> None:
    assert table().of_symbol("BTC").details["signing"] == replace(
        TERMS, fee_rate=Decimal("0.00045")
    )
    assert signer().lane(Request(Method.GET, "/")) is None
