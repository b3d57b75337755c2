"""Venue time is estimated by asking, survives steps of the wall clock, and is asked for rarely."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import LoopWaits
from exchange_clients.shared.flow import Response
from exchange_clients.shared.transport.clock_offset import (
    ASK_TIMEOUT_S,
    ESTIMATE_EVERY_S,
    Probe,
    VenueTime,
    median_anchor,
)
from exchange_clients.shared.transport.ports import AnswerLost
from exchange_clients.shared.virtual_time import VirtualLoop, run_virtual
from tests.support.scripted_transport import (
    ScriptedTransport,
    Sent,
    Stage,
    TimeTellingMarkets,
    act,
    ok,
    outcome_of,
    refusal,
    stage,
)

HOUR_NS = 3600 * NS


class SteppingClock(LoopWaits):
    """Virtual time whose wall clock is wrong, and can be stepped."""

    def __init__(self, loop: VirtualLoop, wrong_ns: int = 0) -> None:
        self.loop = loop
        self.wrong_ns = wrong_ns
        self.slept_ns = 0

    def now_ns(self) -> int:
        return self.true_ns() + self.wrong_ns

    def monotonic_ns(self) -> int:
        return self.loop.now_ns

    def true_ns(self) -> int:
        """Return the time at the venue."""
        return HOUR_NS * 1000 + self.loop.now_ns + self.slept_ns


async def telling(clock: SteppingClock) -> Stage:
    """Return an open link to a venue that tells its time, half a round trip ago."""
    http = ScriptedTransport(clock)

    def time(sent: Sent) -> Response:
        return ok(clock.true_ns())

    http.default = {"/time": time, "/order": lambda sent: ok("placed")}
    scene = stage(clock, http=http, markets=TimeTellingMarkets())
    await scene.link.open()
    return scene


def test_the_middle_of_a_round_trip_is_when_the_venue_looked_at_its_clock() -> None:
    assert Probe(asked_ns=100, answered_ns=300, venue_ns=5200).anchor_ns == 5000


def test_the_median_of_the_quicker_half_decides() -> None:
    quick = [Probe(0, 10, 1005), Probe(20, 30, 1026), Probe(40, 50, 1044)]
    slow = [Probe(0, 900, 9000), Probe(0, 800, 0)]
    assert median_anchor([slow[0], *quick, slow[1]]) == 1000


@settings(max_examples=50, derandomize=True)
@given(
    offset_ns=st.integers(-HOUR_NS, HOUR_NS),
    trips=st.lists(
        st.tuples(st.integers(0, 2 * NS), st.integers(0, 2 * NS)), min_size=1, max_size=9
    ),
)
def test_an_estimate_errs_by_at_most_half_of_the_longest_trip(
    offset_ns: int, trips: list[tuple[int, int]]
) -> None:
    probes = [Probe(0, there + back, there + offset_ns) for there, back in trips]
    assert abs(median_anchor(probes) - offset_ns) <= max(map(sum, trips)) // 2 + 1


@pytest.mark.parametrize("wrong_s", [-3600, -7.5, 0, 7.5, 3600])
def test_signed_time_is_the_venues_whatever_the_machines_clock_says(wrong_s: float) -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop, wrong_ns=int(wrong_s * NS))
        scene = await telling(clock)
        await scene.link.run(act())
        assert abs(scene.signer.contexts[-1].now_ms - clock.true_ns() // 1_000_000) <= 1
        assert scene.link.offset_ns == -clock.wrong_ns
        await scene.link.close()

    run_virtual(main)


def test_a_step_of_the_wall_clock_moves_no_signed_time_and_begins_an_estimate() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop)
        scene = await telling(clock)
        await asyncio.sleep(60)
        clock.wrong_ns = 10 * NS
        for _ in range(3):
            assert scene.link.now_ms() == clock.true_ns() // 1_000_000
        await asyncio.sleep(1)
        assert scene.link.offset_ns == -10 * NS
        assert scene.http.paths().count("/time") == 10
        await scene.link.close()

    run_virtual(main)


def test_after_a_sleep_the_first_slow_answer_is_taken_until_the_others_are_there() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop)
        scene = await telling(clock)
        await asyncio.sleep(60)
        scene.http.latency_s = 1.7
        clock.slept_ns = 11 * NS
        scene.link.now_ms()
        await asyncio.sleep(1.8)
        assert abs(scene.link.offset_ns) < NS
        assert scene.http.paths().count("/time") == 5 + 2
        await scene.link.close()

    run_virtual(main)


def test_a_step_of_the_wall_clock_lets_no_single_answer_move_an_estimate_that_may_be_right() -> (
    None
):
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop)
        scene = await telling(clock)
        await asyncio.sleep(60)
        scene.http.latency_s = 1.7
        clock.wrong_ns = 10 * NS
        scene.link.now_ms()
        await asyncio.sleep(1.8)
        assert scene.link.offset_ns == -10 * NS
        assert scene.link.now_ms() == clock.true_ns() // 1_000_000
        await scene.link.close()

    run_virtual(main)


def test_the_estimate_is_made_anew_now_and_then() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = await telling(SteppingClock(loop))
        await asyncio.sleep(2 * ESTIMATE_EVERY_S + 1)
        assert scene.http.paths().count("/time") == 15
        await scene.link.close()

    run_virtual(main)


def test_refused_requests_make_the_clock_suspect_though_not_each_time() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = await telling(SteppingClock(loop))
        await asyncio.sleep(60)
        scene.http.answers["/order"] = [refusal(401)] * 50
        for _ in range(50):
            await outcome_of(asyncio.ensure_future(scene.link.run(act())))
        await asyncio.sleep(1)
        assert scene.http.paths().count("/time") == 10
        await scene.link.close()

    run_virtual(main)


def test_while_estimates_do_not_help_they_are_made_ever_more_seldom() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = await telling(SteppingClock(loop))
        await asyncio.sleep(2)
        scene.http.answers["/order"] = [refusal(401)] * 200
        estimates = []
        for _ in range(200):
            await outcome_of(asyncio.ensure_future(scene.link.run(act())))
            estimates.append(scene.http.paths().count("/time") // 5)
            await asyncio.sleep(0.1)
        assert estimates[-1] in (4, 5), "after 0, 2, 6 and 16 s, and not at each refusal"
        assert estimates[5] == 2, "at once after the first"
        await scene.link.close()

    run_virtual(main)


@pytest.mark.parametrize("told", [176_725, -(10**18)])
def test_a_time_that_cannot_be_is_not_believed(told: int) -> None:
    """Backpack tells its time as a bare number: cut short it reads as another one."""

    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop)
        scene = await telling(clock)
        scene.http.default = {**scene.http.default, "/time": lambda sent: ok(told)}
        await asyncio.sleep(2 * ESTIMATE_EVERY_S)
        await scene.link.run(act())
        assert scene.signer.contexts[-1].now_ms == clock.true_ns() // 1_000_000
        await scene.link.close()

    run_virtual(main)


def test_a_venue_that_does_not_answer_leaves_the_machines_clock_in_force() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop)
        http = ScriptedTransport(clock, answers={"/time": [AnswerLost("cut")] * 99})
        scene = stage(clock, http=http, markets=TimeTellingMarkets())
        await scene.link.open()
        assert scene.link.now_ms() == clock.now_ns() // 1_000_000
        await scene.link.close()

    run_virtual(main)


def test_a_venue_that_does_not_tell_its_time_is_taken_to_have_ours() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop, wrong_ns=NS)
        scene = stage(clock)
        await scene.link.open()
        clock.wrong_ns = 5 * NS
        assert scene.link.offset_ns == 0
        assert scene.link.now_ms() == clock.now_ns() // 1_000_000
        await scene.link.close()

    run_virtual(main)


def test_slewing_is_no_step() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop)
        time = VenueTime(clock)
        time.set(HOUR_NS)
        clock.wrong_ns = 200_000_000
        assert not time.read()[1]
        clock.wrong_ns = -300_000_000
        assert time.read()[1]

    run_virtual(main)


def test_one_answer_that_cannot_be_read_spoils_no_estimate_and_a_failed_one_is_made_again() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop)
        scene = await telling(clock)
        for spoilt, soon in (([AnswerLost("cut")], True), ([AnswerLost("cut")] * 9, False)):
            await asyncio.sleep(60)
            scene.http.answers["/time"] = [*spoilt]
            clock.slept_ns += 30 * NS
            scene.link.now_ms()
            for seconds, known in ((1, soon), (30, True)):
                await asyncio.sleep(seconds)
                assert (scene.link.now_ms() == clock.true_ns() // 1_000_000) is known
        await scene.link.close()

    run_virtual(main)


def test_a_question_that_is_lost_is_not_waited_for() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = SteppingClock(loop)
        scene = await telling(clock)
        await asyncio.sleep(60)
        scene.http.latency_s = 3600
        clock.slept_ns += 30 * NS
        scene.link.now_ms()
        await asyncio.sleep(1)
        scene.http.latency_s = 0
        await asyncio.sleep(ASK_TIMEOUT_S)
        assert scene.link.now_ms() == clock.true_ns() // 1_000_000
        await scene.link.close()

    run_virtual(main)
