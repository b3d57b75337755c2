"""Limits that are learnt from the account take the place of the usual ones."""

from __future__ import annotations

from exchange_clients.shared.limits import Bucket, RateLimits
from exchange_clients.shared.transport.rate_limit import Owner, RateLimiter
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual


def test_adopted_limits_hold_from_then_on() -> None:
    async def main(loop: VirtualLoop) -> None:
        usual = RateLimits((Bucket("all", 100, 60.0),), {"": {"all": 1}})
        limiter = RateLimiter(usual, VirtualClock(loop))
        under_way = limiter.toll("", "", Owner())
        assert limiter.try_enter(under_way, urgent=False)
        limiter.adopt(RateLimits((Bucket("all", 2, 60.0, reserve=0),), {"": {"all": 1}}))
        limiter.leave(under_way)
        toll = limiter.toll("", "", Owner())
        admitted = [limiter.try_enter(toll, urgent=False) for _ in range(3)]
        assert admitted == [True, True, False]

    run_virtual(main)
