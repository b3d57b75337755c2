"""Plays a grid through trouble on a simulated venue, lets the trouble end, and tells what is true.

A run is some time of faults, then a quiet phase. Processes die when they are told to and are
started again; one that cannot start is started again a little later, as a supervisor would.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from exchange_clients.base_models import NS
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from tests.support.log_ear import hearing
from tests.support.venue_books import MISSING, Books, books_of, differences
from tests.support.venue_evidence import LoggedLine
from tests.support.venue_life import RESTART_S, Life, VenueStage, wild_market
from trading_bot import BotError
from venue_simulators.fault_plan import FaultPlan
from venue_simulators.faults import FaultRow

T = TypeVar("T")
LOOK_S = 1.0
"""How often it is looked whether everything agrees."""
SETTLE_S = 5.0
"""How long the last order may take."""
LIMITS_S = 61.0
"""After so long nothing counts that a client before asked for."""


class Moment(StrEnum):
    """When a process dies."""

    INSTANT = "instant"
    """At an instant, whatever it does then."""
    JOURNALLED = "journalled"
    """When an order's intent is durable and nothing was sent."""
    ARRIVED = "arrived"
    """When an order has reached the venue and its answer is on its way."""


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a process: at the first ``moment`` from an instant of the run on."""

    at_s: float
    moment: Moment = Moment.INSTANT


@dataclass(frozen=True, slots=True)
class Course:
    """What happens in a run; instants are seconds from its beginning."""

    faults: Sequence[FaultRow] = ()
    chaos_s: float = 3600.0
    quiet_s: float = 720.0
    deaths: Sequence[Death] = ()
    happenings: Sequence[tuple[float, Callable[[VenueStage], None]]] = ()
    """What else happens at the venue."""


@dataclass(slots=True)
class Survival:
    """What is left of a run."""

    stage: VenueStage
    faults: Sequence[FaultRow] = ()
    healed_ns: int = 0
    ended_ns: int = 0
    missing_s: float = 0.0
    """How long after the last fault an order rested at the venue of which we knew nothing."""
    settled_s: float | None = None
    """How long after the last fault everything agreed."""
    agreed_ns: int = 0
    """When everything agreed last."""
    unsettled: list[str] = field(default_factory=list)
    """What did not agree when it was last seen that something did not."""
    cycles_at_heal: int = 0
    cycles_after: int = 0
    final_grid: object = None
    books: Books | None = None
    """After the end, with everything closed."""


def survive(
    name: str, seed: int, folder: Path, course: Course, *, updates_per_s: float = 1.0
) -> Survival:
    """Play a course and return what is left."""
    options = wild_market(name, seed, updates_per_s=updates_per_s)
    stage = VenueStage(name, seed, folder, FaultPlan(course.faults, seed), options=options)
    survival = Survival(stage, course.faults)
    began_ns = stage.now_ns
    deaths = list(course.deaths)
    end_ns = began_ns + round((course.chaos_s + course.quiet_s) * NS)
    happenings = [(course.chaos_s, lambda _: _heal(survival)), *course.happenings]
    pending = sorted(happenings, key=lambda each: each[0])
    with listening(stage):
        while stage.now_ns < end_ns:
            loop = VirtualLoop(epoch_ns=stage.now_ns)
            loop.set_exception_handler(stage.evidence.on_exception)
            play = _Play(survival, loop, began_ns, end_ns, deaths, pending)
            _run(loop, play.live())
        survival.ended_ns = stage.now_ns
        gc.collect()
        loop = VirtualLoop(epoch_ns=stage.now_ns)
        survival.books = _run(loop, _close_everything(stage, VirtualClock(loop)))
    return survival


def _run(loop: VirtualLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(coroutine)


def _heal(survival: Survival) -> None:
    survival.stage.plan.clear()
    survival.healed_ns = survival.stage.now_ns


class _Play:
    """One life, from its start to its death or the end of the run."""

    def __init__(
        self,
        survival: Survival,
        loop: VirtualLoop,
        began_ns: int,
        end_ns: int,
        deaths: list[Death],
        happenings: list[tuple[float, Callable[[VenueStage], None]]],
    ) -> None:
        self._survival = survival
        self._stage = survival.stage
        self._clock = VirtualClock(loop)
        self._loop = loop
        self._began_ns = began_ns
        self._end_ns = end_ns
        self._deaths = deaths
        self._happenings = happenings
        self._over: asyncio.Future[str] = loop.create_future()

    async def live(self) -> None:
        """Trade until death or the end."""
        stage = self._stage
        stage.evidence.births.append(self._clock.now_ns())
        stage.venue.lose_clients()
        life = stage.life(self._clock)
        run = self._loop.create_task(life.bot.run(), name="bot")
        run.add_done_callback(lambda task: self._ended(life, task))
        judging = self._loop.create_task(judge(self._survival, life), name="judge")
        timers = [
            self._clock.call_later(self._left_s(at_s), self._happen) for at_s, _ in self._happenings
        ]
        timers.append(
            self._clock.call_later(self._left_s_of(self._end_ns), lambda: self._end(life))
        )
        self._await_death(life)
        try:
            how = await self._over
        finally:
            judging.cancel()
            for timer in timers:
                timer.cancel()
        life.die()
        if how == "not started":
            await self._clock.sleep(RESTART_S)
        stage.venue.advance(self._clock.now_ns())

    def _left_s(self, at_s: float) -> float:
        return self._left_s_of(self._began_ns + round(at_s * NS))

    def _left_s_of(self, at_ns: int) -> float:
        return max((at_ns - self._clock.now_ns()) / NS, 0.0)

    def _happen(self) -> None:
        _, what = self._happenings.pop(0)
        self._stage.venue.advance(self._clock.now_ns())
        what(self._stage)

    # Ending ---------------------------------------------------------------------------------------

    def _await_death(self, life: Life) -> None:
        if not self._deaths:
            return
        death = self._deaths[0]

        def die() -> None:
            if not self._over.done() and not life.journal.dead:
                self._deaths.pop(0)
                life.die()
                self._over.set_result("died")

        def arm() -> None:
            if death.moment is Moment.INSTANT:
                die()
            elif death.moment is Moment.JOURNALLED:
                life.journal.on_placement = die
            else:
                self._stage.venue.on_placement = die

        self._stage.venue.on_placement = lambda: None
        self._clock.call_later(self._left_s(death.at_s), arm)

    def _end(self, life: Life) -> None:
        """Stop the bot as a person does."""
        life.bot.request_stop("the run is over")

    def _ended(self, life: Life, task: asyncio.Task[str]) -> None:
        if self._over.done():
            if not task.cancelled():
                task.exception()
            return
        evidence = self._stage.evidence
        error = None if task.cancelled() else task.exception()
        at_s = (self._clock.now_ns() - self._began_ns) / NS
        if isinstance(error, ExchangeError | BotError) and not life.watcher.started:
            evidence.failed_starts.append(f"{at_s:.1f} s: {error!r}")
            self._over.set_result("not started")
            return
        if error is not None or self._clock.now_ns() < self._end_ns:
            why = repr(error) if error is not None else life.bot.outcome
            evidence.ends.append(f"{at_s:.1f} s: {why}")
        self._over.set_result("ended")


async def judge(survival: Survival, life: Life) -> None:
    """Look, once the trouble is over, when everything agrees and whether it trades on."""
    clock = life.clock
    while not survival.healed_ns or not life.watcher.started:
        await clock.sleep(LOOK_S)
    if not survival.cycles_at_heal:
        survival.cycles_at_heal = life.grid.completed_count
    while True:
        found = differences(survival.stage, life)
        if not found:
            survival.agreed_ns = clock.now_ns()
            if survival.settled_s is None:
                survival.settled_s = (clock.now_ns() - survival.healed_ns) / NS
        if found or survival.settled_s is None:
            survival.unsettled = found
        if any(each.startswith(MISSING) for each in found):
            survival.missing_s = (clock.now_ns() - survival.healed_ns) / NS
        survival.cycles_after = life.grid.completed_count - survival.cycles_at_heal
        await clock.sleep(LOOK_S)


async def _close_everything(stage: VenueStage, clock: VirtualClock) -> Books:
    stage.venue.lose_clients()
    await clock.sleep(LIMITS_S)
    return await close_everything(stage, stage.life(clock))


async def close_everything(stage: VenueStage, life: Life) -> Books:
    """Cancel and close what is left with a client of its own, and read both sides' books."""
    client, clock = life.client, life.clock
    await client.connect()
    await client.cancel_all_orders(stage.contract_id)
    await client.stream.prepare_market_feed("BTC")
    held = await client.get_position(stage.market.symbol)
    if held:
        side = "sell" if held > 0 else "buy"
        await client.place_market_order(stage.contract_id, abs(held), side, reduce_only=True)
        await clock.sleep(SETTLE_S)
    books = await books_of(stage, life)
    await client.disconnect()
    life.die()
    return books


@contextmanager
def listening(stage: VenueStage) -> Iterator[None]:
    """Keep warnings and worse, and nothing of it on the screen."""

    def keep(level: int, text: str) -> None:
        stage.evidence.lines.append(LoggedLine(stage.now_ns, level, text))

    with hearing(logging.WARNING, keep):
        yield
