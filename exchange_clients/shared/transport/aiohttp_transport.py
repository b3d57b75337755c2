"""HTTP over sockets: one request is sent once, and what became of it is told exactly.

Nothing here repeats, follows or remembers anything by itself: no redirects, no cookies, and none of
aiohttp's own sending again of GET, PUT and DELETE when a kept connection turns out dead. A cancel
sent twice is a decision, and decisions are made above.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from exchange_clients.shared.clock import Clock, SystemClock
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.transport.ports import AnswerLost, NotSent, Timeouts

CONNECTIONS_MAX = 20
"""Open connections of one pool; more requests wait, within their time to connect."""
KEEP_ALIVE_S = 30.0
"""Below what load balancers keep idle connections for; a dead one costs an unknown outcome."""
DNS_CACHE_S = 300
HEADERS = {"Accept-Encoding": "gzip, deflate"}
"""What the standard library undoes, whatever else is installed."""

_NOT_SENT = (
    aiohttp.ConnectionTimeoutError,
    aiohttp.ClientConnectorError,  # refused, unreachable, name not found, TLS not agreed
    aiohttp.InvalidURL,
)


class AiohttpTransport:
    """An ``HttpTransport`` over aiohttp, with one session for each (host, pool).

    A phase that aiohttp does not time by itself, writing the request, is bounded by the total.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._sessions: dict[tuple[str, bool], aiohttp.ClientSession] = {}
        self._timeouts: dict[Timeouts, aiohttp.ClientTimeout] = {}

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        """Send once and return the answer, whatever its status; redirects are not followed."""
        session = self._sessions.get((base_url, urgent)) or self._open(base_url, urgent)
        try:
            async with session.request(
                request.method,
                URL(base_url + request.path, encoded=True),
                data=request.body or None,
                headers=request.headers,
                timeout=self._timeouts.get(timeouts) or self._time(timeouts),
                allow_redirects=False,
            ) as answer:
                body = await answer.read()
        except _NOT_SENT as error:
            raise NotSent(_describe(base_url, error)) from error
        except (aiohttp.ClientError, OSError) as error:  # a timeout is an OSError
            raise AnswerLost(_describe(base_url, error)) from error
        return Response(
            answer.status,
            body,
            _lines(answer.headers.items()),
            received_ns=self._clock.now_ns(),
        )

    async def close(self) -> None:
        """Close every connection; a second call does nothing."""
        sessions = list(self._sessions.values())
        self._sessions.clear()
        for session in sessions:
            await session.close()

    def _open(self, base_url: str, urgent: bool) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=CONNECTIONS_MAX,
                keepalive_timeout=KEEP_ALIVE_S,
                ttl_dns_cache=DNS_CACHE_S,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=HEADERS,
            raise_for_status=False,
        )
        # The only switch there is; a test sees that a dead connection gets no second request.
        session._retry_connection = False
        self._sessions[base_url, urgent] = session
        return session

    def _time(self, timeouts: Timeouts) -> aiohttp.ClientTimeout:
        timeout = aiohttp.ClientTimeout(
            total=timeouts.total_s,
            connect=timeouts.connect_s,
            sock_connect=timeouts.connect_s,
            sock_read=timeouts.first_byte_s,
        )
        self._timeouts[timeouts] = timeout
        return timeout


def _lines(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return headers by lower-case name; of one that comes again each value is a line."""
    lines: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        lines[key] = f"{lines[key]}\n{value}" if key in lines else value
    return lines


def _describe(base_url: str, error: BaseException) -> str:
    """Say what happened without the path, which may hold a signature."""
    said = str(error) if isinstance(error, aiohttp.ClientConnectorError) else ""
    return f"{urlsplit(base_url).netloc}: {type(error).__name__} {said}".rstrip()
