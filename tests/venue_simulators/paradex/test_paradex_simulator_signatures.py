"""Stark hashes and signatures, against vectors that other implementations computed."""

from __future__ import annotations

import pytest

from venue_simulators.options import SignatureDepth
from venue_simulators.paradex.login import read_signature
from venue_simulators.paradex.members import address_of, invent_member
from venue_simulators.paradex.signatures import (
    CURVE_ORDER,
    R_LIMIT,
    Felt,
    chain,
    felt,
    modify_hash,
    order_hash,
    public_key_of,
    request_hash,
    signed_by,
    tag,
)

MAINNET, TESTNET = "PRIVATE_SN_PARACLEAR_MAINNET", "PRIVATE_SN_POTC_SEPOLIA"
PRIVATE_KEY = 0x5F3D2B1C0A99887766554433221100FFEEDDCCBBAA99887766554433221100F
PUBLIC_KEY = 0x738680888A5F9798D9099E182D585FE978F267006B9CCAF12A7662AD289FB74
ACCOUNT = 0x129F3DC1B8962D8A87ABC692424C78FDA963ADE0E1CD17BF3D1C26F8D41EE7A
ORDER: list[Felt] = [1700000000000, "ETH-USD-PERP", 1, "LIMIT", 10000000, 150040000000]
ORDER_HASH = 0x4026FF9912468A473239999CC3653F5257D2EC56D4191476E0C9A03868E3F3B
SIGNATURE = (
    2526645793944819294839555378588641510143767823059336380493890041118574578454,
    41452617811837229766896660388527154804733957574087485053329474447440299113,
)
FULL, DIGEST = SignatureDepth.FULL, SignatureDepth.DIGEST


def test_the_hash_of_an_order_is_that_of_the_vector() -> None:
    assert order_hash(MAINNET, ACCOUNT, ORDER) == ORDER_HASH


def test_the_hash_of_a_change_is_that_of_the_vector() -> None:
    fields: list[Felt] = [1700000000002, "ETH-USD-PERP", 2, "LIMIT", 20000000, 150140000000]
    assert modify_hash(MAINNET, ACCOUNT, [*fields, 1700000000000000]) == (
        0x25DA85422695BCDEE655DF7F98A07976959F850CF7A6ACABEF57AA3E7BD2302
    )


def test_the_hash_of_a_login_is_that_of_the_vector() -> None:
    account = 0x129C135ED63DF9353885E292BE4426B8ED6122B13C6C0E1BB787288A1F5ADFA
    assert request_hash(TESTNET, account, 1706868900, 1706955300) == (
        0x483C5A1B923D0E130EA8EAD403E029AF1786EF0210BA6D429032A6BAD5DF53E
    )


def test_the_public_key_is_that_of_the_vector() -> None:
    assert public_key_of(PRIVATE_KEY) == PUBLIC_KEY


def test_the_signature_of_another_implementation_is_recognised() -> None:
    assert signed_by(PUBLIC_KEY, ORDER_HASH, SIGNATURE, FULL)


@pytest.mark.parametrize("place", range(6))
def test_no_field_of_an_order_can_change_under_its_signature(place: int) -> None:
    changed = list(ORDER)
    before = changed[place]
    changed[place] = before + 1 if isinstance(before, int) else f"{before}X"
    assert not signed_by(PUBLIC_KEY, order_hash(MAINNET, ACCOUNT, changed), SIGNATURE, FULL)


def test_neither_chain_nor_account_can_change_under_a_signature() -> None:
    for digest in (order_hash(TESTNET, ACCOUNT, ORDER), order_hash(MAINNET, ACCOUNT + 1, ORDER)):
        assert not signed_by(PUBLIC_KEY, digest, SIGNATURE, FULL)


@pytest.mark.parametrize(
    "signature",
    [(0, 1), (1, 0), (1, 1), (R_LIMIT, 1), (1, CURVE_ORDER), (1 << 300, 1), SIGNATURE[::-1]],
)
def test_numbers_that_are_no_signature_are_nobodys(signature: tuple[int, int]) -> None:
    assert not signed_by(PUBLIC_KEY, ORDER_HASH, signature, FULL)


def test_at_depth_digest_only_the_tag_of_the_digest_counts() -> None:
    assert signed_by(PUBLIC_KEY, ORDER_HASH, tag(ORDER_HASH), DIGEST)
    assert not signed_by(PUBLIC_KEY, ORDER_HASH, SIGNATURE, DIGEST)
    assert not signed_by(PUBLIC_KEY, ORDER_HASH + 1, tag(ORDER_HASH), DIGEST)


@pytest.mark.parametrize(
    ("value", "number"),
    [("", 0), ("1", 1), ("0x1f", 31), (7, 7), ("LIMIT", 0x4C494D4954), ("1x", 0x3178)],
)
def test_texts_of_digits_are_numbers_and_other_texts_their_bytes(value: Felt, number: int) -> None:
    assert felt(value) == number


@pytest.mark.parametrize("value", ["A" * 32, "å"])
def test_a_text_that_does_not_fit_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        felt(value)


def test_a_chain_knows_its_length() -> None:
    assert chain([0]) != chain([0, 0])


def test_addresses_follow_from_the_main_key() -> None:
    member = invent_member("main", 1)
    assert member.address == address_of(member.main.public_key)
    assert member == invent_member("main", 1)
    assert member.address != invent_member("main", 2).address


def test_a_key_does_not_show_the_half_that_signs() -> None:
    member = invent_member("main", 1)
    assert member.main.private_key[2:] not in repr(member)


@pytest.mark.parametrize(
    "text", ["", "1", '["1"]', '["1","2","3"]', "[1,2]", '["1","-2"]', '["1","' + "9" * 101 + '"]']
)
def test_a_signature_is_a_pair_of_texts_of_digits(text: str) -> None:
    assert read_signature(text) is None


def test_digits_of_a_signature_are_decimal_or_hexadecimal() -> None:
    assert read_signature('["1","20"]') == (1, 20)
    assert read_signature('["0x1","0x1F"]') == (1, 31)
