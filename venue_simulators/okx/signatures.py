"""Who a request is from: key, passphrase, time and an HMAC over what was sent.

Signed is ``timestamp + method + path?query + body``, keyed with the secret, written in base64.
Where a run of millions leaves signatures to a tag, ``sha512(b"simulated signature" + data)`` in
base64 is taken as well: it proves that both sides built the same text.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange_clients.base_models import NS
from venue_simulators.okx.errors import OkxError
from venue_simulators.okx.wording import instant_of
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

WINDOW_NS = 30 * NS
LOGIN_TEXT = "GET/users/self/verify"


@dataclass(frozen=True, slots=True)
class KeySet:
    """What the venue hands out with an API key."""

    account: str
    uid: str
    api_key: str
    secret: str = field(repr=False)
    passphrase: str = field(repr=False)


def invent_keys(account: str, seed: int) -> KeySet:
    """Return the keys of an account."""
    digest = hashlib.sha512(f"okx/{seed}/{account}".encode()).hexdigest()
    api_key = "-".join((digest[:8], digest[8:12], digest[12:16], digest[16:20], digest[20:32]))
    uid = str(int(digest[32:46], 16) % 10**17 + 10**17)
    return KeySet(account, uid, api_key, digest[46:78].upper(), f"Pass-{digest[78:90]}!")


def signature_of(secret: str, text: str) -> str:
    """Return the HMAC-SHA256 of a text in base64."""
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), hashlib.sha256)).decode()


def tag_of(text: str) -> str:
    """Return what stands for a signature where a run checks digests only."""
    digest = hashlib.sha512(b"simulated signature" + text.encode()).digest()
    return base64.b64encode(digest).decode()


class Gatekeeper:
    """Knows the keys; lets a request or a login pass, or refuses it.

    Args:
        keys: One set for each account.
        depth: Whether a tag may stand for a signature.
        demo: Whether these are keys of demo trading.
    """

    def __init__(self, keys: Mapping[str, KeySet], depth: SignatureDepth, *, demo: bool) -> None:
        self._keys = keys
        """By API key."""
        self._depth = depth
        self._demo = demo

    def known(self, request: HttpRequest) -> str | None:
        """Return whose key a request carries, unproven."""
        keys = self._keys.get(request.headers.get("ok-access-key", ""))
        return None if keys is None else keys.account

    def admit(self, request: HttpRequest, now_ns: int) -> str:
        """Return the account that has signed a request.

        Raises:
            OkxError: the headers are incomplete, of an unknown key, out of time or not signed so.
        """
        headers = request.headers
        for name, code in _REQUIRED.items():
            if not headers.get(name.lower()):
                raise OkxError(code, f'Request header "{name}" can not be empty.')
        keys = self._keys.get(headers["ok-access-key"])
        if keys is None:
            raise OkxError("50111", "Invalid OK-ACCESS-KEY")
        if (headers.get("x-simulated-trading", "0") == "1") is not self._demo:
            raise OkxError("50101", "APIKey does not match current environment.")
        timestamp = headers["ok-access-timestamp"]
        at_ns = instant_of(timestamp)
        if at_ns is None:
            raise OkxError("50112", "Invalid OK-ACCESS-TIMESTAMP")
        if abs(at_ns - now_ns) > WINDOW_NS:
            raise OkxError("50102", "Timestamp request expired")
        if headers["ok-access-passphrase"] != keys.passphrase:
            raise OkxError("50105", 'Request header "OK-ACCESS-PASSPHRASE" incorrect.')
        path = f"{request.path}?{request.query}" if request.query else request.path
        body = request.body.decode("utf-8", "replace")
        text = f"{timestamp}{request.method}{path}{body}"
        if not self._verified(keys, text, headers["ok-access-sign"]):
            raise OkxError("50113", "Invalid Sign")
        return keys.account

    def admit_login(self, args: Mapping[str, object], now_ns: int) -> KeySet:
        """Return whose login this is; ``args`` is what stands in the frame.

        Raises:
            OkxError: it is incomplete, of an unknown key, out of time or not signed so.
        """
        api_key, passphrase, timestamp, sign = (
            str(args.get(name) or "") for name in ("apiKey", "passphrase", "timestamp", "sign")
        )
        if not api_key:
            raise OkxError("60001", '"OK-ACCESS-KEY" can not be empty.')
        if not sign:
            raise OkxError("60002", '"OK-ACCESS-SIGN" can not be empty.')
        if not passphrase:
            raise OkxError("60003", '"OK-ACCESS-PASSPHRASE" can not be empty.')
        if not timestamp.isdecimal() or not timestamp.isascii():
            raise OkxError("60004", "Invalid OK-ACCESS-TIMESTAMP")
        if abs(int(timestamp) * NS - now_ns) > WINDOW_NS:
            raise OkxError("60006", "Timestamp request expired")
        keys = self._keys.get(api_key)
        if keys is None:
            raise OkxError("60005", "Invalid OK-ACCESS-KEY")
        if passphrase != keys.passphrase:
            raise OkxError("60024", "Wrong passphrase")
        if not self._verified(keys, timestamp + LOGIN_TEXT, sign):
            raise OkxError("60007", "Invalid sign")
        return keys

    def _verified(self, keys: KeySet, text: str, sign: str) -> bool:
        if hmac.compare_digest(sign.encode(), signature_of(keys.secret, text).encode()):
            return True
        return self._depth is SignatureDepth.DIGEST and sign == tag_of(text)


_REQUIRED = {
    "OK-ACCESS-KEY": "50103",
    "OK-ACCESS-PASSPHRASE": "50104",
    "OK-ACCESS-SIGN": "50106",
    "OK-ACCESS-TIMESTAMP": "50107",
}
"""Headers, each with the code of its absence."""
