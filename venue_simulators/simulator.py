"""What every simulated venue is: pure, synchronous, and told what time it is.

A carrier (a loopback server, or the network in memory) calls ``advance`` with the present instant
before anything else it does, so a simulator never asks for the time. It answers at once; what is
to travel late or never is decided by ``misbehaviour`` around it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World


@dataclass(frozen=True, slots=True)
class Service:
    """One host of a venue: its REST API, its login, a WebSocket endpoint."""

    name: str
    """``"rest"``, ``"auth"``, ``"market_data"``, ``"ws"`` ..."""
    hosts: tuple[str, ...]
    """The venue's real host names, by which a client in memory finds the service."""

    @property
    def websocket(self) -> bool:
        """Whether it is reached by ``ws://``; ``ws`` is the first or the last word of its name."""
        words = self.name.split("_")
        return "ws" in (words[0], words[-1])


class VenueSimulator(Protocol):
    """One venue with its accounts."""

    name: str
    services: Sequence[Service]
    world: World

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the environment variables with which a client trades on this simulator.

        Args:
            urls: The base URL of each service, by its name: ``{"rest": "http://127.0.0.1:9001"}``;
                WebSocket services are given as ``ws://...``.

        Returns:
            The credentials under the names users already have, and
            ``PERP_<VENUE>_<SERVICE>_URL`` for each service.
        """

    def advance(self, now_ns: int) -> None:
        """Let time pass until ``now_ns`` (epoch ns): markets move, frames go out, logins expire."""

    def next_ns(self) -> int:
        """Return the next instant at which something will happen by itself."""

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request at the present instant."""

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a WebSocket handshake; a response refuses it."""

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone, whoever ended it."""
