"""The project's own files, as the architecture tests read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file; ``path`` is relative to the root, with forward slashes."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """Its syntax, parsed once and only where it is asked for."""
        return _parsed(self.path, self.text)

    @property
    def layer(self) -> str:
        """The top-level package, or the name of a top-level module."""
        return self.path.partition("/")[0].removesuffix(".py")

    def within(self, *places: str) -> bool:
        """Tell whether the file is one of ``places`` or lies in one that ends in a slash."""
        return any(
            self.path.startswith(place) if place.endswith("/") else self.path == place
            for place in places
        )


@cache
def project_files() -> tuple[str, ...]:
    """Every file of the project that git does not ignore, sorted."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(sorted(name for name in set(listed.splitlines()) if (ROOT / name).is_file()))


@cache
def python_files() -> tuple[Source, ...]:
    """Every Python file of the project, tests included."""
    return tuple(
        Source(name, (ROOT / name).read_text(encoding="utf-8"))
        for name in project_files()
        if name.endswith(".py")
    )


@cache
def _parsed(path: str, text: str) -> ast.Module:
    return ast.parse(text, path)


def sources(*places: str) -> tuple[Source, ...]:
    """Python files of ``places``; without places all that the product consists of."""
    if places:
        return tuple(source for source in python_files() if source.within(*places))
    beside = ("tests/", "benchmarks/", "judges/", "scripts/")
    return tuple(source for source in python_files() if not source.within(*beside))


def lines_of(findings: Iterable[object]) -> str:
    """Return findings as a failing test shows them: all of them, one on a line."""
    return "\n".join(["", *sorted(map(str, findings))])
