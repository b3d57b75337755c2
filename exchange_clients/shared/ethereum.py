"""Signatures of Ethereum keys over EIP-712 digests: hash and curve, without parsing types.

Hashes of types and names are a venue's constants; it joins its words (``word``) and hashes them. A
signature is deterministic (RFC 6979): the same bytes as any other implementation's. Both libraries
are imported when they are first needed, since whoever only reads prices has neither.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import coincurve

KEY_DIGITS = 64
RECOVERY_BASE = 27
"""What Ethereum adds to the recovery bit."""


def keccak(data: bytes) -> bytes:
    """Return Keccak-256."""
    digest: bytes = _sha3().keccak_256(data).digest()
    return digest


def word(value: int) -> bytes:
    """Return a number as typed data spells it: 32 bytes, big end first, two's complement."""
    return value.to_bytes(32, "big", signed=value < 0)


@lru_cache(maxsize=16)
def domain_separator(head: bytes, chain_id: int, contract: bytes | None = None) -> bytes:
    """Return the hash of a domain on a chain; a venue signs in one or two of them.

    Args:
        head: Keccak of the domain's type, name and version, joined.
        chain_id: Of the chain.
        contract: The 20 bytes of the verifying contract, where the type has one.
    """
    return keccak(head + word(chain_id) + (b"" if contract is None else contract.rjust(32, b"\0")))


def curve_seal(private_key: str) -> Callable[[bytes], bytes]:
    """Return what signs a digest with the key: r, s and the recovery bit, 65 bytes."""
    key = _key(private_key)
    return lambda digest: key.sign_recoverable(digest, hasher=None)


def recovery_of(sealed: bytes) -> int:
    """Return v, 27 or 28; a simulated seal has no recovery bit and is taken for 27."""
    return RECOVERY_BASE + (sealed[64] if len(sealed) > 64 else 0)


def address_of(private_key: str) -> str:
    """Return the key's Ethereum address, lower case."""
    public = _key(private_key).public_key.format(compressed=False)
    return "0x" + keccak(public[1:])[12:].hex()


def complain_of_key(value: str) -> str | None:
    """Say what is wrong with the form of a private key, without quoting it."""
    digits = value.removeprefix("0x").lower()
    well_formed = len(digits) == KEY_DIGITS and not set(digits) - set("0123456789abcdef")
    return None if well_formed else "must be 64 hexadecimal digits, with or without 0x"


@cache
def _sha3() -> ModuleType:
    import sha3  # noqa: PLC0415  # who reads prices needs no hashes

    module: ModuleType = sha3
    return module


def _key(private_key: str) -> coincurve.PrivateKey:
    import coincurve  # noqa: PLC0415  # who reads prices has no key

    return coincurve.PrivateKey(bytes.fromhex(private_key.removeprefix("0x")))
