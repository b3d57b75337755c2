"""WebSockets whose other end is the test: it sees what is sent and says what comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from exchange_clients.shared.clock import Clock
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.ports import OnClose, OnFrame, OnPong


@dataclass(eq=False)
class ScriptedSocket:
    """One open socket; ``says`` is the venue speaking."""

    url: str
    headers: Mapping[str, str]
    on_frame: OnFrame
    on_close: OnClose
    on_pong: OnPong
    on_sent: Callable[[ScriptedSocket, str], None]
    sent: list[str] = field(default_factory=list)
    pings: int = 0
    closed: bool = False
    answers_pings: bool = True

    def send(self, text: str) -> None:
        if not self.closed:
            self.sent.append(text)
            asyncio.get_running_loop().call_soon(self.on_sent, self, text)

    def ping(self) -> None:
        self.pings += 1
        if self.answers_pings and not self.closed:
            self.on_pong()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            asyncio.get_running_loop().call_soon(self.on_close, 1000, "")

    def says(self, *messages: object) -> None:
        """Deliver messages as JSON frames, one after the other, in this instant."""
        for message in messages:
            self.on_frame(msgspec.json.encode(message), FrameKind.TEXT)

    def cut(self, code: int = 1006, reason: str = "") -> None:
        """Break the connection from the venue's side."""
        if not self.closed:
            self.closed = True
            self.on_close(code, reason)


@dataclass
class ScriptedSockets:
    """Opens sockets; ``refusals`` are raised instead, one for each attempt.

    ``door`` sees the headers of each handshake and may raise.
    """

    clock: Clock
    latency_s: float = 0.0
    refusals: list[Exception] = field(default_factory=list)
    opened: list[ScriptedSocket] = field(default_factory=list)
    attempts_ns: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    on_sent: Callable[[ScriptedSocket, str], None] = lambda socket, text: None
    on_opened: Callable[[ScriptedSocket], None] = lambda socket: None
    door: Callable[[Mapping[str, str]], None] = lambda headers: None

    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_close: OnClose,
        on_pong: OnPong,
    ) -> ScriptedSocket:
        self.asked.append(url)
        self.attempts_ns.append(self.clock.monotonic_ns())
        await self.clock.sleep(self.latency_s)
        if self.refusals:
            raise self.refusals.pop(0)
        self.door(headers)
        socket = ScriptedSocket(url, headers, on_frame, on_close, on_pong, self._hear)
        self.opened.append(socket)
        asyncio.get_running_loop().call_soon(self.on_opened, socket)
        return socket

    def _hear(self, socket: ScriptedSocket, text: str) -> None:
        """Tell what was sent to whoever listens by now."""
        self.on_sent(socket, text)

    @property
    def last(self) -> ScriptedSocket:
        """The socket that was opened last."""
        return self.opened[-1]
