"""What is read while it is not known what a process before this one has used of a budget."""

from __future__ import annotations

import asyncio

from exchange_clients.errors import RateLimited
from exchange_clients.shared.limits import Bucket, RateLimits
from exchange_clients.shared.transport.rate_limit import Owner, RateLimiter
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual


def successor(loop: VirtualLoop) -> RateLimiter:
    """Return the limiter of a process before which another may have used all of a minute."""
    limits = RateLimits((Bucket("requests", 60, 60.0),), {"": {"requests": 1.0}})
    return RateLimiter(limits, VirtualClock(loop), after_another=True)


def test_i31_where_another_process_used_a_budget_up_before_us_three_are_refused_at_most() -> None:
    """Nobody knows what it used; the others hear of the first refusal at once, and wait no more."""

    async def main(loop: VirtualLoop) -> None:
        limits = successor(loop)
        toll = limits.toll("", "", Owner())
        refused: list[float] = []
        held: list[float] = []

        async def read() -> None:
            try:
                await limits.enter(toll, urgent=False, timeout_s=10, read=True)
            except RateLimited:
                held.append(loop.time())
                return
            await asyncio.sleep(0.1)
            refused.append(loop.time())
            limits.refused(toll, None, urgent=False)
            limits.leave(toll)

        await asyncio.gather(*(read() for _ in range(12)))
        assert (refused, held) == ([0.1] * 3, [0.1] * 9)

    run_virtual(main)


def test_what_another_process_used_holds_up_no_order_and_no_read_longer_than_a_window() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = successor(loop)
        toll = limits.toll("", "", Owner())

        def reads() -> list[bool]:
            return [limits.try_enter(toll, urgent=False, read=True) for _ in range(5)]

        assert reads() == [True] * 3 + [False] * 2
        held = asyncio.create_task(limits.enter(toll, urgent=False, timeout_s=90, read=True))
        await asyncio.sleep(1)
        assert [limits.try_enter(toll, urgent=each) for each in (False, True)] == [True] * 2
        assert not held.done()
        await asyncio.sleep(59)
        assert held.done()
        assert reads() == [True] * 5

    run_virtual(main)
