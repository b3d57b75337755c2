"""Who trades here: account numbers, API keys, and the tokens and signatures made with them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from venue_simulators.lighter import signatures
from venue_simulators.lighter.curve import ORDER
from venue_simulators.lighter.errors import Code, Refusal
from venue_simulators.lighter.terms import TOKEN_LIFE_MAX_S
from venue_simulators.options import SignatureDepth

FIRST_ACCOUNT = 281_474_976_000
API_KEYS = (4, 5, 6, 7)
"""The lower four are the apps' own."""
_SECRET_BYTES = 40
_TOKEN_TEXT_MAX = 60
"""Characters before a token's signature; three integers need fewer."""


class ApiKey:
    """One key pair; the public half is computed when it is first asked for."""

    def __init__(self, index: int, secret: bytes) -> None:
        self.index = index
        self.secret = secret

    @cached_property
    def public(self) -> bytes:
        """The registered public key."""
        return signatures.public_key(self.secret)


@dataclass(frozen=True, slots=True)
class LighterAccount:
    """One account; ``name`` is the world's."""

    name: str
    index: int
    l1_address: str
    keys: dict[int, ApiKey]


class Accounts:
    """The accounts of one venue; everything about them follows from seed and name."""

    def __init__(self, seed: int, names: Sequence[str], depth: SignatureDepth) -> None:
        self._depth = depth
        self.all = tuple(
            _account(seed, name, FIRST_ACCOUNT + place) for place, name in enumerate(names)
        )
        self._by_index = {account.index: account for account in self.all}
        self._by_name = {account.name: account for account in self.all}

    def named(self, name: str) -> LighterAccount:
        """Return the account under the world's name for it."""
        return self._by_name[name]

    def get(self, index: int) -> LighterAccount:
        """Return the account of a number.

        Raises:
            Refusal: there is none.
        """
        account = self._by_index.get(index)
        if account is None:
            raise Refusal(Code.ACCOUNT_NOT_FOUND)
        return account

    def key(self, index: int, key: int) -> ApiKey:
        """Return a registered key.

        Raises:
            Refusal: account or key are unknown.
        """
        known = self.get(index).keys.get(key)
        if known is None:
            raise Refusal(Code.API_KEY_NOT_FOUND)
        return known

    def check_signature(self, index: int, key: int, digest: bytes, signature: bytes) -> None:
        """Refuse a signature that is not this key's over ``digest``.

        Raises:
            Refusal: it is not, or the key is not registered.
        """
        if not self._signed(self.key(index, key), digest, signature):
            raise Refusal(Code.INVALID_SIGNATURE)

    def check_token(self, token: str, now_s: int) -> int:
        """Return the account number that a token speaks for.

        Raises:
            Refusal: the token is malformed, expired, lives too long or is wrongly signed.
        """
        text, _, signature = token.rpartition(":")
        parts = text.split(":")
        numeric = all(part.isdecimal() and part.isascii() for part in parts)
        if len(parts) != 3 or len(text) > _TOKEN_TEXT_MAX or not numeric:
            raise Refusal(Code.INVALID_AUTH, "malformed token")
        expiry_s, account, key = map(int, parts)
        if expiry_s <= now_s:
            raise Refusal(Code.INVALID_AUTH, "expired token")
        if expiry_s > now_s + TOKEN_LIFE_MAX_S:
            raise Refusal(Code.INVALID_AUTH, "token lives longer than 8 hours")
        # Where curves are left out, a token is tagged by its own text instead of the hash of it.
        plain = text.encode("ascii")
        full = self._depth is SignatureDepth.FULL
        digest = signatures.token_hash(text) if full else plain
        try:
            signed = self._signed(self.key(account, key), digest, bytes.fromhex(signature))
        except (Refusal, ValueError) as error:
            raise Refusal(Code.INVALID_AUTH, "signature of token") from error
        if not signed:
            raise Refusal(Code.INVALID_AUTH, "signature of token")
        return account

    def _signed(self, key: ApiKey, digest: bytes, signature: bytes) -> bool:
        if self._depth is SignatureDepth.FULL:
            return signatures.verify(key.public, digest, signature)
        return signature == signatures.tag(digest)


def _account(seed: int, name: str, index: int) -> LighterAccount:
    keys = {key: ApiKey(key, _secret(seed, name, key)) for key in API_KEYS}
    address = hashlib.sha256(f"lighter address {seed} {name}".encode()).hexdigest()[:40]
    return LighterAccount(name, index, f"0x{address}", keys)


def _secret(seed: int, name: str, key: int) -> bytes:
    digest = hashlib.sha512(f"lighter key {seed} {name} {key}".encode()).digest()
    return (int.from_bytes(digest, "little") % ORDER).to_bytes(_SECRET_BYTES, "little")
