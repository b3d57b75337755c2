"""Answers as bytes, made once for each state and second: the same question is not computed again.

It stands between the guard and the routes, and knows no route. What is asked repeatedly (the table
of rates, by many pages and bots) costs a look into a dictionary. Every answer carries the age of
its data, so no bytes live longer than the second they were made in. The tag names the state of the
board: who asks again with it hears that nothing has changed, though everything has aged.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from exchange_clients.base_models import NS
from funding_rate_service.api.state import ServiceState

KEPT_MAX = 512
"""Different questions within a second; more are answered without being kept."""
KEPT_BYTES_MAX = 32 << 20
LASTING = (b"/api/v1/stream", b"/api/v1/export", b"/api/v1/metrics")
"""Where an answer is long, or of the moment."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response, and the tag of what it tells."""

    start: Message
    body: Message
    tag: bytes


class AnswerCache:
    """Keeps the answers of the present second."""

    def __init__(self, app: ASGIApp, state: ServiceState, boot: int) -> None:
        self._app = app
        self._state = state
        self._boot = boot
        self._stamp: tuple[int, int] = (0, 0)
        self._tag = b""
        self._kept: dict[tuple[bytes, bytes], Answer] = {}
        self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from what is kept, or keep what is answered."""
        path: bytes = scope.get("raw_path") or b""
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or not path.startswith(b"/api/v1/")
            or path.startswith(LASTING)
        ):
            await self._app(scope, receive, send)
            return
        self._turn()
        key = (path, scope["query_string"])
        answer = self._kept.get(key) or await self._asked(key, scope, receive, send)
        if answer is None:
            return
        if answer.tag in _header(scope, b"if-none-match"):
            headers = [(b"etag", answer.tag), (b"cache-control", b"no-cache")]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await send(answer.start)
        await send(answer.body)

    def _turn(self) -> None:
        """Let go of what was kept for another state or second."""
        now = self._state.now()
        stamp = now.snapshot.version, now.now_ns // NS
        if stamp != self._stamp:
            self._stamp = stamp
            self._kept, self._bytes = {}, 0
            # Rates that turn stale are another answer, though nothing was collected.
            stale = len(now.snapshot.stale_venues(now.now_ns, now.stale_after_s))
            self._tag = f'W/"{self._boot:x}-{stamp[0]:x}-{stale:x}"'.encode()

    async def _asked(
        self, key: tuple[bytes, bytes], scope: Scope, receive: Receive, send: Send
    ) -> Answer | None:
        """Ask the routes; an answer other than 200 is passed on at once, and None is returned."""
        tag, stamp, kept = self._tag, self._stamp, self._kept
        start: Message | None = None
        chunks: list[bytes] = []

        async def collect(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and message["status"] == 200:
                start = message
            elif start is None:
                await send(message)
            else:
                chunks.append(message.get("body", b""))

        await self._app(scope, receive, collect)
        if start is None:
            return None
        added = [(b"etag", tag), (b"cache-control", b"no-cache"), (b"vary", b"authorization")]
        start = {**start, "headers": [*start["headers"], *added]}
        body = b"".join(chunks)
        answer = Answer(start, {"type": "http.response.body", "body": body}, tag)
        room = len(kept) < KEPT_MAX and self._bytes + len(body) <= KEPT_BYTES_MAX
        if stamp == self._stamp and room:
            kept[key] = answer
            self._bytes += len(body)
        return answer


def _header(scope: Scope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key == name), b"")
