"""The network in memory: answers come when the host says so, or never."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from exchange_clients.errors import AuthenticationFailed, ExchangeError
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import WireRequest
from exchange_clients.shared.stream import FrameKind
from exchange_clients.shared.transport.memory_transport import (
    Answered,
    MemoryHttpTransport,
    MemoryRequest,
    MemorySocketTransport,
    Opened,
)
from exchange_clients.shared.transport.ports import (
    AnswerLost,
    NotSent,
    OnClose,
    OnPong,
    Timeouts,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual

URL = "https://venue"
PLACE = WireRequest("POST", "/order?a=%2B", {"X-Key": "k"}, b"{}")


@dataclass
class Host:
    """A host that answers after a while, as the script says."""

    clock: VirtualClock
    delay_s: float | None = 0.1
    """None: never."""
    answer: Response | None = field(default_factory=lambda: Response(200, b"hi", {"X-A": "1"}))
    requests: list[MemoryRequest] = field(default_factory=list)
    frames: list[str | bytes] = field(default_factory=list)
    closings: list[int] = field(default_factory=list)

    def request(self, request: MemoryRequest, deliver: Answered) -> None:
        self.requests.append(request)
        if self.delay_s is not None:
            self.clock.call_later(self.delay_s, lambda: deliver(self.answer))

    def open(
        self,
        request: MemoryRequest,
        deliver: Opened,
        on_frame: Callable[[str | bytes], None],
        on_close: OnClose,
        on_pong: OnPong,
    ) -> None:
        self.requests.append(request)
        self.on_frame, self.on_close, self.on_pong = on_frame, on_close, on_pong

        def finish() -> None:
            if self.answer is None or self.answer.status != 200:
                deliver(None, self.answer)
            else:
                deliver(self, None)
                on_frame("early")

        if self.delay_s is not None:
            self.clock.call_later(self.delay_s, finish)

    def send(self, frame: str | bytes) -> None:
        self.frames.append(frame)

    def ping(self) -> None:
        self.on_pong()

    def close(self, code: int, reason: str) -> None:
        self.closings.append(code)


def play(scenario: Callable[[VirtualClock, Host], Awaitable[None]]) -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        await scenario(clock, Host(clock))

    run_virtual(main)


def http(clock: VirtualClock, host: Host) -> MemoryHttpTransport:
    return MemoryHttpTransport({URL: host}.get, clock)


def test_an_answer_takes_the_time_that_the_host_says() -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        transport = http(clock, host)
        response = await transport.send(URL, PLACE, Timeouts())
        assert response == Response(200, b"hi", {"x-a": "1"}, received_ns=100_000_000)
        assert host.requests == [MemoryRequest("POST", "/order", "a=%2B", {"x-key": "k"}, b"{}")]
        await transport.close()

    play(scenario)


def test_a_host_that_is_not_known_was_sent_nothing() -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        with pytest.raises(NotSent):
            await http(clock, host).send("https://other", PLACE, Timeouts())

    play(scenario)


@pytest.mark.parametrize("delay_s", [None, 60.0])
def test_an_answer_that_does_not_come_in_time_is_lost(delay_s: float | None) -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        host.delay_s = delay_s
        with pytest.raises(AnswerLost):
            await http(clock, host).send(URL, PLACE, Timeouts(first_byte_s=7.0))
        assert clock.monotonic_ns() == 7_000_000_000
        await clock.sleep(100)

    play(scenario)


def test_a_connection_that_breaks_loses_the_answer() -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        host.answer = None
        with pytest.raises(AnswerLost):
            await http(clock, host).send(URL, PLACE, Timeouts())

    play(scenario)


@dataclass
class Ears:
    """What a socket told."""

    frames: list[tuple[bytes, FrameKind]] = field(default_factory=list)
    ends: list[tuple[int, str]] = field(default_factory=list)
    pongs: int = 0

    def on_frame(self, frame: bytes, kind: FrameKind) -> None:
        self.frames.append((frame, kind))

    def on_close(self, code: int, reason: str) -> None:
        self.ends.append((code, reason))

    def on_pong(self) -> None:
        self.pongs += 1


def test_frames_go_both_ways_until_the_peer_closes() -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        ears = Ears()
        socket = await MemorySocketTransport({"wss://venue": host}.get).open(
            "wss://venue/ws?a=1", {"Cookie": "c"}, ears.on_frame, ears.on_close, ears.on_pong
        )
        assert ears.frames == []
        host.on_frame(b"\x01")
        await clock.sleep(0)
        assert ears.frames == [(b"early", FrameKind.TEXT), (b"\x01", FrameKind.BINARY)]
        socket.send("up")
        socket.ping()
        host.on_close(1012, "restart")
        host.on_frame("late")
        socket.send("nobody")
        socket.ping()
        socket.close()
        await clock.sleep(0)
        assert (host.frames, ears.pongs, ears.ends) == (["up"], 1, [(1012, "restart")])
        assert host.requests == [MemoryRequest("GET", "/ws", "a=1", {"cookie": "c"})]

    play(scenario)


def test_closing_tells_both_ends_once() -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        ears = Ears()
        socket = await MemorySocketTransport({"wss://venue": host}.get).open(
            "wss://venue", {}, ears.on_frame, ears.on_close, ears.on_pong
        )
        socket.close()
        socket.close()
        host.on_frame("late")
        await clock.sleep(0)
        assert (host.closings, ears.ends) == ([1000], [(1000, "")])

    play(scenario)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(Response(401, b""), AuthenticationFailed), (Response(503, b""), ExchangeError)],
)
def test_a_refused_handshake_says_why(answer: Response, kind: type[ExchangeError]) -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        host.answer = answer
        ears = Ears()
        with pytest.raises(kind, match=str(answer.status)):
            await MemorySocketTransport({"wss://venue": host}.get).open(
                "wss://venue", {}, ears.on_frame, ears.on_close, ears.on_pong
            )

    play(scenario)


def test_a_handshake_that_breaks_or_has_no_host_is_an_error() -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        host.answer = None
        ears = Ears()
        transport = MemorySocketTransport({"wss://venue": host}.get)
        for url in ("wss://venue", "wss://other"):
            with pytest.raises(ExchangeError):
                await transport.open(url, {}, ears.on_frame, ears.on_close, ears.on_pong)

    play(scenario)


def test_a_connection_that_nobody_waits_for_any_more_is_closed() -> None:
    async def scenario(clock: VirtualClock, host: Host) -> None:
        host.delay_s = 5.0
        ears = Ears()
        with pytest.raises(TimeoutError):
            async with clock.deadline(1):
                await MemorySocketTransport({"wss://venue": host}.get).open(
                    "wss://venue", {}, ears.on_frame, ears.on_close, ears.on_pong
                )
        await clock.sleep(10)
        assert (host.closings, ears.frames, ears.ends) == ([1000], [], [])

    play(scenario)
