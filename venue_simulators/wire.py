"""What passes between a client and a simulated venue, the same over sockets and in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias
from urllib.parse import parse_qsl

from exchange_clients.swift_values import swiftly_made

Frame: TypeAlias = str | bytes
"""A WebSocket message: text or binary."""


@swiftly_made
@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it arrived; ``path`` is without the query, header names are lower-case."""

    service: str
    """Which of the venue's hosts was asked, by the simulator's own name for it: ``"rest"``."""
    method: str
    path: str
    query: str = ""
    """The raw query string, without the question mark: what a signature may cover."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def params(self) -> dict[str, str]:
        """The query, decoded; of a repeated name the last value."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@swiftly_made
@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What the venue answers."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """``content-type`` is application/json where it is not given."""


@swiftly_made
@dataclass(frozen=True, slots=True)
class Reply:
    """How an answer travels: ``response`` None means that the connection breaks without one."""

    response: HttpResponse | None
    delay_ns: int = 0
    trickle_ns: int = 0
    """Over which the body arrives, little by little."""


class Connection(Protocol):
    """One WebSocket connection as the venue sees it; carriers implement it."""

    @property
    def number(self) -> int:
        """Unique within the carrier, ascending."""

    @property
    def request(self) -> HttpRequest:
        """The handshake."""

    def send(self, frame: Frame) -> None:
        """Send a frame; never waits. After ``close`` nothing is sent."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection from the venue's side; 1006 breaks it without a closing frame."""
