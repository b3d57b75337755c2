"""WebSockets that are opened no faster than the venue takes connections."""

from __future__ import annotations

from collections.abc import Mapping

from exchange_clients.shared.transport.ports import (
    OnClose,
    OnFrame,
    OnPong,
    Socket,
    SocketTransport,
)
from exchange_clients.shared.transport.rate_limit import Owner, RateLimiter

CONNECT = "connect"
"""The scope of a handshake, where a venue's limits name it."""
WAIT_S = 10.0
"""How long a handshake may wait for its turn."""


class PacedSockets:
    """A ``SocketTransport`` that waits for room in the limits before each handshake.

    Args:
        sockets: Opens them.
        limiter: Of the venue.
        owner: Whose connections.
    """

    def __init__(self, sockets: SocketTransport, limiter: RateLimiter, owner: Owner) -> None:
        self._sockets = sockets
        self._limiter = limiter
        self._owner = owner

    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_close: OnClose,
        on_pong: OnPong,
    ) -> Socket:
        """Open a connection in its turn; RateLimited where that does not come in time."""
        toll = self._limiter.toll(CONNECT, "", self._owner)
        await self._limiter.enter(toll, urgent=True, timeout_s=WAIT_S)
        try:
            return await self._sockets.open(url, headers, on_frame, on_close, on_pong)
        finally:
            self._limiter.leave(toll)
