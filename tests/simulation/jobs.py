"""What one forked process of the harness does: it plays one seed, and tells what came of it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time

import msgspec
from msgspec.structs import replace

from tests.simulation.canaries import CANARIES
from tests.simulation.crashes import play_deaths, play_failures
from tests.simulation.drawing import draw
from tests.simulation.plan import Interleaving, Plan
from tests.simulation.playing import Ended, play
from tests.simulation.trace import Trace
from tests.simulation.tripwires import tripwires
from tests.simulation.whole.lives import one_holder
from tests.simulation.whole.playing import play_whole
from tests.simulation.whole.scenario import Faults, Scenario
from tests.simulation.whole.scenes import CHAOS_S, draw_scenario

REPLAY = "python -m tests.simulation replay"
REPLAY_RUN = "python -m tests.simulation run"
INTERRUPTIONS = ("crash", "fail")


class Job(msgspec.Struct, frozen=True):
    """One seed to play."""

    kind: str
    """``executions`` of several legs, a ``run`` of the whole program, or one effect of a course:
    every death of it (``crash``), or every way in which it fails (``fail``)."""
    seed: int
    """Of an interruption: the number of the effect."""
    canary: str = ""
    faults: Faults = Faults.HEAVY
    """Of a run: how much goes wrong."""
    venues: int | None = None
    """Of a run: how many venues; by the seed where None."""
    chaos_s: float = CHAOS_S
    """Of a run: for how long there is trouble."""
    plan: str = ""
    """Of an interruption: which course is interrupted."""
    stride: int = 1
    """Of a crash: each so manyth effect of the next process is its end."""
    naive: bool = True
    """Whether the same plan is played with two market orders as well."""
    lines: str = ""
    """The file that takes each line of the trace; none where empty."""
    case: Plan | Scenario | None = None
    """What is played in the place of what the seed draws."""
    interleaving: Interleaving = Interleaving.EXACT
    """In which order it is played; the exact one leaves a case its own."""


class Played(msgspec.Struct, frozen=True):
    """What came of a job."""

    kind: str
    seed: int
    trace: str = ""
    breaches: tuple[str, ...] = ()
    executions: tuple[Ended, ...] = ()
    naive: tuple[Ended, ...] = ()
    faults: dict[str, int] = {}
    lives: int = 0
    events: int = 0
    simulated_s: float = 0.0
    marks: dict[str, int] = {}
    """What came to pass, and how often."""
    strategy: str = ""
    unhedged: tuple[float, float] = (0.0, 0.0)
    """Of a run: the most USD at once, and USD x s."""
    cpu_s: float = 0.0
    """What it took of one core."""
    flags: str = ""
    """With which a seed is played again."""
    plan: str = ""

    @property
    def command(self) -> str:
        """How it is played again."""
        if self.kind in INTERRUPTIONS:
            return (
                f"python -m tests.simulation {self.kind} --plan '{self.plan}' --effect {self.seed}"
            )
        if self.kind != "run":
            return f"{REPLAY} {self.seed}{self.flags}"
        return f"{REPLAY_RUN} --seeds {self.seed}{self.flags}"


def do(job: Job) -> Played:
    """Play a job; what falls is a breach of its own."""
    try:
        if job.kind in INTERRUPTIONS:
            return play_interruption(job)
        case = case_of(job)
        if isinstance(case, Scenario):
            began = process_time()
            played = play_run(case, canary=job.canary, lines=job.lines)
            took_s = process_time() - began
            return replace(played, cpu_s=took_s, flags=flags_of(job))
        played = play_executions(case, canary=job.canary, naive=job.naive, lines=job.lines)
        return replace(played, flags=flags_of(job))
    except Exception:  # noqa: BLE001 - whatever it is, the seed is told with it
        fell = f"it fell: {traceback.format_exc()}"
        return Played(
            job.kind,
            job.seed,
            breaches=(fell,),
            flags=flags_of(job),
            plan=job.plan,
        )


def case_of(job: Job) -> Plan | Scenario:
    """Return what a job plays, written out."""
    case = job.case
    if case is None and job.kind == "run":
        case = draw_scenario(job.seed, job.faults, job.venues, job.chaos_s)
    elif case is None:
        case = draw(job.seed)
    if job.interleaving is Interleaving.EXACT:
        return case
    return replace(case, interleaving=job.interleaving)


def kind_of(case: Plan | Scenario) -> str:
    """Return which kind of job plays a case."""
    return "run" if isinstance(case, Scenario) else "executions"


def play_executions(plan: Plan, *, canary: str = "", naive: bool = True, lines: str = "") -> Played:
    """Play a plan, and again with an executor of two market orders."""
    planted = CANARIES[canary]() if canary else nullcontext()
    with _trace(lines) as trace, _place() as (folder, touched), planted:
        result = play(plan, folder, trace=trace)
    beside = None
    if naive and not canary:
        with TemporaryDirectory() as folder:
            beside = play(plan, Path(folder), naive=True)
    return Played(
        "executions",
        plan.seed,
        result.trace,
        (*result.breaches, *map(_not_the_seeds, touched)),
        result.executions,
        () if beside is None else beside.executions,
        result.faults,
        result.lives,
        result.events,
        result.simulated_s,
    )


def flags_of(job: Job) -> str:
    """Return what of the command line that plays it again is not usual."""
    order = "" if job.interleaving is Interleaving.EXACT else f" --interleaving {job.interleaving}"
    if job.kind != "run":
        return order
    venues = "" if job.venues is None else f" --venues {job.venues}"
    seconds = "" if job.chaos_s == CHAOS_S else f" --seconds {job.chaos_s:g}"
    return f" --faults {job.faults}{venues}{seconds}{order}"


def play_run(scenario: Scenario, *, canary: str = "", lines: str = "") -> Played:
    """Play the whole program, two strategies by turns, an hour of it in trouble."""
    planted = CANARIES[canary]() if canary else nullcontext()
    with _trace(lines) as trace, _place() as (folder, touched), planted:
        result = play_whole(scenario, folder, trace)
    return Played(
        "run",
        scenario.seed,
        result.trace,
        (*result.breaches, *map(_not_the_seeds, touched)),
        faults=result.faults,
        lives=result.lives,
        events=result.events,
        simulated_s=result.simulated_s,
        marks=result.marks,
        strategy=str(scenario.strategy),
        unhedged=(result.peak_usd, result.usd_seconds),
    )


@contextmanager
def _place() -> Iterator[tuple[Path, list[str]]]:
    """Yield a folder for what is written, and a list of what was touched that is not the seed's."""
    with TemporaryDirectory() as folder, one_holder(), tripwires(Path(folder)) as touched:
        try:
            yield Path(folder), touched
        except Exception as error:
            error.add_note("\n".join(touched))
            raise


def _not_the_seeds(touched: str) -> str:
    return f"determinism: {touched}"


def _trace(lines: str) -> Trace:
    return Trace(Path(lines) if lines else None)


def play_interruption(job: Job) -> Played:
    """Interrupt a course at one of its effects, in every way, or let the effect fail."""
    if job.kind == "crash":
        found = play_deaths(job.plan, job.seed, job.stride)
    else:
        found = play_failures(job.plan, job.seed)
    return Played(
        job.kind,
        job.seed,
        breaches=tuple(found.breaches),
        marks=dict(found.points),
        plan=job.plan,
    )
