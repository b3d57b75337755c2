"""Numbers stay in order whatever is lost: no order is lost with them, and no refusal repeats."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_clients.errors import (
    ExchangeError,
    NotConnectedError,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.flow import Response
from exchange_clients.shared.transport.nonce import LINE_MAX
from exchange_clients.shared.transport.ports import AnswerLost, NotSent
from exchange_clients.shared.venue import NonceEffect, NonceWords
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.scripted_transport import (
    ScriptedNonces,
    ScriptedSigner,
    ScriptedTransport,
    Sent,
    Stage,
    act,
    cancel,
    ok,
    outcome_of,
    refusal,
    stage,
)


@dataclass
class NumberedVenue:
    """Accepts exactly the next number; what the test names happens to each request in turn."""

    expected: int = 7
    fates: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    """Names of the requests that acted, in order."""
    refusals: int = 0
    late: list[Sent] = field(default_factory=list)
    """Requests on their way, given up by us, that arrive just before the next one."""

    def order(self, sent: Sent) -> Response:
        while self.late:
            self.accept(self.late.pop())
        fate = self.fates.pop(0) if self.fates else "answered"
        if fate == "late":
            self.late.append(sent)
            raise AnswerLost("no answer in time")
        if fate == "unsent":
            raise NotSent("connection refused")
        if fate == "lost_before":
            raise AnswerLost("the request never arrived")
        if fate == "held":
            return refusal(400, "held")  # refused before it was numbered
        if fate == "refused":
            self.expected += 1
            return refusal(400, "refused")  # refused by the sequencer: the number is used up
        if not self.accept(sent):
            self.refusals += 1
            return refusal(400, "nonce")
        if fate == "lost_after":
            raise AnswerLost("the answer never arrived")
        return refusal(500) if fate == "error_after" else ok("placed")

    def accept(self, sent: Sent) -> bool:
        if int(sent.headers["nonce"]) != self.expected:
            return False
        self.expected += 1
        self.applied.append(msgspec.json.decode(sent.body))
        return True

    def nonce(self, sent: Sent) -> Response:
        return ok(self.expected)


async def numbered(
    loop: VirtualLoop,
    venue: NumberedVenue,
    latency_s: float = 0.05,
    nonces: NonceWords | None = None,
) -> Stage:
    """Return an open link to the venue."""
    clock = VirtualClock(loop)
    http = ScriptedTransport(clock, latency_s=latency_s)
    http.default = {"/order": venue.order, "/cancel": venue.order, "/nonce": venue.nonce}
    scene = stage(
        clock, http=http, signer=ScriptedSigner("lane"), nonces=nonces or ScriptedNonces()
    )
    await scene.link.open()
    return scene


async def place(scene: Stage, name: str) -> object:
    return await outcome_of(asyncio.ensure_future(scene.link.run(act(body=name))))


def canceling(scene: Stage, name: str) -> asyncio.Task[object]:
    return asyncio.ensure_future(scene.link.run(cancel(body=name)))


def test_requests_are_numbered_in_the_order_of_asking_and_the_number_is_read_once() -> None:
    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue()
        scene = await numbered(loop, venue)
        tasks = [asyncio.ensure_future(place(scene, name)) for name in "abc"]
        assert [await task for task in tasks] == ["placed"] * 3
        assert venue.applied == ["a", "b", "c"]
        assert scene.http.paths() == ["/nonce", "/order", "/order", "/order"]
        await scene.link.close()

    run_virtual(main)


def test_an_urgent_request_goes_before_those_that_wait_for_a_number() -> None:
    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue()
        scene = await numbered(loop, venue)
        tasks = [asyncio.ensure_future(place(scene, name)) for name in "abc"]
        await asyncio.sleep(0.06)
        tasks.append(canceling(scene, "stop"))
        for task in tasks:
            await task
        assert venue.applied == ["a", "stop", "b", "c"]
        await scene.link.close()

    run_virtual(main)


def test_a_lost_order_is_unknown_and_the_next_one_reads_the_number_first() -> None:
    """O18, H1, H5: one lost answer, no refusal."""

    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue(fates=["lost_after"])
        scene = await numbered(loop, venue)
        assert isinstance(await place(scene, "a"), OutcomeUnknown)
        began = loop.time()
        assert await place(scene, "b") == "placed"
        assert loop.time() - began < 2.0
        assert (venue.applied, venue.refusals) == (["a", "b"], 0)
        assert scene.http.paths() == ["/nonce", "/order", "/nonce", "/order"]
        await scene.link.close()

    run_virtual(main)


def test_a_number_out_of_step_is_read_anew_and_the_same_order_is_placed_once() -> None:
    """O18: another program used the account's numbers."""

    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue()
        scene = await numbered(loop, venue)
        references: list[str] = []
        await place(scene, "a")
        venue.expected = 40
        flow = act(body="b")
        assert await scene.link.run(flow, on_reference=references.append) == "placed"
        assert references == ["tx-8", "tx-40"]
        assert (venue.applied, venue.refusals) == (["a", "b"], 1)
        await scene.link.close()

    run_virtual(main)


def test_a_venue_that_refuses_every_number_is_asked_twice_and_no_more() -> None:
    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue()
        scene = await numbered(loop, venue)
        scene.http.answers["/order"] = [refusal(400, "nonce")] * 9
        assert isinstance(await place(scene, "a"), VenueRejected)
        assert scene.http.paths() == ["/nonce", "/order", "/nonce", "/order"]
        await scene.link.close()

    run_virtual(main)


