"""The venue's switch is armed while a bot runs, and taken back when it stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.session import Session
from tests.support.memory_stage import SimulatedVenues, play, run_settings

VENUE = "okx"
GRID = {
    "strategy__quantity": "0.01",
    "strategy__take_profit": "0.5",
    "strategy__direction": "buy",
    "strategy__max_orders": "3",
    "strategy__exit_open_orders": "keep",
    "run__ticker": "BTC",
    "run__duration": "2m",
    "risk__dead_man_seconds": "30",
}


def run(folder: Path, **changes: object) -> tuple[SimulatedVenues, list[str]]:
    """Play a grid; return the venues and what was asked of the switch, oldest first."""
    settings = run_settings(folder, "grid", VENUE, **{**GRID, **changes})
    venues = SimulatedVenues(settings)
    session: Session = play(settings, venues)
    assert session.ending.error is None
    asked = venues.venues[VENUE].log.matching("POST", "*cancel-all-after")
    return venues, [each.text for each in asked]


def test_it_is_renewed_while_the_bot_runs_and_taken_back_at_the_end(tmp_path: Path) -> None:
    venues, asked = run(tmp_path, risk__exclusive="true")
    assert len(asked) == 2 * 60 / 10 + 1
    assert ['"0"' in text for text in asked] == [*[False] * (len(asked) - 1), True]
    assert venues.world(VENUE).open_orders("main"), "what is kept on purpose stays"


def test_it_is_left_alone_on_an_account_that_others_trade_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    _, asked = run(tmp_path, run__duration="3s")
    assert asked == []
    assert "event=dead_man_not_armed" in caplog.text
