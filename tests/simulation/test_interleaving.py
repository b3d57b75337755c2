"""What is due at one instant is done in another order, where a loop is asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest

from exchange_clients.shared.clock import Rng
from tests.simulation.interleaving import (
    CHARGE_MIN_NS,
    GRID_MAX_NS,
    WINDOW_STEPS,
    InterleavingLoop,
    task_of,
)
from tests.simulation.jobs import Job, Played, case_of, flags_of
from tests.simulation.plan import Interleaving

SEEDS = range(1, 21)
MOVING = (Interleaving.GRID, Interleaving.CHARGE, Interleaving.PCT)


def loop_of(interleaving: Interleaving, seed: int = 1) -> InterleavingLoop:
    return InterleavingLoop(epoch_ns=0, interleaving=interleaving, rng=Rng(seed))


def played(
    interleaving: Interleaving,
    seed: int,
    main: Callable[[InterleavingLoop, list[str]], Coroutine[Any, Any, None]],
) -> list[str]:
    log: list[str] = []
    loop = loop_of(interleaving, seed)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(main(loop, log))
    return log


async def crossing(loop: InterleavingLoop, log: list[str]) -> None:
    """Let tasks, and callbacks between them, be ready at one instant."""

    async def work(name: str) -> None:
        for step in range(3):
            log.append(f"{name}{step}")
            await asyncio.sleep(0)

    tasks = []
    for number in range(4):
        tasks.append(loop.create_task(work("abcd"[number])))
        loop.call_soon(log.append, str(number))
    for task in tasks:
        await task


def orders(
    interleaving: Interleaving,
    main: Callable[[InterleavingLoop, list[str]], Coroutine[Any, Any, None]],
) -> set[str]:
    return {" ".join(played(interleaving, seed, main)) for seed in SEEDS}


def test_steps_of_tasks_are_done_in_another_order_and_callbacks_in_their_own() -> None:
    (usual,) = orders(Interleaving.EXACT, crossing)
    found = orders(Interleaving.PCT, crossing)
    assert len(found) > 10
    for order in found:
        words = order.split()
        assert sorted(words) == sorted(usual.split())
        assert [each for each in words if each.isdigit()] == ["0", "1", "2", "3"]
        for number, name in enumerate("abcd"):
            assert [each for each in words if each[0] == name] == [
                f"{name}{step}" for step in (0, 1, 2)
            ]
            callbacks_before = [str(earlier) for earlier in range(number)]
            first = words.index(f"{name}0")
            assert [each for each in words[:first] if each in callbacks_before] == callbacks_before


@pytest.mark.parametrize("interleaving", [Interleaving.EXACT, Interleaving.CHARGE])
def test_what_is_ready_keeps_its_order_elsewhere(interleaving: Interleaving) -> None:
    assert len(orders(interleaving, crossing)) == 1


async def timing(loop: InterleavingLoop, log: list[str]) -> None:
    for name in "abcde":
        loop.call_later(1, log.append, name)
    await asyncio.sleep(2)


@pytest.mark.parametrize("interleaving", MOVING)
def test_timers_of_one_instant_come_in_any_order(interleaving: Interleaving) -> None:
    assert orders(Interleaving.EXACT, timing) == {"a b c d e"}
    assert len(orders(interleaving, timing)) > 10


async def told_times(loop: InterleavingLoop, log: list[str]) -> None:
    for number in range(20):
        loop.call_later(number / 1000, lambda: log.append(str(loop.now_ns)))
    await asyncio.sleep(1)


@pytest.mark.parametrize("interleaving", [Interleaving.GRID, Interleaving.PCT])
def test_timers_of_a_grid_are_late_by_a_step_at_most(interleaving: Interleaving) -> None:
    steps = []
    for seed in SEEDS:
        told = [int(each) for each in played(interleaving, seed, told_times)]
        late = [at_ns - number * 1_000_000 for number, at_ns in enumerate(told)]
        assert 0 <= min(late) <= max(late) < GRID_MAX_NS
        steps.append(len({*told}))
    assert min(steps) < 3 < max(steps)


def test_callbacks_that_take_their_time_are_late_and_pile_up() -> None:
    for seed in SEEDS:
        told = [int(each) for each in played(Interleaving.CHARGE, seed, told_times)]
        assert told == sorted({*told})
        assert all(after - before >= CHARGE_MIN_NS for before, after in pairwise(told))


async def racing(loop: InterleavingLoop, log: list[str]) -> None:
    """Let two tasks read a sum, ask somebody for 2 ms, and write the sum; one after the other."""
    total = 0

    async def add(after_s: float) -> None:
        nonlocal total
        await asyncio.sleep(after_s)
        before = total
        await asyncio.sleep(0.002)
        total = before + 1

    for task in [loop.create_task(add(0.001)), loop.create_task(add(0.004))]:
        await task
    log.append(str(total))


@pytest.mark.parametrize("interleaving", [Interleaving.GRID, Interleaving.PCT])
def test_a_race_that_exact_instants_hide_is_found(interleaving: Interleaving) -> None:
    assert orders(Interleaving.EXACT, racing) == {"2"}
    assert orders(interleaving, racing) == {"1", "2"}


def test_a_task_that_only_yields_keeps_no_other_from_its_turn() -> None:
    async def main(loop: InterleavingLoop, log: list[str]) -> None:
        async def work() -> None:
            log.append("done")

        task = loop.create_task(work())
        while not task.done():  # noqa: ASYNC110 - it does nothing but yield
            await asyncio.sleep(0)

    assert orders(Interleaving.PCT, main) == {"done"}


def test_every_task_becomes_the_last_one_now_and_then() -> None:
    async def main(loop: InterleavingLoop, log: list[str]) -> None:
        async def work(name: str) -> None:
            for _ in range(WINDOW_STEPS):
                log.append(name)
                await asyncio.sleep(0.001)

        for task in [loop.create_task(work(name)) for name in "ab"]:
            await task

    firsts = played(Interleaving.PCT, 1, main)[::2]
    assert {*firsts} == {"a", "b"}


def test_steps_are_told_from_other_callbacks() -> None:
    async def main(loop: InterleavingLoop, log: list[str]) -> None:
        future = loop.create_future()

        async def work() -> None:
            await future

        def told(handle: asyncio.Handle) -> str:
            return "step" if task_of(handle) is task else "other"

        task = loop.create_task(work())
        log.append(told(loop._ready[-1]))
        await asyncio.sleep(0)
        future.set_result(None)
        log.append(told(loop._ready[-1]))
        others = [loop.call_soon(task.cancel), loop.call_soon(print)]
        for handle in others:
            log.append(told(handle))
            handle.cancel()
        await task

    assert played(Interleaving.EXACT, 1, main) == ["step", "step", "other", "other"]


def test_an_asyncio_that_schedules_steps_otherwise_is_refused() -> None:
    async def main(loop: InterleavingLoop, log: list[str]) -> None:
        task = asyncio.current_task()
        assert task is not None
        assert loop._ranked is not None
        loop.call_soon(log.append, "not its step")
        with pytest.raises(RuntimeError, match="is not told from callbacks"):
            loop._ranked.rank(task)
        await asyncio.sleep(0)

    assert played(Interleaving.PCT, 1, main) == ["not its step"]


@pytest.mark.parametrize("kind", ["executions", "run"])
def test_a_seed_in_another_order_is_told_with_it_and_draws_the_same(kind: str) -> None:
    usual, job = Job(kind, 7), Job(kind, 7, interleaving=Interleaving.PCT)
    case = case_of(job)
    assert case.interleaving is Interleaving.PCT
    assert case_of(Job(kind, 7, case=case)) == case
    assert case_of(usual).interleaving is Interleaving.EXACT
    assert Played(kind, 7, flags=flags_of(job)).command.endswith(" --interleaving pct")
    assert "interleaving" not in flags_of(usual)
