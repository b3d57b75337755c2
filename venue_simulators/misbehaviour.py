"""How requests, replies and frames travel between clients and a simulated venue.

``Misbehaving`` stands around a simulator and is what carriers talk to. It lets a ``FaultPlan``
decide what gets lost, late or garbled, and keeps a log of all that reached the venue. With an empty
plan everything travels as it is.

The venue is told what time it is by the plan, too: a skewed clock runs ahead or behind, and stands
still rather than run backwards.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from typing import TypeAlias

from exchange_clients.base_models import NS
from venue_simulators.fault_plan import Addressed, FaultPlan
from venue_simulators.faults import Fault, FaultRow
from venue_simulators.faulty_connection import BROKEN, FaultyConnection, text_of
from venue_simulators.remembered_answers import RememberedAnswers
from venue_simulators.request_log import ANSWERED, FRAME, Logged, RequestLog
from venue_simulators.simulator import Service, VenueSimulator
from venue_simulators.wire import Connection, Frame, HttpRequest, HttpResponse, Reply

_INSTEAD = (
    Fault.MAINTENANCE,
    Fault.REQUEST_LOST,
    Fault.REQUEST_DELAYED,
    Fault.STATUS,
    Fault.HTML,
)
"""What happens to a request before the venue hears of it."""
_AFTER = (
    Fault.REPLY_LOST,
    Fault.REPLY_RESET,
    Fault.ERROR_AFTER,
    Fault.TRUNCATED,
    Fault.EMPTY,
    Fault.STALE,
    Fault.FIRST,
)
"""What happens to the reply of a venue that has done what it was asked."""
_LATE = (Fault.REPLY_DELAYED, Fault.REPLY_SLOW)
_HANDSHAKE = (Fault.REFUSE, Fault.CUT, Fault.MAINTENANCE)
_TO_VENUE = (Fault.BLACKHOLE, Fault.IGNORE)
_WINDOWS = (Fault.CUT, Fault.MAINTENANCE)
"""What happens at an instant of its own."""
_RESTARTING = 1012
_GOING_AWAY = 1001
_MS = NS // 1000
LastWords: TypeAlias = Callable[[Connection, int, int], Frame | None]
"""Returns what a connection is told now (epoch ms) that is closed within so many milliseconds."""
_THROTTLED = (418, 429)


class Misbehaving:
    """A venue as its clients meet it.

    Args:
        simulator: The venue as it would be alone.
        plan: What goes wrong; its instants count from the present of the venue's world.
    """

    def __init__(self, simulator: VenueSimulator, plan: FaultPlan | None = None) -> None:
        self.simulator = simulator
        self.plan = plan or FaultPlan()
        self.log = RequestLog()
        self._now_ns = self._told_ns = self.plan.start_ns = simulator.world.now_ns
        self._connections: dict[int, FaultyConnection] = {}
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._planned = 0
        self._remembered = RememberedAnswers()

    @property
    def name(self) -> str:
        """The venue's name."""
        return self.simulator.name

    @property
    def services(self) -> Sequence[Service]:
        """The venue's hosts."""
        return self.simulator.services

    def environment(self, urls: Mapping[str, str]) -> dict[str, str]:
        """Return the environment variables with which a client trades here."""
        return self.simulator.environment(urls)

    # Time -----------------------------------------------------------------------------------------

    def advance(self, now_ns: int) -> int:
        """Let time pass until ``now_ns`` (epoch ns); return what ``next_ns`` says then."""
        # Instant by instant, so that what is late is late from its own instant on.
        passed_ns = None
        while (at_ns := self.next_ns()) <= now_ns:
            stands_still = at_ns <= self._now_ns
            self._pass_to(at_ns)
            passed_ns = at_ns
            if self._agenda and self._agenda[0][0] <= at_ns:
                heapq.heappop(self._agenda)[-1]()
                passed_ns = None
            elif stands_still:
                break
        if passed_ns == now_ns < at_ns:
            return at_ns
        self._pass_to(now_ns)
        return self.next_ns()

    def next_ns(self) -> int:
        """Return the next instant at which something will happen by itself."""
        due_ns = self.simulator.next_ns() - self._skew_ns()
        if self._agenda:
            due_ns = min(due_ns, self._agenda[0][0])
        return min(due_ns, self.plan.next_ns(_WINDOWS, self._now_ns))

    def _pass_to(self, now_ns: int) -> None:
        self._now_ns = max(self._now_ns, now_ns)
        for row in self.plan.begun(_WINDOWS, self._now_ns):
            self.plan.counts[row.kind] += 1
            code = BROKEN if row.kind is Fault.CUT else _RESTARTING
            self.cut(row.path, row.service, code)
        self._told_ns = max(self._told_ns, self._now_ns + self._skew_ns())
        self.simulator.advance(self._told_ns)

    def _skew_ns(self) -> int:
        standing = self.plan.standing(Fault.SKEW, self._now_ns)
        return sum(row.strength_ns for row in standing) if standing else 0

    def _later(self, at_ns: int, work: Callable[[], None]) -> None:
        self._planned += 1
        heapq.heappush(self._agenda, (at_ns, self._planned, work))

    # Requests -------------------------------------------------------------------------------------

    def answer(self, request: HttpRequest) -> Reply:
        """Take a request at the present instant and say how the answer travels."""
        about = Addressed(
            request.service, request.method, request.path, f"{request.query}\n{_text(request.body)}"
        )
        row = self.plan.pick(_INSTEAD, self._now_ns, about)
        if row is not None:
            self._keep(request, row.kind, None)
            return self._instead(row, request)
        response = self.simulator.handle(request)
        row = self.plan.pick(_AFTER, self._now_ns, about, lambda each: self._can(each, request))
        self._keep(request, ANSWERED if row is None else row.kind, response.status)
        reply = Reply(response) if row is None else self._garbled(row, request, response)
        if response.status == 200:
            self._remembered.keep(request, response, self._now_ns)
        late = None if reply.response is None else self.plan.pick(_LATE, self._now_ns, about)
        if late is None:
            return reply
        if late.kind is Fault.REPLY_SLOW:
            return replace(reply, trickle_ns=late.strength_ns)
        return replace(reply, delay_ns=reply.delay_ns + late.strength_ns)

    def _instead(self, row: FaultRow, request: HttpRequest) -> Reply:
        match row.kind:
            case Fault.REQUEST_DELAYED:
                late_ns = self._now_ns + row.strength_ns
                self._later(late_ns, lambda: self._arrive(request))
                return Reply(None, row.strength_ns)
            case Fault.REQUEST_LOST:
                return Reply(None, row.strength_ns)
            case Fault.HTML:
                return Reply(_web_page(row.answer_status))
            case _:
                return Reply(_refusal(row))

    def _arrive(self, request: HttpRequest) -> None:
        """Let the venue do what it was asked long ago; the answer finds nobody."""
        self.simulator.handle(request)

    def _garbled(self, row: FaultRow, request: HttpRequest, response: HttpResponse) -> Reply:
        match row.kind:
            case Fault.REPLY_LOST:
                return Reply(None, row.strength_ns)
            case Fault.REPLY_RESET:
                return Reply(None)
            case Fault.ERROR_AFTER:
                return Reply(_refusal(row))
            case Fault.TRUNCATED:
                return Reply(replace(response, body=response.body[: len(response.body) // 2]))
            case Fault.EMPTY:
                return Reply(HttpResponse(200, row.body.encode()))
            case _:
                return Reply(self._as_of(row, request))

    def _can(self, row: FaultRow, request: HttpRequest) -> bool:
        """Say whether a row could befall this reply: a lagging read needs something to repeat."""
        repeats = row.kind in (Fault.STALE, Fault.FIRST)
        return not repeats or self._as_of(row, request) is not None

    def _as_of(self, row: FaultRow, request: HttpRequest) -> HttpResponse | None:
        if row.kind is Fault.FIRST:
            return self._remembered.first(request)
        return self._remembered.as_of(request, self._now_ns - row.strength_ns)

    def _keep(self, request: HttpRequest, verdict: str, status: int | None) -> None:
        self.log.keep(
            Logged(
                self._now_ns,
                request.service,
                request.method,
                request.path,
                request.query,
                request.body,
                str(verdict),
                status,
            )
        )

    # Connections ----------------------------------------------------------------------------------

    def on_open(self, connection: Connection) -> HttpResponse | None:
        """Take a WebSocket handshake; a response refuses it."""
        request = connection.request
        about = Addressed(request.service, request.method, request.path, request.query)
        row = self.plan.pick(
            _HANDSHAKE,
            self._now_ns,
            about,
            lambda each: each.kind is Fault.REFUSE or each.times is None,
        )
        if row is not None:
            self._keep(request, row.kind, None)
            return _refusal(row)
        faulty = FaultyConnection(connection, self.plan, lambda: self._now_ns, self._later)
        self._connections[connection.number] = faulty
        refusal = self.simulator.on_open(faulty)
        self._keep(request, ANSWERED, 101 if refusal is None else refusal.status)
        if refusal is not None:
            del self._connections[connection.number]
        return refusal

    def on_frame(self, connection: Connection, frame: Frame) -> None:
        """Take a frame of a client."""
        faulty = self._connections.get(connection.number)
        if faulty is None:
            return
        row = self.plan.pick(_TO_VENUE, self._now_ns, faulty.about(frame))
        body = text_of(frame).encode()
        self._keep(
            replace(connection.request, method=FRAME, body=body),
            ANSWERED if row is None else row.kind,
            None,
        )
        if row is None:
            self.simulator.on_frame(faulty, frame)

    def on_close(self, connection: Connection) -> None:
        """Note that a connection is gone, whoever ended it."""
        faulty = self._connections.pop(connection.number, None)
        if faulty is not None:
            self.simulator.on_close(faulty)

    def answers_pings(self, connection: Connection) -> bool:
        """Say whether protocol pings of a connection are answered now."""
        request = connection.request
        return not any(
            row.concerns(request.service, request.method, request.path, row.contains)
            for row in self.plan.standing(Fault.BLACKHOLE, self._now_ns)
        )

    def close_soon(self, within_ns: int, words: LastWords) -> int:
        """Announce in the venue's words that open connections are closed, and do it in time.

        Return how many there are. Those that are opened meanwhile stay.
        """
        closing = list(self._connections.values())
        for connection in closing:
            told = words(connection, self._told_ns // _MS, within_ns // _MS)
            if told is not None:
                connection.send(told)
        end = partial(self._close, closing)
        self._later(self._now_ns + within_ns, end)
        return len(closing)

    def _close(self, connections: Sequence[FaultyConnection]) -> None:
        for connection in connections:
            if connection.number in self._connections:
                connection.close(_GOING_AWAY)

    def cut(self, path: str = "*", service: str = "*", code: int = BROKEN) -> None:
        """End the connections whose handshakes match, now."""
        for connection in list(self._connections.values()):
            request = connection.request
            if fnmatchcase(request.path, path) and fnmatchcase(request.service, service):
                connection.close(code)


def misbehaving(venue: VenueSimulator | Misbehaving) -> Misbehaving:
    """Return what carriers talk to: a venue alone has an empty plan."""
    return venue if isinstance(venue, Misbehaving) else Misbehaving(venue)


def _refusal(row: FaultRow) -> HttpResponse:
    """Return an answer that says no more than its status."""
    status = row.answer_status
    body = row.body or f'{{"code": {status}, "message": "simulated {row.kind}"}}'
    headers = {}
    if status in _THROTTLED:
        headers["retry-after"] = str(math.ceil(row.strength_ns / NS))
    return HttpResponse(status, body.encode(), headers)


def _web_page(status: int) -> HttpResponse:
    page = b"<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>"
    return HttpResponse(status, page, {"content-type": "text/html; charset=utf-8"})


def _text(body: bytes) -> str:
    return body.decode("utf-8", "replace")
