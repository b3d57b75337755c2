"""The network in memory, on virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.memory_transport import (
    MemoryHttpTransport,
    MemorySocketTransport,
)
from exchange_clients.shared.transport.ports import Timeouts
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
        self.host.service("rest").request(request, self.on_answer)

    def on_answer(self, response: HttpResponse | None) -> None:
        self.note(None if response is None else response.body.decode())

    async def open(self, request: HttpRequest = FEED) -> MemoryLine | None:
        """Open a connection and wait until it is settled."""
        settled: asyncio.Future[MemoryLine | None] = asyncio.get_running_loop().create_future()

        def on_open(line: MemoryLine | None, refusal: HttpResponse | None) -> None:
            self.note("open" if refusal is None else refusal.status)
            settled.set_result(line)

        feed = self.host.service("ws")
        feed.open(request, on_open, self.note, self.on_close, lambda: self.note("pong"))
        return await settled

    async def line(self) -> MemoryLine:
        """Open a connection that stands."""
        line = await self.open()
        assert line is not None
        return line

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
        await client.open()
        await asyncio.sleep(0.346)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (102, "tick 1"), (202, "tick 2"), (302, "tick 3")]


def test_frames_are_heard_in_the_order_of_sending() -> None:
    async def story(client: Client) -> None:
        line = await client.line()
        frames: list[Frame] = ["a", b"b", "c"]
        for frame in frames:
            line.send(frame)
        await asyncio.sleep(0.05)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (8, "a"), (8, b"b"), (8, "c")]


def test_a_client_that_closes_hears_nothing_more() -> None:
    async def story(client: Client) -> None:
        line = await client.line()
        await asyncio.sleep(0.097)
        line.close()
        line.close()
        line.send("late")
        await asyncio.sleep(1)

    client = on_virtual_time(story)
    assert client.told == [(4, "open")]
    assert client.venue.connections == {}
    assert client.venue.frames == []


def test_a_venue_that_closes_says_why() -> None:
    async def story(client: Client) -> None:
        (await client.line()).send("bye")
        await asyncio.sleep(0.5)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (8, (4000, "as you wish"))]
    assert client.venue.connections == {}


def test_a_connection_that_is_cut_breaks_without_a_closing_frame() -> None:
    async def story(client: Client) -> None:
        line = await client.line()
        await asyncio.sleep(0.046)
        client.host.venue.cut()
        await asyncio.sleep(0.5)
        line.send("late")

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (52, (1006, ""))]
    assert client.venue.connections == {}


def test_a_refused_handshake_tells_its_answer_and_no_close() -> None:
    async def story(client: Client) -> None:
        assert await client.open(HttpRequest("ws", "GET", "/private")) is None
        await asyncio.sleep(0.5)

    client = on_virtual_time(story)
    assert client.told == [(4, 401)]


def test_pings_are_answered_unless_everything_is_swallowed() -> None:
    async def story(client: Client) -> None:
        line = await client.line()
        line.ping()
        await asyncio.sleep(0.05)
        client.host.venue.plan.always("ws.blackhole")
        line.ping()
        await asyncio.sleep(0.5)

    client = on_virtual_time(story)
    assert client.told == [(4, "open"), (8, "pong")]


def test_a_closed_host_delivers_nothing_more() -> None:
    async def story(client: Client) -> None:
        client.ask()
        await asyncio.sleep(0.003)
        client.host.close()
        client.ask()
        await asyncio.sleep(1)

    assert on_virtual_time(story).told == []


def test_services_are_found_by_the_venues_real_names() -> None:
    async def story(client: Client) -> None:
        rest = client.host.resolve("https://api.echo.example")
        assert rest is not None
        rest.request(ASK, client.on_answer)
        assert client.host.resolve("https://elsewhere.example") is None
        assert client.host.resolve("https://ws.echo.example") is None
        assert client.host.resolve("wss://ws.echo.example:443") is not None
        await asyncio.sleep(1)

    assert on_virtual_time(story).venue.requests == [ASK]


def test_the_clients_own_transport_reaches_a_venue() -> None:
    async def story(client: Client) -> None:
        http = MemoryHttpTransport(client.host.resolve, client.clock)
        wire = WireRequest("GET", "/book?symbol=BTC", {"X-Key": "k"}, b"")
        answer = await http.send("https://api.echo.example", wire, Timeouts())
        assert (answer.status, answer.body) == (200, b'{"asked":1}')
        assert answer.headers["content-type"] == "application/json"
        sockets = MemorySocketTransport(client.host.resolve)
        socket = await sockets.open(
            "wss://ws.echo.example/feed",
            {},
            lambda frame, _: client.note(frame),
            client.on_close,
            lambda: client.note("pong"),
        )
        socket.send("hello")
        socket.ping()
        await asyncio.sleep(0.05)
        socket.close()

    client = on_virtual_time(story)
    assert client.told[:2] == [(12, b"hello"), (12, "pong")]
    assert client.venue.requests == [
        HttpRequest("rest", "GET", "/book", "symbol=BTC", {"x-key": "k"})
    ]
