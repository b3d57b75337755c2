"""The network in memory: a simulated venue as a client on virtual time reaches it.

A host is made for each venue; its services are found by the venue's real host names::

    host = MemoryHost(venue, now_ns=clock.now_ns, call_later=clock.call_later)
    rest = host.resolve("https://api.venue.example")
    rest.request(request, deliver)
    feed = host.resolve("wss://ws.venue.example")
    feed.open(handshake, on_open, on_frame, on_close, on_pong)
    host.close()

Nothing waits: what arrives is told by callback, never from within the call that caused it, because
each way takes its latency. ``deliver(None)`` says that the connection broke without an answer.
``on_open(line, None)`` says that a connection stands, ``on_open(None, response)`` that it was
refused; a line has ``send``, ``ping`` and ``close``.

The host lets the venue's time pass whenever something reaches it, and by a timer whenever something
happens there by itself. Whoever moves a market by hand calls ``pump`` before and after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

from exchange_clients.base_models import NS
from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.memory_line import Listeners, MemoryLine, Work
from venue_simulators.misbehaviour import Misbehaving, misbehaving
from venue_simulators.simulator import Service, VenueSimulator
from venue_simulators.wire import Frame, HttpRequest, HttpResponse

LATENCY_NS = 2_000_000
"""One way, unless told otherwise."""
MOMENT_NS = 1000
"""The least that is waited between two looks at what happens by itself."""

Deliver: TypeAlias = Callable[[HttpResponse | None], None]


class Arriving(Protocol):
    """A request, or the handshake of a WebSocket, as a client's transport hands it over."""

    @property
    def method(self) -> str:
        """GET, POST ..."""

    @property
    def path(self) -> str:
        """Without the query."""

    @property
    def query(self) -> str:
        """As it was sent, without the question mark."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in lower case."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class Timer(Protocol):
    """What ``call_later`` returns."""

    def cancel(self) -> None:
        """Keep the callback from being called."""


CallLater: TypeAlias = Callable[[float, Work], Timer]
"""Calls back once after a number of seconds."""


class MemoryHost:
    """One venue, reachable without sockets.

    Args:
        venue: The venue, with faults around it or alone.
        now_ns: Returns the present instant (epoch ns).
        call_later: Sets a timer; both are the client's clock's.
        latency_ns: One way.
    """

    def __init__(
        self,
        venue: VenueSimulator | Misbehaving,
        now_ns: Callable[[], int],
        call_later: CallLater,
        latency_ns: int = LATENCY_NS,
    ) -> None:
        self.venue = misbehaving(venue)
        self._now_ns = now_ns
        self._call_later = call_later
        self._latency_ns = latency_ns
        self._opened = 0
        self._on_the_way_up: deque[Work] = deque()
        self._timer: Timer | None = None
        self._closed = False
        self.pump()

    # What a client's transport needs --------------------------------------------------------------

    def resolve(self, base_url: str) -> MemoryService | None:
        """Return the service at a base URL of the real venue, None where there is none."""
        parts = urlsplit(base_url)
        found = (
            service
            for service in self.venue.services
            if parts.hostname in service.hosts
            and service.websocket is (parts.scheme in ("ws", "wss"))
        )
        service = next(found, None)
        return None if service is None else MemoryService(self, service)

    def service(self, name: str) -> MemoryService:
        """Return a service by its name."""
        return next(
            MemoryService(self, service) for service in self.venue.services if service.name == name
        )

    def request(self, request: HttpRequest, deliver: Deliver) -> None:
        """Send a request; its answer is delivered once, after both ways and what is added."""
        self.up(lambda: self._answer(request, deliver))

    def open(self, request: HttpRequest, listeners: Listeners) -> None:
        """Ask for a WebSocket connection."""
        self._opened += 1
        self.up(MemoryLine(self, self._opened, request, listeners).shake_hands)

    def close(self) -> None:
        """Stop: nothing is delivered any more, and no timer does anything."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def abandon(self, *, arrives: bool) -> None:
        """Stop because whoever is connected has died: nothing of the venue reaches it any more.

        Args:
            arrives: Whether what it had sent still arrives; else it is lost on its way.
        """
        self.close()
        self.venue.advance(self._now_ns())
        while self._on_the_way_up:
            work = self._on_the_way_up.popleft()
            if arrives:
                work()

    def pump(self) -> None:
        """Let the venue's time pass until now, and set a timer for what comes next there."""
        if self._closed:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now_ns = self._now_ns()
        next_ns = self.venue.advance(now_ns)
        if next_ns < NEVER_NS:
            wait_ns = max(next_ns - now_ns, MOMENT_NS)
            self._timer = self._call_later(wait_ns / NS, self.pump)

    # What lines call ------------------------------------------------------------------------------

    def up(self, work: Work) -> None:
        """Do something at the venue, after all that was sent there before."""
        # Timers of one instant may come in any order; what was sent first arrives first.
        self._on_the_way_up.append(work)
        self._later(self._latency_ns, self._arrive)

    def down(self, work: Work) -> None:
        """Do something at the client, once the way down is over."""
        self._later(self._latency_ns, work)

    def soon(self, work: Work) -> None:
        """Do something at the venue once it is done with what it does now."""
        self._later(0, work)

    def _arrive(self) -> None:
        self.venue.advance(self._now_ns())
        self._on_the_way_up.popleft()()
        self.pump()

    def _answer(self, request: HttpRequest, deliver: Deliver) -> None:
        reply = self.venue.answer(request)
        way_ns = self._latency_ns + reply.delay_ns + reply.trickle_ns
        answer = None if reply.response is None else _dressed(reply.response)
        self._later(way_ns, lambda: deliver(answer))

    def _later(self, after_ns: int, work: Work) -> None:
        if not self._closed:
            self._call_later(after_ns / NS, lambda: None if self._closed else work())


class MemoryService:
    """All that one base URL leads to."""

    def __init__(self, host: MemoryHost, service: Service) -> None:
        self._host = host
        self._service = service

    def request(self, request: Arriving, deliver: Deliver) -> None:
        """Send a request; its answer is delivered once."""
        self._host.request(self._asked(request), deliver)

    def open(
        self,
        request: Arriving,
        on_open: Callable[[MemoryLine | None, HttpResponse | None], None],
        on_frame: Callable[[Frame], None],
        on_close: Callable[[int, str], None],
        on_pong: Callable[[], None],
    ) -> None:
        """Ask for a WebSocket connection."""
        self._host.open(self._asked(request), Listeners(on_open, on_frame, on_close, on_pong))

    def _asked(self, request: Arriving) -> HttpRequest:
        return HttpRequest(
            self._service.name,
            request.method,
            request.path,
            request.query,
            request.headers,
            request.body,
        )


def _dressed(response: HttpResponse) -> HttpResponse:
    """Return an answer with the header that goes without saying."""
    headers = {"content-type": "application/json", **response.headers}
    return HttpResponse(response.status, response.body, headers)
