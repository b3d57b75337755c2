"""Measure a frame on the socket -> best bid and ask at a listener, against ``websockets`` + json.

The production path is whole: manager, supervisor, connection, decoder, book, listener. The bare one
is the library's own asyncio client in its ``recv`` loop, parsing each frame with the standard
library and doing nothing with it. Both take turns on the same frames from a server in a process of
its own; counted is CPU time of this process per message.

    python -m benchmarks.bench_receive [--messages 20000] [--repetitions 5]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import uvloop
import websockets

from benchmarks.bench_order_book import CONTRACT, MARKET, decode_lighter, snapshot_of
from benchmarks.book_streams import frames
from benchmarks.figures import Figure, conclude
from benchmarks.frame_server import SHAPE
from exchange_clients.base_models import ClientIdSpace, Symbol
from exchange_clients.events import BestBidOffer, BookSnapshot, Event, LabelledBookDelta
from exchange_clients.shared.clock import Rng, SystemClock
from exchange_clients.shared.flow import Flow, Method, Request, Response
from exchange_clients.shared.limits import RateLimits
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.market_table import Listing
from exchange_clients.shared.signing import Session, WireRequest
from exchange_clients.shared.stream import (
    ConnectionInfo,
    ConnectionSpec,
    FrameKind,
    SubscribeContext,
    Topic,
)
from exchange_clients.shared.transport.ports import SocketTransport, Timeouts
from exchange_clients.shared.venue import Environment, MarketWords, Venue
from exchange_clients.shared.websocket.accelerated import PicowsTransport
from exchange_clients.shared.websocket.connection import WebsocketsTransport
from exchange_clients.shared.websocket.manager import VenueWebSocketManager

Loop = Callable[[], asyncio.AbstractEventLoop]
BARE = "bare websockets + json"
GOALS = {
    ("burst", "picows"): 0.7,
    ("burst", "picows on uvloop"): 0.7,
    ("paced", "picows on uvloop"): 0.7,
}
"""CPU time per message as a multiple of the bare loop's."""


class OneMarket:
    """A list of one market."""

    def list(self) -> Flow[Sequence[Listing]]:
        yield Request(Method.GET, "/markets")
        return [Listing(MARKET)]


class NoNetwork:
    """HTTP that answers nothing but success."""

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        return Response(200, b"")

    async def close(self) -> None:
        """Nothing to close."""


class BookWords:
    """One book stream; counts its frames."""

    def __init__(self, path: str, count: int, start: BookSnapshot) -> None:
        self.path, self.count, self.start = path, count, start
        self.seen = 0
        self.done = asyncio.Event()

    def connections(
        self, topics: Sequence[Topic], session: Session | None, now_ms: int
    ) -> Sequence[ConnectionSpec]:
        return [ConnectionSpec("market", "ws", tuple(topics), self.path)] if topics else []

    def subscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        return ["go"]

    def unsubscribe(self, topics: Sequence[Topic], context: SubscribeContext) -> Sequence[str]:
        return []

    def decode(self, frame: bytes, kind: FrameKind, connection: ConnectionInfo) -> Sequence[Event]:
        self.seen += 1
        read = decode_lighter(frame)
        delta = LabelledBookDelta(
            CONTRACT, read.bids, read.asks, read.last, read.previous, None, connection.received_ns
        )
        if self.seen == 1:
            return (self.start, delta)
        if self.seen == self.count:
            self.done.set()
        return (delta,)


def link_of(words: BookWords, sockets: SocketTransport, port: int) -> VenueLink:
    """Return a link to the server of frames."""
    absent = cast(Any, None)  # words that no feed calls
    venue = Venue(
        name="frames",
        environments={},
        fields=(),
        id_space=ClientIdSpace(1, "0"),
        limits=RateLimits(),
        read_error=lambda request, response: None,
        markets=cast(MarketWords, OneMarket()),
        funding=absent,
        stream=lambda table, account, signer: words,
        private=absent,
        normalize_symbol=Symbol,
        symbol_format=str,
    )
    urls: Mapping[str, str] = {"rest": "", "ws": f"ws://127.0.0.1:{port}"}
    return VenueLink(
        venue,
        Environment("bench", urls, {}),
        None,
        http=NoNetwork(),
        sockets=sockets,
        clock=SystemClock(),
        rng=Rng(1),
    )


async def production(
    sockets: SocketTransport, port: int, path: str, count: int, start: BookSnapshot
) -> float:
    """Return CPU seconds from the subscription to the last frame's quote."""
    words = BookWords(path, count, start)
    manager = VenueWebSocketManager(link_of(words, sockets, port), private=False)
    await manager.connect()
    heard: list[BestBidOffer] = []
    manager.add_quote_listener(CONTRACT, heard.append)
    before = time.process_time()
    await manager.prepare_market_feed("BTC")
    await words.done.wait()
    spent = time.process_time() - before
    assert len(heard) > count // 20, len(heard)
    await manager.disconnect()
    return spent


async def bare(port: int, path: str, count: int) -> float:
    """Return CPU seconds of the library's own loop."""
    before = time.process_time()
    async with websockets.connect(
        f"ws://127.0.0.1:{port}{path}", ping_interval=None, compression=None
    ) as connection:
        await connection.send("go")
        for _ in range(count):
            json.loads(await connection.recv())
        return time.process_time() - before


def measure(port: int, path: str, count: int, repetitions: int) -> dict[str, list[float]]:
    """Return microseconds a message of each path, in turns."""
    opening, made = frames(SHAPE, seed=1, count=count)
    start = snapshot_of(opening, decode_lighter, next(iter(made)))
    paths: dict[str, tuple[Loop, Callable[[], Coroutine[Any, Any, float]]]] = {
        BARE: (asyncio.new_event_loop, lambda: bare(port, path, count)),
        "websockets": (
            asyncio.new_event_loop,
            lambda: production(WebsocketsTransport(), port, path, count, start),
        ),
        "picows": (
            asyncio.new_event_loop,
            lambda: production(PicowsTransport(), port, path, count, start),
        ),
        "picows on uvloop": (
            uvloop.new_event_loop,
            lambda: production(PicowsTransport(), port, path, count, start),
        ),
    }
    found: dict[str, list[float]] = {name: [] for name in paths}
    for _ in range(repetitions):
        for name, (new_loop, work) in paths.items():
            with asyncio.Runner(loop_factory=new_loop) as runner:
                found[name].append(runner.run(work()) / count * 1e6)
    return found


def main() -> int:
    """Print one line for each path and pace."""
    parser = argparse.ArgumentParser(description="Receiving speed")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.frame_server", str(options.messages)],
        cwd=Path(__file__).resolve().parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    gc.freeze()
    figures: list[Figure] = []
    print(f"Python {platform.python_version()}, {platform.machine()}")
    try:
        port = int(server.stdout.readline())
        for pace in ("burst", "paced"):
            found = measure(port, f"/{pace}", options.messages, options.repetitions)
            floor = found.pop(BARE)
            print(f"{pace}: {BARE} {statistics.median(floor):.1f} us a message")
            for name, spent in found.items():
                print(f"{pace}: {name} {statistics.median(spent):.1f} us a message")
                ratio = statistics.median(a / b for a, b in zip(spent, floor, strict=True))
                label, most = f"receive: {pace}, by {name}", GOALS.get((pace, name))
                figures.append(Figure(label, ratio, "x bare loop", at_most=most, goal=True))
    finally:
        server.kill()
        server.wait()
    return conclude(figures)


if __name__ == "__main__":
    sys.exit(main())
