"""The venue's limits are kept in every window, and a cancel never stands behind quotes."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from exchange_clients.errors import RateLimited
from exchange_clients.shared.limits import Bucket, BucketScope, RateLimits
from exchange_clients.shared.transport.rate_limit import WAITERS_MAX, Owner, RateLimiter, Toll
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual

US = Owner("account", "key")


def limiter(
    loop: VirtualLoop,
    *buckets: Bucket,
    costs: Mapping[str, Mapping[str, float]] | None = None,
    share: float = 1.0,
) -> RateLimiter:
    """Return a limiter where every request weighs 1 on every bucket unless ``costs`` says more."""
    default = {bucket.name: 1.0 for bucket in buckets}
    limits = RateLimits(buckets, costs or {"": default}, used=_used)
    return RateLimiter(limits, VirtualClock(loop), share=share)


def _used(headers: Mapping[str, str]) -> Mapping[str, float]:
    return {name: float(value) for name, value in headers.items()}


async def ask(
    limits: RateLimiter, toll: Toll, *, urgent: bool = False, takes_s: float = 0.0
) -> float:
    """Be admitted, take a while, leave; return the seconds that were waited."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    await limits.enter(toll, urgent=urgent, timeout_s=600)
    waited = loop.time() - asked
    if takes_s:
        await asyncio.sleep(takes_s)
    limits.leave(toll)
    return waited


def test_room_is_taken_without_waiting_until_the_reserve() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 10, 1.0))
        toll = limits.toll("", "", US)
        admitted = [limits.try_enter(toll, urgent=False) for _ in range(10)]
        assert admitted == [True] * 8 + [False] * 2
        assert [limits.try_enter(toll, urgent=True) for _ in range(3)] == [True, True, False]

    run_virtual(main)


def test_a_request_counts_until_a_window_after_its_answer() -> None:
    """Whenever the venue counted it in between: jitter on the way compresses nothing."""

    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 1, 10.0, reserve=0.0))
        toll = limits.toll("", "", US)
        await ask(limits, toll, takes_s=5.0)
        assert await ask(limits, toll) == pytest.approx(10.0, abs=0.01)

    run_virtual(main)


def test_every_bucket_of_a_request_must_have_room() -> None:
    async def main(loop: VirtualLoop) -> None:
        buckets = (Bucket("second", 5, 1.0, reserve=0), Bucket("minute", 7, 60.0, reserve=0))
        limits = limiter(loop, *buckets)
        toll = limits.toll("", "", US)
        waits = [await ask(limits, toll) for _ in range(8)]
        assert waits == [0.0] * 5 + [pytest.approx(1.0, abs=0.01), 0.0] + [
            pytest.approx(59.0, abs=0.01)
        ]

    run_virtual(main)


def test_buckets_are_counted_by_address_account_key_and_instrument() -> None:
    async def main(loop: VirtualLoop) -> None:
        one = (
            Bucket("ip", 8, 1.0, BucketScope.IP, reserve=0),
            Bucket("account", 4, 1.0, BucketScope.ACCOUNT, reserve=0),
            Bucket("key", 3, 1.0, BucketScope.KEY, reserve=0),
            Bucket("instrument", 2, 1.0, BucketScope.INSTRUMENT, reserve=0),
        )
        limits = limiter(loop, *one)

        def admitted(instrument: str, owner: Owner) -> int:
            toll = limits.toll("", instrument, owner)
            return sum(limits.try_enter(toll, urgent=False) for _ in range(9))

        assert admitted("BTC", Owner("a", "k1")) == 2
        assert admitted("ETH", Owner("a", "k1")) == 1
        assert admitted("ETH", Owner("a", "k2")) == 1
        assert admitted("BTC", Owner("b", "k3")) == 2
        assert admitted("ETH", Owner("b", "k3")) == 1
        assert admitted("ETH", Owner("c", "k4")) == 1

    run_virtual(main)


def test_nobody_waits_for_a_bucket_that_he_does_not_weigh_on() -> None:
    async def main(loop: VirtualLoop) -> None:
        buckets = (Bucket("slow", 1, 60.0, reserve=0), Bucket("quick", 10, 1.0, reserve=0))
        limits = limiter(loop, *buckets, costs={"slow": {"slow": 1}, "quick": {"quick": 1}})
        slow, quick = limits.toll("slow", "", US), limits.toll("quick", "", US)
        await ask(limits, slow)
        waiting = asyncio.ensure_future(ask(limits, slow))
        await asyncio.sleep(1.0)
        assert await ask(limits, quick) == 0.0
        assert await waiting > 50

    run_virtual(main)


