"""Who a request is from: a key in a header, and a signature by secret or by private key.

Signed are query and body as they travel, one after the other. An HMAC comes in hexadecimal; an
Ed25519 signature in base64, whose signs must travel percent-encoded. Where curves are left out the
tag that every simulated venue takes stands for either; the true HMAC is taken as well.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import parse_qsl, unquote

from venue_simulators.ed25519.signatures import KEY_PAIRS, KeyPair, decoded, tag, verified
from venue_simulators.fapi.authentication import ApiKey, HmacGate
from venue_simulators.fapi.errors import DUPLICATE_PARAMETERS, FapiError
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the seed in a private key."""


@dataclass(frozen=True, slots=True)
class Member:
    """One account with a key of each kind."""

    name: str
    api_key: str = field(repr=False)
    secret: str = field(repr=False)
    curve_api_key: str = field(repr=False)
    """Of the key pair."""
    pair: KeyPair

    @property
    def private_key(self) -> str:
        """The private key of the pair as the venue's users keep it: PKCS#8 in PEM."""
        raw = _PKCS8_ED25519 + base64.b64decode(self.pair.secret_key)
        body = base64.b64encode(raw).decode()
        return f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"


@dataclass(frozen=True, slots=True)
class CurveKey(ApiKey):
    """A key whose signatures are Ed25519's."""

    public_key: str = ""
    """In base64."""


def invent_member(name: str, seed: int, number: int) -> Member:
    """Return an account's credentials, equal for equal name, seed and number."""
    root = f"binance:{seed}:{name}"
    return Member(
        name,
        api_key=_digest(f"{root}:key"),
        secret=_digest(f"{root}:secret"),
        curve_api_key=_digest(f"{root}:curve key"),
        pair=KEY_PAIRS[number % len(KEY_PAIRS)],
    )


class BinanceGate(HmacGate):
    """Knows the keys of both kinds.

    Args:
        members: The accounts.
        depth: How closely signatures of key pairs are looked at.
    """

    def __init__(self, members: Mapping[str, Member], depth: SignatureDepth) -> None:
        keys: dict[str, ApiKey] = {}
        for member in members.values():
            keys[member.api_key] = ApiKey(member.name, member.secret)
            keys[member.curve_api_key] = CurveKey(member.name, "", member.pair.public_key)
        super().__init__(keys)
        self._depth = depth

    def proven(self, key: ApiKey, text: str, signature: str) -> bool:
        """Say whether a signature, as it was sent, is the key's."""
        if not isinstance(key, CurveKey):
            if self._depth is SignatureDepth.DIGEST and signature == tag(text.encode()).hex():
                return True
            return super().proven(key, text, signature)
        if any(sign in signature for sign in "+/="):
            return False
        raw = decoded(unquote(signature))
        return raw is not None and verified(self._depth, key.public_key, text, raw)


def read_request(request: HttpRequest) -> Parameters:
    """Return query and body; what stands in both is taken from the query.

    A GET is read from its query alone.

    Raises:
        FapiError: a name stands twice in one of them.
    """
    values: dict[str, str] = {}
    body = "" if request.method == "GET" else request.body.decode("utf-8", "replace")
    for text in (body, request.query):
        pairs = parse_qsl(text, keep_blank_values=True)
        if len({name for name, _ in pairs}) != len(pairs):
            raise FapiError(DUPLICATE_PARAMETERS)
        values |= dict(pairs)
    return Parameters(values)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
