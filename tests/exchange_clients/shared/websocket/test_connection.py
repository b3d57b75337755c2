"""WebSockets over real sockets of this machine, by each library alike."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.http11 import Request, Response

from exchange_clients.errors import AuthenticationFailed, ExchangeError, RateLimited
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.ports import Socket, SocketTransport
from exchange_clients.shared.websocket import accelerated
from exchange_clients.shared.websocket.accelerated import PicowsTransport
from exchange_clients.shared.websocket.connection import WebsocketsTransport
from exchange_clients.shared.websocket.sockets import FRAME_BYTES_MAX, socket_transport

LIBRARIES: dict[str, Callable[[], SocketTransport]] = {
    "websockets": WebsocketsTransport,
    "picows": PicowsTransport,
}
Peer = Callable[[ServerConnection], Awaitable[None]]


@dataclass
class Heard:
    """What a socket's callbacks were told."""

    frames: list[tuple[bytes, FrameKind]] = field(default_factory=list)
    pongs: int = 0
    ends: list[tuple[int, str]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def on_frame(self, frame: bytes, kind: FrameKind) -> None:
        self.frames.append((frame, kind))
        self.changed.set()

    def on_close(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))
        self.changed.set()

    def on_pong(self) -> None:
        self.pongs += 1
        self.changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture(params=LIBRARIES)
def transport(request: pytest.FixtureRequest) -> SocketTransport:
    return LIBRARIES[request.param]()


def meet(
    transport: SocketTransport,
    peer: Peer,
    scenario: Callable[[Socket, Heard], Awaitable[None]],
    **server: object,
) -> Heard:
    """Open one socket to a peer and run a scenario with it."""
    heard: list[Heard] = []

    async def main() -> None:
        heard.append(Heard())
        async with serve(peer, "127.0.0.1", 0, **server) as listening:  # type: ignore[arg-type]
            socket = await _open(transport, listening, heard[0])
            await scenario(socket, heard[0])
            socket.close()
            await heard[0].until(lambda: bool(heard[0].ends))

    asyncio.run(main())
    return heard[0]


async def _open(transport: SocketTransport, listening: Server, heard: Heard) -> Socket:
    port = listening.sockets[0].getsockname()[1]
    headers = {"X-Key": "k"}
    url = f"ws://127.0.0.1:{port}/stream?a=1"
    return await transport.open(url, headers, heard.on_frame, heard.on_close, heard.on_pong)


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def wait_closed(connection: ServerConnection) -> None:
    await connection.wait_closed()


def test_frames_go_both_ways_in_order(transport: SocketTransport) -> None:
    async def scenario(socket: Socket, heard: Heard) -> None:
        for number in range(50):
            socket.send(f"frame {number}")
        await heard.until(lambda: len(heard.frames) == 50)

    heard = meet(transport, echo, scenario)
    assert heard.frames == [(f"frame {number}".encode(), FrameKind.TEXT) for number in range(50)]
    assert len(heard.ends) == 1


def test_frames_that_come_with_the_handshake_wait_for_the_opener(
    transport: SocketTransport,
) -> None:
    async def greet(connection: ServerConnection) -> None:
        await connection.send("one")
        await connection.send(b"\x01\x02")
        await connection.wait_closed()

    async def scenario(socket: Socket, heard: Heard) -> None:
        assert heard.frames == []
        await heard.until(lambda: len(heard.frames) == 2)

    heard = meet(transport, greet, scenario)
    assert heard.frames == [(b"one", FrameKind.TEXT), (b"\x01\x02", FrameKind.BINARY)]


def test_a_message_in_fragments_is_put_together(transport: SocketTransport) -> None:
    async def fragments(connection: ServerConnection) -> None:
        await connection.send(["a", "b", "c"])
        await connection.send("d")
        await connection.wait_closed()

    async def scenario(socket: Socket, heard: Heard) -> None:
        await heard.until(lambda: len(heard.frames) == 2)

    heard = meet(transport, fragments, scenario)
    assert [frame for frame, _ in heard.frames] == [b"abc", b"d"]


def test_a_snapshot_of_eight_megabytes_arrives(transport: SocketTransport) -> None:
    snapshot = b"x" * (8 << 20)

    async def large(connection: ServerConnection) -> None:
        await connection.send(snapshot)
        await connection.wait_closed()

    async def scenario(socket: Socket, heard: Heard) -> None:
        await heard.until(lambda: bool(heard.frames))

    heard = meet(transport, large, scenario)
    assert heard.frames == [(snapshot, FrameKind.BINARY)]


