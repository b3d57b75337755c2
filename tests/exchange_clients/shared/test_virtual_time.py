from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from exchange_clients.shared.virtual_time import (
    Deadlock,
    Horizon,
    VirtualLoop,
    run_virtual,
)
from tests.support.busy_run import busy_run
from tests.support.scripted_feed import ScriptedFeed

DAY_S = 86_400


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


@pytest.mark.parametrize("count", [1, 200])
def test_a_cancelled_timer_does_not_move_time(count: int) -> None:
    loops: list[VirtualLoop] = []

    async def main(loop: VirtualLoop) -> None:
        loops.append(loop)
        for number in range(count):
            loop.call_at(1.0 + number, print).cancel()
        await loop.create_future()

    with pytest.raises(Deadlock):
        run_virtual(main)
    assert [loop.now_ns for loop in loops] == [0]


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


def test_abusy_run_repeats_itself_exactly() -> None:
    assert busy_run(speed=None) == busy_run(speed=None)
