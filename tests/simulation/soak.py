"""Weeks of one run in one go: does what a process holds stay as large as it was?

python -m tests.simulation soak --days 30 --strategy grid --seed 1

Every simulated hour all that can be reached from the run is counted: its tasks, what its containers
hold, and its bytes. A life counts from when it is warm, because until then what remembers the last
thousand of something fills up.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import logging
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from functools import partial
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from unittest.mock import patch

import msgspec

from app.session import Session
from tests.simulation.runner import COLLECT_EVERY
from tests.simulation.tripwires import tripwires
from tests.simulation.whole import settled
from tests.simulation.whole.bounds import CAPS, ENTRIES_MAX, TASKS_MAX, sizes
from tests.simulation.whole.holdings import held_by, roots_of
from tests.simulation.whole.lasting import EVERY_S
from tests.simulation.whole.lives import MortalStage, StateDisk, one_holder
from tests.simulation.whole.playing import WholeRun
from tests.simulation.whole.scenario import Scenario, Strategy
from tests.simulation.whole.soak_scenes import DAY_S, LIFE_DAYS, soak_scenario
from tests.support.log_ear import hearing

MB = 1e6
GROWTH_MAX = 1 * MB
"""Bytes a day that what a process holds may grow by, once it is warm."""
NAMED_ORDERS = 9_000
"""A simulated venue remembers our names of its latest 10,000 orders, as a real one does. Beyond so
many, what is judged by all names of a run is left out; what is judged each second never is."""
NAMED = 5
"""How many of those that grew most are named."""


class Pace(msgspec.Struct, frozen=True):
    """How often it is looked, and from when on it counts."""

    warm_up_s: float = 2 * DAY_S
    """Age of a process from which on it may grow no more."""
    sample_s: float = 3_600.0
    line_s: float = DAY_S


class Sample(msgspec.Struct, frozen=True):
    """What a process held at one instant."""

    at_s: float
    """Of the run."""
    life: int
    age_s: float
    """Of the process."""
    orders: int
    """Of all lives."""
    tasks: int
    held: int
    """Bytes of all that the product can reach."""
    kinds: Mapping[str, int]
    """The same, by type."""
    entries: Mapping[str, int]
    """How much each container holds, by its name."""
    journal: int
    """Bytes on the disk."""
    events: int
    """Of the venues, private ones."""
    resident: int
    """Bytes of the whole interpreter, the venues and the judge included."""


class SparingDisk(StateDisk):
    """A run's state of which what a dead process left is thrown away once it was copied."""

    def keep(self) -> None:
        """Make what is on the disk now what the next life finds."""
        before = self.present
        super().keep()
        shutil.rmtree(before)


