"""Cases that once found something, kept as files: plans of executions, and scenarios of runs."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from tests.simulation.jobs import REPLAY, Job, Played, case_of, kind_of
from tests.simulation.narrowing import Case
from tests.simulation.plan import Plan
from tests.simulation.sameness import KINDS
from tests.simulation.shrinking import rule_of, shrink
from tests.simulation.telling import say
from tests.simulation.whole.scenario import Scenario

PLANS = Path(__file__).parent / "plans"
RUNS = PLANS / "runs"
SHORT_S = 1000.0
"""A run that takes longer (simulated) is played by a test of its own, not by every sample."""
SHRUNK_MAX = 3
"""So many of one command: the first may be the reason of the others."""


def load_case(path: Path) -> Case:
    """Read a plan or a scenario, whichever it is.

    Raises:
        msgspec.ValidationError: the file is neither; says where.
    """
    text = path.read_bytes()
    is_run = "strategy" in msgspec.json.decode(text, type=dict)
    if is_run:
        return msgspec.json.decode(text, type=Scenario)
    return msgspec.json.decode(text, type=Plan)


def encode_case(case: Case) -> str:
    """Return a case as a file holds it."""
    return msgspec.json.format(msgspec.json.encode(case), indent=1).decode() + "\n"


def kept_plans() -> list[Path]:
    """Return the files of all plans of executions that are kept."""
    return sorted(PLANS.glob("*.json"))


def kept_runs(*, short: bool) -> list[Path]:
    """Return the files of the runs that are kept: the short ones, or the others."""
    return [path for path in sorted(RUNS.glob("*.json")) if (_end_s(path) <= SHORT_S) is short]


def _end_s(path: Path) -> float:
    case = load_case(path)
    assert isinstance(case, Scenario), f"{path} is no run"
    return case.end_s


def job_of(path: Path) -> Job:
    """Return the job that plays a file."""
    case = load_case(path)
    return Job(kind_of(case), case.seed, naive=False, case=case)


def shrink_red(
    given: argparse.Namespace, played: Iterable[Played], job_of: Callable[[Played], Job]
) -> None:
    """Shrink the first of what is in breach, and keep each as a file.

    Args:
        given: Whether it is asked for, and into which folder.
        played: What came of all that was played.
        job_of: Returns the job again.
    """
    red = [each for each in played if each.breaches and each.kind in KINDS]
    for each in red[:SHRUNK_MAX] if given.shrink else ():
        rule = rule_of(each.breaches[0])
        path = given.red / f"{each.kind}-{each.seed}-{_plain(rule)}.json"
        if path.exists():
            continue
        job = job_of(each)
        say(f"shrinking {each.kind} {each.seed}, {rule} ...")
        least = shrink(case_of(job), canary=job.canary)
        if least is None:
            say("    alone it is not in breach")
            continue
        keep(least, path, job.canary)


def keep(case: Case, path: Path, canary: str = "") -> None:
    """Write a case to a file, and say how it is played again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(encode_case(case))
    planted = f" --canary {canary}" if canary else ""
    say(f"    {case.why}")
    say(f"    {_size(case)}: {REPLAY} --plan {path}{planted}")
    if not path.resolve().is_relative_to(PLANS):
        folder = RUNS if isinstance(case, Scenario) else PLANS
        say(f"    every sample plays it once it is in {folder}")


def _size(case: Case) -> str:
    if isinstance(case, Scenario):
        extent = f"{case.end_s:,.0f} s on {', '.join(case.venues)}"
    else:
        extent = f"{len(case.rounds)} executions on {', '.join(case.venues)}"
    return f"{extent}, {len(case.troubles)} troubles, {len(case.kills)} deaths"


def _plain(rule: str) -> str:
    """Return a rule as it may stand in the name of a file."""
    return re.sub(r"[^A-Za-z0-9]+", "-", rule).strip("-")


def add_shrinking(parser: argparse.ArgumentParser) -> None:
    """Add what a command line says of it."""
    parser.add_argument("--shrink", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--red", type=Path, default=Path("reports/red"), help="for what is shrunk")
