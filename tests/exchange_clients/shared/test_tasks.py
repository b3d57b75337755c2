from __future__ import annotations

import asyncio
import logging

import pytest

from exchange_clients.shared.tasks import TaskScope, run_all, wait_first
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual


async def ends_after(seconds: float, log: list[str], name: str) -> str:
    """Wait and write down how it ended."""
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        log.append(f"{name} cancelled")
        raise
    log.append(f"{name} done")
    return name


async def fails_after(seconds: float) -> None:
    await asyncio.sleep(seconds)
    raise ValueError("broken")


# All of several -----------------------------------------------------------------------------------


async def fails_or_ends(seconds: float, log: list[str]) -> None:
    if seconds < 0:
        raise ValueError("broken")
    await ends_after(seconds, log, f"{seconds:g}")


def test_all_run_at_once_and_what_fails_is_said_and_spoils_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main(loop: VirtualLoop) -> tuple[list[str], int]:
        log: list[str] = []
        await run_all({f"{each}": fails_or_ends(each, log) for each in (2, -1, 1)})
        return log, loop.now_ns

    assert run_virtual(main) == (["1 done", "2 done"], 2_000_000_000)
    assert [each.getMessage() for each in caplog.records] == ["event=task_failed task=-1"]


def test_all_are_cancelled_with_whoever_waits_for_them() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        log: list[str] = []
        waiting = loop.create_task(
            run_all({f"{each}": fails_or_ends(each, log) for each in (1, 2)})
        )
        await asyncio.sleep(0.5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return log

    assert run_virtual(main) == ["1 cancelled", "2 cancelled"]


# The first of several -----------------------------------------------------------------------------


def test_the_first_by_position_wins_among_those_that_are_done() -> None:
    async def main(loop: VirtualLoop) -> bool:
        futures = [loop.create_future() for _ in range(3)]
        futures[2].set_result(None)
        futures[1].set_result(None)
        return await wait_first(futures) is futures[1]

    assert run_virtual(main)


def test_waiting_ends_with_the_first_that_is_done_and_leaves_the_others_alone() -> None:
    async def main(loop: VirtualLoop) -> tuple[str, bool, int]:
        log: list[str] = []
        slow = loop.create_task(ends_after(5, log, "slow"))
        fast = loop.create_task(ends_after(1, log, "fast"))
        first = await wait_first([slow, fast])
        at_ns = loop.now_ns
        await slow
        return first.result(), first is fast, at_ns

    assert run_virtual(main) == ("fast", True, 1_000_000_000)


def test_a_failure_counts_as_done_and_is_not_raised_by_waiting() -> None:
    async def main(loop: VirtualLoop) -> str:
        task = loop.create_task(fails_after(1))
        done = await wait_first([task])
        return str(done.exception())

    assert run_virtual(main) == "broken"


def test_a_cancelled_wait_leaves_the_tasks_running() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        log: list[str] = []
        task = loop.create_task(ends_after(5, log, "task"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await wait_first([task])
        await task
        return log

    assert run_virtual(main) == ["task done"]


def test_waiting_for_nothing_is_refused() -> None:
    async def main(_: VirtualLoop) -> None:
        await wait_first([])

    with pytest.raises(AssertionError, match="nothing to wait for"):
        run_virtual(main)


# The scope ----------------------------------------------------------------------------------------


def test_closing_cancels_in_the_order_of_starting_and_waits_for_all() -> None:
    async def main(_: VirtualLoop) -> tuple[list[str], int]:
        log: list[str] = []
        scope = TaskScope()
        for number in range(20):
            scope.start(ends_after(100 - number, log, f"task {number}"), f"task {number}")
        await asyncio.sleep(1)
        await scope.close()
        return log, len(scope)

    assert run_virtual(main) == ([f"task {number} cancelled" for number in range(20)], 0)


def test_joining_waits_for_tasks_that_were_started_meanwhile() -> None:
    async def main(_: VirtualLoop) -> list[str]:
        log: list[str] = []
        scope = TaskScope()

        async def parent() -> None:
            await asyncio.sleep(1)
            scope.start(ends_after(1, log, "child"), "child")

        scope.start(parent(), "parent")
        await scope.join()
        return log

    assert run_virtual(main) == ["child done"]


def test_a_task_started_while_the_scope_closes_is_cancelled_at_once() -> None:
    async def main(loop: VirtualLoop) -> tuple[int, int]:
        scope = TaskScope()

        async def stubborn() -> None:
            try:
                await asyncio.sleep(100)
            finally:
                scope.start(asyncio.sleep(100), "late")
                await asyncio.sleep(1)

        scope.start(stubborn(), "stubborn")
        await asyncio.sleep(1)
        await scope.close()
        return len(scope), loop.now_ns

    assert run_virtual(main) == (0, 2_000_000_000)


def test_closing_twice_does_nothing() -> None:
    async def main(_: VirtualLoop) -> int:
        scope = TaskScope()
        await scope.close()
        await scope.close()
        return len(scope)

    assert run_virtual(main) == 0


def test_a_task_cannot_wait_for_its_own_end() -> None:
    failures: list[str] = []

    async def main(_: VirtualLoop) -> None:
        scope = TaskScope(lambda name, error: failures.append(f"{name}: {error}"))
        scope.start(scope.close(), "closer")
        await scope.join()

    run_virtual(main)
    assert failures == ["closer: a task cannot wait for its own end"]


def test_a_failure_is_handed_to_the_owner_with_the_tasks_name() -> None:
    failures: list[tuple[str, str]] = []

    async def main(_: VirtualLoop) -> None:
        scope = TaskScope(lambda name, error: failures.append((name, str(error))))
        scope.start(fails_after(1), "reader")
        await scope.join()

    run_virtual(main)
    assert failures == [("reader", "broken")]


def test_a_failure_without_an_owner_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def main(_: VirtualLoop) -> None:
        scope = TaskScope()
        scope.start(fails_after(1), "reader")
        await scope.join()

    with caplog.at_level(logging.ERROR):
        run_virtual(main)
    assert [record.getMessage() for record in caplog.records] == ["event=task_failed task=reader"]


def test_a_finished_task_is_forgotten() -> None:
    async def main(_: VirtualLoop) -> list[int]:
        scope = TaskScope()
        scope.start(asyncio.sleep(1), "short")
        sizes = [len(scope)]
        await asyncio.sleep(2)
        return [*sizes, len(scope)]

    assert run_virtual(main) == [1, 0]


# What nobody may interrupt ------------------------------------------------------------------------


def test_what_is_uninterrupted_goes_on_without_its_caller() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        log: list[str] = []
        scope = TaskScope()
        caller = loop.create_task(scope.uninterrupted(ends_after(5, log, "order"), "order"))
        await asyncio.sleep(1)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        await scope.join()
        return log

    assert run_virtual(main) == ["order done"]


def test_what_is_uninterrupted_tells_its_result_and_its_failure() -> None:
    async def main(loop: VirtualLoop) -> str:
        scope = TaskScope()
        with pytest.raises(ValueError, match="broken"):
            await scope.uninterrupted(fails_after(1), "failing")
        return await scope.uninterrupted(ends_after(1, [], "order"), "order")

    assert run_virtual(main) == "order"


def test_a_failure_that_nobody_waits_for_is_said_by_the_scope() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        said: list[str] = []
        scope = TaskScope(lambda name, error: said.append(f"{name}: {error}"))
        caller = loop.create_task(scope.uninterrupted(fails_after(5), "failing"))
        await asyncio.sleep(1)
        caller.cancel()
        await scope.join()
        return said

    assert run_virtual(main) == ["failing: broken"]


def test_the_end_of_a_scope_ends_who_waits_for_it() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        log: list[str] = []
        scope = TaskScope()
        caller = loop.create_task(scope.uninterrupted(ends_after(5, log, "order"), "order"))
        await asyncio.sleep(1)
        await scope.close()
        with pytest.raises(asyncio.CancelledError):
            await caller
        return log

    assert run_virtual(main) == ["order cancelled"]


def test_what_is_uninterrupted_begins_before_whatever_else_waits() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        log: list[str] = []
        loop.call_soon(log.append, "what waited")

        async def order() -> None:
            log.append("order sent")
            await asyncio.sleep(0)
            log.append("order answered")

        await TaskScope().uninterrupted(order(), "order")
        return log

    assert run_virtual(main) == ["order sent", "what waited", "order answered"]


def test_a_deadline_of_the_first_step_ends_the_work_and_not_its_caller() -> None:
    async def main(loop: VirtualLoop) -> tuple[str, int]:
        async def order() -> str:
            try:
                async with asyncio.timeout(2):
                    await asyncio.sleep(60)
            except TimeoutError:
                return "given up"
            return "answered"

        return await TaskScope().uninterrupted(order(), "order"), loop.now_ns

    assert run_virtual(main) == ("given up", 2_000_000_000)


def test_a_scope_that_ends_at_once_ends_what_was_begun() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        log: list[str] = []
        scope = TaskScope()
        caller = loop.create_task(scope.uninterrupted(ends_after(5, log, "order"), "order"))
        loop.call_soon(loop.create_task, scope.close())
        with pytest.raises(asyncio.CancelledError):
            await caller
        return log

    assert run_virtual(main) == ["order cancelled"]


def test_nothing_begins_in_a_scope_that_ends() -> None:
    async def main(loop: VirtualLoop) -> list[str]:
        log: list[str] = []
        scope = TaskScope()
        await scope.close()
        with pytest.raises(asyncio.CancelledError):
            await scope.uninterrupted(ends_after(5, log, "order"), "order")
        return log

    assert run_virtual(main) == []
