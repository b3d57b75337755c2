"""Memory of a long run: a week of the invented market with a busy grid, at full speed.

    python -m benchmarks.bench_memory [days]

The run is a process of its own, whose resident memory is read as each market day ends. What counts
is the growth after the first day, by the end of which every bounded buffer is in use. The journal's
growth is told beside it: a restart computes the past of the paper venue from it, so nothing in it
may be forgotten.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from app.arguments import parse_arguments
from app.assembly import execute
from app.configuration import build_settings
from app.paper_market import open_sources
from app.paper_stage import PaperVenue
from app.session import Session
from benchmarks.bot_runs import GRID
from benchmarks.figures import Figure, conclude
from exchange_clients.events import Signal, StreamSignal

DAYS = 7
GROWTH_MAX_MB = 1.0
"""Of memory, a day."""
DAY_S = 24 * 3600
MB = 1_000_000
MEASURE = "--measure"
DAY_MARK = "day"


class Day(NamedTuple):
    """What a run holds as a market day ends."""

    number: int
    resident: int
    """Bytes."""
    journal: int
    """Bytes on disk."""
    fills: int


def main() -> int:
    """Print a line for each day and the growth a day; 1 if memory grows too fast."""
    days = [*_days_of_a_run(int(sys.argv[1]) if len(sys.argv) > 1 else DAYS)]
    print(f"{'day':>4} {'memory MB':>10} {'journal MB':>11} {'fills':>9}")
    for day in days:
        memory, journal = day.resident / MB, day.journal / MB
        print(f"{day.number:>4} {memory:>10.1f} {journal:>11.2f} {day.fills:>9,}")
    first, last = days[0], days[-1]
    span = max(last.number - first.number, 1)
    return conclude(
        [
            Figure(
                "memory a market day, after the first",
                (last.resident - first.resident) / MB / span,
                "MB",
                at_most=GROWTH_MAX_MB,
            ),
            Figure("journal a market day", (last.journal - first.journal) / MB / span, "MB"),
        ]
    )


def _days_of_a_run(count: int) -> list[Day]:
    with TemporaryDirectory() as folder:
        words = [sys.executable, "-m", "benchmarks.bench_memory", MEASURE, folder, str(count)]
        done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    rows = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith(DAY_MARK)]
    return [Day(*map(int, row)) for row in rows]


def measure(folder: Path, count: int) -> None:
    """Play the run and print a line as each market day ends."""
    words = [*GRID, "--seed=7", f"--duration={count}d", f"--state-dir={folder}"]
    settings = build_settings(parse_arguments(words), {})
    out = sys.stdout

    def prepare(session: Session) -> None:
        def on_day(number: int) -> None:
            journal = sum(path.stat().st_size for path in folder.iterdir())
            day = Day(number, _resident_bytes(), journal, session.recorder.fill_count)
            print(DAY_MARK, *day, file=out, flush=True)
            if number < count:
                session.clock.call_later(DAY_S, lambda: on_day(number + 1))

        def on_signal(signal: StreamSignal) -> None:
            if signal.signal is Signal.READY:
                # A second early, because the run ends with its last day.
                session.clock.call_later(DAY_S - 1, lambda: on_day(1))

        venue = session.primary
        assert isinstance(venue, PaperVenue), "the run is on paper"
        venue.exchange.add_signal_listener(on_signal)

    with contextlib.redirect_stdout(sys.stderr):
        execute(settings, open_sources(settings), prepare)


def _resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    if sys.argv[1:2] == [MEASURE]:
        measure(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(main())
