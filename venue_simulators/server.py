"""A simulated venue on loopback sockets, in the machine's own time.

Every service has a port of its own on 127.0.0.1. Requests, frames and whatever happens by itself
reach the venue one after another, each at the instant of the machine's clock; what the venue's
``Misbehaving`` says of an answer (late, little by little, not at all) is what happens to it here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

from aiohttp import WSCloseCode, WSMsgType, web

from exchange_clients.base_models import NS
from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.misbehaviour import Misbehaving, misbehaving
from venue_simulators.simulator import Service, VenueSimulator
from venue_simulators.wire import Frame, HttpRequest, HttpResponse, Reply

HOST = "127.0.0.1"
ABNORMAL = 1006
FRAME_MAX_BYTES = 8 << 20
BODY_MAX_BYTES = 8 << 20
OUTBOX_MAX = 10_000
"""Frames that wait for a client who does not read; beyond it the connection is broken."""
TRICKLE_PARTS = 8
SHUTDOWN_S = 1.0
_LONGEST_WAIT_S = 3600.0


class SocketConnection:
    """One WebSocket as the venue holds it; ``pump`` writes what the venue has sent."""

    def __init__(self, number: int, request: HttpRequest) -> None:
        self._number = number
        self._request = request
        self._outbox: asyncio.Queue[Frame | None] = asyncio.Queue(OUTBOX_MAX)
        self._code, self._reason = WSCloseCode.OK.value, ""
        self.over = False
        """Whether the venue has ended it."""

    @property
    def number(self) -> int:
        """Unique within the server, ascending."""
        return self._number

    @property
    def request(self) -> HttpRequest:
        """The handshake."""
        return self._request

    def send(self, frame: Frame) -> None:
        """Queue a frame; a client who does not read is cut off."""
        if self.over:
            return
        if self._outbox.qsize() >= OUTBOX_MAX - 1:
            self.close(ABNORMAL)
        else:
            self._outbox.put_nowait(frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """End the connection once what was sent before is written; 1006 breaks it."""
        if not self.over:
            self.over = True
            self._code, self._reason = code, reason
            self._outbox.put_nowait(None)

    async def pump(self, socket: web.WebSocketResponse, transport: asyncio.Transport) -> None:
        """Write frames until the connection ends."""
        while (frame := await self._outbox.get()) is not None:
            try:
                await (
                    socket.send_str(frame) if isinstance(frame, str) else socket.send_bytes(frame)
                )
            except ConnectionError:
                return  # the client is gone; the reader notices too
        if self._code == ABNORMAL:
            transport.abort()
        else:
            await socket.close(code=self._code, message=self._reason.encode())


class SimulatorServer:
    """Serves a venue; ``async with SimulatorServer(venue) as server: server.urls``.

    Args:
        venue: The venue, with faults around it or alone. Its world begins now, or began before.
        port: Of the first service; the others follow. 0 takes free ports.
    """

    def __init__(self, venue: VenueSimulator | Misbehaving, port: int = 0) -> None:
        self.venue = misbehaving(venue)
        self._first_port = port
        self._ports: dict[str, int] = {}
        self._runners: list[web.AppRunner] = []
        self._opened = 0
        self._moved = asyncio.Event()
        self._clockwork: asyncio.Task[None] | None = None

    @property
    def urls(self) -> Mapping[str, str]:
        """The base URL of each service, by its name."""
        return {
            service.name: f"{'ws' if service.websocket else 'http'}://{HOST}:{self._ports[service.name]}"
            for service in self.venue.services
        }

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which a client trades here."""
        return self.venue.environment(self.urls)

    async def __aenter__(self) -> Self:
        """Take the ports and let time pass."""
        try:
            for offset, service in enumerate(self.venue.services):
                await self._listen(service, self._first_port and self._first_port + offset)
        except OSError:
            await self._stop()
            raise
        self._clockwork = asyncio.create_task(self._let_time_pass())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close every connection and give the ports back."""
        await self._stop()

    async def _listen(self, service: Service, port: int) -> None:
        async def on_request(request: web.Request) -> web.StreamResponse:
            return await self._serve(service, request)

        app = web.Application(client_max_size=BODY_MAX_BYTES)
        app.router.add_route("*", "/{path:.*}", on_request)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        self._runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, HOST, port)
        await site.start()
        self._ports[service.name] = runner.addresses[0][1]

    async def _stop(self) -> None:
        failed: BaseException | None = None
        if self._clockwork is not None:
            self._clockwork.cancel()
            (failed,) = await asyncio.gather(self._clockwork, return_exceptions=True)
        self.venue.cut(code=WSCloseCode.GOING_AWAY.value)
        for runner in self._runners:
            await runner.cleanup()
        if isinstance(failed, Exception):
            raise failed  # a venue that fell over while time passed fails whoever served it

    # Time -----------------------------------------------------------------------------------------

    def advance(self) -> None:
        """Let the venue's time pass until the present."""
        self.venue.advance(wall_ns())
        self._moved.set()

    async def _let_time_pass(self) -> None:
        while True:
            self.advance()
            self._moved.clear()
            next_ns = self.venue.next_ns()
            wait_s = (next_ns - wall_ns()) / NS if next_ns < NEVER_NS else _LONGEST_WAIT_S
            try:
                async with asyncio.timeout(min(max(wait_s, 0.0), _LONGEST_WAIT_S)):
                    # A request may bring the next instant nearer.
                    await self._moved.wait()
            except TimeoutError:
                continue

    # Requests -------------------------------------------------------------------------------------

    async def _serve(self, service: Service, request: web.Request) -> web.StreamResponse:
        asked = HttpRequest(
            service.name,
            request.method,
            request.raw_path.partition("?")[0],
            request.raw_path.partition("?")[2],
            {name.lower(): value for name, value in request.headers.items()},
            await request.read(),
        )
        self.advance()
        if request.headers.get("upgrade", "").lower() == "websocket":
            return await self._connect(asked, request)
        reply = self.venue.answer(asked)
        self._moved.set()
        return await _answer(reply, request)

    async def _connect(self, asked: HttpRequest, request: web.Request) -> web.StreamResponse:
        self._opened += 1
        connection = SocketConnection(self._opened, asked)
        refusal = self.venue.on_open(connection)
        if refusal is not None:
            return await _answer(Reply(refusal), request)
        socket = web.WebSocketResponse(
            autoping=False,
            max_msg_size=FRAME_MAX_BYTES,
            timeout=SHUTDOWN_S,
            protocols=_offered(asked),
        )
        assert request.transport is not None, "the client is still there"
        transport = request.transport
        try:
            await socket.prepare(request)
            writer = asyncio.create_task(connection.pump(socket, transport))
            try:
                await self._hear(connection, socket)
            finally:
                if not connection.over:
                    connection.close()
                    writer.cancel()
                await asyncio.gather(writer, return_exceptions=True)
        finally:
            self.advance()
            self.venue.on_close(connection)
        return socket

    async def _hear(self, connection: SocketConnection, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            self.advance()
            match message.type:
                case WSMsgType.TEXT | WSMsgType.BINARY:
                    self.venue.on_frame(connection, message.data)
                    self._moved.set()
                case WSMsgType.PING if self.venue.answers_pings(connection):
                    await socket.pong(message.data)


def _offered(request: HttpRequest) -> tuple[str, ...]:
    """Return the subprotocols of a handshake; a client that offers one fails without an echo."""
    offered = request.headers.get("sec-websocket-protocol", "")
    return tuple(word for part in offered.split(",") if (word := part.strip()))


def wall_ns() -> int:
    """Return the machine's wall time (epoch ns), in which a served venue lives."""
    return time.time_ns()


async def _answer(reply: Reply, request: web.Request) -> web.StreamResponse:
    """Send an answer as it is said to travel."""
    await asyncio.sleep(reply.delay_ns / NS)
    if reply.response is None:
        _abort(request)
        return web.Response()
    headers = {"content-type": "application/json", **reply.response.headers}
    if not reply.trickle_ns:
        return web.Response(status=reply.response.status, body=reply.response.body, headers=headers)
    return await _trickle(reply.response, reply.trickle_ns, headers, request)


async def _trickle(
    response: HttpResponse, trickle_ns: int, headers: Mapping[str, str], request: web.Request
) -> web.StreamResponse:
    stream = web.StreamResponse(status=response.status, headers=dict(headers))
    stream.content_length = len(response.body)
    await stream.prepare(request)
    size = max(len(response.body) // TRICKLE_PARTS, 1)
    starts = range(0, len(response.body), size)
    for start in starts:
        await asyncio.sleep(trickle_ns / NS / len(starts))
        await stream.write(response.body[start : start + size])
    return stream


def _abort(request: web.Request) -> None:
    """Break the connection: the client sees a reset and no answer."""
    if request.transport is not None:
        request.transport.abort()
