"""How a request becomes bytes on the wire: the signer is a venue's, its inputs are the runner's.

``prepare`` is a pure function of the request and the context, called once for each attempt. Time,
nonce and randomness are drawn by the runner, so that a run can be repeated.

The mathematics of a signature is a port, the ``Seal``: the venue's own curve in use, and
``simulated_seal`` on virtual time, where the real digest over the real fields is sealed with a
deterministic tag and no curve library is loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from exchange_clients.shared.flow import Request
from exchange_clients.swift_values import swiftly_made

Seal: TypeAlias = Callable[[bytes], bytes]
"""Takes what is to be signed (a message or a digest, as the venue's scheme says), returns the
signature's bytes."""

SHA256_BLOCK = 64
"""Bytes that SHA-256 takes in at once."""


def hmac_seal(secret: str) -> Seal:
    """Return what signs a text with an API secret: HMAC-SHA256 (RFC 2104), 32 bytes.

    Both of its hashes begin with the key, so that this much of them is done here, once.
    """
    key = secret.encode()
    if len(key) > SHA256_BLOCK:
        key = hashlib.sha256(key).digest()
    padded = key.ljust(SHA256_BLOCK, b"\0")
    inner_begun = hashlib.sha256(bytes(each ^ 0x36 for each in padded))
    outer_begun = hashlib.sha256(bytes(each ^ 0x5C for each in padded))

    def seal(text: bytes) -> bytes:
        inner, outer = inner_begun.copy(), outer_begun.copy()
        inner.update(text)
        outer.update(inner.digest())
        return outer.digest()

    return seal


def simulated_seal(data: bytes) -> bytes:
    """Return the tag that simulated venues accept instead of a signature: 64 bytes."""
    return hashlib.sha512(b"simulated signature" + data).digest()


@dataclass(frozen=True, slots=True)
class Session:
    """What a login gave; a venue without logins never has one."""

    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent with every private request and private WebSocket handshake."""
    tokens: Mapping[str, str] = field(default_factory=dict)
    refresh_at_ms: int | None = None
    """Venue time from which it is renewed; None: never."""
    expires_at_ms: int | None = None

    def __repr__(self) -> str:
        return f"Session(expires_at_ms={self.expires_at_ms})"


@swiftly_made
@dataclass(frozen=True, slots=True)
class SigningContext:
    """What a signature may depend on besides the request."""

    now_ms: int
    """Venue time: the local clock corrected by the estimated offset."""
    nonce: int | None
    """The next number of the request's lane; None for a request without a lane."""
    entropy: int
    """64 random bits of this attempt."""
    session: Session | None
    unique_ms: int = 0
    """``now_ms``, or later where another request of this link was signed in the same millisecond:
    for stamps that must ascend or differ."""


@swiftly_made
@dataclass(frozen=True, slots=True)
class WireRequest:
    """The bytes of one attempt."""

    method: str
    path: str
    """With the query, percent-encoded: ``/api/v1/order?symbol=BTC``."""
    headers: Mapping[str, str]
    body: bytes = b""
    reference: str = ""
    """The venue's name of this transaction where it is known before sending: journalled first."""

    def __repr__(self) -> str:
        return f"WireRequest({self.method} {self.path.partition('?')[0]})"


class Signer(Protocol):
    """How one account's requests are signed at one venue."""

    blocking: bool
    """Whether ``prepare`` takes long and must run on the venue's signing thread."""

    def lane(self, request: Request) -> str | None:
        """Return the nonce sequence the request takes its number from; None where none.

        Requests of one lane are numbered, signed and sent in that order, one at a time.
        """

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        """Return the signed bytes of a private request."""


class Unnumbered:
    """What a signer is whose requests are not numbered: they may overtake each other."""

    blocking: bool = False

    def lane(self, request: Request) -> str | None:
        """Return None, since no request takes a number."""
        return None
