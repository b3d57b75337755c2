"""HTTP over sockets by the shortest way: for orders, whose time to the venue is money.

aiohttp does the same through sessions, tracing, cookies and redirects, none of which is wanted here
and which cost as much as all else that is done for an order (benchmarks/bench_orders.py). This one
is taken where httptools is installed (the extra ``accelerator``).
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from functools import cache, partial
from urllib.parse import urlsplit

from exchange_clients.shared.clock import Clock, SystemClock
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.http_connection import HttpConnection, message_of
from exchange_clients.shared.transport.ports import NotSent, Timeouts
from exchange_clients.shared.transport.tunnel import Tunnel

CONNECTIONS_MAX = 20
"""Open connections of one pool; more requests wait, within their time to connect."""
KEEP_ALIVE_S = 30.0
"""Below what load balancers keep idle connections for; a dead one costs an unknown outcome."""
HAPPY_EYEBALLS_S = 0.25
"""How long one address family is tried before the other is tried beside it (RFC 8305)."""


class DirectTransport:
    """An ``HttpTransport`` over sockets of its own, with one pool for each (host, urgency).

    Args:
        clock: Time.
        tunnel: Through which every connection goes; None goes straight.
    """

    def __init__(self, clock: Clock | None = None, tunnel: Tunnel | None = None) -> None:
        self._clock = clock or SystemClock()
        self._tunnel = tunnel
        self._pools: dict[tuple[str, bool], _Pool] = {}

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        """Send once and return the answer, whatever its status; redirects are not followed."""
        pool = self._pools.get((base_url, urgent)) or self._open(base_url, urgent)
        try:
            message = message_of(
                request.method, pool.host, pool.prefix + request.path, request.headers, request.body
            )
        except ValueError as error:
            raise NotSent(str(error)) from None
        ends_at = pool.loop.time() + timeouts.total_s
        connection = await pool.take(timeouts.connect_s, ends_at)
        try:
            return await connection.exchange(message, timeouts.first_byte_s, ends_at)
        finally:
            pool.give_back(connection)

    async def close(self) -> None:
        """Close every connection; a second call does nothing."""
        pools = list(self._pools.values())
        self._pools.clear()
        for pool in pools:
            pool.close()
        if pools:
            await asyncio.sleep(0)  # sockets are closed in the loop's next turn

    def _open(self, base_url: str, urgent: bool) -> _Pool:
        pool = self._pools[base_url, urgent] = _Pool(base_url, self._clock, self._tunnel)
        return pool


class _Pool:
    """The connections to one host, the one used last first: the others may close in peace."""

    def __init__(self, base_url: str, clock: Clock, tunnel: Tunnel | None) -> None:
        parts = urlsplit(base_url)
        assert parts.hostname is not None, f"{base_url} names no host"
        self.host = parts.netloc.rpartition("@")[2]
        self.prefix = parts.path.rstrip("/")
        self._name = parts.hostname
        self._secure = parts.scheme == "https"
        self._port = parts.port or (443 if self._secure else 80)
        self._clock = clock
        self._tunnel = tunnel
        self.loop = asyncio.get_running_loop()
        self._idle: deque[HttpConnection] = deque()
        self._slots = asyncio.Semaphore(CONNECTIONS_MAX)
        self._closed = False

    async def take(self, connect_s: float, ends_at: float) -> HttpConnection:
        """Wait for a turn and return a connection, kept or new.

        Raises:
            NotSent: none could be made in time.
        """
        slots = self._slots
        if not slots.locked():
            await slots.acquire()  # at once
            kept = self._kept()
            if kept is not None:
                return kept
            slots.release()
        try:
            async with self._clock.deadline(min(connect_s, ends_at - self.loop.time())):
                await slots.acquire()
                try:
                    return self._kept() or await self._connect()
                except BaseException:
                    slots.release()
                    raise
        except TimeoutError as error:
            raise NotSent(f"{self.host}: no connection in time") from error
        except (OSError, UnicodeError) as error:  # what TLS refuses is an OSError
            raise NotSent(f"{self.host}: {type(error).__name__} {error}") from error

    def _kept(self) -> HttpConnection | None:
        oldest = self.loop.time() - KEEP_ALIVE_S
        idle = self._idle
        while idle and (idle[0].idle_since < oldest or not idle[0].usable):
            idle.popleft().abort()
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
        return None

    async def _connect(self) -> HttpConnection:
        tls = _tls() if self._secure else None
        if self._tunnel is not None:
            _, connection = await self.loop.create_connection(
                lambda: HttpConnection(self.host, self._clock.now_ns),
                sock=await self._tunnel.connect(self._name, self._port),
                ssl=tls,
                server_hostname=self._name if tls else None,
            )
            return connection
        connect = self.loop.create_connection
        if isinstance(self.loop, asyncio.BaseEventLoop):
            # Only asyncio's own loop races a host's addresses; uvloop refuses to be asked for it.
            connect = partial(connect, happy_eyeballs_delay=HAPPY_EYEBALLS_S)
        _, connection = await connect(
            lambda: HttpConnection(self.host, self._clock.now_ns),
            self._name,
            self._port,
            ssl=tls,
        )
        return connection

    def give_back(self, connection: HttpConnection) -> None:
        """Keep a connection for the next request, if it can serve one."""
        self._slots.release()
        if self._closed or not connection.usable:
            connection.abort()
            return
        connection.idle_since = self.loop.time()
        self._idle.append(connection)

    def close(self) -> None:
        """Close what is idle; what is under way closes at its end."""
        self._closed = True
        while self._idle:
            self._idle.pop().abort()


@cache
def _tls() -> ssl.SSLContext:
    """Return the process's one context: loading the authorities takes 20 ms."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
