"""HTTP over real sockets of this machine: what was sent, how often, and what is known of it."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field

import pytest
import uvloop

from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport import direct_transport
from exchange_clients.shared.transport.aiohttp_transport import AiohttpTransport
from exchange_clients.shared.transport.direct_transport import DirectTransport
from exchange_clients.shared.transport.ports import AnswerLost, HttpTransport, NotSent, Timeouts

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Used: 7\r\n\r\nhi"


@dataclass(frozen=True)
class Kind:
    """A transport, and the loop that it runs on."""

    make: Callable[[], HttpTransport]
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop

    def run(self, main: Coroutine[None, None, None]) -> None:
        with asyncio.Runner(loop_factory=self.new_loop) as runner:
            runner.run(main)


DIRECT = Kind(DirectTransport)
QUICK = Timeouts(connect_s=0.3, send_s=0.3, first_byte_s=0.2, total_s=0.5)


@dataclass
class Server:
    """A server on a loopback port that answers each request by the script's next entry.

    ``None`` closes the connection without an answer; running out of entries leaves it hanging.
    """

    script: list[bytes | None]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    close_after: int | None = None
    """Closes a connection, silently, once it has answered so many requests."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        answered = 0
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = _content_length(head)
                self.requests.append(head + await reader.readexactly(length))
                if not self.script:
                    await asyncio.sleep(3600)
                answer = self.script.pop(0)
                if answer is None:
                    return
                writer.write(answer)
                answered += 1
                if answered == self.close_after:
                    return
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            return
        finally:
            writer.close()


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@pytest.fixture(
    params=[Kind(AiohttpTransport), DIRECT, Kind(DirectTransport, uvloop.new_event_loop)],
    ids=["aiohttp", "direct", "direct on uvloop"],
)
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


def with_server(
    kind: Kind, server: Server, scenario: Callable[[HttpTransport, str], Awaitable[None]]
) -> None:
    """Run a scenario against a server that ends with it."""

    async def main() -> None:
        transport = kind.make()
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        try:
            await scenario(transport, f"http://127.0.0.1:{port}")
        finally:
            await transport.close()
            await transport.close()
            listening.close()

    kind.run(main())


def request(method: str = "POST", body: bytes = b"{}", path: str = "/order?a=%2B1") -> WireRequest:
    return WireRequest(method, path, {"Content-Type": "application/json"} if body else {}, body)


