"""Who a request is from: the key, the time, the window, and the signature over every parameter.

Signed is ``instruction=<name>``, then ``&name=value`` for every parameter sorted by name, then
``&timestamp=<ms>&window=<ms>``. The window counts even where its header is left out. In a batch
each order has its own instruction and parameters, in the order of the batch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from venue_simulators.backpack.errors import invalid_request, unauthorized
from venue_simulators.backpack.fields import Fields
from venue_simulators.ed25519.signatures import decoded, verified
from venue_simulators.options import SignatureDepth

WINDOW_DEFAULT_MS = 5_000
WINDOW_MAX_MS = 60_000
_MILLISECONDS = re.compile("[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a caller says of himself, as it was sent."""

    public_key: str | None
    signature: str | None
    timestamp: str | None
    window: str | None

    @staticmethod
    def of_headers(headers: Mapping[str, str]) -> Claim:
        """Read the claim of a request; header names are lower-case."""
        return Claim(
            headers.get("x-api-key"),
            headers.get("x-signature"),
            headers.get("x-timestamp"),
            headers.get("x-window"),
        )


def string_to_sign(
    instruction: str, parts: Sequence[Sequence[tuple[str, str]]], timestamp: str, window: str
) -> str:
    """Return what is signed; each of ``parts`` is the sorted parameters of one order or request."""
    words: list[str] = []
    for pairs in parts:
        words.append(f"instruction={instruction}")
        words += [f"{name}={value}" for name, value in pairs]
    return "&".join([*words, f"timestamp={timestamp}", f"window={window}"])


def request_parts(
    query: Fields, body: Fields, batch: Sequence[Fields]
) -> Sequence[Sequence[tuple[str, str]]]:
    """Return the parameters in the order in which they are signed."""
    if batch:
        return [order.pairs for order in batch]
    return [[*query.pairs, *body.pairs]]


class Gatekeeper:
    """Knows the keys; lets a claim pass or refuses it."""

    def __init__(self, accounts: Mapping[str, str], depth: SignatureDepth) -> None:
        self._accounts = accounts
        """The account of each public key."""
        self._depth = depth

    def account_of(self, public_key: str | None) -> str | None:
        """Return whose key this says to be, unproven."""
        return None if public_key is None else self._accounts.get(public_key)

    def admit(
        self,
        claim: Claim,
        instruction: str,
        parts: Sequence[Sequence[tuple[str, str]]],
        now_ms: int,
    ) -> str:
        """Return the account that has signed.

        Raises:
            Refusal: the claim is incomplete, of an unknown key, out of time, or not signed so.
        """
        if claim.public_key is None or claim.signature is None or claim.timestamp is None:
            raise unauthorized("Missing authentication headers")
        account = self.account_of(claim.public_key)
        if account is None:
            raise unauthorized("Unknown API key")
        window = str(WINDOW_DEFAULT_MS) if claim.window is None else claim.window
        _check_time(claim.timestamp, window, now_ms)
        signature = decoded(claim.signature)
        if signature is None:
            raise invalid_request("Invalid X-Signature header")
        text = string_to_sign(instruction, parts, claim.timestamp, window)
        if not verified(self._depth, claim.public_key, text, signature):
            raise invalid_request("Invalid signature")
        return account


def _check_time(timestamp: str, window: str, now_ms: int) -> None:
    if _MILLISECONDS.fullmatch(timestamp) is None:
        raise invalid_request("Invalid X-Timestamp header")
    if _MILLISECONDS.fullmatch(window) is None or not 0 < int(window) <= WINDOW_MAX_MS:
        raise invalid_request("Invalid X-Window header")
    # A clock that runs ahead by more than the window is as wrong as one that lags.
    if abs(now_ms - int(timestamp)) > int(window):
        raise invalid_request("Request has expired")
