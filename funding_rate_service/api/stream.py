"""Server-sent events: every venue's rates as they are collected, and how the venues fare.

A listener who is slow misses states, never the latest one: what has changed since it last heard is
looked up when it can hear again, so nothing is queued for anyone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from funding_rate_service.api import models, views
from funding_rate_service.api.state import Now, ServiceState

LISTENERS_MAX = 100
SILENCE_MAX_S = 15.0
"""After so long without news a comment is sent, that everyone between keeps the line open."""


class VenueRates(models.Model):
    """One venue's rates, sent when they were collected."""

    dex: str
    rates: list[models.RateRow]


class RateStream:
    """Tells listeners of new states."""

    def __init__(self, state: ServiceState) -> None:
        self._state = state
        self._events: set[asyncio.Event] = set()
        self._made: dict[str, tuple[int, bytes]] = {}
        self._over = False
        state.board.listen(lambda _: self._wake())

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._events)

    async def frames(self) -> AsyncIterator[bytes]:
        """Yield what is known, and from then on what is new."""
        news = asyncio.Event()
        self._events.add(news)
        seen: dict[str, int] = {}
        try:
            while not self._over:
                news.clear()
                # In one piece: a listener who has just left is then written to once, not ten times.
                yield b"".join(self._new(seen))
                try:
                    async with self._state.clock.deadline(SILENCE_MAX_S):
                        await news.wait()
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._events.discard(news)

    def end(self) -> None:
        """Let every listener go: a server that ends would wait for them."""
        self._over = True
        self._wake()

    def _new(self, seen: dict[str, int]) -> list[bytes]:
        """Return frames of everything newer than ``seen``, which is moved on."""
        now = self._state.now()
        frames = []
        for dex, collection in now.snapshot.collections.items():
            if seen.get(dex) != collection.at_ns:
                seen[dex] = collection.at_ns
                frames.append(self._rates(now, dex))
        health = views.health(now, self._state.board.store_trouble)
        return [*frames, _frame("health", health.model_dump_json())]

    def _rates(self, now: Now, dex: str) -> bytes:
        """Return a venue's frame, made once for all listeners."""
        collection = now.snapshot.collections[dex]
        made = self._made.get(dex)
        if made is None or made[0] != collection.at_ns:
            rows = views.rate_rows(now, [(dex, each.symbol) for each in collection.rates])
            frame = _frame("rates", VenueRates(dex=dex, rates=rows).model_dump_json())
            made = self._made[dex] = (collection.at_ns, frame)
        return made[1]

    def _wake(self) -> None:
        for event in self._events:
            event.set()


def stream_routes(stream: RateStream) -> APIRouter:
    """Return the route."""
    routes = APIRouter(tags=["stream"])

    @routes.get(
        "/stream",
        response_class=StreamingResponse,
        responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    )
    async def listen() -> StreamingResponse:
        """Events `rates` (one venue's rates) and `health`, as they happen."""
        if stream.listeners >= LISTENERS_MAX:
            raise HTTPException(503, f"{LISTENERS_MAX} already listen")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(stream.frames(), media_type="text/event-stream", headers=headers)

    return routes


def _frame(event: str, data: str) -> bytes:
    return f"event: {event}\ndata: {data}\n\n".encode()
