"""Which tests touch what a planted bug changes: by a map of lines, made once of a copy of the tree.

The copy stays beside the map, and bugs are checked in it: so lines, tests and sources agree, though
the tree goes on. A constant is touched by whoever runs a line that names it.
"""

from __future__ import annotations

import ast
import difflib
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from coverage import CoverageData

from tests.simulation.planted.planting import Bug, rewritten_by

ROOT = Path(__file__).resolve().parents[3]
SOURCES = (
    "app",
    "database",
    "exchange_clients",
    "execution",
    "funding_rate_service",
    "helpers",
    "strategies",
    "trading_bot",
)
PAPER = "exchange_clients/paper/"
"""Not planted in: the paper venue is what many tests judge by."""
LEFT_OUT = (
    "architecture",
    "data",
    "docs",
    "judges",
    "mission",
    "packaging",
    "simulation",
    "support",
    "survival",
)
"""Folders of tests that do not count: they play no code, or are what is to be measured."""
_NAMED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class TestMap:
    """A copy of the tree, and which of its lines each test runs.

    Args:
        folder: Where both are, or are to be.
    """

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = folder / "tree"
        self._data = folder / "cov"
        self._tests_of: dict[str, Mapping[int, Sequence[str]]] = {}
        self._kept: list[CoverageData] = []

    def suites(self) -> list[str]:
        """Return the folders and files of tests that count, those of single packages first."""
        tests = self.tree / "tests"
        deep = sorted(each for each in (tests / "exchange_clients").iterdir() if each.is_dir())
        files = sorted((tests / "exchange_clients").glob("test_*.py"))
        wide = sorted(
            each
            for each in tests.iterdir()
            if each.name not in (*LEFT_OUT, "exchange_clients", "conftest.py", "__pycache__")
        )
        return [each.relative_to(self.tree).as_posix() for each in (*deep, *files, *wide)]

    def build(self) -> None:
        """Copy what is committed, and run each suite that is not in the map yet."""
        self._data.mkdir(parents=True, exist_ok=True)
        if not self.tree.exists():
            self.tree.mkdir()
            copy = f"git archive HEAD | tar x -C {self.tree}"
            subprocess.run(["sh", "-c", copy], cwd=ROOT, check=True)
        rules = self.folder / "cov.rc"
        listed = "".join(f"\n    {each}" for each in SOURCES)
        rules.write_text(f"[run]\nparallel = true\nsource ={listed}\nomit = {PAPER}*\n")
        for suite in self.suites():
            name = suite.replace("/", "-")
            if not (self._data / f"{name}.done").exists():
                self._measure(suite, name, rules)

    def tests_touching(self, bug: Bug) -> dict[str, None]:
        """Return the tests that run a line which a bug changes, in the order of the map."""
        found: dict[str, None] = {}
        for file, lines in self._lines_of(bug):
            told = self._told(file)
            for line in lines:
                found |= dict.fromkeys(told.get(line, ()))
        broken = self._broken()
        return {each: None for each in found if each not in broken}

    # Inside ---------------------------------------------------------------------------------------

    def _measure(self, suite: str, name: str, rules: Path) -> None:
        said = self._data / f"{name}.log"
        with said.open("w") as log:
            subprocess.run(
                [
                    sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist",
                    suite, "--cov", f"--cov-config={rules}", "--cov-context=test", "--cov-report=",
                ],
                cwd=self.tree,
                env={"PATH": "/usr/bin:/bin", "COVERAGE_FILE": str(self._data / f"{name}.db")},
                stdout=log,
                stderr=log,
                check=False,
            )  # fmt: skip
        (self._data / f"{name}.done").touch()
        sys.stdout.write(f"{suite}: {said.read_text().splitlines()[-1]}\n")

    def _broken(self) -> dict[str, None]:
        """Return the tests that fail without any bug."""
        logs = sorted(self._data.glob("*.log"))
        return {each: None for log in logs for each in _NAMED.findall(log.read_text())}

    def _told(self, file: str) -> Mapping[int, Sequence[str]]:
        if file not in self._tests_of:
            self._tests_of[file] = self._read(str(self.tree / file))
        return self._tests_of[file]

    def _read(self, path: str) -> Mapping[int, Sequence[str]]:
        if not self._kept:
            for database in sorted(self._data.glob("*.db")):
                self._kept.append(CoverageData(str(database)))
                self._kept[-1].read()
        lines: dict[int, list[str]] = {}
        for data in self._kept:
            for line, contexts in data.contexts_by_lineno(path).items():
                names = [each.rpartition("|")[0] for each in contexts if each]
                lines.setdefault(line, []).extend(dict.fromkeys(names))
        return lines

    def _lines_of(self, bug: Bug) -> Iterator[tuple[str, Sequence[int]]]:
        for file, text in rewritten_by([bug], self.tree).items():
            before = (self.tree / file).read_text()
            lines = changed_lines(before, text)
            yield file, lines
            for name in names_at(before, lines):
                yield from self._naming(name)

    def _naming(self, name: str) -> Iterator[tuple[str, Sequence[int]]]:
        word = re.compile(rf"\b{re.escape(name)}\b")
        for folder in SOURCES:
            place = self.tree / folder
            paths = sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
            for path in paths:
                lines = [
                    number
                    for number, line in enumerate(path.read_text().splitlines(), 1)
                    if word.search(line)
                ]
                if lines:
                    yield path.relative_to(self.tree).as_posix(), lines


def changed_lines(before: str, after: str) -> list[int]:
    """Return the lines of ``before`` that are not in ``after``, or that something is put behind."""
    old, new = before.splitlines(), after.splitlines()
    lines: list[int] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for what, first, last, _, _ in matcher.get_opcodes():
        if what == "insert":
            lines += [first, first + 1]
        elif what != "equal":
            lines += range(first + 1, last + 1)
    return lines


def names_at(source: str, lines: Iterable[int]) -> list[str]:
    """Return the names that are given a value at those lines outside of functions."""
    wanted, names = set(lines), []
    tree = ast.parse(source)
    bodies = [tree.body, *(each.body for each in tree.body if isinstance(each, ast.ClassDef))]
    for body in bodies:
        for node in body:
            spans = wanted.intersection(range(node.lineno, (node.end_lineno or node.lineno) + 1))
            if spans and isinstance(node, ast.Assign | ast.AnnAssign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names += [each.id for each in targets if isinstance(each, ast.Name)]
    return names
