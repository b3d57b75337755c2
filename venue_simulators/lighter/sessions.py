"""One WebSocket connection as the venue keeps it."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from venue_simulators.lighter.channels import Channel
from venue_simulators.wire import Connection, HttpRequest

SUBSCRIPTIONS_MAX = 500
_OFFSET_STEP = 1_558_300
_SKIP_EVERY = 7


class Session:
    """What a client has subscribed to over one connection, and when it was last heard."""

    def __init__(self, connection: Connection, number: int, now_ns: int) -> None:
        self.connection = connection
        self.number = number
        self.heard_ns = now_ns
        self.channels: dict[Channel, None] = {}
        self.nonces: dict[Channel, int] = {}
        """Of the last book message on each channel."""
        self._offset = number * _OFFSET_STEP

    @property
    def request(self) -> HttpRequest:
        """The handshake."""
        return self.connection.request

    def send(self, body: Mapping[str, object]) -> None:
        """Send a frame of JSON text."""
        self.connection.send(msgspec.json.encode(body).decode())

    def next_offset(self) -> int:
        """Return the offset of a book message: of this server alone, and not always one more."""
        self._offset += 3 if self._offset % _SKIP_EVERY == 0 else 1
        return self._offset
