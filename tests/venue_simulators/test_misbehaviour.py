"""What a plan of faults does to requests, replies, frames and the venue's clock."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from exchange_clients.base_models import NS
from tests.support.echo_venue import EchoVenue
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.faults import Fault, FaultRow
from venue_simulators.misbehaviour import Misbehaving, misbehaving
from venue_simulators.request_log import ANSWERED, FRAME
from venue_simulators.scripted_source import START_NS
from venue_simulators.wire import Frame, HttpRequest, HttpResponse, Reply

ORDER = HttpRequest("rest", "POST", "/order", body=b'{"size":"1"}')
BOOK = HttpRequest("rest", "GET", "/book", "symbol=BTC")
FEED = HttpRequest("ws", "GET", "/feed")


@dataclass
class Line:
    """A carrier's connection that writes down what comes over it."""

    number: int = 1
    request: HttpRequest = FEED
    frames: list[Frame] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed.append(code)


def staged(*rows: FaultRow) -> tuple[EchoVenue, Misbehaving]:
    venue = EchoVenue()
    return venue, Misbehaving(venue, FaultPlan(rows))


def seconds(count: float) -> int:
    return START_NS + round(count * NS)


def answered(count: int) -> Reply:
    body = b'{"asked":%d}' % count
    return Reply(HttpResponse(200, body, {"x-asked": str(count)}))


# Requests -----------------------------------------------------------------------------------------


def test_without_faults_everything_is_as_it_is() -> None:
    venue, host = staged()
    assert host.answer(ORDER) == answered(1)
    assert venue.requests == [ORDER]
    assert (host.name, host.services) == (venue.name, venue.services)
    assert misbehaving(host) is host
    assert not host.plan.counts


def test_a_request_that_is_lost_never_arrives() -> None:
    venue, host = staged()
    host.plan.once("rq.drop", path="/order", seconds=3)
    assert host.answer(ORDER) == Reply(None, 3 * NS)
    assert venue.asked == 0
    assert host.answer(ORDER) == answered(1)


def test_a_request_that_is_held_up_arrives_when_nobody_waits_for_it() -> None:
    venue, host = staged()
    host.plan.once("rq.delay", path="/order", seconds=90)
    assert host.answer(ORDER) == Reply(None, 90 * NS)
    host.advance(seconds(89))
    assert venue.requests == []
    host.advance(seconds(90))
    assert venue.requests == [ORDER]


@pytest.mark.parametrize(
    ("kind", "reply"),
    [
        ("rp.drop", Reply(None, 60 * NS)),
        ("rp.reset", Reply(None)),
        (
            "rp.error_after",
            Reply(HttpResponse(500, b'{"code": 500, "message": "simulated rp.error_after"}')),
        ),
        ("rp.trunc", Reply(HttpResponse(200, b'{"ask', {"x-asked": "1"}))),
        ("rp.empty", Reply(HttpResponse(200, b""))),
    ],
)
def test_the_venue_does_what_it_was_asked_whatever_becomes_of_the_reply(
    kind: str, reply: Reply
) -> None:
    venue, host = staged()
    host.plan.once(kind)
    assert host.answer(ORDER) == reply
    assert venue.requests == [ORDER]


def test_a_status_comes_back_in_place_of_the_deed() -> None:
    venue, host = staged()
    host.plan.once("rp.status", status=429, seconds=7)
    host.plan.once("rp.status", status=503, body='{"code":"UNKNOWN"}')
    throttled, unknown = (host.answer(ORDER).response for _ in range(2))
    assert throttled is not None
    assert (throttled.status, throttled.headers) == (429, {"retry-after": "7"})
    assert unknown == HttpResponse(503, b'{"code":"UNKNOWN"}')
    assert venue.asked == 0


def test_a_web_page_is_no_json() -> None:
    _, host = staged()
    host.plan.once("rp.html")
    response = host.answer(BOOK).response
    assert response is not None
    assert response.headers["content-type"].startswith("text/html")
    assert response.body.startswith(b"<!DOCTYPE html>")


def test_late_and_slow_replies_are_whole() -> None:
    _, host = staged()
    host.plan.once("rp.delay", seconds=2)
    host.plan.once("rp.slow", seconds=4)
    whole = answered(1).response
    assert host.answer(BOOK) == Reply(whole, delay_ns=2 * NS)
    assert host.answer(BOOK) == Reply(answered(2).response, trickle_ns=4 * NS)


