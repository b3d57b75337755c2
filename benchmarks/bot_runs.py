"""Whole runs of the bot, built by the command line's own assembly, and what they cost."""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.arguments import parse_arguments
from app.assembly import execute
from app.configuration import build_settings
from app.session import Session
from app.settings import RunSettings
from exchange_clients.paper.sources.base import MarketSource

GRID = (
    "--strategy=grid",
    "--exchange=paper",
    "--ticker=BTC",
    "--direction=buy",
    "--quantity=0.01",
    "--take-profit=0.02",
    "--grid-step=0.01",
    "--max-orders=10",
    "--wait-time=5",
    "--speed=max",
    "--no-panel",
    "--log-level=WARNING",
)
"""The grid that trades in every run: it is full most of the time and never idle for long."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a run cost and came to."""

    cpu_s: float
    events: int
    """Market events that the venue was told."""
    fills: int

    @property
    def rate(self) -> float:
        """Events per second of processor time."""
        return self.events / self.cpu_s


def play(
    words: Sequence[str],
    open_sources: Callable[[RunSettings], Mapping[str, MarketSource]],
    variables: Mapping[str, str] | None = None,
) -> Played:
    """Run the bot from its command line on markets, its state in a folder that is thrown away.

    The clock starts before the markets are opened and stops when the journal is closed; reading the
    command line and loading the code came before.
    """
    with TemporaryDirectory(dir=_memory()) as folder:
        arguments = parse_arguments([*words, f"--state-dir={folder}"])
        settings = build_settings(arguments, variables or {})
        with contextlib.redirect_stdout(io.StringIO()):
            started = time.process_time()
            session = execute(settings, open_sources(settings))
            cpu_s = time.process_time() - started
    _check(session)
    events = session.primary.provenance().source.events or 0
    return Played(cpu_s, events, session.recorder.fill_count)


def _check(session: Session) -> None:
    """A fast run that lost count of the money would be no result."""
    recorder = session.recorder
    cash = recorder.starting_balance + recorder.ledger.net
    assert session.venue_balance() == cash, (session.venue_balance(), cash)
    assert recorder.fill_count > 0


def _memory() -> Path | None:
    """Return a folder in memory, where there is one: disks are not what is measured here."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() else None