def test_within_a_priority_the_first_to_ask_goes_first_however_heavy() -> None:
    async def main(loop: VirtualLoop) -> None:
        bucket = Bucket("weight", 10, 1.0, reserve=0)
        limits = limiter(loop, bucket, costs={"": {"weight": 1}, "heavy": {"weight": 9}})
        light, heavy = limits.toll("", "", US), limits.toll("heavy", "", US)
        order: list[str] = []

        async def named(name: str, toll: Toll) -> None:
            await ask(limits, toll)
            order.append(name)

        tasks = [asyncio.ensure_future(named("first", heavy))]
        await asyncio.sleep(0)
        tasks += [asyncio.ensure_future(named("heavy", heavy))]
        tasks += [asyncio.ensure_future(named(f"light {i}", light)) for i in range(2)]
        for task in tasks:
            await task
        assert order == ["first", "heavy", "light 0", "light 1"]

    run_virtual(main)


def test_a_request_heavier_than_the_usable_room_goes_alone() -> None:
    async def main(loop: VirtualLoop) -> None:
        bucket = Bucket("weight", 100, 10.0)
        limits = limiter(loop, bucket, costs={"": {"weight": 1}, "huge": {"weight": 95}})
        light, huge = limits.toll("", "", US), limits.toll("huge", "", US)
        await ask(limits, light)
        assert await ask(limits, huge) == pytest.approx(10.0, abs=0.01)

    run_virtual(main)


# What the venue says ------------------------------------------------------------------------------


def test_what_others_use_is_not_ours_to_use() -> None:
    """H12: another process on the address used most of the budget; its count is in the headers."""

    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 100, 60.0))
        toll = limits.toll("", "", US)
        await ask(limits, toll)
        limits.observe(toll, {"weight": "71"})
        admitted = sum(limits.try_enter(toll, urgent=False) for _ in range(100))
        assert admitted == 9  # 80 without the reserve, less 70 of others, less ours
        await asyncio.sleep(61)
        assert limits.try_enter(toll, urgent=False)

    run_virtual(main)


def test_our_own_use_in_a_header_takes_nothing_away() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 10, 60.0, reserve=0))
        toll = limits.toll("", "", US)
        for used in range(1, 11):
            assert limits.try_enter(toll, urgent=False)
            limits.leave(toll)
            limits.observe(toll, {"weight": str(used)})

    run_virtual(main)


def test_a_share_is_all_that_one_process_uses() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 100, 60.0, reserve=0.5), share=0.4)
        toll = limits.toll("", "", US)
        assert sum(limits.try_enter(toll, urgent=False) for _ in range(100)) == 20
        assert sum(limits.try_enter(toll, urgent=True) for _ in range(100)) == 20

    run_virtual(main)


def test_a_refused_quote_stops_quotes_and_reads_but_no_cancel() -> None:
    """H11."""

    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 100, 60.0))
        toll = limits.toll("", "", US)
        await ask(limits, toll)
        limits.refused(toll, 5.0, urgent=False)
        assert await ask(limits, toll, urgent=True) == 0.0
        assert await ask(limits, toll) == pytest.approx(5.0, abs=0.01)

    run_virtual(main)


def test_a_refused_cancel_stops_everything_until_the_named_time() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 100, 60.0))
        toll = limits.toll("", "", US)
        limits.refused(toll, 5.0, urgent=True)
        assert await ask(limits, toll, urgent=True) == pytest.approx(5.0, abs=0.01)

    run_virtual(main)


def test_a_refusal_that_names_no_time_stops_for_a_window() -> None:
    """So that one window holds at most one refusal, though others use the budget too."""

    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 100, 7.0))
        toll = limits.toll("", "", US)
        limits.refused(toll, None, urgent=False)
        assert await ask(limits, toll) == pytest.approx(7.0, abs=0.01)

    run_virtual(main)


# Bounds -------------------------------------------------------------------------------------------


def test_a_wait_beyond_the_bound_ends_with_nothing_sent() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 1, 60.0, reserve=0))
        toll = limits.toll("", "", US)
        await ask(limits, toll)
        with pytest.raises(RateLimited, match="nothing was sent"):
            await limits.enter(toll, urgent=False, timeout_s=5)
        assert loop.time() == pytest.approx(5.0, abs=0.01)

    run_virtual(main)


def test_a_wait_that_is_hopeless_ends_at_once() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 10, 60.0))
        toll = limits.toll("", "", US)
        limits.refused(toll, 120.0, urgent=False)
        with pytest.raises(RateLimited) as refused:
            await limits.enter(toll, urgent=False, timeout_s=5)
        assert refused.value.retry_after_s == pytest.approx(120)
        assert loop.time() == 0

    run_virtual(main)


