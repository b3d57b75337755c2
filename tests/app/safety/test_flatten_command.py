"""``flatten`` as users run it: on a bot that runs, that hangs, that was killed, and on none."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.arguments import Given
from app.errors import UsageError
from app.flatten_command import read_request
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


def test_a_running_bot_closes_by_itself_and_a_second_call_finds_nothing(tmp_path: Path) -> None:
    with trading(tmp_path) as (bot, variables):
        code, told = flattened(tmp_path, variables)
        ended, said = bot.finish()
        again = flattened(tmp_path, variables)
        restarted = run_bot(tmp_path, *GRID, *VENUE, "--duration", "5s", variables=variables)
    assert (code, ended) == (0, 0), said
    assert_flat(told, "the bot closed it")
    assert "told to become flat" in said
    assert again[0] == 0
    assert [venue["found"] for run in again[1] for venue in run["venues"]] == ["nothing"]
    assert "halted" in restarted.stdout + restarted.stderr


@pytest.mark.parametrize(
    ("number", "course"),
    [
        (signal.SIGKILL, "no bot was running"),
        (signal.SIGSTOP, "the bot did not react and was killed"),
    ],
)
def test_a_bot_that_cannot_close_is_closed_for(
    tmp_path: Path, number: signal.Signals, course: str
) -> None:
    with trading(tmp_path) as (bot, variables):
        bot.process.send_signal(number)
        if number is signal.SIGKILL:
            bot.process.wait()
        code, told = flattened(tmp_path, variables)
    assert code == 0, told
    assert_flat(told, course)


def test_a_wrong_line_is_told_before_anything_is_done() -> None:
    def request(**words: str) -> None:
        read_request({name: Given(value, f"--{name}") for name, value in words.items()}, {})

    with pytest.raises(UsageError, match="--everything needs --exchanges"):
        request(everything="true", yes="true")
    with pytest.raises(UsageError, match="add --yes"):
        request(everything="true", exchanges="lighter")
    with pytest.raises(UsageError, match="did you mean lighter"):
        request(exchanges="lightre")
    with pytest.raises(UsageError, match="--within: not allowed"):
        request(within="soon")
