"""A venue that says what it says in another way: every JSON answer and frame passes a function."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

import msgspec

from venue_simulators.simulator import Service, VenueSimulator
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse
from venue_simulators.world import World

Json: TypeAlias = object
"""A decoded message: dicts, lists, strings, numbers, booleans and None."""
Change: TypeAlias = Callable[[str, Json], Json]
"""Takes the path of the request, or ``FRAME``, and the message; returns what is said instead."""
FRAME = "frame"


class Altered:
    """A simulator whose messages pass ``change``, where there is one."""

    def __init__(self, simulator: VenueSimulator) -> None:
        self.name = simulator.name
        self.services: Sequence[Service] = simulator.services
        self.world: World = simulator.world
        self.change: Change | None = None
        self.headers: Mapping[str, str] = {}
        """What every answer tells in its headers, whatever the simulator would."""
        self.inner = simulator
        """What is altered; a test may set it up otherwise."""
        self._simulator = simulator
        self._connections: dict[int, _AlteredConnection] = {}

    @property
    def open_connections(self) -> int:
        """How many WebSocket connections stand now."""
        return len(self._connections)

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the variables with which a client trades here."""
        return self._simulator.environment(urls)

    def advance(self, now_ns: int) -> None:
        """Let time pass."""
        self._simulator.advance(now_ns)

    def next_ns(self) -> int:
        """Return the next instant at which something happens by itself."""
        return self._simulator.next_ns()

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request, as ``change`` words it."""
        response = self._simulator.handle(request)
        body = self.reworded(request.path, response.body)
        return replace(response, body=body, headers={**response.headers, **self.headers})

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a handshake."""
        altered = self._connections[connection.number] = _AlteredConnection(self, connection)
        refusal = self._simulator.on_open(altered)
        if refusal is not None:
            del self._connections[connection.number]
        return refusal

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        self._simulator.on_frame(self._connections[connection.number], frame)

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone."""
        altered = self._connections.pop(connection.number, None)
        if altered is not None:
            self._simulator.on_close(altered)

    def reworded(self, place: str, body: bytes) -> bytes:
        """Return a message as ``change`` words it; what is no JSON stays as it is."""
        if self.change is None or not body:
            return body
        try:
            message = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return body
        return msgspec.json.encode(self.change(place, message))


class _AlteredConnection:
    """The venue's end of a connection over which changed frames leave."""

    def __init__(self, venue: Altered, connection: Connection) -> None:
        self._venue = venue
        self._connection = connection
        self.number = connection.number
        self.request = connection.request

    def send(self, frame: Frame) -> None:
        if isinstance(frame, str):
            frame = self._venue.reworded(FRAME, frame.encode()).decode()
        self._connection.send(frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._connection.close(code, reason)
