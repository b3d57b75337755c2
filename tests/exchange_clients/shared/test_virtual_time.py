from __future__ import annotations

import asyncio
import os
import random
import signal
import socket
import time
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from exchange_clients.shared.virtual_time import (
    NEVER,
    Deadlock,
    Horizon,
    VirtualClock,
    VirtualLoop,
    run_virtual,
)

DAY_S = 86_400


class ScriptedFeed:
    """A feed of instants that writes down each one it delivers."""

    def __init__(self, name: str, instants_ns: Sequence[int], log: list[str]) -> None:
        self.name = name
        self.instants_ns = list(instants_ns)
        self.log = log
        self.runs = 0

    def next_ns(self) -> int:
        return self.instants_ns[0] if self.instants_ns else NEVER

    def run(self, horizon: Horizon) -> None:
        self.runs += 1
        while self.next_ns() <= horizon.until_ns and self.instants_ns:
            horizon.now_ns = self.instants_ns.pop(0)
            self.deliver(horizon)

    def deliver(self, horizon: Horizon) -> None:
        self.log.append(f"{self.name}@{horizon.now_ns}")


# The rule of order --------------------------------------------------------------------------------


def test_time_jumps_to_the_next_timer_and_is_exact() -> None:
    async def main(loop: VirtualLoop) -> tuple[int, int]:
        await asyncio.sleep(0.1)
        first = loop.now_ns
        await asyncio.sleep(30 * DAY_S + 0.000_000_001)
        return first, loop.now_ns

    assert run_virtual(main) == (NS // 10, NS // 10 + 30 * DAY_S * NS + 1)


def test_ready_callbacks_run_before_a_feed_moves_time() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> None:
        loop.add_feed(ScriptedFeed("feed", [0, 1], log))
        loop.call_soon(lambda: loop.call_soon(log.append, "second"))
        loop.call_soon(log.append, "first")
        await asyncio.sleep(1)

    run_virtual(main)
    assert log == ["first", "second", "feed@0", "feed@1"]


def test_feed_runs_up_to_and_including_the_instant_of_the_next_timer() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> None:
        loop.add_feed(ScriptedFeed("feed", [NS - 1, NS, NS, NS + 1], log))
        loop.call_at(1.0, log.append, "timer")
        await asyncio.sleep(2)

    run_virtual(main)
    assert log == [
        "feed@999999999",
        "feed@1000000000",
        "feed@1000000000",
        "timer",
        "feed@1000000001",
    ]


def test_timers_of_one_instant_run_in_the_order_they_were_set_around_cancelled_ones() -> None:
    ran: list[int] = []

    async def main(loop: VirtualLoop) -> None:
        timers = [loop.call_at(1.0, ran.append, number) for number in range(300)]
        for number in range(0, 300, 3):
            timers[number].cancel()
            timers[number + 1].cancel()
        await asyncio.sleep(2)

    run_virtual(main)
    assert ran == list(range(2, 300, 3))


@given(
    delays_ns=st.lists(st.integers(0, 5), max_size=150),
    cancelled=st.sets(st.integers(0, 149)),
)
@settings(deadline=None, derandomize=True, max_examples=50)
def test_timers_run_by_instant_and_then_by_order_of_setting(
    delays_ns: list[int], cancelled: set[int]
) -> None:
    ran: list[tuple[int, int]] = []

    async def main(loop: VirtualLoop) -> None:
        timers = [
            loop.call_later(delay / NS, ran.append, (delay, number))
            for number, delay in enumerate(delays_ns)
        ]
        for number, timer in enumerate(timers):
            if number in cancelled:
                timer.cancel()
        await asyncio.sleep(1)

    run_virtual(main)
    expected = [(delay, n) for n, delay in enumerate(delays_ns) if n not in cancelled]
    assert ran == sorted(expected)


def test_what_a_timer_makes_ready_runs_before_the_next_timer_of_that_instant() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> None:
        loop.call_at(1.0, lambda: loop.call_soon(log.append, "made ready"))
        loop.call_at(1.0, log.append, "next timer")
        await asyncio.sleep(2)

    run_virtual(main)
    assert log == ["made ready", "next timer"]


def test_a_timer_one_nanosecond_later_is_another_instant() -> None:
    seen: list[int] = []

    async def main(loop: VirtualLoop) -> None:
        loop.call_later(DAY_S + 2e-9, lambda: seen.append(loop.now_ns))
        loop.call_later(DAY_S + 1e-9, lambda: seen.append(loop.now_ns))
        await asyncio.sleep(2 * DAY_S)

    run_virtual(main)
    assert seen == [DAY_S * NS + 1, DAY_S * NS + 2]


def test_a_timer_of_the_past_runs_now_and_time_stands() -> None:
    async def main(loop: VirtualLoop) -> int:
        await asyncio.sleep(5)
        ran = loop.create_future()
        loop.call_at(1.0, ran.set_result, None)
        await ran
        return loop.now_ns

    assert run_virtual(main) == 5 * NS


# Feeds --------------------------------------------------------------------------------------------


def test_feeds_are_merged_by_instant_and_the_first_added_goes_first() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> None:
        loop.add_feed(ScriptedFeed("a", [1, 3, 3, 7], log))
        loop.add_feed(ScriptedFeed("b", [2, 3, 5, 8], log))
        await asyncio.sleep(1)

    run_virtual(main)
    assert log == ["a@1", "b@2", "a@3", "a@3", "b@3", "b@5", "a@7", "b@8"]


def test_a_feed_stops_after_the_event_that_makes_a_callback_ready() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> None:
        class Waking(ScriptedFeed):
            def deliver(self, horizon: Horizon) -> None:
                super().deliver(horizon)
                if horizon.now_ns == 2:
                    loop.call_soon(log.append, "callback")

        loop.add_feed(Waking("feed", [1, 2, 3], log))
        await asyncio.sleep(1)

    run_virtual(main)
    assert log == ["feed@1", "feed@2", "callback", "feed@3"]


def test_a_timer_that_an_event_sets_is_not_run_past() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> None:
        class Timing(ScriptedFeed):
            def deliver(self, horizon: Horizon) -> None:
                super().deliver(horizon)
                if horizon.now_ns == 1:
                    loop.call_later(2e-9, log.append, "timer")

        loop.add_feed(Timing("feed", [1, 2, 3, 4], log))
        await asyncio.sleep(1)

    run_virtual(main)
    assert log == ["feed@1", "feed@2", "feed@3", "timer", "feed@4"]


def test_a_feed_far_ahead_of_the_present_is_reached_in_one_run() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> int:
        feed = ScriptedFeed("feed", [3 * DAY_S * NS, 3 * DAY_S * NS + 1], log)
        loop.add_feed(feed)
        await asyncio.sleep(4 * DAY_S)
        return feed.runs

    assert run_virtual(main) == 1
    assert len(log) == 2


def test_a_removed_feed_is_not_run() -> None:
    log: list[str] = []

    async def main(loop: VirtualLoop) -> None:
        feed = ScriptedFeed("feed", [NS, 3 * NS], log)
        loop.add_feed(feed)
        await asyncio.sleep(2)
        loop.remove_feed(feed)
        await asyncio.sleep(2)

    run_virtual(main)
    assert log == ["feed@1000000000"]


def test_a_feed_whose_event_lies_in_the_past_is_an_error() -> None:
    async def main(loop: VirtualLoop) -> None:
        await asyncio.sleep(1)
        loop.add_feed(ScriptedFeed("feed", [5], []))
        await asyncio.sleep(1)

    with pytest.raises(AssertionError, match="never lie in the past"):
        run_virtual(main)


def test_a_busy_run_repeats_itself_exactly() -> None:
    assert _busy_run(speed=None) == _busy_run(speed=None)


# Pace ---------------------------------------------------------------------------------------------


def test_a_paced_run_gives_the_same_events_as_a_computed_one() -> None:
    assert _busy_run(speed=1000.0) == _busy_run(speed=None)


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
        assert "_clock_resolution" in held
        assert "_scheduled" in asyncio.TimerHandle.__slots__
        timer = loop.call_later(1, print)
        assert held["_scheduled"] == [timer]
        timer.cancel()
        assert held["_timer_cancelled_count"] == 1
    finally:
        loop.close()


def _busy_run(speed: float | None) -> list[str]:
    """Feeds, tasks, timers and cancelled timers that set one another off; return all they did."""
    log: list[str] = []
    choose = random.Random(7)

    async def worker(loop: VirtualLoop, name: str) -> None:
        for step in range(20):
            try:
                async with asyncio.timeout(choose.choice([0.001, 0.002, 0.005])):
                    await asyncio.sleep(choose.choice([0.0, 0.001, 0.002, 0.003]))
            except TimeoutError:
                log.append(f"{name} late {step} {loop.now_ns}")
            log.append(f"{name} {step} {loop.now_ns}")

    async def main(loop: VirtualLoop) -> None:
        class Busy(ScriptedFeed):
            def deliver(self, horizon: Horizon) -> None:
                super().deliver(horizon)
                if choose.random() < 0.3:
                    loop.call_later(0.001, log.append, f"set by {self.name}")

        loop.add_feed(Busy("a", range(0, 60_000_000, 500_000), log))
        loop.add_feed(Busy("b", range(0, 60_000_000, 1_000_000), log))
        workers = [loop.create_task(worker(loop, f"w{number}")) for number in range(5)]
        for task in workers:
            await task

    run_virtual(main, speed=speed)
    return log