def test_a_request_arrives_as_it_was_signed(kind: Kind) -> None:
    server = Server([OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        response = await transport.send(url, request(), Timeouts())
        assert (response.status, response.body) == (200, b"hi")
        assert response.headers["x-used"] == "7"
        assert response.received_ns > 0

    with_server(kind, server, scenario)
    (arrived,) = server.requests
    assert arrived.startswith(b"POST /order?a=%2B1 HTTP/1.1\r\n")
    assert arrived.endswith(b"\r\n\r\n{}")
    assert arrived.lower().count(b"content-type: application/json") == 1


@pytest.mark.parametrize("status", [302, 404, 429, 500])
def test_any_status_is_an_answer(kind: Kind, status: int) -> None:
    answer = b"HTTP/1.1 %d No\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n" % status
    server = Server([answer, OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        response = await transport.send(url, request("GET", b""), Timeouts())
        assert (response.status, len(server.requests)) == (status, 1)

    with_server(kind, server, scenario)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "POST"])
def test_a_kept_connection_that_dies_is_not_sent_to_again(kind: Kind, method: str) -> None:
    server = Server([OK, None, OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        await transport.send(url, request(), Timeouts())
        with pytest.raises(AnswerLost):
            await transport.send(url, request(method), Timeouts())
        await asyncio.sleep(0.05)

    with_server(kind, server, scenario)
    assert len(server.requests) == 2
    assert server.connections == 1


def test_a_connection_that_was_closed_meanwhile_is_replaced(kind: Kind) -> None:
    server = Server([OK, OK], close_after=1)

    async def scenario(transport: HttpTransport, url: str) -> None:
        await transport.send(url, request(), Timeouts())
        await asyncio.sleep(0.05)
        assert (await transport.send(url, request(), Timeouts())).status == 200

    with_server(kind, server, scenario)
    assert server.connections == 2


def test_a_refused_connection_sent_nothing(kind: Kind) -> None:
    async def main() -> None:
        listening = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        listening.close()
        await listening.wait_closed()
        transport = kind.make()
        with pytest.raises(NotSent, match=r"127\.0\.0\.1"):
            await transport.send(f"http://127.0.0.1:{port}", request(), QUICK)
        await transport.close()

    kind.run(main())


def test_a_name_that_is_not_found_sent_nothing(kind: Kind) -> None:
    async def main() -> None:
        transport = kind.make()
        with pytest.raises(NotSent):
            await transport.send("http://nowhere.invalid", request(), QUICK)
        await transport.close()

    kind.run(main())


def test_a_peer_that_speaks_no_tls_was_sent_nothing(kind: Kind) -> None:
    server = Server([])

    async def scenario(transport: HttpTransport, url: str) -> None:
        with pytest.raises(NotSent):
            await transport.send(url.replace("http:", "https:"), request(), QUICK)

    with_server(kind, server, scenario)
    assert server.requests == []


@pytest.mark.parametrize(
    "script",
    [
        [],
        [None],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi"],
        [b"not a protocol\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi"],
    ],
    ids=["silence", "closed", "cut short", "no HTTP", "not the gzip it says"],
)
def test_an_answer_that_does_not_come_whole_is_lost(kind: Kind, script: list[bytes | None]) -> None:
    server = Server(script)

    async def scenario(transport: HttpTransport, url: str) -> None:
        with pytest.raises(AnswerLost) as lost:
            await transport.send(url, request(), QUICK)
        assert "order" not in str(lost.value)

    with_server(kind, server, scenario)
    assert len(server.requests) == 1


def test_urgent_requests_do_not_wait_for_slow_ones(kind: Kind) -> None:
    server = Server([OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        server.script.clear()
        slow = [
            asyncio.create_task(transport.send(url, request("GET", b""), QUICK)) for _ in range(25)
        ]
        await asyncio.sleep(0.05)
        server.script.append(OK)
        assert (await transport.send(url, request("DELETE"), QUICK, urgent=True)).status == 200
        for task in slow:
            with pytest.raises((AnswerLost, NotSent)):
                await task

    with_server(kind, server, scenario)


def test_cookies_are_not_kept(kind: Kind) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    server = Server([cookie, OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        await transport.send(url, request(), Timeouts())
        await transport.send(url, request(), Timeouts())

    with_server(kind, server, scenario)
    assert b"cookie" not in server.requests[1].lower()


def test_a_header_that_comes_twice_is_one_of_two_lines(kind: Kind) -> None:
    server = Server(
        [b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\nContent-Length: 0\r\n\r\n"]
    )

    async def scenario(transport: HttpTransport, url: str) -> None:
        response = await transport.send(url, request(), Timeouts())
        assert response.headers["set-cookie"] == "a=b\nc=d"

    with_server(kind, server, scenario)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nbig\r\n6\r\n table\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbig table",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
        % (len(packed := gzip.compress(b"big table")), packed),
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: %d\r\n\r\n%s"
        % (len(zipped := zlib.compress(b"big table")), zipped),
    ],
    ids=["chunked", "after an announcement", "gzip", "deflate"],
)
def test_a_body_is_whole_however_it_is_carried(kind: Kind, answer: bytes) -> None:
    server = Server([answer, OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        assert (await transport.send(url, request(), Timeouts())).body == b"big table"
        assert (await transport.send(url, request(), Timeouts())).body == b"hi"

    with_server(kind, server, scenario)
    assert server.connections == 1


def test_a_body_without_a_length_ends_with_its_connection(kind: Kind) -> None:
    server = Server([b"HTTP/1.1 200 OK\r\n\r\nto the end", OK], close_after=1)

    async def scenario(transport: HttpTransport, url: str) -> None:
        assert (await transport.send(url, request(), Timeouts())).body == b"to the end"
        assert (await transport.send(url, request(), Timeouts())).body == b"hi"

    with_server(kind, server, scenario)
    assert server.connections == 2


def test_a_venue_that_says_it_will_close_is_believed(kind: Kind) -> None:
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"
    server = Server([closing, OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        await transport.send(url, request(), Timeouts())
        await transport.send(url, request(), Timeouts())

    with_server(kind, server, scenario)
    assert server.connections == 2


@pytest.mark.parametrize("name", ["x-key", "x-key\r\nx-other"])
def test_a_head_that_would_hold_another_line_is_not_sent(name: str) -> None:
    server = Server([OK])
    injected = WireRequest("POST", "/order", {name: "a" if "\n" in name else "a\r\nb: c"}, b"{}")

    async def scenario(transport: HttpTransport, url: str) -> None:
        with pytest.raises(NotSent):
            await transport.send(url, injected, QUICK)

    with_server(DIRECT, server, scenario)
    assert server.requests == []


def test_an_answer_that_nobody_waits_for_is_not_taken_for_the_next_one(kind: Kind) -> None:
    server = Server([])

    async def scenario(transport: HttpTransport, url: str) -> None:
        waiting = asyncio.create_task(transport.send(url, request(), Timeouts()))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        server.script.append(OK)
        assert (await transport.send(url, request("GET", b""), QUICK)).body == b"hi"

    with_server(kind, server, scenario)
    assert server.connections == 2


def test_more_requests_than_connections_take_turns(kind: Kind) -> None:
    server = Server([OK] * 50)

    async def scenario(transport: HttpTransport, url: str) -> None:
        sent = [asyncio.create_task(transport.send(url, request(), Timeouts())) for _ in range(50)]
        assert [(await each).status for each in sent] == [200] * 50

    with_server(kind, server, scenario)
    assert server.connections <= 20


def test_what_a_venue_says_unasked_ends_its_connection() -> None:
    server = Server([OK + b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nnot you", OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        assert (await transport.send(url, request(), Timeouts())).body == b"hi"
        await asyncio.sleep(0.05)
        assert (await transport.send(url, request(), Timeouts())).body == b"hi"

    with_server(DIRECT, server, scenario)
    assert server.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: %s\r\n" % (b"a" * 40_000) * 2 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    ],
    ids=["endless headers", "an encoding that was not offered", "another protocol"],
)
def test_an_answer_beyond_what_was_agreed_is_lost(answer: bytes) -> None:
    server = Server([answer])

    async def scenario(transport: HttpTransport, url: str) -> None:
        with pytest.raises(AnswerLost):
            await transport.send(url, request(), QUICK)

    with_server(DIRECT, server, scenario)
    assert len(server.requests) == 1


def test_a_kept_connection_is_not_trusted_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(direct_transport, "KEEP_ALIVE_S", -1.0)
    server = Server([OK, OK])

    async def scenario(transport: HttpTransport, url: str) -> None:
        await transport.send(url, request(), Timeouts())
        await transport.send(url, request(), Timeouts())

    with_server(DIRECT, server, scenario)
    assert server.connections == 2
