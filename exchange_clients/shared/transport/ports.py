"""What a transport does: send one request once, and hold one WebSocket open.

Implementations never retry, never decide and never log a body. There is one over sockets and one in
memory, for virtual time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from exchange_clients.errors import ExchangeError
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.stream import FrameKind


class NotSent(ExchangeError):
    """No byte of the request can have reached the venue: the connection was never made."""


class AnswerLost(ExchangeError):
    """The request was sent, or may have been, and no whole answer came."""


class HandshakeNotTaken(ExchangeError):
    """The venue answered a WebSocket handshake with 400: what it asks for is not offered."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds for each phase of a request."""

    connect_s: float = 5.0
    send_s: float = 5.0
    first_byte_s: float = 10.0
    total_s: float = 15.0


class HttpTransport(Protocol):
    """Sends requests to one or several hosts, keeping connections alive."""

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        """Send once and return the answer, whatever its status; redirects are not followed.

        Args:
            base_url: Scheme, host and port.
            request: The bytes.
            timeouts: Bounds of each phase.
            urgent: Takes a connection of a pool of its own, so that slow reads cannot hold up
                cancels.

        Raises:
            NotSent: nothing left.
            AnswerLost: it may have left.
        """

    async def close(self) -> None:
        """Close every connection; a second call does nothing."""


OnFrame: TypeAlias = Callable[[bytes, FrameKind], None]
OnClose: TypeAlias = Callable[[int, str], None]
"""Takes the close code (1006 when the connection broke) and the reason."""
OnPong: TypeAlias = Callable[[], None]


class Socket(Protocol):
    """One open WebSocket."""

    def send(self, text: str) -> None:
        """Queue a text frame; on a socket that is closed nothing happens.

        Raises:
            OverflowError: more than the bound waits to be written.
        """

    def ping(self) -> None:
        """Send a protocol ping; its pong is told to ``on_pong``."""

    def close(self) -> None:
        """Close; ``on_close`` is called once, here or later."""


class SocketTransport(Protocol):
    """Opens WebSockets."""

    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_close: OnClose,
        on_pong: OnPong,
    ) -> Socket:
        """Open a connection; the caller bounds the time.

        ``on_frame`` is called in order, in the loop's thread, never before this returns.

        Raises:
            ExchangeError: it could not be opened; AuthenticationFailed for a refused handshake
                with status 401 or 403, HandshakeNotTaken for one with 400.
        """
