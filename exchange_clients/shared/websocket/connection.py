"""WebSockets by the library ``websockets``: its protocol without its tasks.

The library's own asyncio client keeps a task, a queue and a timer for each connection; its Sans-I/O
layer, which is public, does the whole protocol and leaves the reading to us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidStatus, InvalidURI
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import WebSocketURI, parse_uri

from exchange_clients.errors import ClientConfigError, ExchangeError
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.ports import OnClose, OnFrame, OnPong, Socket
from exchange_clients.shared.transport.tunnel import Tunnel
from exchange_clients.shared.websocket.sockets import (
    ABNORMAL,
    CLOSE_TIMEOUT_S,
    FRAME_BYTES_MAX,
    HEADERS,
    WRITE_BYTES_MAX,
    Delivery,
    handshake_error,
)

_KINDS = {Opcode.TEXT: FrameKind.TEXT, Opcode.BINARY: FrameKind.BINARY}


class WebsocketsTransport:
    """A ``SocketTransport`` over ``websockets``.

    Args:
        tunnel: Through which every connection goes; None goes straight.
    """

    def __init__(self, tunnel: Tunnel | None = None) -> None:
        self._tunnel = tunnel

    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_close: OnClose,
        on_pong: OnPong,
    ) -> Socket:
        """Open a connection; the caller bounds the time."""
        host = urlsplit(url).netloc
        try:
            uri = parse_uri(url)
        except InvalidURI as error:
            raise ClientConfigError(f"{host or url!r} is no WebSocket address") from error
        protocol = ClientProtocol(uri, max_size=FRAME_BYTES_MAX)
        delivery = Delivery(on_frame, on_close, on_pong)
        socket = _Socket(protocol, {**HEADERS, **headers}, delivery)
        try:
            await self._connect(socket, uri)
            await socket.opened
        except OSError as error:
            raise ExchangeError(f"{host} cannot be reached: {error!r}") from error
        except InvalidStatus as error:
            refusal = error.response
            raise handshake_error(
                host, refusal.status_code, refusal.headers, refusal.reason_phrase
            ) from error
        except InvalidHandshake as error:
            raise ExchangeError(f"{host} answered no WebSocket handshake: {error}") from error
        except BaseException:
            socket.abort()
            raise
        delivery.start()
        return socket

    async def _connect(self, socket: _Socket, uri: WebSocketURI) -> None:
        connect, tls = asyncio.get_running_loop().create_connection, True if uri.secure else None
        if self._tunnel is None:
            await connect(lambda: socket, uri.host, uri.port, ssl=tls)
            return
        through = await self._tunnel.connect(uri.host, uri.port)
        name = uri.host if uri.secure else None
        await connect(lambda: socket, sock=through, ssl=tls, server_hostname=name)


class _Socket(asyncio.Protocol):
    """One connection: bytes of the transport to frames, and back."""

    def __init__(
        self, protocol: ClientProtocol, headers: Mapping[str, str], delivery: Delivery
    ) -> None:
        self._protocol = protocol
        self._headers = headers
        self._delivery = delivery
        self._transport: asyncio.Transport | None = None
        self._closing: asyncio.TimerHandle | None = None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    # Sending --------------------------------------------------------------------------------------

    def send(self, text: str) -> None:
        """Write a text frame; on a socket that is closed nothing happens."""
        if self._protocol.state is not State.OPEN or self._transport is None:
            return
        if self._transport.get_write_buffer_size() > WRITE_BYTES_MAX:
            raise OverflowError(f"more than {WRITE_BYTES_MAX} bytes wait to be written")
        self._protocol.send_text(text.encode())
        self._flush()

    def ping(self) -> None:
        """Send a protocol ping."""
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"")
            self._flush()

    def close(self) -> None:
        """Say so and close; the peer's own word is not waited for."""
        if self._protocol.state is State.OPEN and self._transport is not None:
            self._protocol.send_close(1000)
            self._flush()
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self.opened.cancel()
        if self._transport is not None:
            self._transport.abort()

    def _flush(self) -> None:
        transport = self._transport
        assert transport is not None
        for data in self._protocol.data_to_send():
            if data:
                transport.write(data)
            elif transport.can_write_eof():
                transport.write_eof()
            else:
                transport.close()
        if self._closing is None and self._protocol.close_expected():
            loop = asyncio.get_running_loop()
            self._closing = loop.call_later(CLOSE_TIMEOUT_S, transport.abort)

    # Called by the loop ---------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # a stream's transport is one
        request = self._protocol.connect()
        for name, value in self._headers.items():
            request.headers[name] = value
        self._protocol.send_request(request)
        self._flush()

    def data_received(self, data: bytes) -> None:
        protocol = self._protocol
        protocol.receive_data(data)
        for event in protocol.events_received():
            if type(event) is Frame:
                self._on_event(event)
        if not self.opened.done():
            self._on_handshake()
        self._flush()

    def eof_received(self) -> None:
        self._protocol.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._closing is not None:
            self._closing.cancel()
        self._protocol.receive_eof()
        if not self.opened.done():
            lost = self._protocol.handshake_exc or ConnectionResetError("closed in the handshake")
            self.opened.set_exception(lost)
            return
        code, reason = self._end()
        self._delivery.closed(code, reason)

    def _on_handshake(self) -> None:
        if self._protocol.handshake_exc is not None:
            self.opened.set_exception(self._protocol.handshake_exc)
        elif self._protocol.state is not State.CONNECTING:
            self.opened.set_result(None)

    def _on_event(self, frame: Frame) -> None:
        opcode = frame.opcode
        kind = _KINDS.get(opcode)
        if kind is not None and frame.fin:
            self._delivery.message(bytes(frame.data), kind)
        elif kind is not None or opcode is Opcode.CONT:
            self._delivery.fragment(bytes(frame.data), kind, last=frame.fin)  # bounded before
        elif opcode is Opcode.PONG:
            self._delivery.on_pong()

    def _end(self) -> tuple[int, str]:
        """Return the close code and reason: the peer's, else ours where we gave up."""
        end = self._protocol.close_exc
        if end.rcvd is not None:
            return end.rcvd.code, end.rcvd.reason
        if end.sent is not None and end.sent.code != 1000:
            return end.sent.code, end.sent.reason
        return ABNORMAL, ""
