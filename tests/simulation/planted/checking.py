"""Which planted bugs the tests without simulation notice: those are too plain to be kept.

All bugs are planted at once and a suite is run: where nothing fails, none of them is noticed by it.
Of what fails, each test is run again with each bug alone whose lines it touches. A bug that is
noticed is planted no more, and the next suite follows. So all bugs together cost little more
than running the suites once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.simulation.planted import planting
from tests.simulation.planted.planting import BUGS, Bug, NotApplicable, rewritten_by
from tests.simulation.planted.touched import TestMap

HANGS_S = 120
"""A test that takes longer has failed: some bugs let it wait for ever."""
AT_ONCE = 400
"""Tests of one process; what a process that hangs has left is run by the next one."""


class Verdicts:
    """What became of each bug, kept in a file, so that a check goes on where it was stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: dict[str, dict[str, str]] = {}
        if path.exists():
            self._told = json.loads(path.read_text())

    def noticed_by(self, bug: Bug) -> str | None:
        """Return the test that notices a bug, empty where none does, None while it is not known."""
        known = self._told.get(bug.name)
        return known["by"] if known is not None and known["digest"] == bug.digest else None

    def tell(self, bug: Bug, test: str) -> None:
        """Keep a verdict."""
        self._told[bug.name] = {"digest": bug.digest, "by": test}
        self._path.write_text(json.dumps(self._told, indent=1))


def check(bugs: Sequence[Bug], tests: TestMap, verdicts: Verdicts, only: str = "") -> None:
    """Find out which of the bugs are noticed; what is known already is not asked again.

    Args:
        bugs: Which.
        tests: What touches them.
        verdicts: What is known, and will be.
        only: How the suites begin that are run; of all of them where it is empty.
    """
    left = [bug for bug in bugs if verdicts.noticed_by(bug) is None]
    touching = {bug.name: tests.tests_touching(bug) for bug in left}
    for bug in left:
        _say(f"{bug.name}: {len(touching[bug.name])} tests touch it")
    for suite in tests.suites():
        if not suite.startswith(only):
            continue
        for group in _apart(left, tests.tree):
            found = _noticed(group, suite, touching, tests)
            for bug in group:
                if bug.name in found:
                    _say(f"NOTICED {bug.name} by {found[bug.name]}")
                    verdicts.tell(bug, found[bug.name])
        left = [bug for bug in left if verdicts.noticed_by(bug) is None]
        _say(f"{suite}: {len(left)} bugs are not noticed so far")
    for bug in left if not only else ():
        verdicts.tell(bug, "")


def _noticed(
    bugs: Sequence[Bug], suite: str, touching: Mapping[str, Mapping[str, None]], tests: TestMap
) -> dict[str, str]:
    """Return by what test of a suite each bug is noticed; bugs that none notices are left out."""
    found: dict[str, str] = {}
    left = list(bugs)
    while left:
        wanted = {
            each: None
            for bug in left
            for each in touching[bug.name]
            if each.startswith((f"{suite}/", f"{suite}::"))
        }
        failed = run(left, list(wanted), tests.tree) if wanted else []
        told = len(found)
        for bug in left:
            alone = [each for each in failed if each in touching[bug.name]]
            by = run([bug], alone, tests.tree, first=True) if alone else []
            if by:
                found[bug.name] = by[0]
        if len(found) == told:
            if failed:
                _say(f"only several bugs together are noticed by {failed[:5]}")
            return found
        left = [bug for bug in left if bug.name not in found]
    return found


def run(
    bugs: Sequence[Bug], wanted: Sequence[str], tree: Path, *, first: bool = False
) -> list[str]:
    """Run tests with bugs planted; return those that fail, or the first one of them."""
    failed: list[str] = []
    left = list(wanted)
    while left and not (first and failed):
        batch, began = left[:AT_ONCE], len(left)
        over, broken = _run_once(bugs, batch, tree, first=first)
        failed += broken
        gone = dict.fromkeys([*over, *broken])
        left = [each for each in left if each not in gone]
        if len(left) == began:  # not one of them could be begun
            return [*failed, *batch]
    return failed


def _run_once(
    bugs: Sequence[Bug], wanted: Sequence[str], tree: Path, *, first: bool
) -> tuple[list[str], list[str]]:
    """Return what was over and what failed; a test that ends its process has failed."""
    with TemporaryDirectory() as folder:
        names, record = Path(folder) / "tests", Path(folder) / "record"
        names.write_text("\n".join(wanted))
        record.touch()
        subprocess.run(
            [
                sys.executable, planting.__file__, str(record),
                *(str(BUGS / f"{bug.name}.toml") for bug in bugs),
                "--", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", f"@{names}",
                "-o", f"faulthandler_timeout={HANGS_S}",
                "-o", "faulthandler_exit_on_timeout=true",
                *(["-x"] if first else []),
            ],
            cwd=tree,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=HANGS_S + 20 * AT_ONCE,
            check=False,
        )  # fmt: skip
        told = [json.loads(line) for line in record.read_text().splitlines()]
    over = [name for name, what in told if what == "over"]
    broken = dict.fromkeys(name for name, what in told if what == "failed")
    began = [name for name, what in told if what == "began"]
    if began and began[-1] not in over:
        broken |= {began[-1]: None}
    return over, list(broken)


def _apart(bugs: Sequence[Bug], tree: Path) -> list[list[Bug]]:
    """Return groups of bugs that can be planted together."""
    groups: list[list[Bug]] = []
    for bug in bugs:
        for group in groups:
            try:
                rewritten_by([*group, bug], tree)
            except NotApplicable:
                continue
            group.append(bug)
            break
        else:
            groups.append([bug])
    return groups


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
