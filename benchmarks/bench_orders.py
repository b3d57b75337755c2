"""Measure what ``client.place_limit_order`` adds to a bare POST of the same bytes on loopback.

The client is whole: rules, journal (in memory), tracker, limits, numbers, signing, transport. The
bare way is aiohttp with the very request that the client last sent, over a warm connection of its
own. Both take turns at a server in a process of its own, which answers at once, and take turns at
going first; streams are silent.

The goals were set where a bare POST takes 170 to 240 us. Where it takes longer a goal is as much
higher; each line tells the figure in microseconds and as a multiple of the bare POST beside it.

    python -m benchmarks.bench_orders
"""

from __future__ import annotations

import asyncio
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import aiohttp
import msgspec
from yarl import URL

from benchmarks.answer_server import Answer
from benchmarks.figures import Figure, Yardstick, conclude
from benchmarks.order_courses import COURSES, Course
from exchange_clients.base_models import Side
from exchange_clients.errors import ClientConfigError
from exchange_clients.journal import MemoryJournal
from exchange_clients.shared.client.venue_client import VenueClient
from exchange_clients.shared.clock import Rng, SystemClock
from exchange_clients.shared.credentials import Credentials
from exchange_clients.shared.flow import Response
from exchange_clients.shared.link import VenueLink
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.chosen import http_transport
from exchange_clients.shared.transport.ports import OnClose, OnFrame, OnPong, Socket, Timeouts
from exchange_clients.shared.venue import Environment

ORDERS, WARM_UP = 400, 50
USUAL_US = 240.0
"""What a bare POST takes at most on the machine that the goals were set on; at best 170."""
LOGGED_IN = {
    '"op":"login"': b'{"event":"login","code":"0","msg":""}',
    '"op":"auth"': b'{"op":"auth","success":true,"ret_msg":""}',
}
"""What is told of a login, by what it is known by."""


class SilentSocket:
    """A stream over which nothing is told but that a login counts."""

    def __init__(self, on_frame: OnFrame) -> None:
        self._on_frame = on_frame

    def send(self, text: str) -> None:
        """Take it."""
        for login, answer in LOGGED_IN.items():
            if login in text:
                self._on_frame(answer, FrameKind.TEXT)

    def ping(self) -> None:
        """Take it."""

    def close(self) -> None:
        """Nothing to close."""


class SilentSockets:
    """Opens silent streams."""

    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_close: OnClose,
        on_pong: OnPong,
    ) -> Socket:
        return SilentSocket(on_frame)


class NotingTransport:
    """The production transport; remembers the last request, to be sent bare."""

    def __init__(self) -> None:
        self.last: WireRequest | None = None
        self._production = http_transport()
        self.close = self._production.close

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        self.last = request
        return await self._production.send(base_url, request, timeouts, urgent=urgent)


@contextmanager
def serving(answers: Mapping[str, Answer]) -> Iterator[str]:
    """Serve answers from another process; return where."""
    command = [sys.executable, "-m", "benchmarks.answer_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(msgspec.json.encode(answers))
        server.stdin.close()
        try:
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def link_of(course: Course, url: str, http: NotingTransport) -> VenueLink:
    """Return a link of the venue's words to the server, with limits that are counted, not felt.

    Orders go over HTTP, also at venues that would take them over a socket.
    """
    limits = course.venue.limits
    wide = replace(limits, buckets=tuple(replace(each, capacity=1e9) for each in limits.buckets))
    prod = course.venue.environments["prod"]
    return VenueLink(
        replace(course.venue, limits=wide),
        Environment("bench", dict.fromkeys(prod.urls, url), prod.constants),
        Credentials(course.venue.fields, course.credentials),
        http=http,
        sockets=SilentSockets(),
        clock=SystemClock(),
        rng=Rng(1),
    )


async def race(course: Course, url: str) -> tuple[list[float], list[float]]:
    """Return the times in us of the client's orders and of the bare requests, in turns."""
    http = NotingTransport()
    client = VenueClient(link_of(course, url, http), journal=MemoryJournal())
    await client.connect()
    contract_id, _ = await client.get_contract_attributes(course.symbol)
    ours: list[float] = []
    bare: list[float] = []

    async def place() -> None:
        start = time.perf_counter_ns()
        result = await client.place_limit_order(
            contract_id, course.size, course.price, Side.BUY, post_only=True
        )
        ours.append((time.perf_counter_ns() - start) / 1000)
        assert result.success, result

    async def post() -> None:
        request = http.last
        assert request is not None
        target = URL(url + request.path, encoded=True)
        start = time.perf_counter_ns()
        async with session.post(target, data=request.body, headers=request.headers) as answer:
            await answer.read()
        bare.append((time.perf_counter_ns() - start) / 1000)

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        for turn in range(ORDERS + WARM_UP):
            for way in (place, post) if turn % 2 == 0 else (post, place):
                await way()
    await client.disconnect()
    return ours[WARM_UP:], bare[WARM_UP:]


def main() -> int:
    """Print both at each venue and what the client adds; goals alone, no requirement."""
    print(f"{platform.machine()} Python {platform.python_version()} aiohttp {aiohttp.__version__}")
    print(f"a bare POST takes 170-{USUAL_US:.0f} us on the machine that the goals were set on")
    figures = []
    for course in COURSES:
        name = course.venue.name
        try:
            with serving(course.answers) as url:
                ours, bare = asyncio.run(race(course, url))
        except ClientConfigError as missing:
            print(f"{name}: not measured, {missing}")
            continue
        post = Yardstick("a bare POST", statistics.median(bare), USUAL_US)
        added = statistics.median(ours) - post.value
        for way, taken in (("place_limit_order", ours), ("bare POST", bare)):
            p99 = sorted(taken)[len(taken) * 99 // 100]
            print(f"{name}: {way} p50={statistics.median(taken):.0f} us p99={p99:.0f} us")
        figures.append(
            Figure(
                f"orders: what the client adds, {name}, p50", added, "us", at_most=course.goal_us,
                goal=True, beside=post,
            )
        )  # fmt: skip
    return conclude(figures)


if __name__ == "__main__":
    raise SystemExit(main())
