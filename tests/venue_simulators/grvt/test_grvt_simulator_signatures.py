"""EIP-712 digests and signers, against published and self-computed vectors."""

from dataclasses import replace
from decimal import Decimal

import pytest
from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.main import KeyAPI

from venue_simulators.evm.signatures import address_of, signed_by, tag
from venue_simulators.evm.typed_data import StructType, struct_hash
from venue_simulators.grvt.signatures import (
    SignedLeg,
    SignedOrder,
    Validity,
    domain_separator,
    order_digest,
    position_config_digest,
)
from venue_simulators.options import SignatureDepth

PRIVATE_KEY = "0xc0663ca94684aead40c41a1cb3a94b68a24296e87245be3a186e882a29a15ee0"
SUB_ACCOUNT = 8289849667772468
ORDER = SignedOrder(
    SUB_ACCOUNT,
    market=False,
    time_in_force="GOOD_TILL_TIME",
    post_only=False,
    reduce_only=False,
    legs=(SignedLeg(0x030501, 1_013_000_000, 68_900_500_000_000, buys=False),),
)
VALIDITY = Validity(chain_id=326, nonce=828700936, expiration_ns=1730800479321350000)
VRS = (
    28,
    0x205049C0DB6E38FD88E4E46BE81DB7BC354520D52EC6268D210FA35B86C4F20A,
    0x5C523D0FF8E6F12542FDCF34A6E6E2C547986B7C8FA53F86A5E656D9AB44B2FD,
)


def signature_of(digest: bytes) -> tuple[int, int, int]:
    keys = KeyAPI(NativeECCBackend)
    key = keys.PrivateKey(bytes.fromhex(PRIVATE_KEY.removeprefix("0x")))
    signature = keys.ecdsa_sign(digest, key)
    return signature.v + 27, signature.r, signature.s


def test_domain_separator_of_testnet_is_the_published_one() -> None:
    assert domain_separator(326).hex() == (
        "1254f97f8495f704630a238cbcd898a4b8ab20d77bb93e17049d3445f4f81f16"
    )


def test_digest_of_the_published_order_is_the_published_one() -> None:
    assert order_digest(ORDER, VALIDITY).hex() == (
        "03cb7ca7b353969ab2c00ff92fd472f81f59a84d28fa1aa39128176f21062982"
    )


def test_published_signature_is_recognised_as_its_signers() -> None:
    digest = order_digest(ORDER, VALIDITY)
    assert signed_by(address_of(PRIVATE_KEY), digest, VRS, SignatureDepth.FULL)


def test_second_published_signature_covers_truncated_units() -> None:
    size, price = Decimal("1.1231231239"), Decimal("68900.7771234799")
    leg = SignedLeg(0x030501, int(size * 10**9), int(price * 10**9), buys=False)
    vrs = (
        28,
        0x4279DBD734584FB07B016BCE7D9F029E7F7F80E378DC65CDDC06AA6B0C9E064A,
        0x33835221A0FBCB700DE3068169B45572A27756BFF479F2887E8C89139E6F9609,
    )
    digest = order_digest(replace(ORDER, legs=(leg,)), VALIDITY)
    assert signed_by(address_of(PRIVATE_KEY), digest, vrs, SignatureDepth.FULL)


def test_position_config_signature_is_that_of_the_vector() -> None:
    digest = position_config_digest(SUB_ACCOUNT, 0x030501, "CROSS", 10_000_000, VALIDITY)
    assert signature_of(digest) == (
        28,
        0x63221C7EBFAA79E9F7F6204016A2B05DAAE6F1E724514641D27FA2C65AE168F5,
        0x3526454598F0D8CF0549B740A2AAE172F6251D27D50C460785E8246B7257B0E2,
    )


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, sub_account_id=1),
        replace(ORDER, market=True),
        replace(ORDER, time_in_force="FILL_OR_KILL"),
        replace(ORDER, post_only=True),
        replace(ORDER, reduce_only=True),
        replace(ORDER, legs=(replace(ORDER.legs[0], asset_id=0x030401),)),
        replace(ORDER, legs=(replace(ORDER.legs[0], size_units=1_013_000_001),)),
        replace(ORDER, legs=(replace(ORDER.legs[0], price_units=1),)),
        replace(ORDER, legs=(replace(ORDER.legs[0], buys=True),)),
        replace(ORDER, builder="0x" + "21" * 20, builder_fee_units=10),
    ],
)
def test_no_field_of_an_order_can_change_under_its_signature(order: SignedOrder) -> None:
    digest = order_digest(order, VALIDITY)
    assert not signed_by(address_of(PRIVATE_KEY), digest, VRS, SignatureDepth.FULL)


@pytest.mark.parametrize(
    "validity",
    [
        replace(VALIDITY, chain_id=325),
        replace(VALIDITY, nonce=1),
        replace(VALIDITY, expiration_ns=1730800479321350001),
    ],
)
def test_neither_chain_nor_nonce_nor_expiration_can_change(validity: Validity) -> None:
    digest = order_digest(ORDER, validity)
    assert not signed_by(address_of(PRIVATE_KEY), digest, VRS, SignatureDepth.FULL)


@pytest.mark.parametrize("vrs", [(28, 0, 0), (27, *VRS[1:]), (28, 1 << 255, 1 << 255)])
def test_numbers_that_are_no_signature_are_nobodys(vrs: tuple[int, int, int]) -> None:
    digest = order_digest(ORDER, VALIDITY)
    assert not signed_by(address_of(PRIVATE_KEY), digest, vrs, SignatureDepth.FULL)


def test_at_depth_digest_only_the_tag_of_the_digest_counts() -> None:
    digest = order_digest(ORDER, VALIDITY)
    address = address_of(PRIVATE_KEY)
    assert signed_by(address, digest, (27, *tag(digest)), SignatureDepth.DIGEST)
    assert not signed_by(address, digest, VRS, SignatureDepth.DIGEST)
    assert not signed_by(address, digest, (28, *tag(digest)), SignatureDepth.DIGEST)


@pytest.mark.parametrize(
    ("kind", "value"),
    [("uint64", -1), ("uint64", 1 << 64), ("int64", 1 << 63), ("bool", 2), ("address", "0x21")],
)
def test_a_value_that_does_not_fit_its_type_is_refused(kind: str, value: int | str) -> None:
    with pytest.raises(ValueError, match=r"fit|address"):
        struct_hash(StructType("Sample", f"{kind} it"), {"it": value})


def test_negative_integers_are_hashed_in_twos_complement() -> None:
    negative = struct_hash(StructType("Sample", "int256 it"), {"it": -1})
    positive = struct_hash(StructType("Sample", "int256 it"), {"it": 1})
    assert negative != positive