class SoakRun(WholeRun):
    """A run that is measured all the time, and judged by what costs the same on each of its days.

    Args:
        scenario: What happens.
        folder: Where the state is kept.
        pace: How often it is measured.
        tell: Takes a line for people.
    """

    def __init__(
        self, scenario: Scenario, folder: Path, pace: Pace, tell: Callable[[str], None]
    ) -> None:
        super().__init__(scenario, folder)
        self.disk = SparingDisk(folder, self.rng.stream("soaked disk"))
        self.samples: list[Sample] = []
        self._pace = pace
        self._tell = tell
        self._told = (0.0, process_time())
        """The run's time at the last line, and the machine's (s)."""

    def _prepare(self, stage: MortalStage, session: Session) -> None:
        """Watch what a second costs, and not each report, which is compared with all before it."""
        self._session = session
        stage.loop.call_later(EVERY_S, partial(self._look, stage, session))
        stage.loop.call_later(self._pace.sample_s, partial(self._measure, stage, session))
        stage.loop.create_task(self._judge(session), name="judge")

    async def _judge(self, session: Session) -> None:
        await session.clock.sleep(self.left_s(self.scenario.chaos_s))
        if self._every_name_is_known:
            await settled.judge(self, session)

    def _after(self, session: Session) -> str:
        if self._every_name_is_known:
            return super()._after(session)
        with patch.object(settled, "judge_books", lambda run, session: None):
            return super()._after(session)

    @property
    def _every_name_is_known(self) -> bool:
        return all(len(each.evidence.intents) < NAMED_ORDERS for each in self.venues.values())

    def _measure(self, stage: MortalStage, session: Session) -> None:
        stage.loop.call_later(self._pace.sample_s, partial(self._measure, stage, session))
        held = held_by(*roots_of(session, stage.loop))
        sample = Sample(
            at_s=self.now_s,
            life=self.lives,
            age_s=self.now_s - self.born_s,
            orders=sum(len(each.evidence.intents) for each in self.venues.values()),
            tasks=len(asyncio.all_tasks(stage.loop)),
            held=held.total,
            kinds=held.by_kind,
            entries=sizes(session),
            journal=sum(each.stat().st_size for each in self.disk.present.rglob("*.db*")),
            events=self.truth.events,
            resident=_resident(),
        )
        self.samples.append(sample)
        for venue in self.venues.values():
            venue.evidence.placements.clear()  # they were compared as they arrived
        last_s, began_s = self._told
        if sample.at_s >= last_s + self._pace.line_s - 1:
            now_s = process_time()
            speed = (sample.at_s - last_s) / max(now_s - began_s, 1e-9)
            self._told = sample.at_s, now_s
            self._tell(line_of(sample, speed))


def line_of(sample: Sample, speed: float) -> str:
    """Return what is said of a day."""
    largest = sorted(sample.entries.items(), key=lambda each: -each[1])[:3]
    return (
        f"day {sample.at_s / DAY_S:5.2f}: life {sample.life + 1}, {sample.orders:,} orders, "
        f"{sample.events:,} events, {sample.tasks} tasks, held {sample.held / MB:.2f} MB, "
        f"journal {sample.journal / MB:.1f} MB, all {sample.resident / MB:,.0f} MB, "
        f"{speed:,.0f}x, {', '.join(f'{name} {count:,}' for name, count in largest)}"
    )


# The verdict --------------------------------------------------------------------------------------


def beyond_caps(samples: Sequence[Sample]) -> Iterator[str]:
    """Yield what held more than it may at any time."""
    tasks = max((each.tasks for each in samples), default=0)
    if tasks > TASKS_MAX:
        yield f"{tasks} tasks ran"
    most: dict[str, int] = {}
    for sample in samples:
        for name, count in sample.entries.items():
            most[name] = max(most.get(name, 0), count)
    for name, count in sorted(most.items()):
        if count > CAPS.get(name, ENTRIES_MAX):
            yield f"{name} held {count:,}, it may hold {CAPS.get(name, ENTRIES_MAX):,}"


def warm_lives(samples: Sequence[Sample], warm_up_s: float) -> list[list[Sample]]:
    """Return the samples of each process from when it was warm; of those that have two or more."""
    lives: dict[int, list[Sample]] = {}
    for sample in samples:
        if sample.age_s >= warm_up_s:
            lives.setdefault(sample.life, []).append(sample)
    return [each for each in lives.values() if len(each) > 1]


def per_day(samples: Sequence[Sample], value: Callable[[Sample], float]) -> float:
    """Return by how much something grew in a day: the line with the least squares."""
    days = [each.at_s / DAY_S for each in samples]
    values = [value(each) for each in samples]
    middle, level = sum(days) / len(days), sum(values) / len(values)
    spread = sum((day - middle) ** 2 for day in days)
    slope = sum((day - middle) * (each - level) for day, each in zip(days, values, strict=True))
    return slope / spread


def grew_most(samples: Sequence[Sample], of: Callable[[Sample], Mapping[str, int]]) -> str:
    """Return what grew most of some named figures, with how much a day."""
    names = dict.fromkeys(name for each in samples for name in of(each))
    rates = {name: per_day(samples, lambda each: of(each).get(name, 0)) for name in names}  # noqa: B023
    most = sorted(rates.items(), key=lambda each: -each[1])[:NAMED]
    return ", ".join(f"{name} {rate:+,.1f}" for name, rate in most if rate > 0) or "nothing"