def test_a_lagging_read_repeats_what_was_answered_before() -> None:
    _, host = staged()
    host.answer(BOOK)
    host.advance(seconds(1))
    host.answer(BOOK)
    host.advance(seconds(2.5))
    host.plan.once("rp.stale", seconds=2)
    assert host.answer(BOOK) == answered(1)
    assert host.answer(BOOK) == answered(4)


def test_a_read_that_was_never_answered_before_does_not_lag() -> None:
    _, host = staged()
    host.plan.always("rp.stale", seconds=1)
    assert host.answer(BOOK) == answered(1)
    assert host.plan.counts[Fault.STALE] == 0


def test_a_row_concerns_what_its_patterns_match() -> None:
    _, host = staged()
    host.plan.always("rp.reset", method="POST", path="/ord*", contains='"size":"1"')
    other = HttpRequest("rest", "POST", "/order", body=b'{"size":"2"}')
    assert host.answer(ORDER) == Reply(None)
    assert [host.answer(request).response is None for request in (BOOK, other)] == [False, False]


def test_a_row_lasts_as_long_as_it_says() -> None:
    row = FaultRow(Fault.REPLY_RESET, from_ns=NS, for_ns=2 * NS)
    _, host = staged(row)
    lost = []
    for count in range(5):
        host.advance(seconds(count))
        lost.append(host.answer(BOOK).response is None)
    assert lost == [False, True, True, False, False]


def test_chance_is_the_same_for_the_same_seed() -> None:
    def draws(seed: int) -> list[bool]:
        plan = FaultPlan([FaultRow(Fault.REPLY_RESET, probability=0.3)], seed)
        host = Misbehaving(EchoVenue(), plan)
        return [host.answer(BOOK).response is None for _ in range(200)]

    assert draws(1) == draws(1)
    assert draws(1) != draws(2)
    assert 30 < sum(draws(1)) < 90


def test_injections_are_counted_and_cleared_by_kind() -> None:
    _, host = staged()
    host.plan.always("rp.reset", path="/order")
    host.plan.always("rp.empty", path="/book")
    for request in (ORDER, ORDER, BOOK):
        host.answer(request)
    assert host.plan.counts == {Fault.REPLY_RESET: 2, Fault.EMPTY: 1}
    host.plan.clear("rp.reset")
    assert host.answer(ORDER) == answered(4)


# The log ------------------------------------------------------------------------------------------


def test_the_log_tells_what_became_of_each_request() -> None:
    _, host = staged()
    host.plan.once("rq.drop", path="/order")
    host.answer(ORDER)
    host.advance(seconds(1))
    host.answer(ORDER)
    host.answer(HttpRequest("rest", "GET", "/missing", headers={"x-api-key": "secret"}))
    assert [(entry.at_ns, entry.verdict, entry.status) for entry in host.log] == [
        (START_NS, "rq.drop", None),
        (seconds(1), ANSWERED, 200),
        (seconds(1), ANSWERED, 404),
    ]
    assert [entry.text for entry in host.log.matching("POST", "/order")] == ['{"size":"1"}'] * 2
    assert "secret" not in repr(list(host.log))
    assert len(host.log) == 3


def test_frames_of_clients_are_logged_too() -> None:
    _, host = staged()
    line = Line()
    host.on_open(line)
    host.plan.once("ws.ignore_sub", contains="subscribe")
    host.on_frame(line, "subscribe")
    host.on_frame(line, b"\xff")
    assert [(entry.method, entry.verdict) for entry in host.log] == [
        ("GET", ANSWERED),
        (FRAME, "ws.ignore_sub"),
        (FRAME, ANSWERED),
    ]


# Frames -------------------------------------------------------------------------------------------


def test_a_muted_channel_is_silent_while_others_speak() -> None:
    _, host = staged()
    line = Line()
    host.on_open(line)
    host.plan.always("ws.mute", contains="tick")
    host.on_frame(line, "hello")
    host.advance(seconds(1))
    assert line.frames == ["hello"]
    assert host.plan.counts[Fault.MUTE] == 10


@pytest.mark.parametrize(
    ("kind", "frames"),
    [
        ("ws.drop", ["tick 1", "tick 3"]),
        ("ws.dup", ["tick 1", "tick 2", "tick 2", "tick 3"]),
        ("ws.swap", ["tick 1", "tick 3", "tick 2"]),
        ("ws.delay", ["tick 1", "tick 3"]),
        ("ws.junk", ["tick 1", "junk", "tick 2", "tick 3"]),
    ],
)
def test_a_frame_meets_its_fault(kind: str, frames: list[str]) -> None:
    _, host = staged()
    line = Line()
    host.on_open(line)
    host.plan.once(kind, contains="tick 2", seconds=2, body="junk")
    host.advance(seconds(0.3))
    assert line.frames == frames


