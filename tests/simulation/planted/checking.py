"""Which planted bugs the tests without simulation notice: those are too plain to be kept.

First each bug is tried with the tests of its own module. Then those that are left are all planted
at once and a suite is run: where nothing fails, none of them is noticed by it. Of what fails, a
test is run again with half of the bugs whose lines it touches, and so on, until it is one. So all
bugs together cost little more than running the suites once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tests.simulation.planted import planting
from tests.simulation.planted.planting import BUGS, Bug, NotApplicable, rewritten_by
from tests.simulation.planted.touched import TestMap

HANGS_S = 120
"""A test that takes longer has failed: some bugs let it wait for ever."""
PLAIN = ("-p", "no:cacheprovider", "-p", "no:xdist", "-q", "-o", f"faulthandler_timeout={HANGS_S}",
         "-o", "faulthandler_exit_on_timeout=true")  # fmt: skip
OWN = "its own modules"
AT_ONCE = 400
"""Tests of one process; what a process that hangs has left is run by the next one."""


class Verdict(msgspec.Struct):
    """What is known of a bug."""

    digest: str
    noticed_by: str = ""
    passed: list[str] = []
    """The suites in which no test notices it, and ``OWN``."""


class Verdicts:
    """What became of each bug, kept in a file, so that a check goes on where it was stopped."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._told: dict[str, Verdict] = {}
        if path.exists():
            self._told = msgspec.json.decode(path.read_bytes(), type=dict[str, Verdict])

    def of(self, bug: Bug) -> Verdict:
        """Return what is known of a bug; nothing is, of another text by its name."""
        known = self._told.get(bug.name)
        return known if known is not None and known.digest == bug.digest else Verdict(bug.digest)

    def tell(self, bug: Bug, *, noticed_by: str = "", passed: str = "") -> None:
        """Keep which test notices a bug, or in which suite none does."""
        before = self.of(bug)
        suites = dict.fromkeys([*before.passed, *([passed] if passed else [])])
        self._told[bug.name] = Verdict(bug.digest, noticed_by, list(suites))
        self._path.write_bytes(msgspec.json.format(msgspec.json.encode(self._told), indent=1))


class Bench:
    """A process beside this one that has pytest loaded, and runs tests with bugs planted.

    Args:
        tree: The copy that tests are run in.
    """

    def __init__(self, tree: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, planting.__file__],
            cwd=tree,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None, "it is a pipe"
        self._process.stdin.close()
        self._process.wait()

    def failing(
        self, bugs: Sequence[Bug], wanted: Sequence[str], *, first: bool = False
    ) -> list[str]:
        """Run tests with bugs planted; return those that fail, or the first one of them."""
        failed: list[str] = []
        left = list(wanted)
        while left and not (first and failed):
            batch, began = left[:AT_ONCE], len(left)
            over, broken = self._run(bugs, batch, first=first)
            failed += broken
            gone = dict.fromkeys([*over, *broken])
            left = [each for each in left if each not in gone]
            if len(left) == began:
                raise RuntimeError(f"none of {len(batch)} tests could be begun: {batch[:3]}")
        return failed

    def _run(
        self, bugs: Sequence[Bug], wanted: Sequence[str], *, first: bool
    ) -> tuple[list[str], list[str]]:
        """Return what was over and what failed; a test that ends its process has failed."""
        assert self._process.stdin is not None, "it is a pipe"
        assert self._process.stdout is not None, "it is a pipe"
        with TemporaryDirectory() as folder:
            names, record = Path(folder) / "tests", Path(folder) / "record"
            names.write_text("\n".join(wanted))
            record.touch()
            asked = {
                "bugs": [str(BUGS / f"{bug.name}.toml") for bug in bugs],
                "record": str(record),
                "arguments": [*PLAIN, *(["-x"] if first else []), f"@{names}"],
            }
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            self._process.stdout.readline()
            told = [json.loads(line) for line in record.read_text().splitlines()]
        over = [name for name, what in told if what == "over"]
        broken = dict.fromkeys(name for name, what in told if what == "failed")
        began = [name for name, what in told if what == "began"]
        if began and began[-1] not in over:
            broken |= {began[-1]: None}
        return over, list(broken)


