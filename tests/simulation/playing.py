"""Plays a plan: warm-up, trouble, healing, settling, and what is left of it.

The processes come and go; the venues, the disk and the truth stay. After the last trouble whatever
was begun must come to its end, and both sides' books must agree.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path

import msgspec

from exchange_clients.base_models import NS, ZERO, Side
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.virtual_time import VirtualClock
from execution.legs.report import LegsReport
from execution.legs.state import Outcome
from execution.legs.values import LegLimits, LegRequest
from tests.simulation import quiet
from tests.simulation.incarnation import Incarnation
from tests.simulation.interleaving import InterleavingLoop
from tests.simulation.plan import Kill, Plan, Round
from tests.simulation.process import Disk, Killed, Process
from tests.simulation.ruin import EffectKind
from tests.simulation.sites import Site
from tests.simulation.spans import excused_spans
from tests.simulation.trace import Trace, note_books
from tests.simulation.truth import Truth, merged
from tests.support.log_ear import hearing

D = Decimal
LIMITS = LegLimits(max_unhedged_usd=D(5_000), max_data_age_s=10.0)
RECOVER_S = 180.0
"""How long after the last trouble everything that was begun must have come to its end."""
AGAIN_S = 5.0
"""Between two looks whether it has."""
AGREE_S = 150.0
"""How long after that both sides' books may take to agree."""
BIRTH_S = 45.0
"""What a process may take from its birth until it has taken up what was left."""
RESTART_S = 1.0
"""After how long a process that ended by itself is started again."""
LIVES_MAX = 20


class Ended(msgspec.Struct, frozen=True):
    """One execution, as it came out."""

    outcome: str
    usd_seconds: float
    """Unhedged, by the venues' truth, until the next execution or the end of the run."""
    peak_usd: float
    uneven_s: float
    """The longest time that it was uneven while every venue answered."""
    left_usd: float
    """What was uneven then; zero within the tolerance, and where a venue took a leg itself."""
    told_usd_seconds: float
    """As its report says."""
    restarts: int


class Result(msgspec.Struct, frozen=True):
    """What is left of a run."""

    seed: int
    trace: str
    """A digest of all that reached the venues, with the time, and of all that came of it."""
    executions: tuple[Ended, ...]
    breaches: tuple[str, ...]
    events: int
    faults: dict[str, int]
    lives: int
    simulated_s: float
    effects: tuple[int, ...]
    """Of each life: its writes and sendings."""
    held: dict[str, Decimal]
    """What our orders hold at each venue in the end, signed."""
    kinds: tuple[EffectKind, ...] = ()
    """Of the effects of the first life."""


def play(plan: Plan, folder: Path, *, naive: bool = False, trace: Trace | None = None) -> Result:
    """Play a plan and return what is left.

    Args:
        plan: What happens.
        folder: Where the journals are kept.
        naive: Whether two market orders take the executor's place; nothing is judged then.
        trace: Takes all that is done.
    """
    run = Run(plan, folder, naive=naive, trace=trace)
    with hearing(logging.ERROR, run.on_error):
        run.run()
    return run.result()


