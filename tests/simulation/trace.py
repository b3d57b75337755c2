"""What a seed did, in the order of doing: the instant, what left a process, what reached it.

Two plays of one seed are the same where their digests are; where they are not, their lines are
compared, and the first that differs says what went another way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TypeAlias

from exchange_clients.base_models import Fill
from exchange_clients.shared.transport.memory_transport import MemoryPeer
from venue_simulators.memory import Arriving, Deliver, MemoryService
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.wire import Frame, HttpResponse

Note: TypeAlias = Callable[..., None]
"""Takes a word for what happens now, and its details."""


class Trace:
    """A digest of everything that is noted.

    Args:
        lines: Where each line is written as well; None keeps the digest alone.
    """

    def __init__(self, lines: Path | None = None) -> None:
        self._digest = hashlib.blake2b(digest_size=16)
        self._file = None if lines is None else lines.open("wb")

    def note(self, at_ns: int, what: str, *details: object) -> None:
        """Add one line.

        Args:
            at_ns: When (epoch ns).
            what: In a word or two.
            details: Whatever has one ``repr`` in every process.
        """
        line = f"{at_ns} {what} {details!r}\n".encode()
        self._digest.update(line)
        if self._file is not None:
            self._file.write(line)

    def digest(self) -> str:
        """Return the digest of all lines so far."""
        return self._digest.hexdigest()

    def __enter__(self) -> Trace:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()


def note_books(trace: Trace, venue: Misbehaving, fills: Iterable[Fill]) -> None:
    """Note all that has reached a venue, and what came of it there."""
    for entry in venue.log:
        trace.note(entry.at_ns, "arrived", entry.method, entry.path, str(entry.verdict))
    for fill in fills:
        trace.note(fill.venue_ns, "filled", str(fill.side), str(fill.price), str(fill.size))


def noted_request(request: Arriving, deliver: Deliver, note: Note) -> Deliver:
    """Note a request; return ``deliver`` so that its answer is noted as well."""
    headers = sorted(request.headers.items())
    note("asks", request.method, request.path, request.query, headers, request.body)

    def delivered(answer: HttpResponse | None) -> None:
        note("is told", None if answer is None else (answer.status, answer.body))
        deliver(answer)

    return delivered


def noted_open(
    service: MemoryService,
    note: Note,
    request: Arriving,
    on_open: Callable[[MemoryPeer | None, HttpResponse | None], None],
    on_frame: Callable[[Frame], None],
    on_close: Callable[[int, str], None],
    on_pong: Callable[[], None],
) -> None:
    """Ask for a WebSocket connection, on which everything is noted."""
    headers = sorted(request.headers.items())
    note("connects", request.path, request.query, headers)

    def opened(peer: MemoryPeer | None, refusal: HttpResponse | None) -> None:
        note("connected", None if refusal is None else (refusal.status, refusal.body))
        on_open(None if peer is None else _NotedPeer(peer, note), refusal)

    def heard(frame: Frame) -> None:
        note("hears", frame)
        on_frame(frame)

    def closed(code: int, reason: str) -> None:
        note("closed", code, reason)
        on_close(code, reason)

    service.open(request, opened, heard, closed, on_pong)


@dataclass(frozen=True, slots=True)
class _NotedPeer:
    """The far end of a connection, to which everything that is sent is noted."""

    peer: MemoryPeer
    note: Note

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        self.note("says", frame)
        self.peer.send(frame)

    def ping(self) -> None:
        """Send a protocol ping."""
        self.note("pings")
        self.peer.ping()

    def close(self, code: int, reason: str) -> None:
        """End the connection."""
        self.note("leaves", code, reason)
        self.peer.close(code, reason)
