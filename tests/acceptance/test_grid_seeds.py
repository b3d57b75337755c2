"""Two market hours on many invented markets: whatever happened, all books agree at the end."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from exchange_clients.base_models import Side
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_MARKETS,
    SyntheticConfig,
    SyntheticSource,
)
from tests.support.grid_judge import assert_books_agree, assert_covered, assert_one_entry_at_a_time
from tests.support.grid_run import run_grid

HOURS = 2
UPDATES_PER_S = 0.25
"""Rare updates make large steps: prices jump over orders, and entries fill in parts."""
GRIDS: Mapping[str, Mapping[str, object]] = {
    "steady": {"take_profit": "0.05", "grid_step": "0.02", "wait_time": "20"},
    "short": {"direction": "sell", "take_profit": "0.04", "wait_time": "20", "max_orders": "6"},
    "hasty": {"take_profit": "0.02", "wait_time": "0", "entry_timeout_s": "4", "quantity": "0.5"},
    "boost": {"take_profit": "0.05", "post_only_ticks": "300", "boost": "true"},
    "losing": {
        "take_profit": "0.2",
        "wait_time": "40",
        "stop_loss_pct": "0.1",
        "recovery_mode": "aggressive",
        "position_timeout_minutes": "15",
    },
}
ACKNOWLEDGE = ("immediate", "asynchronous")
CASES = [(seed, list(GRIDS)[seed % len(GRIDS)], ACKNOWLEDGE[seed % 2]) for seed in range(15)]
"""Every grid on three markets, and with both ways of being acknowledged."""
UNGUARDED = {"risk.emergency_loss_percent": 100, "risk.reduce_loss_percent": 100}
"""Grids may lose here what they want: what stands above them has tests of its own."""
BASE = {"quantity": "0.01", "max_orders": "12", "entry_timeout_s": "10"}


@pytest.mark.parametrize(("seed", "grid", "acknowledge"), CASES)
def test_all_books_agree_after_two_hours(
    tmp_path: Path, seed: int, grid: str, acknowledge: str
) -> None:
    run = run_grid(
        tmp_path,
        source=SyntheticSource(
            SyntheticConfig(
                seed=seed,
                markets=DEFAULT_MARKETS[:1],
                duration_s=HOURS * 3600,
                updates_per_s=UPDATES_PER_S,
            )
        ),
        acknowledge=acknowledge,
        latency_ms=50,
        strategy={**BASE, **GRIDS[grid]},
        keys=UNGUARDED,
    )
    assert len(run.fills) > 10, "the grid did trade"
    assert_books_agree(run)
    assert_covered(run)
    assert_one_entry_at_a_time(run)
    side = Side.SELL if grid == "short" else Side.BUY
    assert {entry.side for entry in run.entries} == {side}
