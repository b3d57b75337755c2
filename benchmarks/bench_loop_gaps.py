"""Measure how long a Lighter order keeps the event loop from its other work while it is signed.

Lighter's native library takes about half a millisecond for a signature, and more when it is called
on a process's main thread; so orders are signed on a thread of their own. Here the loop does
nothing but notice the time, over and over, and its longest gap between two looks is told: while
nothing is signed, while orders are signed as the client signs them, and while they are signed where
the loop runs. The three take turns within each round, and the calmest rounds count, because a gap
that the machine itself makes hits all three.

    python -m benchmarks.bench_loop_gaps
"""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Awaitable, Callable, Mapping

from benchmarks.bench_signing import lighter_order
from benchmarks.figures import Figure, conclude
from exchange_clients.errors import ClientConfigError
from exchange_clients.shared.transport.signing_thread import PROCESS_SIGNING_THREAD

ROUNDS, ORDERS = 15, 40
CALM_S = 0.06
MS = 1_000_000

Sign = Callable[[], object]


class Looker:
    """Looks at the clock in every turn of the loop; keeps the longest time between two looks."""

    def __init__(self) -> None:
        self.longest_ns = 0
        self._loop = asyncio.get_running_loop()
        self._seen_ns = time.perf_counter_ns()
        self._handle = self._loop.call_soon(self._look)

    def _look(self) -> None:
        now_ns = time.perf_counter_ns()
        self.longest_ns = max(self.longest_ns, now_ns - self._seen_ns)
        self._seen_ns = now_ns
        self._handle = self._loop.call_soon(self._look)

    def stop(self) -> float:
        """Stop looking; return the longest gap in milliseconds."""
        self._look()
        self._handle.cancel()
        return self.longest_ns / MS


async def _calm(sign: Sign) -> None:
    await asyncio.sleep(CALM_S)


async def _on_its_thread(sign: Sign) -> None:
    for _ in range(ORDERS):
        await PROCESS_SIGNING_THREAD.run(sign)


async def _on_the_loop(sign: Sign) -> None:
    for _ in range(ORDERS):
        sign()
        await asyncio.sleep(0)


WAYS: Mapping[str, Callable[[Sign], Awaitable[None]]] = {
    "nothing is signed": _calm,
    "orders are signed on their thread": _on_its_thread,
    "orders are signed where the loop runs": _on_the_loop,
}


async def _longest_gaps(sign: Sign) -> dict[str, list[float]]:
    gaps: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, way in WAYS.items():
            looker = Looker()
            await way(sign)
            gaps[name].append(looker.stop())
    return gaps


def main() -> int:
    """Print the longest gaps; 1 if a Lighter order blocks the loop for more than a millisecond."""
    print(f"{platform.machine()} Python {platform.python_version()}")
    try:
        sign = lighter_order()
    except ClientConfigError as missing:
        print(f"not measured, {missing}")
        return 0
    gaps = asyncio.run(_longest_gaps(sign))
    for name, longest in gaps.items():
        told = sorted(longest)
        print(f"while {name}: {told[0]:.2f} ms, median {told[len(told) // 2]:.2f} ms, "
              f"worst {told[-1]:.2f} ms of {ROUNDS} rounds")  # fmt: skip
    calm, thread, inline = (min(longest) for longest in gaps.values())
    return conclude(
        [
            Figure("loop: longest gap while nothing is signed", calm, "ms"),
            Figure("loop: the same while Lighter orders are signed", thread, "ms", at_most=1.0),
            Figure("loop: the same if they were signed on the loop", inline, "ms"),
        ]
    )


if __name__ == "__main__":
    raise SystemExit(main())
