"""Whose signature covers a digest: the signer is recovered on secp256k1.

The curve is eth-keys' own, written in Python, whatever faster one is installed: a client that signs
with another library is judged by a stranger to it.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha512

from eth_keys.backends.native.main import NativeECCBackend
from eth_keys.exceptions import BadSignature
from eth_keys.main import KeyAPI
from eth_utils.exceptions import ValidationError

from venue_simulators.options import SignatureDepth

CURVE_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
TAG_PREFIX = b"simulated signature"
TAG_V = 27
_KEYS = KeyAPI(NativeECCBackend)


def tag(digest: bytes) -> tuple[int, int]:
    """Return r and s of the stand-in for a signature of a digest."""
    whole = sha512(TAG_PREFIX + digest).digest()
    return int.from_bytes(whole[:32], "big"), int.from_bytes(whole[32:], "big")


def signed_by(
    address: str, digest: bytes, vrs: tuple[int, int, int], depth: SignatureDepth
) -> bool:
    """Say whether v (27 or 28), r and s over a digest are those of an address."""
    if depth is SignatureDepth.DIGEST:
        return vrs == (TAG_V, *tag(digest))
    v, r, s = vrs
    try:
        signature = _KEYS.Signature(vrs=(v - 27, r, s))
        return _KEYS.ecdsa_recover(digest, signature).to_address() == address.lower()
    except (BadSignature, ValidationError):
        # Not every pair of numbers is a point on the curve.
        return False


@lru_cache(maxsize=64)
def address_of(private_key: str) -> str:
    """Return the address of a private key (64 hex digits, 0x before them or not), lower-case."""
    raw = bytes.fromhex(private_key.removeprefix("0x"))
    return _KEYS.private_key_to_public_key(_KEYS.PrivateKey(raw)).to_address()
