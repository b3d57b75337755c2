"""Structs within structs and raw words, against hashes put together by hand."""

from __future__ import annotations

import pytest

from venue_simulators.evm.signatures import address_of, signed_by, tag
from venue_simulators.evm.typed_data import StructType, hash_of, struct_hash
from venue_simulators.options import SignatureDepth

INNER = StructType("Inner", "uint256 number")
OUTER = StructType("Outer", "Inner one,bytes32 word", (INNER,))
WORD = bytes(range(32))


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def test_a_struct_within_a_struct_counts_by_its_own_hash() -> None:
    inner = hash_of(hash_of(b"Inner(uint256 number)") + number(7))
    kind = hash_of(b"Outer(Inner one,bytes32 word)Inner(uint256 number)")
    told = struct_hash(OUTER, {"one": {"number": 7}, "word": WORD})
    assert told == hash_of(kind + inner + WORD)


def test_a_list_of_structs_counts_by_the_hash_of_their_hashes() -> None:
    many = StructType("Many", "Inner[] all", (INNER,))
    inner = [hash_of(hash_of(b"Inner(uint256 number)") + number(value)) for value in (1, 2)]
    kind = hash_of(b"Many(Inner[] all)Inner(uint256 number)")
    told = struct_hash(many, {"all": [{"number": 1}, {"number": 2}]})
    assert told == hash_of(kind + hash_of(b"".join(inner)))


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_word_has_thirty_two_bytes(length: int) -> None:
    with pytest.raises(ValueError, match=f"bytes32 does not fit {length} bytes"):
        struct_hash(OUTER, {"one": {"number": 7}, "word": bytes(length)})


def test_a_tag_is_nobodys_signature_on_the_curve() -> None:
    key, digest = "22" * 32, hash_of(b"something")
    vrs = (27, *tag(digest))
    assert signed_by(address_of(key), digest, vrs, SignatureDepth.DIGEST)
    assert not signed_by(address_of(key), digest, vrs, SignatureDepth.FULL)
