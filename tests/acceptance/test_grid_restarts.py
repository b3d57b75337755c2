"""Grids whose process dies at any moment and is started again with the same state folder."""

from __future__ import annotations

import sqlite3
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.session import Session
from database.journal import SqliteJournal
from exchange_clients.base_models import OrderStatus, Side
from exchange_clients.journal import IntentKind
from tests.support.grid_judge import assert_books_agree, assert_covered, assert_one_entry_at_a_time
from tests.support.grid_run import at, dips, run_grid, seconds

BOTH = pytest.mark.parametrize("acknowledge", ["immediate", "asynchronous"])
GRID = {"quantity": "0.01", "take_profit": "50", "wait_time": "60", "max_orders": "25"}
STATE = "state/grid-paper-BTC-main.db"


def copy_state(source: Path, folder: Path) -> None:
    """Copy what is on disk at this moment: what a kill would leave."""
    target = folder / STATE
    target.parent.mkdir(parents=True)
    with sqlite3.connect(source) as database, sqlite3.connect(target) as copy:
        database.backup(copy)
    database.close()
    copy.close()


@BOTH
def test_after_a_kill_the_same_closes_are_known_and_the_cooldown_starts_anew(
    tmp_path: Path, acknowledge: str
) -> None:
    """G12: five open closes, the process is killed, and started again."""

    def die_at_70(session: Session) -> None:
        at(session, 70, lambda: copy_state(tmp_path / "first" / STATE, tmp_path / "second"))

    script = dips(0, 130, 100.0)
    run_grid(tmp_path / "first", script, prepare=die_at_70, acknowledge=acknowledge, strategy=GRID)
    before = SqliteJournal(tmp_path / "second" / STATE)
    open_closes = [
        info.client_order_id
        for info in before.outcomes("paper")
        if info.reduce_only and info.status is OrderStatus.OPEN
    ]
    last = seconds(before.last_instant_ns())
    before.close()
    assert len(open_closes) == 5

    run = run_grid(tmp_path / "second", script, acknowledge=acknowledge, strategy=GRID)

    closes = [close.client_order_id for close in run.closes]
    assert closes[:5] == open_closes
    assert all(close.status is OrderStatus.OPEN for close in run.closes)
    assert len(run.closes) == len(run.of(Side.BUY, OrderStatus.FILLED)), "no close is doubled"
    assert run.position == sum((close.size for close in run.closes), start=Decimal(0))
    assert seconds(run.entries[5].created_ns) > last + 30, "with 5 of 25 closes the wait is 30 s"
    assert_books_agree(run)


@BOTH
def test_a_kill_after_any_write_loses_and_doubles_nothing(
    tmp_path: Path, acknowledge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G12: whatever the moment, also between a fill and its close."""
    copies: list[Path] = []
    write = SqliteJournal._write

    def write_and_copy(journal: SqliteJournal, *words: Any) -> int:
        rows = write(journal, *words)
        if journal.path.is_relative_to(tmp_path / "whole"):
            copies.append(tmp_path / f"copy-{len(copies)}")
            copy_state(journal.path, copies[-1])
        return rows

    monkeypatch.setattr(SqliteJournal, "_write", write_and_copy)
    script = [
        *dips(0, 12, 100.0),
        *dips(12, 24, 101.0),
        *dips(24, 40, 100.0),
        (41, 100.2, 100.4),
        (45, 100.2, 100.4),
    ]
    strategy = GRID | {"take_profit": "0.5", "wait_time": "4"}
    whole = run_grid(tmp_path / "whole", script, acknowledge=acknowledge, strategy=strategy)
    assert len(whole.fills) > 10
    assert len(copies) > 60

    for copy in copies[1:-1:3]:
        run = run_grid(copy, script, acknowledge=acknowledge, strategy=strategy)
        assert_books_agree(run)
        assert_covered(run)
        assert_one_entry_at_a_time(run)
        assert len(run.requests(IntentKind.PLACE)) == len(run.orders)
