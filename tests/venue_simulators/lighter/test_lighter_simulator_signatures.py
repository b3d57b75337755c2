"""The hash, the curve and the tokens against published vectors."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.venue_simulators.lighter.lighter_bench import sign
from venue_simulators.lighter import curve, signatures
from venue_simulators.lighter.poseidon import PRIME

SECRET = bytes.fromhex(
    "0b8e0f63c24d8baacd9d29ad4e9a4b73c4a8d2bb8b16dc4fa9d7c2e1d3a8b1f0e8d3a4c5b6e7f001"
)
HASH = bytes.fromhex(
    "dea04fe6a1afac2c044057c93492637c7543144bdaa840d5c5f8d45d20a75279ee2f93a1f43f1921"
)
SIGNATURE = base64.b64decode(
    "L3hiwtfGWHzQ0JJTOuw0dJoR5hExWCjCdwdERsshGgaNHfyfTHbOAxQIGQjWH1LI79Fzxrmlprhmbar2kUkKLFq7Orsf8a9D"
    "YuDAxIqxEgg="
)
HEAD = (304, 14, 100, 1795220336608, 12345, 5)
BODY = (1, 777, 2500, 1000500, 0, 0, 1, 0, 0, 1893456000000)
ELEMENTS = st.tuples(*[st.integers(0, PRIME - 1)] * 5)


def test_an_order_without_attributes_hashes_to_the_published_vector() -> None:
    assert signatures.transaction_hash(HEAD, BODY, {}) == HASH


def test_an_order_with_neutral_attributes_hashes_as_if_it_had_none() -> None:
    head = (300, 14, 0, 1777809907005, 12345, 5)
    body = (0, 123, 1000, 405000, 1, 0, 1, 0, 0, 1735689600000)
    digest = signatures.transaction_hash(head, body, {1: 0, 2: 0, 3: 0})
    assert digest.hex() == (
        "32b8a053dbfef46e8940c2aa8f58328d58eb2396a3bf6fc2bc9017ed2af874fbe15c04242a350e0e"
    )


def test_market_zero_counts_as_an_attribute_and_255_does_not() -> None:
    plain = signatures.transaction_hash(HEAD, (0, 0), {})
    assert signatures.transaction_hash(HEAD, (0, 0), {5: 0}) != plain
    assert signatures.transaction_hash(HEAD, (0, 0), {5: 255}) == plain


def test_attributes_are_hashed_by_ascending_type() -> None:
    first = signatures.transaction_hash(HEAD, BODY, {4: 1, 6: 2})
    assert signatures.transaction_hash(HEAD, BODY, {6: 2, 4: 1}) == first
    assert first != signatures.transaction_hash(HEAD, BODY, {4: 1})


@pytest.mark.parametrize("place", range(10))
def test_every_field_of_an_order_changes_its_hash(place: int) -> None:
    body = list(BODY)
    body[place] += 1
    assert signatures.transaction_hash(HEAD, body, {}) != HASH


def test_a_private_key_gives_the_published_public_key() -> None:
    secret = bytes.fromhex(
        "4980df1a5a76cba9fef4d80446e951108e16a5b21f497976475c950bd2588c5a58771d5b06498d28"
    )
    assert signatures.public_key(secret).hex() == (
        "2db191eb16d3314974f8708363909aeee607d06fb743156b18d3b353a5d40fef70ae377dd68d06fe"
    )


def test_a_signature_of_the_official_client_is_valid() -> None:
    assert signatures.verify(signatures.public_key(SECRET), HASH, SIGNATURE)


def test_a_signature_over_another_hash_is_invalid() -> None:
    other = signatures.transaction_hash(HEAD, (*BODY[:3], BODY[3] + 1, *BODY[4:]), {})
    assert not signatures.verify(signatures.public_key(SECRET), other, SIGNATURE)


@pytest.mark.parametrize("place", [0, 39, 40, 79])
def test_a_changed_signature_is_invalid(place: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[place] ^= 1
    assert not signatures.verify(signatures.public_key(SECRET), HASH, bytes(changed))


def test_numbers_beyond_the_order_are_invalid_even_where_they_are_congruent() -> None:
    s = int.from_bytes(SIGNATURE[:40], "little") + curve.ORDER
    assert s < 1 << 320
    changed = s.to_bytes(40, "little") + SIGNATURE[40:]
    assert not signatures.verify(signatures.public_key(SECRET), HASH, changed)


def test_bytes_that_are_no_public_key_verify_nothing() -> None:
    assert not signatures.verify(b"\xff" * 40, HASH, SIGNATURE)
    assert not signatures.verify(b"", HASH, SIGNATURE)


def test_a_token_is_signed_over_its_text() -> None:
    digest = signatures.token_hash("1795220336:12345:5")
    signature = sign(SECRET, digest)
    assert len(signature.hex()) == 160
    assert signatures.verify(signatures.public_key(SECRET), digest, signature)
    other = signatures.token_hash("1795220337:12345:5")
    assert not signatures.verify(signatures.public_key(SECRET), other, signature)


def test_the_generator_has_the_published_order() -> None:
    neutral = curve.multiples(curve.GENERATOR, curve.ORDER - 1)
    assert curve.encode(curve.add(neutral, curve.GENERATOR)) == bytes(40)


@settings(deadline=None, derandomize=True, max_examples=20)
@given(scalar=st.integers(1, 1 << 40))
def test_an_encoded_point_decodes_to_the_same_point(scalar: int) -> None:
    encoded = curve.encode(curve.multiples(curve.GENERATOR, scalar))
    assert curve.encode(curve.decode(encoded)) == encoded
    doubled = curve.add(curve.decode(encoded), curve.decode(encoded))
    assert curve.encode(doubled) == curve.encode(curve.multiples(curve.GENERATOR, 2 * scalar))


@settings(deadline=None, derandomize=True, max_examples=30)
@given(element=ELEMENTS)
def test_field_inverses_and_roots_undo(element: curve.Element) -> None:
    if element != curve.ZERO:
        assert curve.multiply(element, curve.invert(element)) == curve.ONE
    square = curve.multiply(element, element)
    root = curve.square_root(square)
    assert root is not None
    assert curve.multiply(root, root) == square
    assert curve.is_square(element) is (curve.square_root(element) is not None)
