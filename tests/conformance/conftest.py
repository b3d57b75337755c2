"""Runs each case, an async function of a ``rig``, on each venue, on virtual time."""

from __future__ import annotations

import inspect

import pytest

from tests.conformance.exemptions import EXEMPTIONS
from tests.conformance.rig import play
from tests.conformance.venues import VENUES, Conforming


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "rig" not in metafunc.fixturenames:
        return
    name = metafunc.function.__name__
    runs = []
    for facts in VENUES:
        exempt = EXEMPTIONS.get((name, facts.name))
        marks = [pytest.mark.skip(reason=f"exempt: {exempt.why}")] if exempt else []
        runs.append(pytest.param(facts, id=facts.name, marks=marks))
    metafunc.parametrize("rig", runs)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    # What the function is given is not the venue but a rig of it, made in the loop that runs it.
    names = inspect.signature(pyfuncitem.obj).parameters
    given = {name: pyfuncitem.funcargs[name] for name in names}
    facts = given.pop("rig")
    assert isinstance(facts, Conforming)
    play(facts, pyfuncitem.obj, given=given)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report
        for report in terminalreporter.getreports("skipped")
        if isinstance(report.longrepr, tuple) and "exempt: " in report.longrepr[2]
    ]
    if skipped:
        terminalreporter.write_line(f"{len(skipped)} cases are exempt on a venue")
