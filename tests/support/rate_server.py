"""The rate service's API over a real socket, on a thread of its own."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeAlias

from funding_rate_service.api.app import Access, build_app
from funding_rate_service.api.server import Server, listening, serve
from funding_rate_service.api.state import ServiceState

OnLoop: TypeAlias = Callable[[Callable[[], None]], None]
"""Runs work on the server's loop, and returns when it is done."""


@contextmanager
def served(state: ServiceState, access: Access | None = None) -> Iterator[tuple[str, OnLoop]]:
    """Serve for as long as the block lasts; give the URL, and what runs work on the loop."""
    told: queue.Queue[tuple[str, asyncio.AbstractEventLoop, asyncio.Event]] = queue.Queue()

    async def main() -> None:
        over = asyncio.Event()

        def announce(host: str, port: int) -> None:
            told.put((f"http://{host}:{port}", asyncio.get_running_loop(), over))

        with listening("127.0.0.1", 0) as listener:
            await serve(Server(build_app(state, access), listener), announce, over)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    url, loop, over = told.get(timeout=10)
    try:
        yield url, lambda work: _on(loop, work)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)


def _on(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    done = threading.Event()

    def run() -> None:
        work()
        done.set()

    loop.call_soon_threadsafe(run)
    assert done.wait(5), "the server's loop is busy"
