"""One WebSocket connection in memory: the client's end and the venue's."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.wire import Frame, HttpRequest, HttpResponse

NORMAL = 1000

Work: TypeAlias = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told what at the client."""

    on_open: Callable[[MemoryLine | None, HttpResponse | None], None]
    """Takes the connection, or None and the answer that refused it; told once."""
    on_frame: Callable[[Frame], None]
    on_close: Callable[[int, str], None]
    """Takes the close code, 1006 for a connection that broke, and the reason; told once of a
    connection that stood, unless the client closed it."""
    on_pong: Callable[[], None]


class Ways(Protocol):
    """The two ways between client and venue; each keeps its order."""

    venue: Misbehaving

    def up(self, work: Work) -> None:
        """Do something at the venue, after all that was sent there before."""

    def down(self, work: Work) -> None:
        """Do something at the client, once the way down is over."""

    def soon(self, work: Work) -> None:
        """Do something at the venue once it is done with what it does now."""


class VenueEnd:
    """What the venue holds of a connection."""

    def __init__(self, line: MemoryLine, number: int, request: HttpRequest) -> None:
        self._line = line
        self.number = number
        self.request = request

    def send(self, frame: Frame) -> None:
        """Send a frame to the client."""
        self._line.receive(frame)

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """End the connection from the venue's side."""
        self._line.broken(code, reason)


class MemoryLine:
    """What the client holds of a connection."""

    def __init__(self, ways: Ways, number: int, request: HttpRequest, listeners: Listeners) -> None:
        self._ways = ways
        self._end = VenueEnd(self, number, request)
        self._listeners = listeners
        self._inbox: deque[Work] = deque()
        self._stands = False
        """Whether the venue holds its end."""
        self._ended = False
        """Whether the client was told, or has itself said, that it is over."""

    # The client's side ----------------------------------------------------------------------------

    def send(self, frame: Frame) -> None:
        """Send a frame; on a connection that is over nothing happens."""
        if not self._ended:
            self._ways.up(lambda: self._hear(frame))

    def ping(self) -> None:
        """Send a protocol ping; its pong is told to ``on_pong``."""
        if not self._ended:
            self._ways.up(self._pong)

    def close(self, code: int = NORMAL, reason: str = "") -> None:
        """End the connection; nothing is told of it any more."""
        del code, reason  # no venue cares
        if not self._ended:
            self._ended = True
            self._ways.up(self._leave)

    # On the way to the venue ----------------------------------------------------------------------

    def shake_hands(self) -> None:
        """Ask the venue for the connection."""
        answers: list[HttpResponse | None] = []
        # What the venue sends at once comes after its answer to the handshake.
        self._post(lambda: self._opened(answers[0]))
        self._stands = True
        answers.append(self._ways.venue.on_open(self._end))
        self._stands = self._stands and answers[0] is None

    def _hear(self, frame: Frame) -> None:
        if self._stands:
            self._ways.venue.on_frame(self._end, frame)

    def _pong(self) -> None:
        if self._stands and self._ways.venue.answers_pings(self._end):
            self._post(self._listeners.on_pong)

    def _leave(self) -> None:
        if self._stands:
            self._stands = False
            self._ways.venue.on_close(self._end)

    # On the way to the client ---------------------------------------------------------------------

    def receive(self, frame: Frame) -> None:
        """Take a frame of the venue."""
        if self._stands:
            self._post(lambda: self._listeners.on_frame(frame))

    def broken(self, code: int, reason: str) -> None:
        """Take the end of the connection from the venue."""
        if self._stands:
            self._stands = False
            self._ways.soon(lambda: self._ways.venue.on_close(self._end))
            self._post(lambda: self._over(code, reason))

    def _opened(self, refusal: HttpResponse | None) -> None:
        self._ended = refusal is not None
        self._listeners.on_open(None if self._ended else self, refusal)

    def _over(self, code: int, reason: str) -> None:
        self._ended = True
        self._listeners.on_close(code, reason)

    def _post(self, work: Work) -> None:
        """Put something into the client's inbox, from which it comes in order."""
        self._inbox.append(work)
        self._ways.down(self._tell_next)

    def _tell_next(self) -> None:
        tell = self._inbox.popleft()
        if not self._ended:
            tell()
