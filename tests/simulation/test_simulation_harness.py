"""The harness itself: a seed repeats, and a planted bug is found, told and played again."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.simulation.__main__ import PLANS
from tests.simulation.canaries import CANARIES
from tests.simulation.plan import load

SEED = 13
"""Of a plan in which a process is killed."""


def harness(*arguments: str, salt: str = "0") -> subprocess.CompletedProcess[str]:
    """Run the harness in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONHASHSEED": salt},
    )


def test_a_seed_does_the_same_in_another_process_with_another_salt() -> None:
    traces = []
    for salt in ("1", "2"):
        done = harness("replay", str(SEED), salt=salt)
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stderr == ""
        traces += re.findall(r"trace [0-9a-f]{32}.*", done.stdout)
    assert len(traces) == 2
    assert traces[0] == traces[1]


def test_a_run_of_the_whole_program_repeats_with_another_salt() -> None:
    traces = []
    for salt in ("1", "2"):
        done = harness("run", "--seeds", "2", "--seconds", "60", salt=salt)
        assert done.returncode == 0, done.stdout + done.stderr
        traces += re.findall(r"trace [0-9a-f]{32}", done.stdout)
    assert len(traces) == 2
    assert traces[0] == traces[1]


@pytest.mark.parametrize("path", sorted(PLANS.glob("canary-*.json")), ids=lambda path: path.stem)
def test_a_kept_plan_finds_the_bug_that_is_planted(path: os.PathLike[str]) -> None:
    name = os.fspath(path)
    canary = re.findall(r"canary-(.*)\.json", name)[0].replace("-", "_")
    assert canary in CANARIES
    found = harness("replay", "--plan", name, "--canary", canary)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "RED python -m tests.simulation replay" in found.stdout


def test_every_kept_plan_says_what_it_once_found() -> None:
    plans = [load(path) for path in sorted(PLANS.glob("*.json"))]
    assert plans
    assert all(plan.why for plan in plans)
