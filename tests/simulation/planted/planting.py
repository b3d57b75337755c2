"""Puts a planted bug into the program: the source of a module is rewritten as it is imported.

Nothing on the disk changes, so that the tree stays as it is whatever becomes of the process. A bug
is anchored by the text that it replaces, not by line numbers: it survives changes beside it, and
where its text is gone, or stands there twice, it says so and nothing is run.

As a script this runs pytest with bugs planted, as often as it is told to by its input.

Only the standard library is imported here: what is planted must not have been imported before.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TextIO

BUGS = Path(__file__).parent / "bugs"
FIELDS = ("what", "seen", "area", "edit")
MATTERS = "matters"
"""The field that a bug may have as well."""

Source = str | ast.Module
"""Of a module."""


class NotApplicable(Exception):
    """The text that a bug replaces is not there, or not once: the bug must be written anew."""


@dataclass(frozen=True)
class Edit:
    """One replaced text of one file."""

    file: str
    old: str
    new: str


@dataclass(frozen=True)
class Site:
    """A statement before which it shows whether a bug makes a difference there."""

    file: str
    before: str
    """Text that stands once in the file, from the beginning of the statement's first line on."""
    when: str
    """An expression over the names that are known there, without effects. It may hold where the bug
    makes no difference in the end, and must hold where it does."""


@dataclass(frozen=True)
class Bug:
    """One mistake that is planted on purpose."""

    name: str
    what: str
    seen: str
    """Which real bot or venue client had it; empty where none is known."""
    area: str
    edits: tuple[Edit, ...]
    matters: tuple[Site, ...] = ()
    """Where a seed shows that it could find the bug; wherever it comes by a change, if empty."""

    @property
    def digest(self) -> str:
        """Return what its results belong to: another text is another bug."""
        return hashlib.blake2b(repr(self.edits).encode(), digest_size=8).hexdigest()

    def rewritten(self, sources: Mapping[str, str]) -> dict[str, str]:
        """Return the files that it changes, as they read with it.

        Args:
            sources: The files that it changes, by their paths.

        Raises:
            NotApplicable: a text is not there, or not once.
        """
        changed = dict(sources)
        for edit in self.edits:
            text = changed[edit.file]
            if text.count(edit.old) != 1:
                raise NotApplicable(
                    f"{self.name}: in {edit.file} its text stands {text.count(edit.old)} times "
                    f"and not once; write the bug anew:\n{edit.old}"
                )
            changed[edit.file] = text.replace(edit.old, edit.new)
        return {path: text for path, text in changed.items() if text != sources[path]}


def read_bug(path: Path) -> Bug:
    """Return a bug out of its file.

    Raises:
        ValueError: a field is missing, or unknown; names it.
    """
    told = tomllib.loads(path.read_text())
    if sorted(told.keys() - {MATTERS}) != sorted(FIELDS):
        raise ValueError(f"{path.name} has {sorted(told)}, and is to have {sorted(FIELDS)}")
    return Bug(
        path.stem,
        told["what"],
        told["seen"],
        told["area"],
        tuple(Edit(**each) for each in told["edit"]),
        tuple(Site(**each) for each in told.get(MATTERS, ())),
    )


def all_bugs(folder: Path = BUGS) -> list[Bug]:
    """Return every bug, by number."""
    return [read_bug(path) for path in sorted(folder.glob("*.toml"))]


def probes_digest(bugs: Sequence[Bug]) -> str:
    """Return what a play without bugs belongs to, which tells where each would matter."""
    told = [(bug.name, bug.matters or bug.edits) for bug in bugs]
    return hashlib.blake2b(repr(told).encode(), digest_size=8).hexdigest()


def rewritten_by(bugs: Sequence[Bug], root: Path) -> dict[str, str]:
    """Return the sources as they read with several bugs, by their paths under ``root``.

    Raises:
        NotApplicable: a text is not there, or two bugs change the same.
    """
    changed: dict[str, str] = {}
    for bug in bugs:
        files = dict.fromkeys(edit.file for edit in bug.edits)
        sources = {file: changed.get(file) or (root / file).read_text() for file in files}
        changed |= bug.rewritten(sources)
    return changed


def module_of(file: str) -> str:
    """Return the name of the module that a file is of."""
    parts = Path(file).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


class _Loader(SourceFileLoader):
    """Loads a module from other text than its file's; it is never kept as bytecode."""

    def __init__(self, name: str, path: str, text: Source) -> None:
        super().__init__(name, path)
        self._text = text

    def get_code(self, fullname: str) -> CodeType:
        """Compile the rewritten text."""
        return compile(self._text, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    def __init__(self, texts: Mapping[str, Source]) -> None:
        self._texts = texts

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of a planted module, None for all others."""
        if fullname not in self._texts:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        assert found is not None, f"{fullname} is not there"
        assert found.origin is not None, f"{fullname} has no file"
        loader = _Loader(fullname, found.origin, self._texts[fullname])
        return spec_from_file_location(fullname, found.origin, loader=loader)


def plant(bugs: Sequence[Bug], root: Path) -> None:
    """Let every module be imported with the bugs in it.

    Raises:
        NotApplicable: a text is not there, or two bugs change the same.
    """
    replace_sources(rewritten_by(bugs, root))


def replace_sources(sources: Mapping[str, Source]) -> None:
    """Let modules be imported from other sources than their files', which are told by path."""
    texts = {module_of(file): text for file, text in sources.items()}
    late = [name for name in texts if name in sys.modules]
    assert not late, f"imported before it was planted: {late}"
    sys.meta_path.insert(0, _Finder(texts))


class Recorder:
    """A pytest plugin that writes down which test began and how it ended, as it goes on."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that a test begins: one that ends its process is known by it."""
        self._tell(nodeid, "began")

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note what failed, and what was over."""
        if report.failed:
            self._tell(report.nodeid, "failed")
        elif report.when == "teardown":
            self._tell(report.nodeid, "over")

    def pytest_collectreport(self, report: Any) -> None:
        """Note a file that cannot be collected."""
        if report.failed:
            self._tell(report.nodeid, "failed")

    def _tell(self, nodeid: str, what: str) -> None:
        self._file.write(json.dumps([nodeid, what]) + "\n")
        self._file.flush()


def main() -> int:
    """Run tests for whoever asks, one line of JSON each, in forked children; answer by a line.

    What pytest imports is imported once, and nothing of the program.
    """
    import pytest  # noqa: PLC0415  # only as a script

    root = Path.cwd()
    sys.path[0] = str(root)
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            silence = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(silence, descriptor)
            plant([read_bug(Path(each)) for each in asked["bugs"]], root)
            with Path(asked["record"]).open("a") as file:
                code = pytest.main(asked["arguments"], plugins=[Recorder(file)])
            os._exit(int(code))
        os.waitpid(child, 0)
        sys.stdout.write("over\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
