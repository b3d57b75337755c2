"""Checks Ed25519 signatures, with a curve or, in runs by the million, with a tag.

The tag is one convention for every simulated venue: where a key would sign ``data``, the signature
is ``tag(data) = sha512(b"simulated signature" + data)``, 64 bytes, as long as an Ed25519 signature.
It proves that both sides built the same string over the same fields, which is what goes wrong, and
costs a microsecond. Whoever signs so holds no secret, so a tag protects nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from venue_simulators.options import SignatureDepth

SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An API key as the venue hands it out, both halves in base64."""

    public_key: str
    secret_key: str = field(repr=False)
    """The seed of 32 bytes."""


KEY_PAIRS = (
    KeyPair(
        "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    ),
    KeyPair(
        "Kay64UG8yvCyLhqU000LxzYeUm0L/hLIl5S8kyKWbdc=",
        "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=",
    ),
    KeyPair(
        "JUO5L/EJVRFHatyDadtt3JM2ZaEZeN2hQE7hBmypVZ0=",
        "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8=",
    ),
    KeyPair(
        "F0VTtFbd38aQjsqxwQH+arIeK6oGF3lbfUOmNIKZP9U=",
        "YGFiY2RlZmdoaWprbG1ub3BxcnN0dXZ3eHl6e3x9fn8=",
    ),
)
"""One for each account in turn; written out, so that no curve is needed to hand them out."""


def tag(data: bytes) -> bytes:
    """Return what stands for a signature of ``data`` where curves are left out."""
    return hashlib.sha512(b"simulated signature" + data).digest()


def decoded(signature: str) -> bytes | None:
    """Return the 64 bytes of a signature in base64, None where it is not one."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == SIGNATURE_BYTES else None


def verified(depth: SignatureDepth, public_key: str, text: str, signature: bytes) -> bool:
    """Say whether ``signature`` is the key's over exactly ``text``."""
    data = text.encode()
    if depth is SignatureDepth.DIGEST:
        return signature == tag(data)
    return _verified_by_curve(base64.b64decode(public_key), data, signature)


def _verified_by_curve(public_key: bytes, data: bytes, signature: bytes) -> bool:
    # A process that forks its runs must not have loaded native code, and needs none for tags.
    from nacl.exceptions import BadSignatureError  # noqa: PLC0415
    from nacl.signing import VerifyKey  # noqa: PLC0415

    try:
        VerifyKey(public_key).verify(data, signature)
    except BadSignatureError:
        return False
    return True
