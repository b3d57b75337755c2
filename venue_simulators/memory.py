"""The network in memory: a simulated venue as a client on virtual time reaches it.

``MemoryHost`` is all there is to adapt::

    host = MemoryHost(venue, now_ns=clock.now_ns, call_later=clock.call_later)
    host.request(HttpRequest("rest", "GET", "/time"), deliver)
    line = host.open(HttpRequest("ws", "GET", "/"), on_open, on_frame, on_close)
    line.send("{...}")
    line.ping(on_pong)
    line.close()
    host.close()

Nothing waits: what arrives is told by callback, never from within the call that caused it, because
each way takes its latency. ``deliver(None)`` says that the connection broke without an answer.
``on_open(None)`` says that a connection stands, ``on_open(response)`` that it was refused.

The host lets the venue's time pass whenever something reaches it, and by a timer whenever something
happens there by itself. Whoever moves a market by hand calls ``pump`` before and after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol, TypeAlias

from exchange_clients.base_models import NS
from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.memory_line import MemoryLine, OnClose, OnFrame, OnOpen, Work
from venue_simulators.misbehaviour import Misbehaving, misbehaving
from venue_simulators.simulator import VenueSimulator
from venue_simulators.wire import HttpRequest, HttpResponse

LATENCY_NS = 2_000_000
"""One way, unless told otherwise."""
MOMENT_NS = 1000
"""The least that is waited between two looks at what happens by itself."""

Deliver: TypeAlias = Callable[[HttpResponse | None], None]


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

    # What a client's transport calls --------------------------------------------------------------

    def request(self, request: HttpRequest, deliver: Deliver) -> None:
        """Send a request; its answer is delivered once, after both ways and what is added."""
        self.up(lambda: self._answer(request, deliver))

    def open(
        self, request: HttpRequest, on_open: OnOpen, on_frame: OnFrame, on_close: OnClose
    ) -> MemoryLine:
        """Open a WebSocket connection."""
        self._opened += 1
        line = MemoryLine(self, self._opened, request, (on_open, on_frame, on_close))
        self.up(line.shake_hands)
        return line

    def close(self) -> None:
        """Stop: nothing is delivered any more, and no timer does anything."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def pump(self) -> None:
        """Let the venue's time pass until now, and set a timer for what comes next there."""
        if self._closed:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now_ns = self._now_ns()
        self.venue.advance(now_ns)
        next_ns = self.venue.next_ns()
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
        self.pump()
        self._on_the_way_up.popleft()()
        self.pump()

    def _answer(self, request: HttpRequest, deliver: Deliver) -> None:
        reply = self.venue.answer(request)
        way_ns = self._latency_ns + reply.delay_ns + reply.trickle_ns
        self._later(way_ns, lambda: deliver(reply.response))

    def _later(self, after_ns: int, work: Work) -> None:
        self._call_later(after_ns / NS, lambda: None if self._closed else work())
