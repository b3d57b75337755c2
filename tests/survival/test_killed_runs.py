"""Runs that are killed again and again end as sound as those that are left alone."""

from __future__ import annotations

import random
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support.bot_process import run_bot, start_bot
from tests.support.run_judge import assert_report_covers, assert_sound, read_report, truth_of
from tests.support.synthetic_run import LINE, START, STATE, THE_VENUE, the_market, wait_for_orders

KILLS = 8
"""Of each run, at moments that are drawn: while it starts, makes its past again, or trades."""
SHORTEST_S, LONGEST_S = 0.25, 1.3
PACE = ["--speed", "250"]
"""Slow enough that the run cannot end before the last kill, on however fast a machine."""


def kill_once_it_trades(folder: Path, words: list[str]) -> None:
    """Start the bot and kill it as soon as it has sent orders."""
    with start_bot(folder, *words) as process:
        wait_for_orders(folder / STATE, process)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL


def kill_after(folder: Path, delay_s: float, words: list[str]) -> None:
    """Start the bot and kill it that many seconds later."""
    with start_bot(folder, *words) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.communicate(timeout=delay_s)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("case", "mode"), [(1, "immediate"), (2, "immediate"), (3, "asynchronous")]
)
def test_a_run_killed_at_any_moment_is_taken_up_without_loss_or_doubling(
    tmp_path: Path, case: int, mode: str
) -> None:
    moments = random.Random(case)
    words = [*LINE, "--acknowledge", mode]
    kill_once_it_trades(tmp_path, [*words, *PACE])
    for _ in range(KILLS):
        kill_after(tmp_path, moments.uniform(SHORTEST_S, LONGEST_S), [*words, *PACE])

    done = run_bot(tmp_path, *words, "--speed", "max")

    assert done.returncode == 0, done.stderr
    assert "the unfinished run in" in done.stdout
    truth = truth_of(tmp_path / STATE, the_market(), THE_VENUE)
    assert len(truth.fills) > 50, "the run did trade"
    assert_sound(truth)
    assert_report_covers(read_report(tmp_path / "r.json"), truth, START)
