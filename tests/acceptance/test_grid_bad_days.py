"""Two market hours on which requests, answers and reads get lost: nothing is doubled or left."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.session import Session
from exchange_clients.journal import IntentKind
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_MARKETS,
    SyntheticConfig,
    SyntheticSource,
)
from tests.support.faults import LOST, NO_ANSWER, REAL, SENT_AND_LOST, FlakyGateway
from tests.support.grid_judge import assert_books_agree, assert_covered, assert_one_entry_at_a_time
from tests.support.grid_run import run_grid

FATES = [REAL] * 16 + [SENT_AND_LOST] * 2 + [LOST] * 2
READS: list[object] = [REAL, REAL, NO_ANSWER]
HEALED_AFTER = 150
"""Requests and reads after which the venue is well again, so that the end is quiet."""


@pytest.mark.parametrize(
    ("seed", "acknowledge"),
    [(seed, ("immediate", "asynchronous")[seed % 2]) for seed in range(8)],
)
def test_what_gets_lost_is_found_out_and_never_sent_twice(
    tmp_path: Path, seed: int, acknowledge: str
) -> None:
    draw = random.Random(seed)

    def prepare(session: Session) -> None:
        venue = FlakyGateway(session)
        for kind in (IntentKind.PLACE, IntentKind.CANCEL):
            venue.sends[kind] = [draw.choice(FATES) for _ in range(HEALED_AFTER)]
        for name in ("find", "active"):
            venue.reads[name] = [draw.choice(READS) for _ in range(HEALED_AFTER)]

    run = run_grid(
        tmp_path,
        source=SyntheticSource(
            SyntheticConfig(
                seed=seed, markets=DEFAULT_MARKETS[:1], duration_s=7200, updates_per_s=0.25
            )
        ),
        prepare=prepare,
        acknowledge=acknowledge,
        latency_ms=50,
        quantity="0.01",
        take_profit="0.05",
        grid_step="0.02",
        wait_time="20",
        entry_timeout_s="10",
        max_orders="12",
    )
    assert len(run.fills) > 10, "the grid did trade"
    assert_books_agree(run)
    assert_covered(run)
    assert_one_entry_at_a_time(run)
