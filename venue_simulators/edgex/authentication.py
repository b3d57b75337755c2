"""Who sends a request: an API key, its passphrase, a fresh timestamp and an HMAC over all of it.

The key of the HMAC is the base64 of the secret's text, which is encoded and not decoded. No curve
is involved, so an HMAC is checked in full at every depth. Keys and secrets are compared as texts.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus

from venue_simulators.edgex.canonical import query_text
from venue_simulators.edgex.errors import EdgexError
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.edgex.wording import MS
from venue_simulators.evm.signatures import address_of
from venue_simulators.wire import HttpRequest

KEY, PASSPHRASE = "x-edgex-api-key", "x-edgex-passphrase"
TIMESTAMP, SIGNATURE = "x-edgex-timestamp", "x-edgex-signature"
DOCUMENTED_TIMESTAMP, DOCUMENTED_SIGNATURE = "x-edgex-api-timestamp", "x-edgex-api-signature"
SUBPROTOCOL = "sec-websocket-protocol"
TIMESTAMP_DIGITS_MAX = 18


@dataclass(frozen=True, slots=True)
class Member:
    """One account with its credentials."""

    name: str
    """The world's name of it."""
    account_id: str
    api_key: str
    api_secret: str
    passphrase: str
    signer_key: str
    signer: str
    """The address of the signer's key: the only one whose orders count."""

    def __repr__(self) -> str:
        return f"Member({self.name!r}, account_id={self.account_id!r})"


def invent_member(name: str, seed: int) -> Member:
    """Return an account's credentials, equal for equal name and seed."""
    root = f"edgex:{seed}:{name}"
    digest = _digest(f"{root}:api")
    signer_key = _digest(f"{root}:signer")
    return Member(
        name,
        account_id=str(5 * 10**17 + int(_digest(f"{root}:id"), 16) % 10**17),
        api_key=f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}",
        api_secret=_digest(f"{root}:secret")[:40],
        passphrase=_digest(f"{root}:passphrase")[:20],
        signer_key=signer_key,
        signer=address_of(signer_key),
    )


def hmac_of(secret: str, message: str) -> str:
    """Return the signature of a message, in hexadecimal."""
    return hmac.new(base64.b64encode(secret.encode()), message.encode(), sha256).hexdigest()


class Gatekeeper:
    """Lets in whoever can prove to be a member."""

    def __init__(self, members: Mapping[str, Member], terms: EdgexTerms) -> None:
        self._by_key = {member.api_key: member for member in members.values()}
        self._terms = terms

    def admit(self, request: HttpRequest, text: str, now_ns: int) -> Member:
        """Return who signed a request.

        Args:
            request: Method, path and headers count.
            text: Its parameters as they are signed.
            now_ns: The venue's time.

        Raises:
            EdgexError: nobody did, or not now.
        """
        return self._admit(request.headers, f"{request.method}{request.path}{text}", now_ns)

    def admit_socket(self, request: HttpRequest, now_ns: int) -> Member:
        """Return whose handshake this is; browsers prove it in a subprotocol."""
        headers = request.headers
        if KEY not in headers and headers.get(SUBPROTOCOL):
            headers = _packed(headers[SUBPROTOCOL])
        message = f"GET{request.path}{query_text(request.params)}"
        member = self._admit(headers, message, now_ns)
        if request.params.get("accountId") != member.account_id:
            raise EdgexError("ACCOUNT_NOT_FOUND", status=HTTPStatus.UNAUTHORIZED)
        return member

    def _admit(self, headers: Mapping[str, str], message: str, now_ns: int) -> Member:
        stamp_name, signature_name = TIMESTAMP, SIGNATURE
        if self._terms.documents_spelling and TIMESTAMP not in headers:
            stamp_name, signature_name = DOCUMENTED_TIMESTAMP, DOCUMENTED_SIGNATURE
        for name in (KEY, PASSPHRASE, stamp_name, signature_name):
            if not headers.get(name):
                raise EdgexError(
                    "GATEWAY_HEADER_REQUIRED",
                    f"header {name} is required",
                    {"header": name},
                    status=HTTPStatus.BAD_REQUEST,
                )
        member = self._by_key.get(headers[KEY])
        if member is None or not _equal(member.passphrase, headers[PASSPHRASE]):
            # The venue echoes the key it was sent, wherever that may then be written down.
            echoed = {"apiKey": headers[KEY]}
            raise EdgexError("INVALID_API_KEY", "", echoed, status=HTTPStatus.UNAUTHORIZED)
        stamp = headers[stamp_name]
        self._check_time(stamp, now_ns)
        if not _equal(hmac_of(member.api_secret, stamp + message), headers[signature_name].lower()):
            raise EdgexError("INVALID_SIGNATURE", status=HTTPStatus.UNAUTHORIZED)
        return member

    def _check_time(self, stamp: str, now_ns: int) -> None:
        digits = stamp.isascii() and stamp.isdecimal() and len(stamp) <= TIMESTAMP_DIGITS_MAX
        if not digits or abs(int(stamp) * MS - now_ns) > self._terms.timestamp_window_ns:
            raise EdgexError(
                "INVALID_TIMESTAMP", "", {"timestamp": stamp}, status=HTTPStatus.BAD_REQUEST
            )


def _packed(subprotocol: str) -> Mapping[str, str]:
    """Return the headers within a subprotocol: base64 of JSON, without its equal signs."""
    padded = subprotocol + "=" * (-len(subprotocol) % 4)
    try:
        words = json.loads(base64.b64decode(padded, validate=True))
    except (binascii.Error, ValueError):
        return {}
    if not isinstance(words, dict):
        return {}
    return {str(name).lower(): str(value) for name, value in words.items()}


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
