"""A run in which much happens at equal instants: what must repeat, repeats here or nowhere."""

from __future__ import annotations

import asyncio
import random

from exchange_clients.shared.virtual_time import Horizon, VirtualLoop, run_virtual
from tests.support.scripted_feed import ScriptedFeed


def busy_run(speed: float | None) -> list[str]:
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