@pytest.mark.parametrize("parts", [1, 3])
def test_a_message_beyond_the_limit_ends_the_connection(
    transport: SocketTransport, parts: int
) -> None:
    part = b"x" * (FRAME_BYTES_MAX // parts + 1)

    async def larger(connection: ServerConnection) -> None:
        await connection.send(part if parts == 1 else [part] * parts)
        await connection.wait_closed()

    async def scenario(socket: Socket, heard: Heard) -> None:
        await heard.until(lambda: bool(heard.ends))

    heard = meet(transport, larger, scenario)
    assert heard.frames == []
    assert heard.ends[0][0] == 1009


def test_a_ping_is_answered_by_a_pong_and_pings_are_answered(transport: SocketTransport) -> None:
    async def pinging(connection: ServerConnection) -> None:
        await (await connection.ping())
        await connection.send("answered")
        await connection.wait_closed()

    async def scenario(socket: Socket, heard: Heard) -> None:
        socket.ping()
        await heard.until(lambda: heard.pongs == 1)
        await heard.until(lambda: bool(heard.frames))

    heard = meet(transport, pinging, scenario)
    assert heard.pongs == 1


def test_the_peers_reason_for_closing_is_told_once(transport: SocketTransport) -> None:
    async def leave(connection: ServerConnection) -> None:
        await connection.close(1012, "restart")

    async def scenario(socket: Socket, heard: Heard) -> None:
        await heard.until(lambda: bool(heard.ends))
        socket.send("to nobody")
        socket.ping()

    heard = meet(transport, leave, scenario)
    assert heard.ends == [(1012, "restart")]


def test_a_connection_that_breaks_is_closed_with_1006(transport: SocketTransport) -> None:
    async def abort(connection: ServerConnection) -> None:
        connection.transport.abort()

    async def scenario(socket: Socket, heard: Heard) -> None:
        await heard.until(lambda: bool(heard.ends))

    assert meet(transport, abort, scenario).ends == [(1006, "")]


def test_what_is_not_read_overflows_instead_of_growing(transport: SocketTransport) -> None:
    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await asyncio.sleep(0.3)
        connection.transport.abort()

    async def scenario(socket: Socket, heard: Heard) -> None:
        def flood() -> None:
            for _ in range(64):
                socket.send("x" * (1 << 20))

        with pytest.raises(OverflowError):
            flood()
        await heard.until(lambda: bool(heard.ends))

    assert len(meet(transport, deaf, scenario).ends) == 1


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, AuthenticationFailed),
        (403, AuthenticationFailed),
        (429, RateLimited),
        (302, ExchangeError),
        (503, ExchangeError),
    ],
)
def test_a_refused_handshake_says_why(
    transport: SocketTransport, status: int, kind: type[ExchangeError]
) -> None:
    asked: list[str] = []

    def refuse(connection: ServerConnection, request: Request) -> Response:
        asked.append(f"{request.path} {request.headers['X-Key']}")
        answer = connection.respond(HTTPStatus(status), "no\n")
        answer.headers["Location"] = "ws://127.0.0.1:1/"
        answer.headers["Retry-After"] = "7"
        return answer

    async def main() -> None:
        async with serve(wait_closed, "127.0.0.1", 0, process_request=refuse) as listening:
            with pytest.raises(ExchangeError, match=str(status)) as refused:
                await _open(transport, listening, Heard())
            assert type(refused.value) is kind
            if isinstance(refused.value, RateLimited):
                assert refused.value.retry_after_s == 7.0

    asyncio.run(main())
    assert asked == ["/stream?a=1 k"]


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"SMTP ready\r\n\r\n"])
def test_a_peer_that_speaks_no_websocket_cannot_be_opened(
    transport: SocketTransport, answer: bytes
) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def main() -> None:
        async with await asyncio.start_server(other, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            heard = Heard()
            with pytest.raises(ExchangeError):
                await transport.open(
                    f"ws://127.0.0.1:{port}/", {}, heard.on_frame, heard.on_close, heard.on_pong
                )
            assert heard.ends == []

    asyncio.run(main())


def test_a_host_that_is_not_there_cannot_be_opened(transport: SocketTransport) -> None:
    async def main() -> None:
        heard = Heard()
        for url in ("ws://nowhere.invalid/", "ws://127.0.0.1:1/"):
            with pytest.raises(ExchangeError):
                await transport.open(url, {}, heard.on_frame, heard.on_close, heard.on_pong)

    asyncio.run(main())


def test_opening_that_takes_too_long_leaves_nothing_behind(
    transport: SocketTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accelerated, "HANDSHAKE_TIMEOUT_S", 0.2)
    ended: list[bytes] = []
    changed = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(await reader.read())
        writer.close()
        changed.set()

    async def main() -> None:
        nonlocal changed
        changed = asyncio.Event()
        async with await asyncio.start_server(silent, "127.0.0.1", 0) as listening:
            port = listening.sockets[0].getsockname()[1]
            heard = Heard()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await transport.open(
                        f"ws://127.0.0.1:{port}/", {}, heard.on_frame, heard.on_close, heard.on_pong
                    )
            async with asyncio.timeout(5):
                await changed.wait()

    asyncio.run(main())
    assert len(ended) == 1


def test_the_fastest_library_is_taken() -> None:
    assert isinstance(socket_transport(), PicowsTransport)
