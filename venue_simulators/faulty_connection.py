"""A WebSocket connection on which frames get lost, doubled, swapped or late on their way out."""

from __future__ import annotations

from collections.abc import Callable

from venue_simulators.fault_plan import Addressed, FaultPlan
from venue_simulators.faults import Fault, FaultRow
from venue_simulators.wire import Connection, Frame, HttpRequest

BROKEN = 1006
"""The close code of a connection that ended without a closing frame."""

_ON_FRAME = (
    Fault.BLACKHOLE,
    Fault.CUT,
    Fault.MUTE,
    Fault.DROP,
    Fault.DUPLICATE,
    Fault.SWAP,
    Fault.STALL,
    Fault.DELAY,
    Fault.ECHO,
    Fault.JUNK,
)


class FaultyConnection:
    """What the simulator takes for the connection.

    Args:
        connection: The carrier's.
        plan: What goes wrong.
        now: Returns the present instant (epoch ns).
        later: Does something at an instant.
    """

    def __init__(
        self,
        connection: Connection,
        plan: FaultPlan,
        now: Callable[[], int],
        later: Callable[[int, Callable[[], None]], None],
    ) -> None:
        self._connection = connection
        self._plan = plan
        self._now = now
        self._later = later
        self._held: list[Frame] = []
        self._clogged: list[tuple[int, Frame]] = []
        """Frames that wait for the end of a trouble, with that instant."""
        self._closed = False

    @property
    def number(self) -> int:
        """Unique within the carrier, ascending."""
        return self._connection.number

    @property
    def request(self) -> HttpRequest:
        """The handshake."""
        return self._connection.request

    def about(self, frame: Frame) -> Addressed:
        """Return by what a fault of a frame is looked up."""
        request = self.request
        return Addressed(request.service, request.method, request.path, text_of(frame))

    def send(self, frame: Frame) -> None:
        """Send a frame, or what the plan makes of it."""
        if self._closed:
            return
        if self._clogged:
            self._unclog()
        row = None
        if self._plan.has(_ON_FRAME):
            row = self._plan.pick(_ON_FRAME, self._now(), self.about(frame))
        if row is None:
            self._pass(frame)
        else:
            self._befall(row, frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection from the venue's side."""
        if not self._closed:
            self._closed = True
            self._connection.close(code, reason)

    def _befall(self, row: FaultRow, frame: Frame) -> None:
        due_ns = self._now() + row.strength_ns
        match row.kind:
            case Fault.CUT:
                self.close(BROKEN)
            case Fault.DUPLICATE:
                self._pass(frame)
                self._pass(frame)
            case Fault.SWAP:
                self._held.append(frame)
                self._later(due_ns, self._let_go)
            case Fault.STALL:
                self._clog(row, frame)
            case Fault.DELAY:
                self._later(due_ns, lambda: self._out(frame))
            case Fault.ECHO:
                self._pass(frame)
                self._later(due_ns, lambda: self._out(frame))
            case Fault.JUNK:
                self._out(row.junk)
                self._pass(frame)

    def _clog(self, row: FaultRow, frame: Frame) -> None:
        """Hold a frame until a row ends, or for good where it has no end."""
        if row.end_ns is not None:
            until_ns = self._plan.start_ns + row.end_ns
            self._clogged.append((until_ns, frame))
            self._later(until_ns, self._unclog)

    def _unclog(self) -> None:
        """Send what was held until now."""
        now_ns, held = self._now(), self._clogged
        self._clogged = [each for each in held if each[0] > now_ns]
        for until_ns, frame in held:
            if until_ns <= now_ns:
                self._out(frame)

    def _pass(self, frame: Frame) -> None:
        """Send a frame, and behind it those that were held for it."""
        self._out(frame)
        if self._held:
            self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, []
        for frame in held:
            self._out(frame)

    def _out(self, frame: Frame) -> None:
        if not self._closed:
            self._connection.send(frame)


def text_of(frame: Frame) -> str:
    """Return a frame as text, byte for byte where it is not."""
    return frame if isinstance(frame, str) else frame.decode("latin-1")