def test_a_late_frame_arrives_after_its_time() -> None:
    _, host = staged()
    line = Line()
    host.on_open(line)
    host.plan.once("ws.delay", contains="tick 2", seconds=0.25)
    host.advance(seconds(0.5))
    assert line.frames == ["tick 1", "tick 3", "tick 4", "tick 2", "tick 5"]


def test_a_frame_held_for_the_next_goes_out_alone_in_the_end() -> None:
    _, host = staged()
    line = Line()
    host.on_open(line)
    host.plan.once("ws.swap", contains="tick 1", seconds=0.05)
    host.advance(seconds(0.15))
    assert line.frames == ["tick 1"]


def test_a_cut_breaks_connections_and_refuses_new_ones_until_it_ends() -> None:
    venue, host = staged(FaultRow(Fault.CUT, from_ns=NS, for_ns=NS))
    line = Line()
    host.on_open(line)
    assert host.next_ns() == seconds(0.1)
    host.advance(seconds(1))
    assert line.closed == [1006]
    host.on_close(line)
    assert venue.connections == {}
    refused = host.on_open(Line(2))
    assert refused is not None
    assert refused.status == 503
    host.advance(seconds(2))
    assert host.on_open(Line(3)) is None


def test_a_cut_in_place_of_a_frame_leaves_the_next_connection_alone() -> None:
    _, host = staged()
    first, second = Line(1), Line(2)
    host.on_open(first)
    host.plan.once("ws.cut", contains="tick 2")
    host.advance(seconds(0.35))
    host.on_close(first)
    assert (first.frames, first.closed) == (["tick 1"], [1006])
    assert host.on_open(second) is None
    host.advance(seconds(0.45))
    assert second.frames == ["tick 4"]


def test_a_refused_handshake_reaches_nobody() -> None:
    venue, host = staged()
    host.plan.once("ws.refuse", status=403)
    refused = host.on_open(Line())
    assert refused is not None
    assert refused.status == 403
    assert venue.connections == {}


def test_what_the_venue_refuses_is_no_connection() -> None:
    venue, host = staged()
    line = Line(1, HttpRequest("ws", "GET", "/private"))
    refused = host.on_open(line)
    assert refused == HttpResponse(401, b"who are you")
    host.on_frame(line, "hello")
    host.on_close(line)
    assert venue.frames == []


def test_a_blackhole_swallows_both_ways_and_pings_too() -> None:
    venue, host = staged()
    line = Line()
    host.on_open(line)
    assert host.answers_pings(line)
    host.plan.always("ws.blackhole", path="/feed")
    host.on_frame(line, "hello")
    host.advance(seconds(1))
    assert (line.frames, line.closed, venue.frames) == ([], [], [])
    assert not host.answers_pings(line)


# The venue ----------------------------------------------------------------------------------------


def test_maintenance_closes_connections_and_answers_nobody() -> None:
    venue, host = staged(FaultRow(Fault.MAINTENANCE, from_ns=NS, for_ns=NS, body="closed"))
    line = Line()
    host.on_open(line)
    host.advance(seconds(1))
    assert line.closed == [1012]
    assert host.answer(ORDER) == Reply(HttpResponse(503, b"closed"))
    assert venue.asked == 0
    host.advance(seconds(2))
    assert host.answer(ORDER) == answered(1)


def test_next_instant_includes_the_beginning_of_a_cut() -> None:
    _, host = staged(FaultRow(Fault.CUT, from_ns=NS // 20, for_ns=0))
    assert host.next_ns() == seconds(0.05)


def test_a_clock_ahead_is_told_a_later_time() -> None:
    venue, host = staged(FaultRow(Fault.SKEW, seconds=5))
    host.advance(seconds(1))
    assert venue.now_ns == seconds(6)
    assert host.next_ns() == seconds(1.1)


def test_a_clock_that_falls_behind_stands_still_and_never_runs_backwards() -> None:
    venue, host = staged(FaultRow(Fault.SKEW, from_ns=2 * NS, for_ns=3 * NS, seconds=-2))
    told = []
    for count in range(1, 7):
        host.advance(seconds(count))
        told.append((venue.now_ns - START_NS) / NS)
    assert told == [1, 1.9, 1.9, 2, 5, 6]
