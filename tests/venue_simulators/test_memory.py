"""The network in memory, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.echo_venue import EchoVenue
from venue_simulators.memory import LATENCY_NS, MemoryHost
from venue_simulators.memory_line import MemoryLine
from venue_simulators.scripted_source import START_NS
from venue_simulators.wire import Frame, HttpRequest, HttpResponse

ASK = HttpRequest("rest", "GET", "/book")
FEED = HttpRequest("ws", "GET", "/feed")


@dataclass
class Client:
    """A client that writes down, with the milliseconds since the beginning, what it is told."""

    clock: VirtualClock
    venue: EchoVenue
    host: MemoryHost
    start_ns: int
    told: list[tuple[int, object]] = field(default_factory=list)

    def note(self, what: object) -> None:
        self.told.append(((self.clock.now_ns() - self.start_ns) // 1_000_000, what))

    def ask(self, request: HttpRequest = ASK) -> None:
        self.host.request(request, self.on_answer)

    def on_answer(self, response: HttpResponse | None) -> None:
        self.note(None if response is None else response.body.decode())

    def open(self, request: HttpRequest = FEED) -> MemoryLine:
        return self.host.open(request, self.on_open, self.note, self.on_close)

    def on_open(self, refusal: HttpResponse | None) -> None:
        self.note("open" if refusal is None else refusal.status)

    def on_close(self, code: int, reason: str) -> None:
        self.note((code, reason))


def on_virtual_time(story: Callable[[Client], Coroutine[object, object, None]]) -> Client:
    """Let a story happen and return what the client was told."""
    clients = []

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        start_ns = clock.now_ns()
        venue = EchoVenue(start_ns)
        host = MemoryHost(venue, clock.now_ns, clock.call_later)
        client = Client(clock, venue, host, start_ns)
        clients.append(client)
        await story(client)
        host.close()

    run_virtual(main, epoch_ns=START_NS)
    return clients[0]


def test_an_answer_takes_both_ways() -> None:
    async def story(client: Client) -> None:
        client.ask()
        assert client.told == []
        await asyncio.sleep(1)

    client = on_virtual_time(story)
    assert client.told == [(2 * LATENCY_NS // 1_000_000, '{"asked":1}')]


def test_requests_arrive_in_the_order_of_sending() -> None:
    async def story(client: Client) -> None:
        for number in range(5):
            client.ask(HttpRequest("rest", "GET", f"/{number}"))
        await asyncio.sleep(1)

    client = on_virtual_time(story)
    assert [request.path for request in client.venue.requests] == ["/0", "/1", "/2", "/3", "/4"]
    assert [body for _, body in client.told] == [f'{{"asked":{n}}}' for n in range(1, 6)]


def test_faults_of_replies_take_their_time() -> None:
    async def story(client: Client) -> None:
        plan = client.host.venue.plan
        plan.once("rp.drop", seconds=0.5)
        plan.once("rp.delay", seconds=0.25)
        plan.once("rp.slow", seconds=0.125)
        for _ in range(3):
            client.ask()
        await asyncio.sleep(1)

    client = on_virtual_time(story)
    assert client.told == [(129, '{"asked":3}'), (254, '{"asked":2}'), (504, None)]


def test_frames_of_the_venue_come_by_themselves() -> None:
    async def story(client: Client) -> None:
        client.open()
        await asyncio.sleep(0.35)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (102, "tick 1"), (202, "tick 2"), (302, "tick 3")]


def test_frames_are_heard_in_the_order_of_sending() -> None:
    async def story(client: Client) -> None:
        line = client.open()
        frames: list[Frame] = ["a", b"b", "c"]
        for frame in frames:
            line.send(frame)
        await asyncio.sleep(0.05)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (4, "a"), (4, b"b"), (4, "c")]


def test_a_client_that_closes_hears_of_it_once_and_of_nothing_else() -> None:
    async def story(client: Client) -> None:
        line = client.open()
        await asyncio.sleep(0.0985)
        line.close()
        line.close()
        line.send("late")
        await asyncio.sleep(1)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (102, (1000, ""))]
    assert client.venue.connections == {}
    assert client.venue.frames == []


def test_a_venue_that_closes_says_why() -> None:
    async def story(client: Client) -> None:
        client.open().send("bye")
        await asyncio.sleep(0.5)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (4, (4000, "as you wish"))]
    assert client.venue.connections == {}


def test_a_connection_that_is_cut_breaks_without_a_closing_frame() -> None:
    async def story(client: Client) -> None:
        client.open()
        await asyncio.sleep(0.05)
        client.host.venue.cut()
        await asyncio.sleep(0.5)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (52, (1006, ""))]
    assert client.venue.connections == {}


def test_a_refused_handshake_tells_its_answer_and_no_close() -> None:
    async def story(client: Client) -> None:
        line = client.open(HttpRequest("ws", "GET", "/private"))
        await asyncio.sleep(0.05)
        line.send("hello")
        line.close()
        await asyncio.sleep(0.5)

    client = on_virtual_time(story)
    assert client.told == [(4, 401)]


def test_pings_are_answered_unless_everything_is_swallowed() -> None:
    async def story(client: Client) -> None:
        line = client.open()
        line.ping(lambda: client.note("pong"))
        await asyncio.sleep(0.05)
        client.host.venue.plan.always("ws.blackhole")
        line.ping(lambda: client.note("pong"))
        await asyncio.sleep(0.5)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (4, "pong")]


def test_a_closed_host_delivers_nothing_more() -> None:
    async def story(client: Client) -> None:
        client.open()
        client.ask()
        await asyncio.sleep(0.003)
        client.host.close()
        client.ask()
        await asyncio.sleep(1)

    assert on_virtual_time(story).told == []
