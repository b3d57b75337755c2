"""Who a request is from: the older way, a key in a header and an HMAC over everything sent.

Signed are query and body as they were sent, one after the other without anything between them, but
for the signature itself, which must come last.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from venue_simulators.fapi.errors import (
    BAD_KEY_FORMAT,
    INVALID_SIGNATURE,
    INVALID_TIMESTAMP,
    REJECTED_KEY,
    FapiError,
    missing,
)
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.wire import HttpRequest

KEY_HEADER = "x-mbx-apikey"
WINDOW_DEFAULT_MS = 5_000
WINDOW_MAX_MS = 60_000
AHEAD_MAX_MS = 1_000
_KEY = re.compile("[A-Za-z0-9]{8,128}")
_SIGNATURE = "signature="


@dataclass(frozen=True, slots=True)
class Sent:
    """A request with its parameters, read once."""

    http: HttpRequest
    parameters: Parameters

    @property
    def payload(self) -> str:
        """Query and body as they were sent."""
        return self.http.query + self.http.body.decode("utf-8", "replace")


class Gate(Protocol):
    """Lets a request pass as an account's, or refuses it."""

    def of_key(self, sent: Sent) -> str:
        """Return the account of a request that needs a key and no signature."""

    def of_signature(self, sent: Sent, now_ns: int) -> str:
        """Return the account that has signed a request."""


def split_signature(payload: str) -> tuple[str, str]:
    """Return what is signed, and the signature, which must be the last parameter.

    Raises:
        FapiError: there is none, or something follows it.
    """
    before, found, signature = payload.rpartition(_SIGNATURE)
    if not found or not signature:
        raise missing("signature")
    if "&" in signature:
        raise FapiError(INVALID_SIGNATURE)
    # Where a query ends and a body begins nothing stands between them.
    return before.removesuffix("&"), signature


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as the venue hands it out."""

    account: str
    secret: str = field(repr=False)


class HmacGate:
    """Knows the keys and their secrets."""

    def __init__(self, keys: Mapping[str, ApiKey]) -> None:
        self._keys = keys

    def of_key(self, sent: Sent) -> str:
        """Return whose key it is."""
        return self._known(sent).account

    def of_signature(self, sent: Sent, now_ns: int) -> str:
        """Return who has signed.

        Raises:
            FapiError: the key is unknown, the time is not right, or the signature is not.
        """
        key = self._known(sent)
        check_timestamp(sent.parameters, now_ns)
        text, signature = split_signature(sent.payload)
        if not self.proven(key, text, signature):
            raise FapiError(INVALID_SIGNATURE)
        return key.account

    def proven(self, key: ApiKey, text: str, signature: str) -> bool:
        """Say whether a signature, as it was sent, is the key's; other kinds of key override it."""
        expected = hmac.new(key.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), signature.encode())

    def _known(self, sent: Sent) -> ApiKey:
        name = sent.http.headers.get(KEY_HEADER, "")
        if _KEY.fullmatch(name) is None:
            raise FapiError(BAD_KEY_FORMAT)
        key = self._keys.get(name)
        if key is None:
            raise FapiError(REJECTED_KEY)
        return key


def check_timestamp(parameters: Parameters, now_ns: int) -> None:
    """Check that a request is neither from the future nor older than its window.

    Raises:
        FapiError: it is.
    """
    if not parameters.has("timestamp"):
        raise missing("timestamp")
    at_ms = parameters.whole("timestamp")
    window_ms = parameters.whole("recvWindow", 1, WINDOW_MAX_MS)
    if window_ms is None:
        window_ms = WINDOW_DEFAULT_MS
    now_ms = now_ns // 1_000_000
    assert at_ms is not None, "it has just been looked for"
    if at_ms >= now_ms + AHEAD_MAX_MS:
        raise FapiError(
            INVALID_TIMESTAMP,
            "Timestamp for this request was 1000ms ahead of the server's time.",
        )
    if now_ms - at_ms > window_ms:
        raise FapiError(INVALID_TIMESTAMP)