class Run:
    """One run; see ``play``."""

    def __init__(
        self, plan: Plan, folder: Path, *, naive: bool, trace: Trace | None = None
    ) -> None:
        self.plan = plan
        self.naive = naive
        self.trace = trace or Trace()
        self.sites = {name: Site(name, plan) for name in plan.venues}
        self.start_ns = next(iter(self.sites.values())).start_ns
        self._now_ns = self.start_ns
        self._loop: InterleavingLoop | None = None
        self.disk = Disk(folder, power=plan.power, rng=Rng(plan.seed, "disk"))
        spans = excused_spans(plan, self.start_ns)
        self.truth = Truth(self.sites, self.now_ns, merged(spans), judged=not naive)
        self._kills = list(plan.kills)
        self._next_round = 0
        self._executing = False
        self._last: LegsReport | None = None
        """Of the present execution."""
        self._ended: list[Ended] = []
        self._over = False
        self.lives = 0
        self._effects: list[int] = []
        self._kinds: list[EffectKind] = []
        self._process: Process | None = None

    def now_ns(self) -> int:
        """Return the present instant (epoch ns)."""
        loop = self._loop
        return self._now_ns if loop is None else loop.epoch_ns + loop.now_ns

    def on_error(self, level: int, text: str) -> None:
        """Take a log line that asks for a person."""
        self.trace.note(self.now_ns(), "logs", level, text.partition("\n")[0])
        refused = self.plan.failure is not None and text.startswith("event=journal_failed")
        if not refused and not text.startswith(quiet.EXPLAINED):
            self.truth.found(f"I38: {text}")

    def result(self) -> Result:
        """Return what is left."""
        faults: Counter[str] = Counter()
        for site in self.sites.values():
            note_books(self.trace, site.venue, site.world.fills("main"))
            faults.update({str(kind): count for kind, count in site.faults.counts.items()})
        self.trace.note(self.now_ns(), "ends", self._ended, self.truth.breaches)
        return Result(
            seed=self.plan.seed,
            trace=self.trace.digest(),
            executions=tuple(self._ended),
            breaches=tuple(self.truth.breaches),
            events=self.truth.events,
            faults=dict(sorted(faults.items())),
            lives=self.lives,
            simulated_s=(self.now_ns() - self.start_ns) / NS,
            effects=tuple(self._effects),
            held={name: book.net + book.seized for name, book in self.truth.books.items()},
            kinds=tuple(self._kinds),
        )

    # Lives ----------------------------------------------------------------------------------------

    def run(self) -> None:
        """Let processes live until the run is over."""
        while not self._over:
            assert self.lives < LIVES_MAX, "processes die of something that is not planned"
            kill = self._kills.pop(0) if self._kills else None
            self._live(kill)
            if not self._over:
                down_s = RESTART_S if kill is None else kill.down_s
                # Nothing can be asked of a process that is not there, or only just.
                down_ns = round((down_s + BIRTH_S) * NS)
                self.truth.excused = merged(
                    [*self.truth.excused, (self._now_ns, self._now_ns + down_ns)]
                )
                self._now_ns += round(down_s * NS)

    def _live(self, kill: Kill | None) -> None:
        loop = self._loop = InterleavingLoop(
            epoch_ns=self._now_ns,
            interleaving=self.plan.interleaving,
            rng=Rng(self.plan.seed, f"order of life {self.lives}"),
        )
        loop.set_exception_handler(
            lambda _, context: self.truth.found(f"I38: nobody took {context}")
        )
        process = self._process = Process(loop, kill)
        process.failure = self.plan.failure if self.lives == 0 else None
        process.trace = self.trace
        for site in self.sites.values():
            site.venue.lose_clients()
        main = loop.create_task(self._main(process))
        main.add_done_callback(lambda _: loop.stop())
        try:
            loop.run_forever()
        except Killed:
            assert process.dead, "nothing else raises it"
        self._now_ns, self._loop = loop.epoch_ns + loop.now_ns, None
        self.lives += 1
        self._effects.append(process.effects)
        self._kinds = self._kinds or process.kinds
        if not process.dead:
            self._end(main, process)

    def _end(self, main: asyncio.Task[None], process: Process) -> None:
        """Take how a process ended by itself: in good order, or because it could not write."""
        refused = isinstance(main.exception(), JournalError) and process.failure is not None
        if not refused:
            main.result()
            assert self._over, "the process ended before the run did"
            return
        with suppress(Killed):
            process.die()

    async def _main(self, process: Process) -> None:
        process.armed = self.lives > 0
        clock = VirtualClock(process.loop)
        self._plan_the_rest(clock, process)
        me = Incarnation(self.plan, self.sites, process, self.disk, self.truth, LIMITS, self.lives)
        await me.connect()
        process.armed = True
        await self._take_up(me)
        while self._next_round < len(self.plan.rounds):
            chosen = self.plan.rounds[self._next_round]
            await clock.sleep(self._left_s(chosen.at_s))
            self._next_round += 1
            await self._execute(me, chosen)
        await clock.sleep(self._left_s(self.plan.heal_s))
        process.armed = False  # nobody dies any more
        if self.naive:  # it has as long to be even again as the executor has
            await clock.sleep(self._left_s(self.plan.heal_s + RECOVER_S))
        else:
            await self._take_up(me)
            await self._agree(me)
        self._note_end()
        self._over = True
        await me.close()

    def _plan_the_rest(self, clock: VirtualClock, process: Process) -> None:
        """Set timers for what happens while this process lives, and catch up with the rest."""
        kill = process.kill
        if kill is not None and kill.at_s is not None:
            clock.call_later(self._left_s(kill.at_s), process.die)
        clock.call_later(self._left_s(self.plan.heal_s), self._heal)
        for site in self.sites.values():
            site.halt(halted=False)  # one may have ended while no process lived
            for halt in site.halts:
                end_s = min(halt.at_s + halt.for_s, self.plan.heal_s)
                if self._left_s(end_s):
                    clock.call_later(self._left_s(halt.at_s), partial(site.halt, halted=True))
                    clock.call_later(self._left_s(end_s), partial(site.halt, halted=False))

    def _heal(self) -> None:
        if self._process is not None:
            self._process.failure = None
        for site in self.sites.values():
            site.venue.advance(self.now_ns())
            site.heal()

    def _left_s(self, at_s: float) -> float:
        return max((self.start_ns + round(at_s * NS) - self.now_ns()) / NS, 0.0)

    # Executions -----------------------------------------------------------------------------------

    async def _execute(self, me: Incarnation, chosen: Round) -> None:
        legs = self._legs(chosen)
        if len(legs) < 2:
            return
        self._note_end()
        wanted = {leg.venue: leg.side.sign * leg.quantity for leg in legs}
        self.truth.begin(wanted, LIMITS.max_unhedged_usd, LIMITS.times.bound_s)
        self._executing, self._last = True, None
        if self.naive:
            await me.naive.execute(legs)
            return
        report = await me.executor.execute_atomically(legs, chosen.rollback, chosen.check)
        self._on_reports([report])
        await self._take_up(me)

    def _legs(self, chosen: Round) -> list[LegRequest]:
        """Return what an execution is asked for: its wishes, or to close what is held."""
        leverage = None if self.plan.leverage is None else D(self.plan.leverage)
        if chosen.wishes:
            return [
                _request(
                    self.sites[wish.venue], D(wish.size), wish.away_bp, wish.post_only, leverage
                )
                for wish in chosen.wishes
            ]
        return [
            LegRequest(
                name,
                book.site.traded.symbol,
                Side.SELL if book.net > 0 else Side.BUY,
                abs(book.net),
                reduce_only=True,
            )
            for name, book in self.truth.books.items()
            if book.net
        ]

    async def _take_up(self, me: Incarnation) -> None:
        """Let the executor finish what is left, until nothing is or its time is up."""
        if self.naive:
            return
        while True:
            reports = await me.executor.resume()
            self._on_reports(reports)
            if not any(report.outcome is Outcome.STRANDED for report in reports):
                return
            if self.now_ns() > self.start_ns + (self.plan.heal_s + RECOVER_S) * NS:
                text = "; ".join(report.message for report in reports)
                self.truth.found(f"I16: {RECOVER_S:g} s after the last trouble: {text}")
                return
            await me.clock.sleep(AGAIN_S)

    def _on_reports(self, reports: Sequence[LegsReport]) -> None:
        for report in reports:
            self._last = report
            for text in quiet.unproven(self.sites, report):
                self.truth.found(text)

    def _note_end(self) -> None:
        """Write down what the present execution came to, if there is one."""
        if not self._executing:
            return
        self._executing = False
        measured = self.truth.measured()
        last = self._last
        outcome = "naive" if self.naive else "killed, not reported"
        if last is not None:
            outcome = str(last.outcome) if last.outcome is not None else "refused"
        self._ended.append(
            Ended(
                outcome,
                measured.usd_seconds,
                measured.peak_usd,
                measured.uneven_s,
                measured.left_usd,
                float(last.unhedged_usd_seconds) if last is not None else 0.0,
                last.restarts if last is not None else 0,
            )
        )

    # The end --------------------------------------------------------------------------------------

    async def _agree(self, me: Incarnation) -> None:
        """Wait until both sides' books agree; whatever does not in time is a breach."""
        until_ns = self.now_ns() + round(AGREE_S * NS)
        while True:
            await me.clock.sleep(AGAIN_S)
            found = await quiet.differences(me, self.truth, self.plan)
            if not found:
                return
            if self.now_ns() >= until_ns:
                for text in found:
                    self.truth.found(text)
                return


def _request(
    site: Site, size: Decimal, away_bp: float | None, post_only: bool, leverage: Decimal | None
) -> LegRequest:
    side, size = Side.BUY if size > ZERO else Side.SELL, size * site.units
    price = None
    if away_bp is not None:
        price = site.mid() * (1 + side.sign * D(str(away_bp)) / 10_000)
        price = (price * site.units).quantize(D(10)) / site.units
    return LegRequest(
        site.name,
        site.traded.symbol,
        side,
        abs(size),
        price,
        post_only=post_only,
        leverage=leverage,
    )