class Check:
    """Finds out which bugs are noticed; what is known already is not asked again.

    Args:
        tests: What touches them.
        verdicts: What is known, and will be.
        bench: Runs tests.
    """

    def __init__(self, tests: TestMap, verdicts: Verdicts, bench: Bench) -> None:
        self._tests = tests
        self._verdicts = verdicts
        self._bench = bench
        self._touching: dict[str, dict[str, None]] = {}

    def run(self, bugs: Sequence[Bug], suites: Sequence[str]) -> None:
        """Run suites, folders and files of tests, with the bugs that are not noticed yet."""
        for bug in self._left(bugs, ""):
            self._touching[bug.name] = self._tests.tests_touching(bug)
        for bug in self._left(bugs, OWN):
            self._try_alone(bug, self._own_tests(bug), OWN)
        for suite in suites:
            for group in _apart(self._left(bugs, suite), self._tests.tree):
                self._try_together(group, suite)
            _say(f"{suite}: {len(self._left(bugs, ''))} bugs are not noticed so far")

    def _left(self, bugs: Sequence[Bug], suite: str) -> list[Bug]:
        """Return the bugs that are not noticed so far, and have not passed a suite."""
        known = [(bug, self._verdicts.of(bug)) for bug in bugs]
        return [bug for bug, one in known if not one.noticed_by and suite not in one.passed]

    def _own_tests(self, bug: Bug) -> list[str]:
        """Return the tests of the modules that a bug changes, by their names: the likeliest."""
        stems = [Path(edit.file).stem for edit in bug.edits]
        return [
            each
            for each in self._touching[bug.name]
            if any(f"test_{stem}" in each or f"_{stem}.py" in each for stem in stems)
        ]

    def _try_together(self, bugs: Sequence[Bug], suite: str) -> None:
        """Run what touches any of the bugs with all of them, and what fails with each alone."""
        wanted = {
            each: None
            for bug in bugs
            for each in self._touching[bug.name]
            if each.startswith((f"{suite}/", f"{suite}::"))
        }
        left, failed = list(bugs), self._bench.failing(bugs, list(wanted)) if wanted else []
        while failed:
            test = min(failed, key=lambda each: len(self._suspects(each, left)))
            noticed = self._narrowed(test, self._suspects(test, left))
            if noticed is None:
                _say(f"only several bugs together are noticed by {test}")
                failed.remove(test)
                continue
            _say(f"NOTICED {noticed.name} by {test}")
            self._verdicts.tell(noticed, noticed_by=test)
            left.remove(noticed)
            failed = self._bench.failing(left, failed)
        for bug in left:
            self._verdicts.tell(bug, passed=suite)

    def _suspects(self, test: str, bugs: Sequence[Bug]) -> list[Bug]:
        return [bug for bug in bugs if test in self._touching[bug.name]]

    def _narrowed(self, test: str, suspects: Sequence[Bug]) -> Bug | None:
        """Return a bug by which alone a test fails, by halves; None where it takes several."""
        if not suspects or not self._bench.failing(suspects, [test]):
            return None
        if len(suspects) == 1:
            return suspects[0]
        middle = len(suspects) // 2
        first = self._narrowed(test, suspects[:middle])
        return first or self._narrowed(test, suspects[middle:])

    def _try_alone(self, bug: Bug, wanted: Sequence[str], suite: str) -> None:
        failed = self._bench.failing([bug], wanted, first=True) if wanted else []
        if failed:
            _say(f"NOTICED {bug.name} by {failed[0]}")
            self._verdicts.tell(bug, noticed_by=failed[0])
        else:
            self._verdicts.tell(bug, passed=suite)


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
