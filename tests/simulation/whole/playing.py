"""Plays a scenario: the whole program on simulated venues, with deaths, until it is stopped.

Processes come and go; the venues, the disk and the truth stay. After the last trouble everything
must agree, and go on.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path
from signal import SIGTERM

import msgspec

from app.arguments import Given
from app.assembly import play_on
from app.configuration import settings_of
from app.errors import AppError
from app.session import Session
from app.settings import RunSettings
from database.journal import SqliteJournal
from exchange_clients.base_models import NS
from exchange_clients.errors import ExchangeError
from exchange_clients.journal import OrderIntent
from exchange_clients.shared.clock import Rng
from tests.conformance.conforming import Deed
from tests.simulation.plan import OVERFILL, Kill
from tests.simulation.process import Killed
from tests.simulation.trace import Trace, note_books
from tests.simulation.whole import settled, watching
from tests.simulation.whole.books import PublishedBooks
from tests.simulation.whole.churn import Churn
from tests.simulation.whole.commands import Commands
from tests.simulation.whole.going_by import GoingBy
from tests.simulation.whole.injectors import Agenda, Machine, ahead_s
from tests.simulation.whole.knowing import Knowing
from tests.simulation.whole.lasting import EVERY_S, Lasting
from tests.simulation.whole.lives import MortalStage, StateDisk, mortal_journals, one_holder
from tests.simulation.whole.means import Means
from tests.simulation.whole.passing import counting
from tests.simulation.whole.pauses import Pauses
from tests.simulation.whole.rates import RateTruth
from tests.simulation.whole.scenario import ByHand, Happening, Scenario, Strategy
from tests.simulation.whole.serving import Around, RateHouse, served_by
from tests.simulation.whole.times import SignedTimes
from tests.simulation.whole.truth import WholeTruth
from tests.simulation.whole.venues import BEGIN_NS, WorldVenue, world_of
from tests.simulation.whole.wire_rules import judge_intent
from tests.support.log_ear import hearing
from tests.support.wire_orders import ACCOUNT
from trading_bot import BotError

RESTART_S = 10.0
"""How long a process that could not start, or that ended by itself, waits for the next."""
LIVES_MAX = 400
UNPAID = "payments: asked for in vain"


class Result(msgspec.Struct, frozen=True):
    """What is left of a run."""

    seed: int
    trace: str
    """A digest of all that reached the venues, with the time, and of all that came of it."""
    breaches: tuple[str, ...]
    events: int
    fills: int
    faults: dict[str, int]
    lives: int
    simulated_s: float
    usd_seconds: float
    peak_usd: float
    ended: str
    marks: dict[str, int]


def play_whole(scenario: Scenario, folder: Path, trace: Trace | None = None) -> Result:
    """Play a scenario and return what is left.

    Args:
        scenario: What happens.
        folder: Where the state is kept.
        trace: Takes all that is done.
    """
    run = WholeRun(scenario, folder, trace)
    quiet = redirect_stdout(io.StringIO())
    with hearing(logging.WARNING, run.on_line), quiet, one_holder(), counting(run.marks):
        run.run()
    return run.result()


class WholeRun:
    """One run; see ``play_whole``."""

    def __init__(self, scenario: Scenario, folder: Path, trace: Trace | None = None) -> None:
        self.scenario = scenario
        self.trace = trace or Trace()
        self.venues: Mapping[str, WorldVenue] = world_of(scenario)
        self._born_ns = BEGIN_NS
        self._stage: MortalStage | None = None
        self.truth = WholeTruth(scenario, self.venues, self.now_ns)
        arbitrage = scenario.strategy is Strategy.ARBITRAGE
        self.rates = RateTruth(scenario, self.venues, self.truth) if arbitrage else None
        """Judges what is told of funding."""
        self.rng = Rng(scenario.seed, "lives")
        self.disk = StateDisk(folder, self.rng.stream("disk"))
        self._kills = list(scenario.kills)
        self.machine = Machine()
        """On which all its processes run."""
        self._agenda = Agenda(self)
        self.lives = 0
        self.ended = ""
        """Why the run ended, once it has."""
        self.agreed = False
        self.marks: Counter[str] = Counter()
        self.stopped_ns: int | None = None
        """When the bot of the process that lives now, or did last, was asked to stop (epoch ns)."""
        self._told_to_stop = False
        """Whether the process that lives now got a SIGTERM."""
        self.halted = False
        """Whether the run ended because of its risk."""
        self.times = SignedTimes(scenario, self.venues)
        self.means = Means(self.venues, self.now_ns)
        self.books = PublishedBooks(self.venues, self.now_ns)
        self.knowing = Knowing(scenario, self.venues, self.now_ns)
        self.going_by = GoingBy()
        self.pauses = Pauses(scenario, self.venues, self.truth.found, self.now_ns)
        self.churn = Churn()
        self.lasting = Lasting(scenario)
        self.commands = Commands(self)
        self.looks = 0
        """How often a process was looked at."""
        self.reasons: dict[tuple[int, str], None] = {}
        """Why pairs ended, by their numbers, as far as it was looked at."""
        self.secrets = [each for venue in self.venues.values() for each in venue.secrets]
        self._session: Session | None = None
        """Of the process that lives now, once it can trade."""

    def now_ns(self) -> int:
        """Return the present instant (epoch ns)."""
        return self._born_ns if self._stage is None else self._stage.now_ns

    @property
    def stage(self) -> MortalStage:
        """Where the process takes place that lives now."""
        assert self._stage is not None, "a process lives"
        return self._stage

    @property
    def journal(self) -> SqliteJournal:
        """The journal of the process that lives now."""
        return self.stage.state.journal

    @property
    def max_age_s(self) -> float:
        """After how long a pair is closed."""
        return float(self.scenario.settings.get("strategy.max_age_hours", "168")) * 3600

    @property
    def born_s(self) -> float:
        """When the process was born that lives now (s)."""
        return (self._born_ns - BEGIN_NS) / NS

    @property
    def now_s(self) -> float:
        """Seconds since the beginning."""
        return (self.now_ns() - BEGIN_NS) / NS

    def left_s(self, at_s: float) -> float:
        """Return how long it is until an instant of the run; zero once it is past."""
        return max((BEGIN_NS + round(at_s * NS) - self.now_ns()) / NS, 0.0)

    def on_line(self, level: int, text: str) -> None:
        """Take a log line; one that asks for a person needs an explanation."""
        self.trace.note(self.now_ns(), "logs", level, text.partition("\n")[0])
        watching.judge_line(self, level, text)

    # Lives ----------------------------------------------------------------------------------------

    def run(self) -> None:
        """Let processes live until the run is over."""
        while not self.ended:
            assert self.lives < LIVES_MAX, "processes end again and again"
            kill = self._kills.pop(0) if self._kills else None
            how = self._live(kill)
            self.lives += 1
            self.marks[f"life ended: {how}"] += 1
            if how == "killed" and kill is not None:
                self._born_ns += round(kill.down_s * NS)
            elif how != "over":
                self._born_ns += round(RESTART_S * NS)
        settled.judge_end(self)

    def _live(self, kill: Kill | None) -> str:
        """Play one life; return how it ended."""
        self.times.births_s.append(self.born_s)
        self.stopped_ns = None  # one that died of it has not told the next
        self._told_to_stop = False
        self.pauses.forget()
        if self.rates is not None:
            self.rates.read_ns.clear()
        for venue in self.venues.values():
            venue.venue.lose_clients()
        stage = self._stage = MortalStage(
            self.settings(),
            {name: venue.venue for name, venue in self.venues.items()},
            now_ns=self._born_ns,
            kill=kill,
            rng=self.rng.stream(f"life {self.lives}"),
            latency_ns=self.scenario.latency_ms * 1_000_000,
            machine=self.machine,
            interleaving=self.scenario.interleaving,
        )
        stage.order_socket = self.scenario.sockets
        stage.process.on_death = self.disk.keep
        stage.process.trace = self.trace
        stage.loop.set_exception_handler(self._on_exception)
        self._plan(stage)
        stage.rates = self._rate_house(stage)
        journals = mortal_journals(stage.process, self.disk, self._on_intent)
        try:
            with journals, served_by(stage.rates):
                session = play_on(stage, self.settings(), partial(self._prepare, stage))
        except Killed:
            assert stage.process.dead, "nothing else raises it"
            return "killed"
        except KeyboardInterrupt:
            if not self._told_to_stop:
                raise
            return "stopped"  # before it had begun, which nobody but the command's exit code tells
        except (AppError, ExchangeError, BotError) as error:
            self.marks[f"not started: {type(error).__name__}"] += 1
            return "not started"
        finally:
            self._born_ns, self._stage, self._session = stage.now_ns, None, None
        return self._after(session)

    def _rate_house(self, stage: MortalStage) -> RateHouse | None:
        """Return the rate service of a life, where the scenario has one."""
        serving = self.scenario.serving
        if serving is None or self.rates is None:
            return None
        latency_s = self.scenario.latency_ms / 1000
        around = Around(stage.clock, self.left_s, latency_s, self.rates.on_answer)
        return RateHouse(serving, stage.sources, self.disk.present, around)

    def _after(self, session: Session) -> str:
        """Say how a process ended that was not killed."""
        if session.ending.error is not None:
            self.truth.found(f"I38: the run failed: {session.ending.error!r}")
            return "failed"
        if session.ending.interrupted and self.now_s < self.scenario.end_s - self._early_s:
            for text in settled.left_by_a_stop(self):
                self.truth.found(text)
            return "stopped"
        limits, reason = self.truth.limits, session.ending.reason
        limit = "" if limits is None else limits.ended_by(reason)
        if limits is not None and limit:
            self.marks[f"run ended by {limit}"] += 1
            for text in limits.left(limit):
                self.truth.found(text)
        elif self.now_s < self.scenario.end_s - self._early_s and not session.risk.halted:
            self.truth.found(f"I38: the run ended early: {reason}")
        self.halted = session.risk.halted
        settled.judge_books(self, session)
        self.ended = session.ending.reason or "no reason"
        return "over"

    @property
    def _early_s(self) -> float:
        """By how much a run may end too early: a process reckons by the clock at its birth."""
        return 1.0 + sum(max(ahead_s(row), 0.0) for row in self.scenario.troubles)

    def settings(self) -> RunSettings:
        """Return the configuration, as the command line would give it."""
        scenario = self.scenario
        given = {
            "strategy.name": str(scenario.strategy),
            "run.exchange": ",".join(scenario.venues),
            # Where venues are called simulators, no service is asked for their rates.
            "run.environment": "simulator" if scenario.serving is None else "testnet",
            "run.panel": "false",
            "run.state_dir": str(self.disk.present),
            "run.duration": f"{scenario.end_s}s",
            "run.ticker": scenario.symbols[0],
            "run.dry_run": str(scenario.dry).lower(),
            "run.seed": str(scenario.seed),
            "journal.durability": "power" if scenario.power else "process",
            **scenario.settings,
        }
        if len(scenario.symbols) > 1:
            given["run.symbols"] = ",".join(scenario.symbols)
        return settings_of({name: Given(value, name) for name, value in given.items()})

    # What happens meanwhile -----------------------------------------------------------------------

    def _plan(self, stage: MortalStage) -> None:
        """Set timers for what happens while a process lives."""
        loop, kill = stage.loop, stage.process.kill
        if kill is not None and kill.at_s is not None:
            loop.call_later(self.left_s(kill.at_s), stage.process.die)
        self._agenda.plan(stage)
        loop.call_later(self.left_s(self.scenario.chaos_s), self._heal)
        for at_s in self.scenario.stops:
            if self.left_s(at_s):
                loop.call_later(self.left_s(at_s), self._stop)
        for what in self.scenario.happenings:
            if self.left_s(what.at_s):
                loop.call_later(self.left_s(what.at_s), partial(self._happen, what))
            if what.kind is ByHand.HALT:
                end_s = min(what.at_s + what.for_s, self.scenario.chaos_s)
                loop.call_later(self.left_s(end_s), self.venues[what.venue].reopen)

    def _prepare(self, stage: MortalStage, session: Session) -> None:
        self._session = session
        watching.watch(self, session)
        self.commands.attend(session)
        stage.loop.call_later(EVERY_S, partial(self._look, stage, session))
        stage.loop.create_task(settled.judge(self, session), name="judge")

    def _look(self, stage: MortalStage, session: Session) -> None:
        watching.look(self, session)
        stage.loop.call_later(EVERY_S, partial(self._look, stage, session))

    def _stop(self) -> None:
        """Let the process be told to stop, if it listens by now."""
        if self._session is not None:
            self.marks["told to stop"] += 1
            self._told_to_stop = True
            self._session._on_signal(SIGTERM)

    def _happen(self, what: Happening) -> None:
        venue = self.venues[what.venue]
        venue.venue.advance(self.now_ns())
        if what.kind is not ByHand.HALT:
            self.truth.by_hand(what.symbol)
        self.marks[f"by hand: {what.kind}"] += 1
        venue.happen(what)

    def _heal(self) -> None:
        for venue in self.venues.values():
            venue.venue.advance(self.now_ns())
            venue.faults.clear()
            venue.reopen()
            venue.world.deeds.late.show(venue.world.now_ns)

    def _on_intent(self, intent: OrderIntent) -> None:
        evidence = self.venues[intent.venue].evidence
        evidence.intents[intent.client_order_id] = intent
        evidence.decided_ns[intent.client_order_id] = self.now_ns()
        judge_intent(self, self._session, intent)

    def _on_exception(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, object]) -> None:
        del loop
        self.truth.found(f"I38: nobody took {context}")

    # The end --------------------------------------------------------------------------------------

    def result(self) -> Result:
        """Return what is left."""
        faults: Counter[str] = Counter(self._agenda.counts)
        for each in (self.rates, self.truth.cells, self.truth.hedge):
            if each is not None:
                self.marks.update(each.marks)
        for venue in self.venues.values():
            note_books(self.trace, venue.venue, venue.world.fills(ACCOUNT))
            faults.update({str(kind): count for kind, count in venue.faults.counts.items()})
            faults.update(venue.books_shown)
            faults[OVERFILL] += venue.overfills.count
            self.marks[UNPAID] += venue.asked_in_vain(Deed.PAYMENTS)
        self.marks["by hand: hold"] += len(self.scenario.held)
        self.trace.note(self.now_ns(), "ends", self.ended, self.truth.breaches)
        truth = self.truth
        return Result(
            seed=self.scenario.seed,
            trace=self.trace.digest(),
            breaches=tuple(truth.breaches),
            events=truth.events,
            fills=truth.fills,
            faults=dict(sorted(faults.items())),
            lives=self.lives,
            simulated_s=self.now_s,
            usd_seconds=truth.usd_seconds,
            peak_usd=truth.peak_usd,
            ended=self.ended,
            marks=dict(sorted(self.marks.items())),
        )
