"""A grid on a simulator in processes of their own, which is to become flat."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.bot_process import run_bot, start_bot
from tests.support.live_process import Watched, simulator

GRID = [
    "--strategy", "grid", "--ticker", "BTC", "--quantity", "0.01", "--take-profit", "0.5",
    "--direction", "buy", "--max-orders", "3", "--wait-time", "1", "--no-panel",
]  # fmt: skip
VENUE = ["--exchange", "backpack", "--environment", "simulator"]


@contextmanager
def trading(folder: Path) -> Iterator[tuple[Watched, Mapping[str, str]]]:
    """Run a grid on a simulator until it holds something."""
    with (
        simulator("backpack") as variables,
        Watched(start_bot(folder, *GRID, *VENUE, variables=variables)) as bot,
    ):
        bot.until("fills", 1)
        yield bot, variables


def flattened(
    folder: Path, variables: Mapping[str, str], *words: str
) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code of ``flatten`` and what it told."""
    line = ["flatten", "--environment", "simulator", "--format", "json", *words]
    done = run_bot(folder, *line, variables=variables)
    assert done.stdout, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return done.returncode, told


def assert_flat(told: list[dict[str, Any]], course: str) -> None:
    """Assert that one run is flat that was not."""
    assert [(run["course"], run["trouble"]) for run in told] == [(course, "")]
    (venue,) = told[0]["venues"]
    assert "BTC" in venue["found"]
    assert (venue["flat"], venue["left"]) == (True, "nothing")