def test_no_more_than_a_bounded_number_may_wait() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 1, 5.0, reserve=0))
        toll = limits.toll("", "", US)
        waiting = [asyncio.ensure_future(ask(limits, toll)) for _ in range(WAITERS_MAX + 1)]
        await asyncio.sleep(0)
        with pytest.raises(RateLimited, match="already wait"):
            await limits.enter(toll, urgent=False, timeout_s=5)
        for task in waiting:
            task.cancel()

    run_virtual(main)


def test_a_caller_who_gives_up_takes_no_room_along() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 2, 1.0, reserve=0))
        toll = limits.toll("", "", US)
        for _ in range(2):
            await ask(limits, toll)
        waiting = [asyncio.ensure_future(ask(limits, toll)) for _ in range(4)]
        await asyncio.sleep(0.5)
        waiting[0].cancel()
        waiting[1].cancel()
        assert await waiting[2] == pytest.approx(1.0, abs=0.01)
        assert await waiting[3] == pytest.approx(1.0, abs=0.01)

    run_virtual(main)


# Against a naive model ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """A request of the property test."""

    after_s: float
    takes_s: float
    weight: int
    urgent: bool


WISHES = st.lists(
    st.builds(
        Wish,
        after_s=st.sampled_from([0.0, 0.0, 0.01, 0.3, 1.0, 2.7]),
        takes_s=st.sampled_from([0.0, 0.05, 0.9, 3.0]),
        weight=st.integers(1, 4),
        urgent=st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(wishes=WISHES, capacity=st.integers(4, 20), window_s=st.sampled_from([0.5, 1.0, 3.0]))
def test_no_window_of_the_venue_ever_holds_more_than_the_capacity(
    wishes: list[Wish], capacity: int, window_s: float
) -> None:
    """Counted when sent, when answered, or anywhere between; and everybody is admitted."""
    spans: list[tuple[float, float, int]] = []

    async def main(loop: VirtualLoop) -> None:
        costs = {str(weight): {"weight": float(weight)} for weight in range(1, 5)}
        limits = limiter(loop, Bucket("weight", capacity, window_s), costs=costs)

        async def one(wish: Wish) -> None:
            toll = limits.toll(str(wish.weight), "", US)
            await limits.enter(toll, urgent=wish.urgent, timeout_s=1e6)
            began = loop.time()
            await asyncio.sleep(wish.takes_s)
            limits.leave(toll)
            spans.append((began, loop.time(), wish.weight))

        tasks = []
        for wish in wishes:
            await asyncio.sleep(wish.after_s)
            tasks.append(asyncio.ensure_future(one(wish)))
        for task in tasks:
            await task

    run_virtual(main)
    assert len(spans) == len(wishes)
    for counted in (
        [(began, weight) for began, _, weight in spans],
        [(ended, weight) for _, ended, weight in spans],
        [((began + ended) / 2, weight) for began, ended, weight in spans],
    ):
        for start, _ in counted:
            held = sum(weight for at, weight in counted if start <= at <= start + window_s)
            assert held <= capacity


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    capacity=st.integers(20, 100),
    cancels=st.lists(st.floats(0.0, 30.0), min_size=1, max_size=12),
    takes_s=st.sampled_from([0.01, 0.2, 1.0]),
)
def test_a_cancel_waits_for_no_quote(capacity: int, cancels: list[float], takes_s: float) -> None:
    """H11: quotes flood far beyond the limit; cancels within the reserve go at once."""

    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", capacity, 10.0))
        toll = limits.toll("", "", US)
        flood = [
            asyncio.ensure_future(ask(limits, toll, takes_s=takes_s)) for _ in range(3 * capacity)
        ]
        reserve = capacity - int(capacity * 0.8)
        waits: list[float] = []
        for at in sorted(cancels)[:reserve]:
            await asyncio.sleep(max(0.0, at - loop.time()))
            waits.append(await ask(limits, toll, urgent=True, takes_s=takes_s))
        assert max(waits) <= 1.0
        for task in flood:
            await task

    run_virtual(main)


def test_time_is_told_in_nanoseconds_of_the_given_clock() -> None:
    async def main(loop: VirtualLoop) -> None:
        limits = limiter(loop, Bucket("weight", 1, 1.0, reserve=0))
        toll = limits.toll("", "", US)
        await ask(limits, toll)
        await ask(limits, toll)
        assert loop.now_ns == NS + 1_000_000  # the window and the millisecond that venues round by

    run_virtual(main)
