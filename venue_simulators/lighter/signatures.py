"""Lighter's signatures: what is hashed for each transaction, and Schnorr over that hash.

The venue computes the hash itself from the fields that it was sent, so a field that was signed
otherwise than it is spelled shows as an invalid signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

from venue_simulators.lighter import curve
from venue_simulators.lighter.poseidon import Elements, from_bytes, hash4, hash5, to_bytes

SIGNATURE_BYTES = 80
_ATTRIBUTES_MAX = 4
CANCEL_ALL_MARKET = 5
_NEUTRAL_MARKET = 255
"""Attribute 5 speaks of a market, so its zero counts and 255 means none."""


def transaction_hash(
    head: Sequence[int], body: Sequence[int], attributes: Mapping[int, int]
) -> bytes:
    """Return the forty bytes that are signed, which also name the transaction.

    Args:
        head: Chain id, type, nonce, expiry (ms), account index, API key index.
        body: The fields of this type, in its own order.
        attributes: By their numbers; neutral ones change nothing.
    """
    digest = hash5([*head, *body])
    rest = sorted(
        (number, value)
        for number, value in attributes.items()
        if value != (_NEUTRAL_MARKET if number == CANCEL_ALL_MARKET else 0)
    )
    if rest:
        flat = [member for pair in rest for member in pair]
        flat += [0] * (2 * _ATTRIBUTES_MAX - len(flat))
        digest = hash5([*digest, *hash5(flat)])
    return to_bytes(digest)


def order_chain(orders: Sequence[Sequence[int]]) -> Elements:
    """Return the four elements that stand for the orders of a group; ten fields each."""
    chain = hash4(orders[0])
    for order in orders[1:]:
        chain = hash4([*chain, *hash4(order)])
    return chain


def token_hash(text: str) -> bytes:
    """Return what is signed of an auth token: ``{expiry}:{account}:{key}``."""
    return to_bytes(hash5(from_bytes(text.encode("ascii"))))


def public_key(secret: bytes) -> bytes:
    """Return the forty bytes of the public key of a private one."""
    return curve.encode(curve.multiples(curve.GENERATOR, int.from_bytes(secret, "little")))


def verify(public: bytes, digest: bytes, signature: bytes) -> bool:
    """Say whether a signature of forty bytes s and forty bytes e is this key's over ``digest``."""
    if len(signature) != SIGNATURE_BYTES:
        return False
    s = int.from_bytes(signature[:40], "little")
    e = int.from_bytes(signature[40:], "little")
    if s >= curve.ORDER or e >= curve.ORDER:
        return False
    try:
        point = _decoded(public)
    except curve.NotOnCurve:
        return False
    commitment = curve.add(curve.multiples(curve.GENERATOR, s), curve.multiples(point, e))
    return challenge(curve.encode(commitment), digest) == e


def challenge(commitment: bytes, digest: bytes) -> int:
    """Return the number that a signature answers, from the encoded commitment and the hash."""
    hashed = to_bytes(hash5([*from_bytes(commitment), *from_bytes(digest)]))
    return int.from_bytes(hashed, "little") % curve.ORDER


def tag(digest: bytes) -> bytes:
    """Return what stands for a signature where curves are left out, at the same length.

    The hash is still the venue's own, so each signed field is still compared.
    """
    return hashlib.sha512(b"simulated signature" + digest).digest().ljust(SIGNATURE_BYTES, b"\0")


@lru_cache(maxsize=64)
def _decoded(public: bytes) -> curve.Point:
    """Remember the points of registered keys."""
    return curve.decode(public)
