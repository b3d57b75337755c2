"""Seals text with a key that a passphrase makes: argon2id for the key, AES-256-GCM for the text.

What is sealed is bound to its place (owner, venue, account), so that a row copied over another one
does not open there. A key is known by its id; the passphrase and the key stand in no repr.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

KEY_BYTES = 32
SALT_BYTES = 16
NONCE_BYTES = 12
PROOF = "perp-dex-tools accounts"
"""What every key seals once, so that a wrong passphrase is told before it seals anything."""

Entropy = Callable[[int], bytes]
"""Returns so many unpredictable bytes."""


class WrongKey(Exception):
    """The passphrase is not the one that sealed this, or the file was changed."""


@dataclass(frozen=True, slots=True)
class KeyCost:
    """What deriving a key takes; RFC 9106 recommends these for a machine with little memory."""

    memory_kib: int = 64 * 1024
    iterations: int = 3
    lanes: int = 4


class VaultKey:
    """One key."""

    __slots__ = ("_cipher", "_entropy", "key_id")

    def __init__(self, key_id: str, key: bytes, entropy: Entropy) -> None:
        assert len(key) == KEY_BYTES, f"a key of AES-256 has {KEY_BYTES} bytes"
        self.key_id = key_id
        self._cipher = AESGCM(key)
        self._entropy = entropy

    def __repr__(self) -> str:
        return f"VaultKey({self.key_id})"

    def seal(self, text: str, place: str) -> bytes:
        """Return ``text`` sealed for ``place``."""
        nonce = self._entropy(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, text.encode(), self._bound(place))

    def open(self, sealed: bytes, place: str) -> str:
        """Return what was sealed for ``place``.

        Raises:
            WrongKey: it was sealed by another key, for another place, or was changed.
        """
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, rest, self._bound(place)).decode()
        except (InvalidTag, ValueError) as error:
            raise WrongKey(f"{place} does not open with key {self.key_id}") from error

    def _bound(self, place: str) -> bytes:
        return f"{self.key_id}\n{place}".encode()


def derive_key(
    passphrase: str, key_id: str, salt: bytes, cost: KeyCost, entropy: Entropy = os.urandom
) -> VaultKey:
    """Return the key that a passphrase makes; takes a moment and memory on purpose."""
    kdf = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    return VaultKey(key_id, kdf.derive(passphrase.encode()), entropy)


def new_salt(entropy: Entropy = os.urandom) -> bytes:
    """Return a salt for a new key."""
    return entropy(SALT_BYTES)
