"""Recordings of real markets come by PERP_MARKETDATA; without them the tests that need them skip.

Unset, the skips are counted and said. Set, a skip for want of it is a failure: a folder that was
given and could not be used must not look like success.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.postgres_server import postgres_server

VARIABLE = "PERP_MARKETDATA"


@pytest.fixture(scope="session")
def market_data() -> Path:
    """The folder of recordings."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: a folder of recorded markets")
    return Path(folder)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL server that stands until the last test."""
    with postgres_server() as url:
        yield url


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, so that no worker waits at the end for another's last test."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _refuse_skip(report, item.nodeid)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _refuse_skip(report, collector.nodeid)
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    count = sum(_wants_recordings(report) for report in terminalreporter.getreports("skipped"))
    if count:
        terminalreporter.write_line(f"{count} tests were skipped for want of {VARIABLE}")


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport, nodeid: str) -> None:
    if os.environ.get(VARIABLE) and report.skipped and _wants_recordings(report):
        report.outcome = "failed"
        report.longrepr = f"{nodeid} was skipped although {VARIABLE} is set: {_reason(report)}"


def _wants_recordings(report: pytest.TestReport | pytest.CollectReport) -> bool:
    return VARIABLE in _reason(report)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return why a report skipped: pytest keeps (path, line, reason)."""
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
