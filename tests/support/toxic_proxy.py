"""A TCP proxy on loopback that can be slow, deaf, stingy or gone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from exchange_clients.shared.clock import Rng

HOST = "127.0.0.1"
CHUNK_BYTES = 1 << 16


@dataclass(slots=True)
class Toxics:
    """What is wrong with every connection just now; all at once is possible."""

    latency_s: float = 0.0
    """Added to each chunk, either way; what follows waits behind it."""
    jitter_s: float = 0.0
    """As much more at most, drawn anew for each chunk."""
    cut_after_bytes: int = 0
    """Above zero a connection is broken once so many bytes have passed one way."""
    blackhole: bool = False
    """Nothing passes, and connections stay open; what was held back is lost."""
    slice_bytes: int = 0
    """Above zero chunks are passed in pieces of that many bytes."""
    slice_pause_s: float = 0.001
    refuses: bool = False
    """New connections are aborted at once."""


class ToxicProxy:
    """Stands before one port; ``async with ToxicProxy(port) as proxy: proxy.port``.

    Args:
        target: The port.
        rng: Draws the jitter.
    """

    def __init__(self, target: int, rng: Rng | None = None) -> None:
        self._rng = rng or Rng(target, "jitter")
        self.toxics = Toxics()
        self.port = 0
        self.connections = 0
        """How many were ever accepted."""
        self._target = target
        self._server: asyncio.Server | None = None
        self._pumps: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        """Take a port."""
        self._server = await asyncio.start_server(self._accept, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Give the port back and end every connection."""
        assert self._server is not None, "entered before"
        self._server.close()
        self.cut()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def cut(self) -> None:
        """Break every connection now; both ends see a reset."""
        for pump, writer in list(self._pumps.items()):
            writer.transport.abort()
            pump.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.toxics.refuses:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(HOST, self._target)
        except OSError:
            writer.transport.abort()
            return
        self._start(reader, back)
        self._start(there, writer)

    def _start(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        pump = asyncio.get_running_loop().create_task(self._pump(reader, writer))
        self._pumps[pump] = writer
        pump.add_done_callback(self._pumps.pop)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed = 0
        try:
            while chunk := await reader.read(CHUNK_BYTES):
                most = self.toxics.cut_after_bytes
                if most and passed + len(chunk) > most:
                    await self._pass(chunk[: max(most - passed, 0)], writer)
                    writer.transport.abort()
                    return
                await self._pass(chunk, writer)
                passed += len(chunk)
            writer.close()
        except OSError:
            writer.transport.abort()

    async def _pass(self, chunk: bytes, writer: asyncio.StreamWriter) -> None:
        toxics = self.toxics
        delay_s = toxics.latency_s
        if toxics.jitter_s:
            delay_s += self._rng.uniform(0.0, toxics.jitter_s)
        if delay_s:
            await asyncio.sleep(delay_s)
        if self.toxics.blackhole:
            return
        size = self.toxics.slice_bytes or len(chunk)
        for start in range(0, len(chunk), size or 1):
            writer.write(chunk[start : start + size])
            await writer.drain()
            if self.toxics.slice_bytes:
                await asyncio.sleep(self.toxics.slice_pause_s)
