"""What no file of the project may hold, whatever its kind."""

from __future__ import annotations

import re

import pytest

from tests.architecture.detectors import asserts_something, functions
from tests.architecture.source_tree import ROOT, lines_of, project_files, sources

FORBIDDEN = {
    "work left for later": r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b",
    "a path of one machine": r"(?<![\w.])/(root|home|Users|work|opt|mnt)/\w",
    "the address of a package index": r"index[-_]url|pypi\.(org|python)|pythonhosted|/simp" r"le/",
}


@pytest.mark.parametrize("meaning", FORBIDDEN)
def test_no_file_holds(meaning: str) -> None:
    pattern = re.compile(FORBIDDEN[meaning])
    found = [
        f"{name}:{number} {line.strip()[:80]}"
        for name in project_files()
        if name != "tests/architecture/test_texts.py"
        for number, line in enumerate(_lines(name), 1)
        if pattern.search(line)
    ]
    assert not found, lines_of(found)


def test_constraints_are_names_and_exact_versions_only() -> None:
    lines = [line for line in _lines("constraints.txt") if not line.startswith("#")]
    assert [line for line in lines if not re.fullmatch(r"[\w.-]+==[\d.]+", line)] == []
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0].lower())


def test_every_test_states_what_must_hold() -> None:
    silent = [
        f"{source.path}:{function.lineno} {function.name}"
        for source in sources("tests/")
        for function in functions(source.tree)
        if function.name.startswith("test_") and not asserts_something(function)
    ]
    assert not silent, lines_of(silent)


def test_no_two_test_files_share_a_name() -> None:
    names = [source.path.rpartition("/")[2] for source in sources("tests/")]
    tests = [name for name in names if name.startswith("test_")]
    assert sorted(set(tests)) == sorted(tests)


def _lines(name: str) -> list[str]:
    try:
        return (ROOT / name).read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        return []  # not a text
