"""HTTP and WebSockets to a host in this process, for virtual time: nothing but calls and timers.

The host stands for the network and the venue behind it. It is a Protocol, so that this library
needs no simulator: it is handed what arrives, and calls back when something reaches the client,
at once, at a later instant, or never.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias
from urllib.parse import urlsplit

from exchange_clients.errors import ExchangeError
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.ports import (
    AnswerLost,
    NotSent,
    OnClose,
    OnFrame,
    OnPong,
    Socket,
    Timeouts,
)
from exchange_clients.shared.websocket.sockets import Delivery, handshake_error


@dataclass(frozen=True, slots=True)
class MemoryRequest:
    """A request, or the handshake of a WebSocket, as it arrives; header names are lower-case."""

    method: str
    path: str
    """Without the query."""
    query: str = ""
    """As it was sent, without the question mark."""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class MemoryAnswer(Protocol):
    """An HTTP answer."""

    @property
    def status(self) -> int:
        """The status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Names in any letter case."""

    @property
    def body(self) -> bytes:
        """The whole body."""


class MemoryPeer(Protocol):
    """The far end of an open WebSocket; every call arrives when the host's network says so."""

    def send(self, frame: str | bytes) -> None:
        """Take a frame of the client."""

    def ping(self) -> None:
        """Take a ping; the pong is told to ``on_pong``."""

    def close(self, code: int, reason: str) -> None:
        """Take the client's closing; ``on_close`` need not be called for it."""


Answered: TypeAlias = Callable[[MemoryAnswer | None], None]
"""Called once with an answer, or with None where the connection breaks without one; or never."""
Opened: TypeAlias = Callable[[MemoryPeer | None, MemoryAnswer | None], None]
"""Called once with the open connection, with None and the answer that refuses it, or with None and
None where the connection breaks; or never."""


class MemoryHost(Protocol):
    """One host: all that a base URL leads to."""

    def request(self, request: MemoryRequest, deliver: Answered) -> None:
        """Take a request."""

    def open(
        self,
        request: MemoryRequest,
        deliver: Opened,
        on_frame: Callable[[str | bytes], None],
        on_close: OnClose,
        on_pong: OnPong,
    ) -> None:
        """Take a handshake; the callbacks belong to the connection once it is open."""


Resolve: TypeAlias = Callable[[str], MemoryHost | None]
"""Finds the host of a base URL (scheme, host and port); None where there is none."""


class MemoryHttpTransport:
    """An ``HttpTransport`` to hosts in memory."""

    def __init__(self, resolve: Resolve, clock: Clock) -> None:
        self._resolve = resolve
        self._clock = clock

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        """Send once and return the answer, whatever its status."""
        del urgent  # in memory no pool can run dry
        host = self._resolve(base_url)
        if host is None:
            raise NotSent(f"{base_url} is not known")
        answered: asyncio.Future[MemoryAnswer | None]
        answered = asyncio.get_running_loop().create_future()

        def deliver(answer: MemoryAnswer | None) -> None:
            if not answered.done():  # one that comes after its time is lost
                answered.set_result(answer)

        def give_up() -> None:
            if not answered.done():
                answered.set_exception(AnswerLost(f"{base_url}: no answer in time"))

        host.request(_arriving(request), deliver)
        timer = self._clock.call_later(min(timeouts.first_byte_s, timeouts.total_s), give_up)
        try:
            answer = await answered
        finally:
            timer.cancel()
        if answer is None:
            raise AnswerLost(f"{base_url}: the connection broke")
        return Response(
            answer.status,
            answer.body,
            {name.lower(): value for name, value in answer.headers.items()},
            received_ns=self._clock.now_ns(),
        )

    async def close(self) -> None:
        """Do nothing: there is nothing to close."""


class MemorySocketTransport:
    """A ``SocketTransport`` to hosts in memory."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve

    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_close: OnClose,
        on_pong: OnPong,
    ) -> Socket:
        """Open a connection; the caller bounds the time."""
        parts = urlsplit(url)
        base_url = f"{parts.scheme}://{parts.netloc}"
        host = self._resolve(base_url)
        if host is None:
            raise ExchangeError(f"{base_url} is not known")
        socket = _Socket(Delivery(on_frame, on_close, on_pong))
        lowered = {name.lower(): value for name, value in headers.items()}
        request = MemoryRequest("GET", parts.path or "/", parts.query, lowered)
        host.open(request, socket.on_opened, socket.on_frame, socket.on_close, socket.on_pong)
        try:
            refusal = await socket.opened
        except BaseException:
            socket.close()
            raise
        if refusal is not None:
            raise handshake_error(parts.netloc, refusal.status, refusal.headers)
        return socket


class _Socket:
    """The client's end of a WebSocket in memory."""

    def __init__(self, delivery: Delivery) -> None:
        self.opened: asyncio.Future[MemoryAnswer | None]
        """What refused the handshake; None once it is open."""
        self.opened = asyncio.get_running_loop().create_future()
        self._delivery = delivery
        self._peer: MemoryPeer | None = None
        self._closed = False

    def send(self, text: str) -> None:
        """Hand a frame to the peer; on a socket that is closed nothing happens."""
        if self._peer is not None and not self._closed:
            self._peer.send(text)

    def ping(self) -> None:
        """Hand a ping to the peer."""
        if self._peer is not None and not self._closed:
            self._peer.ping()

    def close(self) -> None:
        """Close; one that is being opened is closed once it is open."""
        if not self._closed:
            self._closed = True
            if self._peer is not None:
                self._peer.close(1000, "")
                asyncio.get_running_loop().call_soon(self._delivery.closed, 1000, "")

    # Called by the host ---------------------------------------------------------------------------

    def on_opened(self, peer: MemoryPeer | None, refusal: MemoryAnswer | None) -> None:
        """Take the outcome of the handshake."""
        if self._closed:
            if peer is not None:
                peer.close(1000, "")
        elif not self.opened.done():
            self._peer = peer
            if peer is None and refusal is None:
                self.opened.set_exception(ExchangeError("the connection broke in the handshake"))
            else:
                self.opened.set_result(refusal)
                self._delivery.start()

    def on_frame(self, frame: str | bytes) -> None:
        """Deliver a frame of the peer."""
        if self._closed:
            return
        if isinstance(frame, str):
            self._delivery.message(frame.encode(), FrameKind.TEXT)
        else:
            self._delivery.message(frame, FrameKind.BINARY)

    def on_pong(self) -> None:
        """Deliver a pong."""
        if not self._closed:
            self._delivery.on_pong()

    def on_close(self, code: int, reason: str) -> None:
        """Deliver the end."""
        if not self._closed:
            self._closed = True
            self._delivery.closed(code, reason)


def _arriving(request: WireRequest) -> MemoryRequest:
    path, _, query = request.path.partition("?")
    headers = {name.lower(): value for name, value in request.headers.items()}
    return MemoryRequest(request.method, path, query, headers, request.body)
