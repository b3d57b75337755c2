"""The harness itself: a seed repeats, and a planted bug is found, told and played again."""

from __future__ import annotations

import hashlib
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange_clients.shared.clock import SystemClock
from tests.simulation.canaries import CANARIES
from tests.simulation.drawing import draw
from tests.simulation.findability import MENDED, findability
from tests.simulation.jobs import Job, Played, case_of, do, kind_of
from tests.simulation.regressions import (
    PLANS,
    RUNS,
    job_of,
    keep,
    kept_plans,
    kept_runs,
    load_case,
)
from tests.simulation.runner import play_all
from tests.simulation.sameness import first_difference
from tests.simulation.store import ROOT, deciding_files
from tests.simulation.tripwires import Tripped, tripwires
from tests.simulation.whole.scenes import draw_scenario

SEED = 13
"""Of a plan in which a process is killed."""

LOADED = """
import os, sys
import tests.simulation.crashes, tests.simulation.jobs
files = [getattr(module, "__file__", None) for module in list(sys.modules.values())]
print(*[each for each in files if each and each.startswith(os.getcwd())], sep="\\n")
"""
"""Prints the project's files that are loaded before any seed is played."""


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


@pytest.mark.parametrize(
    "arguments",
    [
        ("executions", "--seeds", str(SEED)),
        ("run", "--seeds", "2", "--seconds", "60"),
        ("run", "--seeds", "2", "--seconds", "60", "--interleaving", "pct"),
    ],
    ids=" ".join,
)
def test_a_seed_does_the_same_with_another_salt_and_from_another_parent(
    arguments: tuple[str, ...],
) -> None:
    done = harness("same", "--kinds", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    plays = re.findall(r"^1 plays.*(cold|warm) parent", done.stdout, re.MULTILINE)
    assert plays == ["cold", "warm"]


def test_two_traces_part_at_the_first_line_that_differs() -> None:
    one = [b"1 asks", b"2 is told", b"3 writes"]
    assert first_difference(iter(one), iter(one)) is None
    other = [b"1 asks", b"2 leaves"]
    assert first_difference(iter(one), iter(other)) == (2, b"2 is told", b"2 leaves")
    assert first_difference(iter(one[:2]), iter(one)) == (3, b"", b"3 writes")


def test_the_lines_of_a_trace_are_those_that_its_digest_is_of(tmp_path: Path) -> None:
    lines = tmp_path / "lines.txt"
    told: list[Played] = []
    play_all([Job("executions", SEED, naive=False, lines=str(lines))], 1, told.append)
    assert not told[0].breaches
    assert hashlib.blake2b(lines.read_bytes(), digest_size=16).hexdigest() == told[0].trace


@pytest.mark.parametrize("path", sorted(PLANS.rglob("canary-*.json")), ids=lambda path: path.stem)
def test_a_kept_plan_finds_the_bug_that_is_planted(path: os.PathLike[str]) -> None:
    name = os.fspath(path)
    canary = re.findall(r"canary-(.*)\.json", name)[0].replace("-", "_")
    assert canary in CANARIES
    found = harness("replay", "--plan", name, "--canary", canary)
    assert found.returncode == 1, found.stdout + found.stderr
    assert "RED python -m tests.simulation replay" in found.stdout


def test_every_kept_plan_says_what_it_once_found() -> None:
    cases = [load_case(path) for path in [*kept_plans(), *RUNS.glob("*.json")]]
    assert cases
    assert all(case.why for case in cases)


@pytest.mark.slow
def test_a_run_that_is_too_long_for_every_sample_breaks_no_rule_any_more() -> None:
    found = {path.name: do(job_of(path)).breaches for path in kept_runs(short=False)}
    assert not {name: breaches for name, breaches in found.items() if breaches}


def test_results_are_told_apart_by_every_source_that_a_seed_loads() -> None:
    told = subprocess.run(
        [sys.executable, "-c", LOADED], check=True, capture_output=True, text=True, cwd=ROOT
    )
    loaded = {Path(line) for line in told.stdout.splitlines() if "site-packages" not in line}
    assert ROOT / "trading_bot.py" in loaded
    assert loaded <= set(deciding_files())


def test_what_is_kept_is_played_again_as_it_was(tmp_path: Path) -> None:
    for case in (draw(7), draw_scenario(7)):
        path = tmp_path / f"{kind_of(case)}.json"
        keep(case, path)
        assert load_case(path) == case
        assert case_of(job_of(path)) == case
        assert job_of(path).kind == kind_of(case)


def test_a_mended_bug_is_gone_once_so_many_seeds_are_clean_as_it_would_have_shown_in() -> None:
    seldom = max(MENDED, key=lambda each: each.each if each.kind == "run" else 0)
    clean = [Played("run", seed) for seed in range(round(3 * seldom.each))]
    red = [Played("run", 0, breaches=("I1: twice",))]

    def told(played: list[Played]) -> str:
        return next(line for line in findability(played) if seldom.what in line)

    assert told(clean).endswith(f"{len(clean)}: 95 % |")
    assert told([*clean[1:], *red]).endswith(f"{len(clean) - 1}: not yet |")
    assert told(clean * 3).endswith("99.9 % |")


@pytest.mark.parametrize(
    "touch",
    [
        lambda: random.randint(0, 1),
        lambda: SystemClock().now_ns(),
        lambda: time.sleep(0),
        lambda: socket.socket(socket.AF_INET),
        lambda: threading.Thread(target=print).start(),
        lambda: subprocess.run(["true"], check=False),
        lambda: Path(tempfile.gettempdir(), "elsewhere").write_text(""),
    ],
)
def test_what_is_not_of_the_seed_raises_while_it_is_played(
    touch: Callable[[], object], tmp_path: Path
) -> None:
    with tripwires(tmp_path) as touched:
        (tmp_path / "journal").write_text("")
        assert not touched
        with pytest.raises(Tripped):
            touch()
        assert len(touched) == 1
    assert random.random() < 1
