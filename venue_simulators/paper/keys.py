"""Who a request is from: an API key, an instant and a signature over what is asked.

Signed is ``timestamp + method + path with its query + body``, by HMAC-SHA256 with the secret. Runs
on virtual time leave secrets out: there the signature is a tag over the same text, which proves
that both sides built the same and protects nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from venue_simulators.options import SignatureDepth
from venue_simulators.paper.refusals import unauthorized

WINDOW_MS = 5_000
"""By how much a timestamp may differ from the venue's time, either way."""
_MILLISECONDS = re.compile("[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the venue hands it out."""

    key: str
    secret: str = field(repr=False)


def key_of(seed: int, account: str) -> ApiKey:
    """Return the key of an account; the same in every process that is given the same seed."""
    key, secret = (_drawn(f"{seed}/{account}/{what}") for what in ("key", "secret"))
    return ApiKey(key[:32], secret)


def _drawn(name: str) -> str:
    return hashlib.sha256(f"paper venue/{name}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Claim:
    """What a caller says of himself, as it was sent."""

    key: str = ""
    timestamp: str = ""
    signature: str = ""

    @staticmethod
    def of_headers(headers: Mapping[str, str]) -> Claim:
        """Read the claim of a request; header names are lower-case."""
        names = ("paper-key", "paper-timestamp", "paper-signature")
        return Claim(*(headers.get(name, "") for name in names))


class Gatekeeper:
    """Knows the keys; lets a claim pass or refuses it."""

    def __init__(self, seed: int, accounts: Sequence[str], depth: SignatureDepth) -> None:
        self.keys = {account: key_of(seed, account) for account in accounts}
        self._accounts = {each.key: account for account, each in self.keys.items()}
        self._depth = depth

    def admit(self, claim: Claim, asked: str, now_ms: int) -> str:
        """Return the account that has signed.

        Args:
            claim: Who it says to be from.
            asked: Method, path with query and body, one after the other.
            now_ms: Venue time.

        Raises:
            Refusal: the key is not known, the timestamp out of its window, the signature wrong.
        """
        account = self._accounts.get(claim.key)
        if account is None:
            raise unauthorized("the API key is not known")
        if _MILLISECONDS.fullmatch(claim.timestamp) is None:
            raise unauthorized("the timestamp must be whole milliseconds")
        if abs(now_ms - int(claim.timestamp)) > WINDOW_MS:
            raise unauthorized(f"the timestamp is more than {WINDOW_MS} ms from {now_ms}")
        expected = self._signature(account, f"{claim.timestamp}{asked}".encode())
        if not hmac.compare_digest(expected, claim.signature.encode()):
            raise unauthorized("the signature is wrong")
        return account

    def _signature(self, account: str, signed: bytes) -> bytes:
        if self._depth is SignatureDepth.DIGEST:
            return hashlib.sha512(b"simulated signature" + signed).hexdigest().encode()
        secret = self.keys[account].secret.encode()
        return hmac.digest(secret, signed, "sha256").hex().encode()
