"""Measure 300 rates over HTTP with 32 connections, beside plain FastAPI with a response model.

Run: python -m benchmarks.bench_rate_api
Each server is one process; both are asked in turns within one run.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from dataclasses import dataclass, field

from benchmarks.figures import Figure, conclude
from benchmarks.rate_servers import PATH

CONNECTIONS = 32
ROUND_S = 2.0
ROUNDS = 5
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length: "


@dataclass
class Tally:
    """What a server did."""

    answers: int = 0
    seconds: float = 0.0
    taken_ms: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds

    def percentile_ms(self, share: float) -> float:
        """Return how long so many of the answers took at most."""
        return sorted(self.taken_ms)[int(len(self.taken_ms) * share)]


class Asker(asyncio.Protocol):
    """One connection: asks again as soon as it was answered."""

    def __init__(self, request: bytes, tally: Tally) -> None:
        self._request = request
        self._tally = tally
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._asked_s = 0.0
        self.over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(HEAD_END)
        if end < 0:
            return
        begin = self._received.index(LENGTH) + len(LENGTH)
        length = int(self._received[begin : self._received.index(b"\r", begin)])
        if len(self._received) < end + len(HEAD_END) + length:
            return
        assert self._received.startswith(b"HTTP/1.1 200"), bytes(self._received[:200])
        self._tally.taken_ms.append((time.perf_counter() - self._asked_s) * 1000)
        self._tally.answers += 1
        self._received.clear()
        if not self.over:
            self._ask()

    def _ask(self) -> None:
        assert self._transport is not None
        self._asked_s = time.perf_counter()
        self._transport.write(self._request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def ask(port: int, tally: Tally) -> None:
    """Ask one server for a round."""
    request = f"GET {PATH} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    started = time.perf_counter()
    askers = []
    for _ in range(CONNECTIONS):
        _, asker = await loop.create_connection(lambda: Asker(request, tally), "127.0.0.1", port)
        askers.append(asker)
    await asyncio.sleep(ROUND_S)
    for asker in askers:
        asker.over = True
    tally.seconds += time.perf_counter() - started
    await asyncio.sleep(0.2)
    for asker in askers:
        asker.close()


async def compare(ports: dict[str, int]) -> dict[str, Tally]:
    """Ask the servers in turns; the first round of each is not counted."""
    for port in ports.values():
        await ask(port, Tally())
    tallies = {name: Tally() for name in ports}
    for _ in range(ROUNDS):
        for name, port in ports.items():
            await ask(port, tallies[name])
    return tallies


def main() -> int:
    """Print both servers' figures; 1 if a requirement is missed."""
    command = [sys.executable, "-m", "benchmarks.rate_servers"]
    processes = {
        name: subprocess.Popen([*command, name], stdout=subprocess.PIPE, text=True)
        for name in ("service", "plain")
    }
    try:
        ports = {}
        for name, process in processes.items():
            assert process.stdout is not None
            ports[name] = int(process.stdout.readline())
        told = asyncio.run(compare(ports))
    finally:
        for process in processes.values():
            process.kill()
            process.wait()
    for name, tally in told.items():
        p50, p99 = tally.percentile_ms(0.5), tally.percentile_ms(0.99)
        print(f"{name}: {tally.per_second:,.0f} answers/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms")
    service, usual = told["service"], told["plain"]
    name = "rates over HTTP, 300 rows, beside plain FastAPI"
    return conclude(
        [
            Figure(name, service.per_second / usual.per_second, "x", at_least=3.0),
            Figure(
                f"{name}: p99",
                service.percentile_ms(0.99) / usual.percentile_ms(0.99),
                "x",
                at_most=0.5,
            ),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