def verdict(samples: Sequence[Sample], pace: Pace, growth_max: float) -> tuple[list[str], bool]:
    """Return what is to be said of a soak, and whether it is well."""
    wrong = [*beyond_caps(samples)]
    lines = [f"BEYOND ITS CAP {each}" for each in wrong]
    lives = warm_lives(samples, pace.warm_up_s)
    if not lives:
        lines.append(f"no process grew older than {pace.warm_up_s / DAY_S:g} days: not judged")
    for warm in lives:
        rate = per_day(warm, lambda each: each.held)
        grown = "GREW TOO MUCH" if rate > growth_max else "grew"
        lines.append(
            f"life {warm[0].life + 1}, {len(warm)} samples over "
            f"{(warm[-1].at_s - warm[0].at_s) / DAY_S:.2f} days: held {grown} {rate / MB:+.3f} MB "
            f"a day, tasks {per_day(warm, lambda each: each.tasks):+.2f} a day"
        )
        lines.append(f"    bytes a day by type: {grew_most(warm, lambda each: each.kinds)}")
        lines.append(f"    entries a day: {grew_most(warm, lambda each: each.entries)}")
        if rate > growth_max:
            wrong.append(lines[-3])
    steps = [later.resident - before.resident for before, later in pairwise(samples)]
    if steps:
        days = (samples[-1].at_s - samples[0].at_s) / DAY_S
        lines.append(f"venues, judge and all: {sum(steps) / days / MB:+,.1f} MB a day")
    return lines, not wrong


# Playing ------------------------------------------------------------------------------------------


def play_soak(
    scenario: Scenario, pace: Pace, tell: Callable[[str], None]
) -> tuple[Sequence[Sample], Sequence[str]]:
    """Play a scenario; return what was measured, and which rules were broken.

    Args:
        scenario: What happens.
        pace: How often it is measured.
        tell: Takes a line for each day.
    """
    with TemporaryDirectory() as folder, tripwires(Path(folder)) as touched:
        run = SoakRun(scenario, Path(folder), pace, tell)
        quiet = redirect_stdout(io.StringIO())
        with hearing(logging.WARNING, run.on_line), quiet, one_holder():
            run.run()
    return run.samples, [*run.truth.breaches, *touched]


def add_soak(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    soak = commands.add_parser("soak", help="one run of many days: does anything grow?")
    soak.add_argument("--days", type=float, default=30.0)
    soak.add_argument("--strategy", type=Strategy, choices=list(Strategy), default=Strategy.GRID)
    soak.add_argument("--seed", type=int, default=1)
    soak.add_argument("--life-days", type=float, default=LIFE_DAYS, help="until a process dies")
    soak.add_argument("--warm-up-days", type=float, default=2.0, help="of each process")
    soak.set_defaults(do=_soak)


def _soak(given: argparse.Namespace) -> int:
    screen = sys.stdout

    def tell(line: str) -> None:
        screen.write(f"{line}\n")
        screen.flush()

    gc.set_threshold(COLLECT_EVERY)
    run_s, life_s = given.days * DAY_S, given.life_days * DAY_S
    scenario = soak_scenario(given.strategy, given.seed, run_s, life_s)
    pace = Pace(warm_up_s=given.warm_up_days * DAY_S)
    tell(f"{given.days:g} days of {given.strategy} on {', '.join(scenario.venues)}")
    began_s = process_time()
    samples, breaches = play_soak(scenario, pace, tell)
    lines, well = verdict(samples, pace, GROWTH_MAX)
    for line in (*lines, *(f"RED {each}" for each in breaches)):
        tell(line)
    tell(f"{'well' if well and not breaches else 'NOT WELL'}, in {process_time() - began_s:,.0f} s")
    return int(not well or bool(breaches))


def _resident() -> int:
    """Return what the interpreter takes of the machine's memory (bytes)."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096
