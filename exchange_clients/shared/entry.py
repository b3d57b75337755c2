"""Requests that a venue takes over a WebSocket as well as over HTTP, as words.

Over an open socket an order needs no head, no signature of its own where the login counts for it,
and no gateway in between. What a request asks and what its answer says are the same either way, so
that a venue's flows know nothing of it: they only name the call (``Request.entry``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from exchange_clients.events import Event
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.signing import SigningContext
from exchange_clients.shared.stream import ConnectionSpec, FrameKind


@dataclass(frozen=True, slots=True)
class CallAnswer:
    """The answer to one call."""

    call_id: str
    response: Response
    """Its status and body read as the answer over HTTP would."""


EntryEvent: TypeAlias = CallAnswer | Event


class EntryWords(Protocol):
    """The order socket of one account at one venue; it holds no state."""

    def connection(self, now_ms: int) -> ConnectionSpec:
        """Return the connection to open, without topics; its login is signed at ``now_ms``."""

    def frame(self, request: Request, context: SigningContext, call_id: str) -> str:
        """Return the frame that asks what ``request`` asks.

        Args:
            request: One that names its call.
            context: As for a signer.
            call_id: What the venue gives back with the answer: letters and digits.
        """

    def read(self, frame: bytes, kind: FrameKind) -> EntryEvent | None:
        """Read one frame: an answer, what came of the login, or nothing of interest.

        Raises:
            MalformedPayload: the frame cannot be read; as may any other exception be raised.
        """