def test_a_number_that_was_not_used_is_used_by_the_next() -> None:
    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue(fates=["held", "unsent", "answered", "refused", "answered"])
        scene = await numbered(loop, venue)
        results = [await place(scene, name) for name in "abcde"]
        kinds = [type(result).__name__ for result in results]
        assert kinds == ["VenueRejected", "NotConnectedError", "str", "VenueRejected", "str"]
        assert (venue.applied, venue.refusals) == (["c", "e"], 0)
        assert scene.http.paths().count("/nonce") == 1
        await scene.link.close()

    run_virtual(main)


def test_without_a_number_nothing_is_sent() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = await numbered(loop, NumberedVenue())
        scene.http.answers["/nonce"] = [refusal(400, "refused")]
        assert isinstance(await place(scene, "a"), NotConnectedError)
        assert scene.http.paths() == ["/nonce"]
        await scene.link.close()

    run_virtual(main)


def test_a_caller_who_is_cancelled_leaves_no_number_in_doubt() -> None:
    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue()
        scene = await numbered(loop, venue)
        under_way = asyncio.ensure_future(scene.link.run(act(body="a")))
        in_line = asyncio.ensure_future(scene.link.run(act(body="b")))
        await asyncio.sleep(0.07)
        under_way.cancel()
        in_line.cancel()
        assert await place(scene, "c") == "placed"
        assert under_way.cancelled()
        assert in_line.cancelled()
        assert (venue.applied, venue.refusals) == (["a", "c"], 0)
        await scene.link.close()

    run_virtual(main)


def test_an_order_whose_caller_leaves_while_the_number_is_read_is_not_sent() -> None:
    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue()
        scene = await numbered(loop, venue)
        placing = asyncio.ensure_future(scene.link.run(act(body="a")))
        await asyncio.sleep(0.01)
        placing.cancel()
        await asyncio.sleep(1)
        assert scene.http.paths() == ["/nonce"]
        await scene.link.close()

    run_virtual(main)


def test_a_lane_takes_no_more_than_a_bounded_number_of_requests() -> None:
    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue()
        scene = await numbered(loop, venue)
        in_line = [asyncio.ensure_future(place(scene, "a")) for _ in range(LINE_MAX)]
        await asyncio.sleep(0.01)
        assert isinstance(await place(scene, "b"), RateLimited)
        for task in in_line:
            task.cancel()
        await asyncio.sleep(1)
        assert venue.applied == []
        await scene.link.close()

    run_virtual(main)


def test_a_number_that_words_misjudge_is_in_doubt_and_the_order_still_told() -> None:
    class Broken(ScriptedNonces):
        def effect(self, error: ExchangeError) -> NonceEffect:
            raise KeyError("a code that nobody listed")

    async def main(loop: VirtualLoop) -> None:
        scene = await numbered(loop, NumberedVenue(fates=["held"]), nonces=Broken())
        assert isinstance(await place(scene, "a"), VenueRejected)
        assert await place(scene, "b") == "placed"
        assert scene.http.paths().count("/nonce") == 2
        await scene.link.close()

    run_virtual(main)


def test_closing_tells_who_was_under_way_and_who_was_not() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = await numbered(loop, NumberedVenue(), latency_s=1.0)
        tasks = [asyncio.ensure_future(place(scene, name)) for name in "ab"]
        await asyncio.sleep(1.5)
        await scene.link.close()
        assert isinstance(await tasks[0], OutcomeUnknown)
        assert isinstance(await tasks[1], NotConnectedError)

    run_virtual(main)


def test_an_order_that_stood_in_line_too_long_is_not_sent() -> None:
    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue()
        scene = await numbered(loop, venue, latency_s=1.5)
        tasks = [asyncio.ensure_future(place(scene, name)) for name in "abc"]
        await asyncio.sleep(0)
        tasks.append(asyncio.ensure_future(scene.link.run(cancel(body="stop"))))
        results = [type(await task).__name__ for task in tasks]
        assert results == ["str", "str", "RateLimited", "str"]
        assert venue.applied == ["stop", "a", "b"]
        await scene.link.close()

    run_virtual(main)


FATES = ["answered", "unsent", "lost_before", "lost_after", "late", "error_after", "held"]
LOSSES = ("lost_before", "lost_after", "late", "error_after")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(fates=st.lists(st.sampled_from(FATES), min_size=1, max_size=12))
def test_whatever_is_lost_every_order_acts_at_most_once_and_refusals_stay_within_losses(
    fates: list[str],
) -> None:
    """O18, and the bound on refusals by lost signed requests."""

    async def main(loop: VirtualLoop) -> None:
        venue = NumberedVenue(fates=list(fates))
        scene = await numbered(loop, venue)
        names = [f"{index}" for index in range(len(fates) + 1)]
        tasks = [asyncio.ensure_future(place(scene, name)) for name in names]
        results = [await task for task in tasks]
        losses = sum(fate in LOSSES for fate in fates)
        assert len(set(venue.applied)) == len(venue.applied)
        for name, result in zip(names, results, strict=True):
            if not isinstance(result, OutcomeUnknown):
                assert (result == "placed") == (name in venue.applied), (name, result)
        assert results[-1] == "placed"
        assert venue.refusals <= losses
        assert scene.http.paths().count("/nonce") <= 1 + 2 * losses
        await scene.link.close()

    run_virtual(main)
