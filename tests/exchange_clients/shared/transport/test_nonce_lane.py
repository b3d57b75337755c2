"""A lane by itself: whose admission is given back, what is told, and that it never hangs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from exchange_clients.errors import (
    ExchangeError,
    NotConnectedError,
    OutcomeUnknown,
    RateLimited,
    VenueRejected,
)
from exchange_clients.shared.flow import Method, Request, Response
from exchange_clients.shared.limits import Bucket
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.transport.budget import Budget
from exchange_clients.shared.transport.dispatch import OnReference
from exchange_clients.shared.transport.nonce import LINE_MAX, LINE_WAIT_S, NonceLane
from exchange_clients.shared.transport.ports import NotSent
from exchange_clients.shared.transport.rate_limit import Toll
from exchange_clients.shared.venue import NonceEffect
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual

ORDER = Request(Method.POST, "/order", repeatable=False)


@dataclass
class Numbers:
    """Sends whatever it is given, as the test says; keeps what it was asked."""

    answers: list[Response | Exception] = field(default_factory=list)
    troubles: list[ExchangeError] = field(default_factory=list)
    """Of the next readings of the number."""
    send_s: float = 0.1
    sent: list[int | None] = field(default_factory=list)
    given_back: list[Toll] = field(default_factory=list)
    read: int = 0

    async def send(
        self, request: Request, toll: Toll, *, nonce: int | None, on_reference: OnReference | None
    ) -> Response:
        self.sent.append(nonce)
        await asyncio.sleep(self.send_s)
        answer = self.answers.pop(0) if self.answers else Response(200, b"placed")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def again(self, request: Request) -> Toll:
        return a_toll()

    def give_back(self, toll: Toll) -> None:
        self.given_back.append(toll)

    async def next_nonce(self, lane: str) -> int:
        await asyncio.sleep(0.1)
        self.read += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return 7 + len(self.sent)

    def effect(self, error: ExchangeError) -> NonceEffect:
        assert isinstance(error, ExchangeError), "only a refusal is judged"
        return NonceEffect.OUT_OF_STEP


BUDGET = Budget(Bucket("orders", 100, 1.0))


def a_toll(weight: float = 1.0) -> Toll:
    return ((BUDGET, weight),)


Play = Callable[[NonceLane, TaskScope], Awaitable[None]]


def play(numbers: Numbers, course: Play) -> None:
    async def main(loop: VirtualLoop) -> None:
        scope = TaskScope()
        lane = NonceLane("a", numbers, VirtualClock(loop), scope, logging.getLogger("test"))
        await course(lane, scope)
        await scope.close()

    run_virtual(main)


def test_what_is_not_sent_gives_its_admission_back() -> None:
    numbers = Numbers(troubles=[RateLimited("no room to ask")])
    refused, stayed, left = a_toll(1), a_toll(2), a_toll(3)

    async def course(lane: NonceLane, scope: TaskScope) -> None:
        response = await lane.submit(ORDER, refused, None)
        assert isinstance(response.error, RateLimited)
        assert (response.status, response.body) == (0, b"")
        staying = asyncio.ensure_future(lane.submit(ORDER, stayed, None))
        leaving = asyncio.ensure_future(lane.submit(ORDER, left, None))
        await asyncio.sleep(0.15)
        leaving.cancel()
        assert (await staying).body == b"placed"
        await asyncio.sleep(0)

    play(numbers, course)
    assert numbers.given_back == [refused, left]


def test_who_is_one_too_many_gives_its_admission_back() -> None:
    numbers = Numbers(send_s=60.0)
    refused = a_toll(2)

    async def course(lane: NonceLane, scope: TaskScope) -> None:
        line = [asyncio.ensure_future(lane.submit(ORDER, a_toll(), None)) for _ in range(LINE_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(RateLimited, match="already wait for a number"):
            await lane.submit(ORDER, refused, None)
        for task in line:
            task.cancel()

    play(numbers, course)
    assert numbers.given_back[0] == refused


def test_who_asks_in_the_step_of_an_answer_is_answered_as_well() -> None:
    numbers = Numbers()

    async def course(lane: NonceLane, scope: TaskScope) -> None:
        for _ in range(3):
            assert (await lane.submit(ORDER, a_toll(), None)).error is None

    play(numbers, course)
    assert (numbers.sent, numbers.read) == ([7, 8, 9], 1)


def test_a_lane_whose_only_caller_left_serves_the_next() -> None:
    numbers = Numbers()

    async def course(lane: NonceLane, scope: TaskScope) -> None:
        leaving = asyncio.ensure_future(lane.submit(ORDER, a_toll(), None))
        await asyncio.sleep(0.05)
        leaving.cancel()
        await asyncio.sleep(1)
        assert (await lane.submit(ORDER, a_toll(), None)).body == b"placed"

    play(numbers, course)
    assert numbers.sent == [7]


def test_a_lane_that_was_closed_numbers_again_once_it_is_opened() -> None:
    numbers = Numbers(send_s=1.0)

    async def course(lane: NonceLane, scope: TaskScope) -> None:
        under_way = asyncio.ensure_future(lane.submit(ORDER, a_toll(), None))
        in_line = asyncio.ensure_future(lane.submit(ORDER, a_toll(), None))
        await asyncio.sleep(0.5)
        await scope.close()
        with pytest.raises(OutcomeUnknown):
            await under_way
        assert isinstance((await in_line).error, NotConnectedError)
        scope.reopen()
        assert (await lane.submit(ORDER, a_toll(), None)).body == b"placed"

    play(numbers, course)
    assert len(numbers.given_back) == 1


def test_an_order_is_as_young_as_it_may_be_at_the_very_end_of_its_wait() -> None:
    numbers = Numbers(send_s=LINE_WAIT_S - 0.1)  # and a tenth of a second to read the number

    async def course(lane: NonceLane, scope: TaskScope) -> None:
        tasks = [asyncio.ensure_future(lane.submit(ORDER, a_toll(), None)) for _ in range(3)]
        answers = [await task for task in tasks]
        assert [answer.error is None for answer in answers] == [True, True, False]

    play(numbers, course)


def test_what_sending_raises_is_raised_where_it_was_asked_for_and_the_lane_goes_on() -> None:
    numbers = Numbers(answers=[ValueError("words that break")])

    async def course(lane: NonceLane, scope: TaskScope) -> None:
        with pytest.raises(ValueError, match="words that break"):
            await lane.submit(ORDER, a_toll(), None)
        assert (await lane.submit(ORDER, a_toll(), None)).body == b"placed"

    play(numbers, course)
    assert numbers.read == 2, "the number of what broke is in doubt"


def test_a_refused_number_that_cannot_be_read_anew_leaves_the_refusal() -> None:
    wrong = Response(400, b"", error=VenueRejected("wrong number"))
    numbers = Numbers(answers=[wrong])

    async def course(lane: NonceLane, scope: TaskScope) -> None:
        asked = asyncio.ensure_future(lane.submit(ORDER, a_toll(), None))
        await asyncio.sleep(0.15)
        numbers.troubles.append(NotSent("no connection"))
        assert await asked is wrong

    play(numbers, course)
    assert numbers.sent == [7]
