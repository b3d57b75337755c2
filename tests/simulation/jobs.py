"""What one forked process of the harness does: it plays one seed, and tells what came of it."""

from __future__ import annotations

import traceback
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tests.simulation.canaries import CANARIES
from tests.simulation.drawing import draw
from tests.simulation.plan import Plan
from tests.simulation.playing import Ended, play
from tests.support.drawn_courses import draw_course
from tests.support.venue_survival import survive
from tests.support.venue_verdicts import breaches
from venue_simulators.catalogue import VENUES

REPLAY = "python -m tests.simulation replay"
CHAOS_S = 3600.0
DEATHS = 3
"""Of every run: how often its process is killed, at most."""
UPDATES_PER_S = 0.25
"""How often the books of a long run change: faults need time, not data."""


class Job(msgspec.Struct, frozen=True):
    """One seed to play."""

    kind: str
    """``executions`` of several legs, or a ``run`` of a grid."""
    seed: int
    canary: str = ""
    naive: bool = True
    """Whether the same plan is played with two market orders as well."""


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

    @property
    def command(self) -> str:
        """How it is played again."""
        flag = " --run" if self.kind == "run" else ""
        return f"{REPLAY}{flag} {self.seed}"


def do(job: Job) -> Played:
    """Play a job; what falls is a breach of its own."""
    try:
        if job.kind == "run":
            return play_run(job.seed)
        return play_executions(draw(job.seed), canary=job.canary, naive=job.naive)
    except Exception:  # noqa: BLE001 - whatever it is, the seed is told with it
        return Played(job.kind, job.seed, breaches=(f"it fell: {traceback.format_exc()}",))


def play_executions(plan: Plan, *, canary: str = "", naive: bool = True) -> Played:
    """Play a plan, and again with an executor of two market orders."""
    planted = CANARIES[canary]() if canary else nullcontext()
    with TemporaryDirectory() as folder, planted:
        result = play(plan, Path(folder))
    beside = None
    if naive and not canary:
        with TemporaryDirectory() as folder:
            beside = play(plan, Path(folder), naive=True)
    return Played(
        "executions",
        plan.seed,
        result.trace,
        result.breaches,
        result.executions,
        () if beside is None else beside.executions,
        result.faults,
        result.lives,
        result.events,
        result.simulated_s,
    )


def play_run(seed: int) -> Played:
    """Play 72 minutes of a grid at one venue, an hour of them in trouble."""
    venue = VENUES[seed % len(VENUES)]
    course = draw_course(venue, seed, CHAOS_S, deaths=seed % (DEATHS + 1))
    with TemporaryDirectory() as folder:
        survival = survive(venue, seed, Path(folder), course, updates_per_s=UPDATES_PER_S)
    stage = survival.stage
    return Played(
        "run",
        seed,
        breaches=tuple(f"{venue}: {text}" for text in breaches(survival)),
        faults={str(kind): count for kind, count in sorted(stage.plan.counts.items())},
        lives=len(stage.evidence.births),
        events=len(stage.simulator.world.orders("main")),
        simulated_s=course.chaos_s + course.quiet_s,
    )
