from __future__ import annotations

import asyncio
import os
import signal
import socket
import time

import pytest

from exchange_clients.base_models import NS
from exchange_clients.shared.virtual_time import (
    Deadlock,
    Horizon,
    VirtualClock,
    VirtualLoop,
    run_virtual,
)
from tests.support.busy_run import busy_run
from tests.support.scripted_feed import ScriptedFeed

DAY_S = 86_400


# Pace ---------------------------------------------------------------------------------------------


def test_a_paced_run_gives_the_same_events_as_a_computed_one() -> None:
    assert busy_run(speed=1000.0) == busy_run(speed=None)


def test_a_paced_run_never_runs_ahead_of_the_machines_clock() -> None:
    async def main(loop: VirtualLoop) -> None:
        await asyncio.sleep(2)

    started = time.monotonic()
    run_virtual(main, speed=50.0)
    assert time.monotonic() - started >= 2 / 50


def test_restarting_the_pace_makes_a_fast_forward_need_no_catching_up() -> None:
    async def main(loop: VirtualLoop) -> float:
        await asyncio.sleep(1000)
        loop.speed = 20.0
        loop.restart_pace()
        started = time.monotonic()
        await asyncio.sleep(1)
        return time.monotonic() - started

    elapsed_s = run_virtual(main)
    assert 1 / 20 <= elapsed_s < 1000 / 20


def test_a_paced_loop_hears_a_socket_while_it_waits_for_a_far_timer() -> None:
    async def main(loop: VirtualLoop) -> bytes:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.setblocking(False)
            theirs.send(b"now")
            async with asyncio.timeout(DAY_S):
                return await loop.sock_recv(ours, 10)

    assert run_virtual(main, speed=1.0) == b"now"


# Ends ---------------------------------------------------------------------------------------------


def test_waiting_for_what_cannot_come_is_a_deadlock() -> None:
    async def main(loop: VirtualLoop) -> None:
        await loop.create_future()

    with pytest.raises(Deadlock, match="is left to wait for"):
        run_virtual(main)


def test_an_exhausted_feed_is_a_deadlock_too() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> None:
        loop.add_feed(ScriptedFeed("feed", [1], log))
        await loop.create_future()

    with pytest.raises(Deadlock):
        run_virtual(main)
    assert log == ["feed@1"]


def test_a_signal_is_heard_while_the_loop_waits_for_nothing_else() -> None:
    async def main(loop: VirtualLoop) -> str:
        heard = loop.create_future()
        loop.add_signal_handler(signal.SIGUSR1, heard.set_result, "heard")
        os.kill(os.getpid(), signal.SIGUSR1)
        answer: str = await heard
        loop.remove_signal_handler(signal.SIGUSR1)
        return answer

    assert run_virtual(main) == "heard"


def test_a_signal_is_heard_while_the_loop_computes_at_full_speed() -> None:
    class Endless:
        """A feed with an event each second for ever."""

        def __init__(self) -> None:
            self.at_ns = 0

        def next_ns(self) -> int:
            return self.at_ns

        def run(self, horizon: Horizon) -> None:
            while self.at_ns <= horizon.until_ns:
                horizon.now_ns = self.at_ns
                self.at_ns += NS

    async def main(loop: VirtualLoop) -> str:
        heard = loop.create_future()
        loop.add_signal_handler(signal.SIGUSR1, heard.set_result, "heard")
        loop.add_feed(Endless())
        loop.call_at(1000.0, os.kill, os.getpid(), signal.SIGUSR1)
        answer: str = await heard
        loop.remove_signal_handler(signal.SIGUSR1)
        return answer

    assert run_virtual(main) == "heard"


def test_a_thread_that_is_at_work_is_waited_for() -> None:
    async def main(loop: VirtualLoop) -> str:
        return await loop.run_in_executor(None, str, "done")

    loop = VirtualLoop()
    try:
        assert loop.run_until_complete(main(loop)) == "done"
    finally:
        loop.close()


def test_a_deadline_is_reached_in_virtual_time() -> None:
    async def main(loop: VirtualLoop) -> int:
        clock = VirtualClock(loop)
        with pytest.raises(TimeoutError):
            async with clock.deadline(3600):
                await loop.create_future()
        return clock.monotonic_ns()

    assert run_virtual(main) == 3600 * NS


def test_the_clock_of_a_loop_counts_from_its_epoch() -> None:
    epoch_ns = 1_600_000_000 * NS

    async def main(loop: VirtualLoop) -> tuple[int, int]:
        clock = VirtualClock(loop)
        await clock.sleep(1.5)
        return clock.now_ns(), clock.monotonic_ns()

    assert run_virtual(main, epoch_ns=epoch_ns) == (epoch_ns + 3 * NS // 2, 3 * NS // 2)


def test_asyncio_still_has_the_parts_that_the_loop_is_built_on() -> None:
    loop = asyncio.SelectorEventLoop()
    try:
        held = vars(loop)
        assert {"_ready", "_scheduled", "_timer_cancelled_count"} <= set(held)
        assert {"_signal_handlers", "_stopping", "_default_executor"} <= set(held)
        assert "_selector" in held
        assert callable(loop._process_events)  # type: ignore[attr-defined]
        assert "_run_once" in asyncio.BaseEventLoop.run_forever.__code__.co_names
        assert "_scheduled" in asyncio.TimerHandle.__slots__
        timer = loop.call_later(1, print)
        assert held["_scheduled"] == [timer]
        timer.cancel()
        assert held["_timer_cancelled_count"] == 1
    finally:
        loop.close()
