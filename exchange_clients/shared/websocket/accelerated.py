"""WebSockets by picows, whose frames arrive as callbacks out of C."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from picows import (
    WSCloseCode,
    WSError,
    WSFrame,
    WSHandshakeError,
    WSListener,
    WSMsgType,
    WSTransport,
    ws_connect,
)

from exchange_clients.errors import ExchangeError
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.ports import OnClose, OnFrame, OnPong, Socket
from exchange_clients.shared.websocket.sockets import (
    ABNORMAL,
    FRAME_BYTES_MAX,
    HANDSHAKE_TIMEOUT_S,
    HEADERS,
    WRITE_BYTES_MAX,
    Delivery,
    handshake_error,
)

_TEXT, _BINARY, _CLOSE = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CLOSE
_CONTINUATION, _PONG = WSMsgType.CONTINUATION, WSMsgType.PONG
_OF_TEXT, _OF_BINARY = FrameKind.TEXT, FrameKind.BINARY


class PicowsTransport:
    """A ``SocketTransport`` over picows."""

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
        delivery = Delivery(on_frame, on_close, on_pong)
        listener = _Listener(delivery)
        try:
            transport, _ = await ws_connect(
                lambda: listener,
                url,
                extra_headers={**HEADERS, **headers},
                max_frame_size=FRAME_BYTES_MAX,
                max_redirects=0,
                websocket_handshake_timeout=HANDSHAKE_TIMEOUT_S,
                enable_auto_ping=False,
                enable_auto_pong=True,
            )
        except WSHandshakeError as error:
            answer = error.response
            if answer is None:
                raise ExchangeError(f"{host} answered no WebSocket handshake: {error}") from error
            status = answer.status
            raise handshake_error(host, status.value, answer.headers, status.phrase) from error
        except (WSError, OSError) as error:
            raise ExchangeError(f"{host} cannot be reached: {error!r}") from error
        except BaseException:
            listener.abandon()
            raise
        if not listener.opened:
            raise ExchangeError(f"{host} closed the connection in the handshake")
        delivery.start()
        return _Socket(transport)


class _Listener(WSListener):
    """Hears what picows reads."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__()
        self._delivery = delivery
        self._end: asyncio.Future[None] | None = None
        self._abandoned = False
        self.opened = False
        """Whether the handshake was completed; where the peer left in it, picows says nothing."""

    def abandon(self) -> None:
        """Want no connection any more; one that comes about all the same is closed.

        picows does not let go of a handshake when it is cancelled, but when its time is up.
        """
        self._abandoned = True

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.opened = True
        if self._abandoned:
            transport.disconnect(graceful=False)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        kind = frame.msg_type
        if transport.is_close_frame_sent:
            return  # what follows a frame that was too large is the rest of it
        if kind == _TEXT and frame.fin:
            self._delivery.message(frame.get_payload_as_bytes(), _OF_TEXT)
        elif kind == _BINARY and frame.fin:
            self._delivery.message(frame.get_payload_as_bytes(), _OF_BINARY)
        elif kind == _PONG:
            self._delivery.on_pong()
        elif kind == _CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()
        elif kind in (_TEXT, _BINARY, _CONTINUATION):
            self._on_fragment(transport, frame)

    def _on_fragment(self, transport: WSTransport, frame: WSFrame) -> None:
        kinds = {_TEXT: _OF_TEXT, _BINARY: _OF_BINARY}
        kind = kinds.get(frame.msg_type)
        if not self._delivery.fragment(frame.get_payload_as_bytes(), kind, last=frame.fin):
            transport.send_close(WSCloseCode.MESSAGE_TOO_BIG)
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        # picows keeps the reason as an exception, which asyncio would log where nobody takes it.
        self._end = asyncio.ensure_future(transport.wait_disconnected())
        self._end.add_done_callback(lambda end: end.cancelled() or end.exception())
        self._delivery.closed(*_end_of(transport))


def _end_of(transport: WSTransport) -> tuple[int, str]:
    """Return the close code and reason: the peer's, else ours where we gave up."""
    end: Any = transport.close_handshake  # its stub forgets that it may be None
    if end is None:
        return ABNORMAL, ""
    if end.recv is not None:
        return end.recv.code.value, end.recv.reason or ""
    if end.sent is not None and end.sent.code != WSCloseCode.OK:
        return end.sent.code.value, end.sent.reason or ""
    return ABNORMAL, ""


class _Socket:
    """The sending half."""

    def __init__(self, transport: WSTransport) -> None:
        self._transport = transport

    def send(self, text: str) -> None:
        """Write a text frame; on a socket that is closed nothing happens."""
        transport = self._transport
        if transport.is_disconnected or transport.is_close_frame_sent:
            return
        if transport.underlying_transport.get_write_buffer_size() > WRITE_BYTES_MAX:
            raise OverflowError(f"more than {WRITE_BYTES_MAX} bytes wait to be written")
        transport.send(_TEXT, text.encode())

    def ping(self) -> None:
        """Send a protocol ping."""
        if not self._transport.is_disconnected:
            self._transport.send_ping()

    def close(self) -> None:
        """Close; a peer that is silent is not waited for."""
        if not self._transport.is_disconnected:
            self._transport.send_close(WSCloseCode.OK)
            self._transport.disconnect()
