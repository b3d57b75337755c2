"""Runs that are killed again and again end as sound as those that are left alone."""

from __future__ import annotations

import random
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.bot_process import run_bot, start_bot
from tests.support.run_judge import assert_report_covers, assert_sound, read_report, truth_of
from tests.support.synthetic_run import LINE, START, STATE, THE_VENUE, the_market

KILLS = 9
"""Of each run, at moments that are drawn: while it starts, makes its past again, or trades."""
SHORTEST_S, LONGEST_S = 0.25, 1.3


def kill_after(folder: Path, delay_s: float, words: list[str]) -> bool:
    """Start the bot and kill it that many seconds later; False if it had come to its end."""
    with start_bot(folder, *words) as process:
        try:
            process.communicate(timeout=delay_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("case", "pace"),
    [
        (1, ["--speed", "max"]),
        (2, ["--speed", "900"]),
        (3, ["--speed", "max", "--acknowledge", "asynchronous"]),
    ],
)
def test_a_run_killed_at_any_moment_is_taken_up_without_loss_or_doubling(
    tmp_path: Path, case: int, pace: list[str]
) -> None:
    moments = random.Random(case)
    words = [*LINE, *pace]
    kills = sum(
        kill_after(tmp_path, moments.uniform(SHORTEST_S, LONGEST_S), words) for _ in range(KILLS)
    )
    assert kills == KILLS, "the run was long enough for every kill"

    done = run_bot(tmp_path, *words)

    assert done.returncode == 0, done.stderr
    assert "the unfinished run in" in done.stdout
    truth = truth_of(tmp_path / STATE, the_market(), THE_VENUE)
    assert len(truth.fills) > 50, "the run did trade"
    assert_sound(truth)
    assert_report_covers(read_report(tmp_path / "r.json"), truth, START)
