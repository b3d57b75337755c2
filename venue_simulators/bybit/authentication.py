"""Who a request or a socket is from: key, time, window, and the signature over exactly what came.

Signed is ``timestamp + key + window`` and then the raw query or the raw body, whose order and
spaces are free but must be those that travel. A window that is left out counts 5000 ms and as an
empty text in what is signed.

Where curves are left out the signature may be the tag that every simulated venue takes, in hex; the
true HMAC is taken as well, because it needs no curve.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from venue_simulators.bybit.errors import (
    KEY,
    KEY_EXPIRED,
    SIGNATURE,
    TIME_WINDOW,
    Barred,
    Refusal,
    invalid,
)
from venue_simulators.bybit.wording import MS_NS
from venue_simulators.options import SignatureDepth
from venue_simulators.wire import HttpRequest

WINDOW_DEFAULT_MS = 5000
AHEAD_MAX_MS = 1000
"""A timestamp is refused from so far in the venue's future on."""
SOCKET_TEXT = "GET/realtime"
_MILLISECONDS = re.compile("[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An API key as the venue hands it out."""

    api_key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request says of its sender, as it was sent."""

    api_key: str
    timestamp: str
    window: str
    signature: str

    @staticmethod
    def of_headers(headers: Mapping[str, str]) -> Claim:
        """Read a request's claim; header names are lower-case."""
        names = ("api-key", "timestamp", "recv-window", "sign")
        return Claim(*(headers.get(f"x-bapi-{name}", "") for name in names))


def invented_pair(name: str, environment: str, seed: int) -> KeyPair:
    """Return the key of an account; other environments and seeds have others."""
    digest = hashlib.sha256(f"bybit/{environment}/{name}/{seed}".encode()).hexdigest()
    return KeyPair(digest[:18], digest[18:54])


def tag(text: str) -> str:
    """Return what stands for a signature where a run leaves the real one out."""
    return hashlib.sha512(b"simulated signature" + text.encode()).hexdigest()


def signature_of(secret: str, text: str) -> str:
    """Return HMAC-SHA256 in lower-case hex."""
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Gatekeeper:
    """Knows the keys; lets a claim pass or refuses it.

    Args:
        pairs: The key of each account.
        depth: Whether the tag is taken too.
        expires_ns: From when on every key is refused.
    """

    def __init__(
        self, pairs: Mapping[str, KeyPair], depth: SignatureDepth, expires_ns: int | None
    ) -> None:
        self._accounts = {pair.api_key: (name, pair) for name, pair in pairs.items()}
        self._depth = depth
        self._expires_ns = expires_ns

    def admit(self, request: HttpRequest, now_ns: int) -> str:
        """Return the account that has signed a request.

        Raises:
            Barred: there is no claim at all, or a GET carries a body.
            Refusal: the claim is of an unknown key, out of time, or not signed so.
        """
        claim = Claim.of_headers(request.headers)
        if not claim.api_key or not claim.signature or not claim.timestamp:
            raise Barred(401, "empty value: apiTimestamp[] apiKey[] apiSignature[]")
        if request.method == "GET" and request.body:
            raise Barred(403, "a GET has no body")
        account, pair = self._known(claim.api_key, now_ns)
        check_window(claim.timestamp, claim.window, now_ns // MS_NS)
        payload = request.query if request.method == "GET" else request.body.decode("utf-8")
        text = f"{claim.timestamp}{claim.api_key}{claim.window}{payload}"
        if not self._signed(pair, text, claim.signature):
            raise Refusal(SIGNATURE, f"error sign! origin_string[{text}]")
        return account

    def admit_socket(self, args: Sequence[object], now_ns: int) -> str:
        """Return the account whose ``auth`` frame this is.

        Raises:
            Refusal: the arguments are not key, expiry (ms, in the future) and signature.
        """
        if len(args) != 3:
            raise invalid("auth takes apiKey, expires and signature")
        api_key, expires, signature = args
        if not isinstance(api_key, str) or not isinstance(signature, str):
            raise invalid("apiKey and signature are strings")
        if not _MILLISECONDS.fullmatch(str(expires)):
            raise invalid("expires is milliseconds")
        account, pair = self._known(api_key, now_ns)
        if int(str(expires)) <= now_ns // MS_NS:
            raise invalid("expires has passed")
        if not self._signed(pair, f"{SOCKET_TEXT}{expires}", signature):
            raise Refusal(SIGNATURE, "error sign!")
        return account

    def _known(self, api_key: str, now_ns: int) -> tuple[str, KeyPair]:
        known = self._accounts.get(api_key)
        if known is None:
            raise Refusal(KEY, "API key is invalid.")
        if self._expires_ns is not None and now_ns >= self._expires_ns:
            raise Refusal(KEY_EXPIRED, "Your api key has expired.")
        return known

    def _signed(self, pair: KeyPair, text: str, signature: str) -> bool:
        if self._depth is SignatureDepth.DIGEST and signature == tag(text):
            return True
        return hmac.compare_digest(signature_of(pair.secret, text), signature)


def check_window(timestamp: str, window: str, now_ms: int) -> None:
    """Refuse a timestamp that is older than its window or a second or more ahead."""
    window = window or str(WINDOW_DEFAULT_MS)
    if not _MILLISECONDS.fullmatch(timestamp) or not _MILLISECONDS.fullmatch(window):
        raise invalid("timestamp and recv_window are milliseconds")
    if not now_ms - int(window) <= int(timestamp) < now_ms + AHEAD_MAX_MS:
        raise Refusal(
            TIME_WINDOW,
            "invalid request, please check your server timestamp or recv_window param. "
            f"req_timestamp[{timestamp}],server_timestamp[{now_ms}],recv_window[{window}]",
        )
