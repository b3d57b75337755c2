"""Work that several ask for is done once, and its end is told to all of them."""

from __future__ import annotations

import asyncio

import pytest

from exchange_clients.errors import NotConnectedError
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.transport.single_flight import SingleFlight
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual


def test_those_who_ask_meanwhile_share_and_those_who_ask_later_begin_anew() -> None:
    async def main(loop: VirtualLoop) -> None:
        done: list[float] = []

        async def work() -> int:
            await asyncio.sleep(1)
            done.append(loop.time())
            return len(done)

        flight = SingleFlight(work, TaskScope(), "work")
        first = asyncio.ensure_future(flight.run())
        await asyncio.sleep(0.5)
        assert (await flight.run(), await first) == (1, 1)
        assert await flight.run() == 2
        assert done == [1.0, 2.0]

    run_virtual(main)


def test_a_failure_is_told_to_everyone_and_forgotten() -> None:
    async def main(loop: VirtualLoop) -> None:
        failures = [OSError("gone")]

        async def work() -> str:
            await asyncio.sleep(1)
            if failures:
                raise failures.pop()
            return "done"

        flight = SingleFlight(work, TaskScope(), "work")
        tasks = [asyncio.ensure_future(flight.run()) for _ in range(2)]
        for task in tasks:
            with pytest.raises(OSError, match="gone"):
                await task
        assert await flight.run() == "done"

    run_virtual(main)


@pytest.mark.parametrize("wait_s", [0.0, 0.5])
def test_a_closed_scope_is_told_as_not_connected(wait_s: float) -> None:
    async def main(loop: VirtualLoop) -> None:
        scope = TaskScope()
        flight = SingleFlight(lambda: asyncio.sleep(1), scope, "work")
        waiting = asyncio.ensure_future(flight.run())
        await asyncio.sleep(wait_s)
        await scope.close()
        with pytest.raises(NotConnectedError):
            await waiting

    run_virtual(main)
