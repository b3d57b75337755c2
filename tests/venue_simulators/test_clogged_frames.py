"""Frames that are held or told again, and answers from before there was anything."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from exchange_clients.base_models import NS
from tests.support.echo_venue import EchoVenue
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.faults import Fault, FaultRow
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.scripted_source import START_NS
from venue_simulators.wire import Frame, HttpRequest

READ = HttpRequest("rest", "GET", "/positions", "symbol=BTC&timestamp=1&signature=a")
FEED = HttpRequest("ws", "GET", "/feed")


@dataclass
class Pipe:
    """A carrier's connection that writes down what comes over it."""

    number: int = 1
    request: HttpRequest = FEED
    frames: list[Frame] = field(default_factory=list)

    def send(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self, code: int = 1000, reason: str = "") -> None:
        raise AssertionError(f"nobody closes it: {code} {reason}")


def piped(*rows: FaultRow) -> tuple[Misbehaving, Pipe]:
    host, pipe = Misbehaving(EchoVenue(), FaultPlan(rows)), Pipe()
    assert host.on_open(pipe) is None
    pipe.frames.clear()
    return host, pipe


def until(host: Misbehaving, at_s: float) -> None:
    """Let the venue go on, which says ``tick <n>`` ten times a second."""
    host.advance(START_NS + round(at_s * NS))


def test_a_clogged_pipe_holds_frames_until_it_is_free_and_keeps_their_order() -> None:
    host, pipe = piped(FaultRow(Fault.STALL, from_ns=NS // 4, for_ns=NS))
    until(host, 1.2)
    assert pipe.frames == ["tick 1", "tick 2"]
    until(host, 1.5)
    assert pipe.frames == [f"tick {number}" for number in range(1, 16)]
    assert host.plan.counts[Fault.STALL] == 10


def test_what_was_told_is_told_again_later() -> None:
    host, pipe = piped(FaultRow(Fault.ECHO, seconds=3, times=1))
    until(host, 3.15)
    assert pipe.frames[:2] == ["tick 1", "tick 2"]
    assert pipe.frames[-2:] == ["tick 31", "tick 1"]
    assert len(pipe.frames) == 32


def test_an_answer_from_the_beginning_comes_back_whatever_signs_the_question() -> None:
    host, _ = piped()
    began = host.answer(READ)
    assert host.answer(READ) != began
    host.plan.once("rp.first")
    signed = replace(READ, query="symbol=BTC&timestamp=2&signature=b")
    assert host.answer(signed) == began
    host.plan.once("rp.first")
    other = replace(READ, query="symbol=ETH&timestamp=2&signature=b")
    assert host.answer(other).response is not None
    assert host.plan.counts[Fault.FIRST] == 1
