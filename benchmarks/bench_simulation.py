"""How much faster than the market a run of the whole program is played in the simulated world.

What is played is what ``python -m tests.simulation run`` plays, without faults: nine venues, and
two, of funding arbitrage with two books of each changing twice a second, and a grid with 15 books a
minute. Each has a process of its own, which has played half a minute before it is measured, and one
core. While it plays, it is looked at now and then what the processor is doing: what stands
innermost of simulator, judge and client has that moment.

    python -m benchmarks.bench_simulation [--seconds 300]
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

import msgspec
from msgspec.structs import replace

from benchmarks.figures import Figure, conclude
from tests.simulation.whole.playing import play_whole
from tests.simulation.whole.scenario import Faults, Scenario
from tests.simulation.whole.scenes import draw_scenario

LOOK_S = 0.002
"""Processor time between two looks."""
WARM_S = 30.0
QUIET_S = 60.0
ROOT = f"{Path(__file__).resolve().parents[1]}{os.sep}"
PARTS = {
    "venue_simulators": "simulator",
    "exchange_clients/paper": "simulator",
    "tests": "judge",
    "exchange_clients": "client",
    "execution": "client",
    "strategies": "client",
    "app": "client",
    "reporting": "client",
    "database": "client",
    "trading_bot.py": "client",
}
"""Whose a file is: the first that its path begins with."""


@dataclass(frozen=True, slots=True)
class Case:
    """A run that is measured."""

    name: str
    seed: int
    venues: int | None
    updates_per_s: float
    goal: float | None
    """Seconds of the market in one of the processor."""

    def scenario(self, seconds: float) -> Scenario:
        """Return the run, so many seconds long and a minute to settle."""
        drawn = draw_scenario(self.seed, Faults.NONE, self.venues, seconds)
        return replace(
            drawn, updates_per_s=self.updates_per_s, quiet_s=QUIET_S, rests=0, serving=None
        )


CASES = (
    Case("two venues, 2 books a second", 2, 2, 2.0, 2000.0),
    Case("nine venues, 2 books a second", 2, 9, 2.0, 500.0),
    Case("a grid, 15 books a minute", 1, None, 0.25, None),
)


class Measured(msgspec.Struct, frozen=True):
    """What one run cost."""

    speed: float
    shares: dict[str, float]


def main() -> int:
    """Print the speeds and who took the time; 1 if a run was in breach."""
    parser = argparse.ArgumentParser(description="Speed of the simulated world")
    parser.add_argument("--seconds", type=float, default=300.0)
    options = parser.parse_args()
    print(f"{platform.machine()} Python {platform.python_version()}, one core")
    figures = []
    for case in CASES:
        found = _apart(case, options.seconds)
        told = ", ".join(f"{name} {share:.0%}" for name, share in found.shares.items())
        print(f"{case.name}: {found.speed:,.0f}x; {told}")
        name = f"simulation: {case.name}"
        figures.append(Figure(name, found.speed, "x real time", at_least=case.goal, goal=True))
    return conclude(figures)


def _apart(case: Case, seconds: float) -> Measured:
    """Measure a case in a process of its own: what a run leaves behind slows the next one."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(msgspec.json.encode(_measured(case, seconds)))
        except AssertionError:
            traceback.print_exc()
        finally:
            os._exit(0)  # the tasks of a world are not finalised
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return msgspec.json.decode(told, type=Measured)


def _measured(case: Case, seconds: float) -> Measured:
    _play(case.scenario(WARM_S))
    counts: Counter[str] = Counter()
    began = time.process_time()
    with _looking(counts):
        simulated_s = _play(case.scenario(seconds))
    speed = simulated_s / (time.process_time() - began)
    looks = sum(counts.values())
    return Measured(speed, {name: count / looks for name, count in counts.most_common()})


def _play(scenario: Scenario) -> float:
    with TemporaryDirectory() as folder:
        result = play_whole(scenario, Path(folder))
    assert not result.breaches, result.breaches
    return result.simulated_s


@contextmanager
def _looking(counts: Counter[str]) -> Iterator[None]:
    """Count who is at work each time that a piece of processor time has passed."""
    known: dict[str, str | None] = {}

    def look(_: int, frame: FrameType | None) -> None:
        while frame is not None:
            path = frame.f_code.co_filename
            if path not in known:
                known[path] = _part_of(path, PARTS)
            part = known[path]
            if part is not None:
                counts[part] += 1
                return
            frame = frame.f_back
        counts["loop"] += 1

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, LOOK_S, LOOK_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _part_of(path: str, parts: Mapping[str, str]) -> str | None:
    inside = path.removeprefix(ROOT)
    return next((part for begins, part in parts.items() if inside.startswith(begins)), None)


if __name__ == "__main__":
    sys.exit(main())
