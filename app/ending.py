"""What is said and written when a run is over: the summary, and the report's files."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.errors import RunFailed
from app.session import Session
from reporting.html import render_html
from reporting.report import (
    RunMeta,
    RunReport,
    WallClock,
    build_report,
    to_json_bytes,
)
from reporting.summary import summary_table, summary_text


def report_of(session: Session) -> RunReport:
    """Build the report of a run that is over."""
    settings, provenance = session.settings, session.primary.provenance()
    told = session.strategy.report()
    parameters = {
        name: value for name, value in settings.strategy_parameters.items() if value is not None
    }
    cycles, count = told.get("cycles", ()), told.get("cycles_completed")
    return build_report(
        session.recorder,
        RunMeta(
            strategy=settings.strategy,
            venue=",".join(settings.exchange),
            ticker=session.settings.markets_in_words,
            contract_id=str(session.market.contract_id),
            parameters=parameters,
            source=provenance.source,
            clock=WallClock.between(session.machine_started_ns, session.machine.now_ns()),
            outcome=session.ending.reason,
            code_version=code_version(),
            assumptions=provenance.assumptions,
            cycles=cycles if isinstance(cycles, Sequence) else (),
            cycle_count=count if isinstance(count, int) else None,
            refusals=session.refusals,
            data_quality=provenance.quality,
            venue_balance=session.venue_balance(),
            details=told if session.strategy.executes_legs else {},
        ),
    )


def write_reports(report: RunReport, paths: Sequence[Path]) -> None:
    """Write the report in the form each file's ending names.

    Raises:
        RunFailed: a file cannot be written.
    """
    for path in paths:
        content = (
            to_json_bytes(report)
            if path.suffix.lower() == ".json"
            else render_html(report).encode()
        )
        try:
            _replace(path, content)
        except OSError as error:
            raise RunFailed(f"the report {path} cannot be written: {error.strerror}") from error
        hint = "" if path.suffix.lower() == ".json" else " (open it in a browser)"
        sys.stdout.write(f"report: {path}{hint}\n")


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or leave what was there, however the disk fails."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def show_kept_state(session: Session) -> None:
    """Say where a run that did not come to its end is kept, and how it goes on."""
    if not session.stage.keeps:
        return
    if session.ending.interrupted or session.ending.error is not None:
        sys.stdout.write(
            f"state: {session.state_path} keeps this run; the same command goes on with it, "
            "and with --fresh starts anew\n"
        )
    elif session.ending.extended:
        sys.stdout.write(
            f"state: {session.state_path} keeps this run, which still holds positions; the same "
            "command goes on with it for as long again, and runbot.py flatten closes them\n"
        )


def show_summary(report: RunReport) -> None:
    """Print the summary: a table on a terminal, plain lines elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console  # noqa: PLC0415  # only a terminal needs it

        Console().print(summary_table(report))
    else:
        sys.stdout.write(summary_text(report) + "\n")


def code_version() -> str:
    """Return the version of the library that is installed."""
    try:
        return version("exchange-clients")
    except PackageNotFoundError:
        return "unknown"
