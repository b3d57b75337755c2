"""Ethereum's hash, curve and addresses, by what is published of them."""

from __future__ import annotations

import pytest

from exchange_clients.shared.ethereum import (
    address_of,
    complain_of_key,
    curve_seal,
    keccak,
    recovery_of,
    word,
)
from exchange_clients.shared.signing import simulated_seal

KEY = "0x" + "11" * 32


def test_the_hash_is_keccak_and_not_its_successor() -> None:
    empty = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
    assert keccak(b"").hex() == empty


def test_words_are_32_bytes_and_may_be_negative() -> None:
    assert word(1) == bytes(31) + b"\x01"
    assert word(-1) == b"\xff" * 32
    assert word(True) == word(1)


def test_a_key_has_one_address_with_or_without_its_prefix() -> None:
    address = "0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a"
    assert address_of(KEY) == address_of(KEY.removeprefix("0x")) == address


def test_a_digest_is_sealed_the_same_each_time() -> None:
    seal = curve_seal(KEY)
    sealed = seal(keccak(b"order"))
    assert sealed == seal(keccak(b"order"))
    assert (len(sealed), recovery_of(sealed)) == (65, 27 + sealed[64])


def test_a_simulated_seal_has_no_recovery_bit() -> None:
    assert recovery_of(simulated_seal(b"order")) == 27


@pytest.mark.parametrize("value", [KEY, "AB" * 32, "0x" + "ab" * 32])
def test_a_well_formed_key_is_not_complained_of(value: str) -> None:
    assert complain_of_key(value) is None


@pytest.mark.parametrize("value", ["", "0x12", "zz" * 32, "0x" + "11" * 33])
def test_a_malformed_key_is_complained_of_without_quoting_it(value: str) -> None:
    complaint = complain_of_key(value)
    assert complaint is not None
    assert not value or value not in complaint
