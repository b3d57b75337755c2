"""What can go wrong on the way to a simulated venue and back, as rows of a plan.

A row says what happens, to which requests or frames, when, how often and how strongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from exchange_clients.base_models import NS
from exchange_clients.errors import ClientConfigError


class Fault(StrEnum):
    """Kinds of trouble: of requests (rq), replies (rp), WebSockets (ws), clocks and venues."""

    REQUEST_LOST = "rq.drop"
    """The request never arrives; the connection breaks after ``seconds`` of silence."""
    REQUEST_DELAYED = "rq.delay"
    """The request reaches the venue ``seconds`` late, and nobody waits for its answer any more."""
    REPLY_LOST = "rp.drop"
    """The venue does what it was asked; then ``seconds`` of silence, and the connection breaks."""
    REPLY_RESET = "rp.reset"
    """The venue does what it was asked; the connection breaks at once."""
    REPLY_DELAYED = "rp.delay"
    """The reply is ``seconds`` late."""
    REPLY_SLOW = "rp.slow"
    """The reply's body trickles in over ``seconds``."""
    STATUS = "rp.status"
    """Nothing is done; ``status`` comes back (429 with Retry-After ``seconds``, 418, 503 ...)."""
    ERROR_AFTER = "rp.error_after"
    """The venue does what it was asked and answers ``status`` all the same."""
    HTML = "rp.html"
    """Nothing is done; a web page comes back with ``status`` (200 unless given)."""
    TRUNCATED = "rp.trunc"
    """The venue does what it was asked; the second half of the body is missing."""
    EMPTY = "rp.empty"
    """The venue does what it was asked; ``body`` or nothing comes back, with status 200."""
    STALE = "rp.stale"
    """The answer is the one that the same question got at least ``seconds`` ago."""
    FIRST = "rp.first"
    """The answer is the first that the same question ever got, from when there was nothing yet."""
    CUT = "ws.cut"
    """Connections break as the row begins, and none is taken until it ends.

    A row that is limited by ``times`` breaks a connection in place of a frame instead."""
    MUTE = "ws.mute"
    """Matching frames to the client are left out."""
    DROP = "ws.drop"
    """As ``ws.mute``; by its name for a frame here and there."""
    DUPLICATE = "ws.dup"
    """A frame is sent twice."""
    SWAP = "ws.swap"
    """A frame is sent after the one that follows it, at the latest after ``seconds``."""
    DELAY = "ws.delay"
    """A frame is sent ``seconds`` late; later ones overtake it."""
    STALL = "ws.stall"
    """Frames are held until the row ends, then sent in their order: a pipe that is clogged."""
    ECHO = "ws.echo"
    """A frame is sent, and once more ``seconds`` later: what was told is told again."""
    JUNK = "ws.junk"
    """``body`` is sent ahead of a frame."""
    REFUSE = "ws.refuse"
    """A handshake is answered with ``status``."""
    IGNORE = "ws.ignore_sub"
    """A frame of the client is not heard."""
    BLACKHOLE = "ws.blackhole"
    """Nothing passes either way, pings included; the connection stays open."""
    MAINTENANCE = "v.maintenance"
    """Requests and handshakes are answered with ``status``; open connections are closed."""
    SKEW = "clk.skew"
    """The venue's clock runs ahead by ``seconds``; below zero it runs behind."""


SILENCE_S = 60.0
"""How long nothing comes back of what is lost."""
_STATUS = {
    Fault.STATUS: 503,
    Fault.ERROR_AFTER: 500,
    Fault.HTML: 200,
    Fault.REFUSE: 503,
    Fault.CUT: 503,
    Fault.MAINTENANCE: 503,
}
_SECONDS = {
    Fault.REQUEST_LOST: SILENCE_S,
    Fault.REQUEST_DELAYED: SILENCE_S,
    Fault.REPLY_LOST: SILENCE_S,
    Fault.REPLY_DELAYED: 1.0,
    Fault.REPLY_SLOW: 5.0,
    Fault.STALE: 2.0,
    Fault.SWAP: 1.0,
    Fault.DELAY: 1.0,
    Fault.ECHO: 5.0,
    Fault.STATUS: 1.0,
}
_JUNK = "\x00{not json"


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One row of a plan; instants are relative to the beginning of the plan."""

    kind: Fault
    service: str = "*"
    method: str = "*"
    """Of requests: GET, POST ...; a WebSocket handshake is a GET."""
    path: str = "*"
    """Of the request, or of a connection's handshake."""
    contains: str = ""
    """A text in the body or the frame: a channel's name, an order's id."""
    from_ns: int = 0
    for_ns: int | None = None
    """How long it lasts; None is without end."""
    probability: float = 1.0
    times: int | None = None
    """How often at most; None is without limit."""
    seconds: float | None = None
    status: int = 0
    body: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ClientConfigError(f"probability must be from 0 to 1, got {self.probability}")
        if self.seconds is not None and self.seconds < 0 and self.kind is not Fault.SKEW:
            raise ClientConfigError(f"seconds must not be negative, got {self.seconds}")

    @property
    def strength_ns(self) -> int:
        """``seconds`` or what is usual, in nanoseconds."""
        seconds = _SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds
        return round(seconds * NS)

    @property
    def answer_status(self) -> int:
        """``status`` or what is usual."""
        return self.status or _STATUS.get(self.kind, 200)

    @property
    def junk(self) -> str:
        """``body`` or what no reader understands."""
        return self.body or _JUNK

    @property
    def end_ns(self) -> int | None:
        """When it ends, of the plan; None for never."""
        return None if self.for_ns is None else self.from_ns + self.for_ns

    def concerns(self, service: str, method: str, path: str, text: str) -> bool:
        """Say whether a request, or a frame by its connection's handshake, is meant."""
        return (
            fnmatchcase(service, self.service)
            and fnmatchcase(method, self.method)
            and fnmatchcase(path, self.path)
            and self.contains in text
        )


_TIMES = {"from": "from_ns", "for": "for_ns"}
_WRITTEN = ("service", "method", "path", "contains", "probability", "times", "seconds", "status")


def parse_row(text: str) -> FaultRow:
    """Read a row as the command line writes it; times are in seconds.

    >>> parse_row("rp.drop,path=/api/v1/order,probability=0.1,from=10,for=60").probability
    0.1

    Raises:
        ClientConfigError: the text is not a row; names what could stand there.
    """
    kind, *parts = text.split(",")
    if kind not in list(Fault):
        raise ClientConfigError(f"fault {kind} is not known: choose from {', '.join(Fault)}")
    fields: dict[str, object] = {"kind": kind}
    for part in parts:
        name, _, value = part.partition("=")
        if name not in (*_WRITTEN, *_TIMES, "body"):
            known = ", ".join((*_WRITTEN, *_TIMES, "body"))
            raise ClientConfigError(f"fault {kind} has no {name}: choose from {known}")
        fields[_TIMES.get(name, name)] = _ns(kind, name, value) if name in _TIMES else value
    try:
        return msgspec.convert(fields, FaultRow, strict=False)
    except msgspec.ValidationError as error:
        raise ClientConfigError(f"fault {text} is not a row: {error}") from None


def _ns(kind: str, name: str, value: str) -> int:
    try:
        return round(float(value) * NS)
    except ValueError:
        raise ClientConfigError(f"{name} of fault {kind} is not in seconds: {value}") from None
