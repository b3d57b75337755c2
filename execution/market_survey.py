"""Surveys: all venues read at the same time, again and again, and told together.

A venue that fails is told with what is known of it. One that does not answer holds a survey up once
and for ``WAIT_S`` at most; from then on nobody waits for it until it answers in time again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope, wait_first
from execution.ports import SurveyEars
from execution.readings import Liquidated, MarketKey, MarketReading, Surveyed, View
from execution.venue_reader import VenueReader, Whole

logger = logging.getLogger(__name__)
T = TypeVar("T")

EVERY_S = 15.0
"""From the beginning of a survey to that of the next one."""
WAIT_S = 5.0
"""How long a survey waits for the venues that answered the last time."""
GIVE_UP_S = 60.0
"""A venue that has not answered a question by then is asked anew."""
SILENT = "does not answer"
"""The trouble of a venue that nobody waits for."""


@dataclass(slots=True)
class _Question(Generic[T]):
    """One question to one venue, asked in every survey."""

    answer: T
    """The latest one."""
    late: bool = False
    """Whether the question was asked again since, and not answered."""
    slow: bool = False
    """Whether the latest answer took longer than a survey waits."""
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class _Venue:
    """One venue, and what is asked of it."""

    reader: VenueReader
    overview: _Question[tuple[MarketReading, ...]] = field(default_factory=lambda: _Question(()))
    whole: _Question[Whole] = field(default_factory=lambda: _Question(Whole()))

    def seen(self) -> list[MarketReading]:
        """Return all of its markets; of a venue that is late nothing may be opened on them."""
        if not self.overview.late:
            return list(self.overview.answer)
        return [
            replace(each, stats=None, available=None, trouble=SILENT)
            for each in self.overview.answer
        ]


class MarketSurvey:
    """Reads venues, and tells surveys and liquidations.

    Args:
        readers: One for each venue.
        clock: Time and waiting.
        every_s: From survey to survey.
    """

    able = True

    def __init__(
        self, readers: Sequence[VenueReader], clock: Clock, every_s: float = EVERY_S
    ) -> None:
        self._venues = [_Venue(each) for each in readers]
        self._clock = clock
        self._every_s = every_s
        self._tasks = TaskScope()
        self._hurried: asyncio.Future[None] | None = None

    def start(self, ears: SurveyEars) -> None:
        """Begin, with the first survey at once."""
        self._tasks.start(self._go_on(ears), "survey")
        for venue in self._venues:
            self._tasks.start(self._hear(venue.reader, ears), f"liquidations {venue.reader.name}")

    def hurry(self) -> None:
        """Make the next survey now, or right after the one that is being made."""
        if self._hurried is not None and not self._hurried.done():
            self._hurried.set_result(None)

    async def close(self) -> None:
        """Read nothing more."""
        await self._tasks.close()

    async def _go_on(self, ears: SurveyEars) -> None:
        while True:
            self._hurried = asyncio.get_running_loop().create_future()
            begun_ns = self._clock.monotonic_ns()
            ears.on_survey(await self._survey(ears))
            passed_s = (self._clock.monotonic_ns() - begun_ns) / NS
            try:
                async with self._clock.deadline(max(self._every_s - passed_s, 0.0)):
                    await wait_first([self._hurried])
            except TimeoutError:
                continue

    async def _survey(self, ears: SurveyEars) -> Surveyed:
        await self._ask(
            [(venue.overview, venue.reader.overview, "overview") for venue in self._venues]
        )
        seen = [each for venue in self._venues for each in venue.seen()]
        view = ears.in_view(seen, self._clock.now_ns()) or View()
        answering = [venue for venue in self._venues if not venue.overview.late]
        await self._ask([(venue.whole, _whole(venue, view), "markets") for venue in answering])
        told = [venue.whole.answer for venue in answering if not venue.whole.late]
        whole = {each.key: each for answer in told for each in answer.readings}
        known = {each.key: each for each in seen}
        return Surveyed(
            readings=_in_view(view, known | whole),
            now_ns=self._clock.now_ns(),
            payments=tuple(each for answer in told for each in answer.payments),
        )

    async def _ask(
        self,
        questions: Sequence[tuple[_Question[T], Callable[[], Coroutine[Any, Any, T]], str]],
    ) -> None:
        """Ask every venue that is not being asked; wait, bounded, for those that are prompt."""
        prompt = [question for question, _, _ in questions if not (question.late or question.slow)]
        for question, ask, what in questions:
            if question.task is None or question.task.done():
                question.late = True
                question.task = self._tasks.start(self._answered(question, ask), what)
        try:
            async with self._clock.deadline(WAIT_S):
                for question in prompt:
                    if question.task is not None:
                        await wait_first([question.task])
        except TimeoutError:
            logger.warning("event=survey_late waited_s=%s next=go_on_without", WAIT_S)

    async def _answered(
        self, question: _Question[T], ask: Callable[[], Coroutine[Any, Any, T]]
    ) -> None:
        begun_ns = self._clock.monotonic_ns()
        try:
            async with self._clock.deadline(GIVE_UP_S):
                question.answer = await ask()
        except TimeoutError:
            return  # it stays late, and is asked anew
        question.late = False
        question.slow = self._clock.monotonic_ns() - begun_ns > WAIT_S * NS

    async def _hear(self, reader: VenueReader, ears: SurveyEars) -> None:
        """Tell each liquidation as it is heard."""
        queue = reader.client.liquidation_events_queue
        while True:
            event = await queue.get()
            ears.on_liquidation(Liquidated(reader.name, event, self._clock.now_ns()))


class NoSurvey:
    """Reads nothing: for strategies that decide on quotes alone."""

    able = False

    def start(self, ears: SurveyEars) -> None:
        """Do nothing."""

    def hurry(self) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


def _whole(venue: _Venue, view: View) -> Callable[[], Coroutine[Any, Any, Whole]]:
    return lambda: venue.reader.whole(venue.overview.answer, view)


def _in_view(view: View, known: Mapping[MarketKey, MarketReading]) -> tuple[MarketReading, ...]:
    return tuple(known[key] for key in dict.fromkeys(view.markets) if key in known)
