"""Runs the tests that the rows name and judges each row by them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import pytest

from tests.architecture.source_tree import sources
from tests.mission.row import Row

PASSED = "passed"
ABSENT = "not found"
TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
"""How a test begins. Reading it takes a thousandth of what parsing every file does."""


class Outcomes:
    """Collects how each test ended; a test with parameters passes when all its cases do."""

    def __init__(self) -> None:
        self.by_test: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst that was heard of a test."""
        name = report.nodeid.partition("[")[0]
        if report.outcome != PASSED or name not in self.by_test:
            self.by_test[name] = report.outcome


def run(rows: Iterable[Row]) -> dict[str, str]:
    """Run every test that a row names; return outcomes by test, without those not found."""
    names = {name for row in rows for name in row.tests} & known_tests()
    outcomes = Outcomes()
    pytest.main(["-q", "--no-header", "--no-summary", *sorted(names)], plugins=[outcomes])
    return outcomes.by_test


def known_tests() -> set[str]:
    """Return the node id of every test, without parameters."""
    return {
        f"{source.path}::{name}"
        for source in sources("tests/")
        for name in TEST.findall(source.text)
    }


def missing(rows: Iterable[Row], outcomes: Mapping[str, str]) -> list[str]:
    """Return the names of rows that are due and not shown by passing tests."""
    return [row.name for row in rows if not row.later and not _shown(row, outcomes)]


def table(rows: Iterable[Row], outcomes: Mapping[str, str]) -> list[str]:
    """Return lines for people: each row, and below it each test with its outcome."""
    lines: list[str] = []
    for row in rows:
        lines.append(f"{row.name:<6} {_state(row, outcomes):<8} {row.promise}")
        lines += [f"       {outcomes.get(name, ABSENT):<10} {name}" for name in row.tests]
    return lines


def _shown(row: Row, outcomes: Mapping[str, str]) -> bool:
    return bool(row.tests) and all(outcomes.get(name) == PASSED for name in row.tests)


def _state(row: Row, outcomes: Mapping[str, str]) -> str:
    if row.later:
        return "later"
    if not row.tests:
        return "MISSING"
    return "shown" if _shown(row, outcomes) else "FAILED"
