"""How much faster than the market virtual time runs: market seconds for each second of processor.

The reference is the bot as ``python runbot.py --strategy grid --exchange paper`` runs it, on the
synthetic market: ten events a second, half of them changes of a whole book, half trades, invented
on the way. Beside it stands what plain asyncio code costs on the loop: a task that sleeps, and a
queue that is fed ten times a second with a consumer that decides.

    python -m benchmarks.bench_virtual_time [--hours 4] [--repeats 3]
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import statistics
import sys
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from app.paper_market import open_sources
from benchmarks.bot_runs import play
from benchmarks.figures import Figure, conclude
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual

REQUIRED = 1_000
"""Times real time that any run has to reach."""
GOAL = 5_000
"""Times real time that the reference bot is meant to reach."""
TICK_S = 0.1
REFERENCE = (
    "--strategy=grid",
    "--exchange=paper",
    "--speed=max",
    "--no-panel",
    "--log-level=WARNING",
)


def main() -> int:
    """Print the speeds; 1 if one is too low."""
    parser = argparse.ArgumentParser(description="Speed of virtual time")
    parser.add_argument("--hours", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    market_s = options.hours * 3600
    reference = partial(reference_bot, options.hours)
    cases: dict[str, Callable[[], float]] = {
        "the bot on the synthetic market": reference,
        "a task that sleeps ten times a second": lambda: plain_asyncio(sleeper, market_s),
        "a queue fed ten times a second": lambda: plain_asyncio(queue_bot, market_s),
    }
    print(f"{platform.machine()} Python {platform.python_version()}, {options.hours} market hours")
    figures = []
    for name, case in cases.items():
        cpu_s = statistics.median(case() for _ in range(options.repeats))
        speed, limit = market_s / cpu_s, GOAL if case is reference else REQUIRED
        figures.append(Figure(f"virtual time: {name}", speed, "x real time", at_least=limit))
    return conclude(figures)


def reference_bot(hours: int) -> float:
    """Return the seconds of processor that some hours of the reference take."""
    return play([*REFERENCE, f"--duration={hours}h"], open_sources).cpu_s


def plain_asyncio(bot: Callable[[int], Coroutine[Any, Any, None]], market_s: int) -> float:
    """Return the seconds of processor that ordinary asyncio code takes for as many ticks."""

    async def run(loop: VirtualLoop) -> None:
        del loop
        await bot(round(market_s / TICK_S))

    started = time.process_time()
    run_virtual(run)
    return time.process_time() - started


async def sleeper(ticks: int) -> None:
    """Wait for each tick."""
    for _ in range(ticks):
        await asyncio.sleep(TICK_S)


async def queue_bot(ticks: int) -> None:
    """Put each tick into a queue; a second task takes it and decides."""
    queue: asyncio.Queue[int] = asyncio.Queue(maxsize=100)

    async def feed() -> None:
        for number in range(ticks):
            await asyncio.sleep(TICK_S)
            await queue.put(number)

    feeder = asyncio.create_task(feed())
    total = 0
    for _ in range(ticks):
        total += await queue.get()
    await feeder
    assert total == ticks * (ticks - 1) // 2


if __name__ == "__main__":
    sys.exit(main())
