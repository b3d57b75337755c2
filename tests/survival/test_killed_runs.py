"""Runs that are killed again and again end as sound as those that are left alone."""

from __future__ import annotations

import random
import signal
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.sources.base import MarketSource
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_MARKETS,
    SyntheticConfig,
    SyntheticSource,
)
from tests.support.bot_process import run_bot, start_bot
from tests.support.run_judge import assert_report_covers, assert_sound, read_report, truth_of

KILLS = 9
"""Of each run, at moments that are drawn: while it starts, makes its past again, or trades."""
SHORTEST_S, LONGEST_S = 0.25, 1.3
SEED = 3
START = "2025-01-01T00:00:00.000000Z"
LINE = (
    "--strategy grid --exchange paper --ticker BTC --direction buy --quantity 0.01 "
    "--take-profit 0.05 --grid-step 0.02 --max-orders 12 --wait-time 5 "
    f"--duration 60m --seed {SEED} --state-dir state --report r.json"
).split()
STATE = Path("state/grid-paper-BTC-main.db")
VENUE = PaperConfig(starting_balance=Decimal(10_000), leverage=Decimal(10), seed=SEED)


def the_market() -> MarketSource:
    return SyntheticSource(SyntheticConfig(seed=SEED, markets=DEFAULT_MARKETS[:1]))


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
    truth = truth_of(tmp_path / STATE, the_market(), VENUE)
    assert len(truth.fills) > 50, "the run did trade"
    assert_sound(truth)
    assert_report_covers(read_report(tmp_path / "r.json"), truth, START)
