"""Which library carries the WebSockets, and what the sockets of all of them have in common.

picows reads frames at nearly the cost of the system calls and is taken where it is installed (the
extra ``accelerator``); ``websockets`` is always there. Both are driven by callbacks: a frame is
handled where it was read, with no task, no queue and no copy of our own in between.

Compression is not offered: it would save bandwidth that nobody here is short of, and cost more than
decoding a frame does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from exchange_clients.errors import AuthenticationFailed, ExchangeError, RateLimited
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.ports import (
    HandshakeNotTaken,
    OnClose,
    OnFrame,
    OnPong,
    SocketTransport,
)
from exchange_clients.shared.transport.tunnel import Tunnel

FRAME_BYTES_MAX = 16 << 20
"""Above the worst snapshot of any venue; a larger frame ends the connection with code 1009."""
WRITE_BYTES_MAX = 1 << 20
"""What may wait to be written before sending raises OverflowError."""
HANDSHAKE_TIMEOUT_S = 10.0
"""Bounds a handshake that nobody waits for any more."""
CLOSE_TIMEOUT_S = 5.0
"""How long a closing handshake may take."""
ABNORMAL = 1006
"""Close code of a connection that broke."""
HEADERS = {"User-Agent": "exchange-clients"}


def socket_transport(tunnel: Tunnel | None = None) -> SocketTransport:
    """Return a transport over the fastest library that is installed, and that knows tunnels."""
    if tunnel is not None:
        from exchange_clients.shared.websocket.connection import (  # noqa: PLC0415  # else not used
            WebsocketsTransport,
        )

        return WebsocketsTransport(tunnel)
    try:
        from exchange_clients.shared.websocket.accelerated import (  # noqa: PLC0415  # is optional
            PicowsTransport,
        )
    except ImportError:
        from exchange_clients.shared.websocket.connection import (  # noqa: PLC0415  # else not used
            WebsocketsTransport,
        )

        return WebsocketsTransport()
    return PicowsTransport()


def handshake_error(
    host: str, status: int, headers: Mapping[str, str], said: str = ""
) -> ExchangeError:
    """Return what a refused handshake means."""
    message = f"{host} refused the WebSocket handshake: {status} {said}".rstrip()
    if status in (401, 403):
        return AuthenticationFailed(message)
    if status == 429:
        after = headers.get("Retry-After", "")
        return RateLimited(message, retry_after_s=float(after) if after.isdigit() else None)
    if status == 400:
        return HandshakeNotTaken(message)
    return ExchangeError(message)


class Delivery:
    """The receiving half of a socket: frames in order, none before its opener has it in hand."""

    def __init__(self, on_frame: OnFrame, on_close: OnClose, on_pong: OnPong) -> None:
        self.on_frame = on_frame
        self.on_pong = on_pong
        self._on_close: OnClose | None = on_close
        self._waiting: list[tuple[bytes, FrameKind]] | None = []
        self._end: tuple[int, str] | None = None
        self._parts: list[bytes] = []
        self._parts_bytes = 0
        self._parts_kind = FrameKind.TEXT

    def start(self) -> None:
        """Deliver from the loop's next turn on: by then whoever opened it holds the socket."""
        asyncio.get_running_loop().call_soon(self._start)

    def _start(self) -> None:
        waiting, self._waiting = self._waiting, None
        for frame, kind in waiting or ():
            self.on_frame(frame, kind)
        if self._end is not None:
            self.closed(*self._end)

    def message(self, data: bytes, kind: FrameKind) -> None:
        """Take a whole message."""
        if self._waiting is None:
            self.on_frame(data, kind)
        else:
            self._waiting.append((data, kind))

    def fragment(self, data: bytes, kind: FrameKind | None, *, last: bool) -> bool:
        """Take a part of a message; False if the whole is larger than allowed.

        Args:
            data: The part.
            kind: Of the message, with its first part; None afterwards.
            last: Whether the message ends with it.
        """
        if kind is not None:
            self._parts, self._parts_bytes, self._parts_kind = [], 0, kind
        self._parts.append(data)
        self._parts_bytes += len(data)
        if self._parts_bytes > FRAME_BYTES_MAX:
            self._parts.clear()  # and is never emptied of its count: nothing more is taken
            return False
        if last:
            parts, self._parts, self._parts_bytes = self._parts, [], 0
            self.message(b"".join(parts), self._parts_kind)
        return True

    def closed(self, code: int, reason: str) -> None:
        """Tell the end, once."""
        if self._waiting is not None:
            self._end = (code, reason)
            return
        on_close, self._on_close = self._on_close, None
        if on_close is not None:
            on_close(code, reason)
