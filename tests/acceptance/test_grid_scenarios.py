"""The grid's promises, each run through the whole bot and judged by the venue's own books."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.base_models import OrderStatus, Side
from tests.support.grid_run import market, run_grid

BOTH = pytest.mark.parametrize("acknowledge", ["immediate", "asynchronous"])


@BOTH
@pytest.mark.parametrize(("tick", "expected"), [("0.01", "62004.96"), ("0.1", "62005.0")])
def test_the_close_stands_at_the_take_profit_rounded_for_the_user(
    tmp_path: Path, tick: str, expected: str, acknowledge: str
) -> None:
    """G1: buy 0.00273 at 62,000, take-profit 0.008 %."""
    entry = 62_000.0
    touch = entry + 2 * float(tick)
    run = run_grid(
        tmp_path,
        [(0, entry, touch), (5, entry - 1, entry), (8, entry - 1, entry)],
        contract=market(tick),
        acknowledge=acknowledge,
        quantity="0.00273",
        take_profit="0.008",
        max_orders=1,
    )
    (close,) = run.closes
    assert (close.side, close.size, close.price) == (
        Side.SELL,
        Decimal("0.00273"),
        Decimal(expected),
    )


@BOTH
def test_a_take_profit_of_margin_is_divided_by_the_leverage(
    tmp_path: Path, acknowledge: str
) -> None:
    """G2: 0.1 % of margin at leverage 20 on a fill at 62,000."""
    run = run_grid(
        tmp_path,
        [(0, 62_000.0, 62_000.2), (5, 61_999.0, 62_000.0), (8, 61_999.0, 62_000.0)],
        acknowledge=acknowledge,
        quantity="0.001",
        take_profit="0.1",
        take_profit_basis="margin",
        target_leverage="20",
        max_orders=1,
    )
    assert [close.price for close in run.closes] == [Decimal("62003.1")]


@BOTH
def test_a_close_is_never_below_the_target(tmp_path: Path, acknowledge: str) -> None:
    """G3: 2,000.40 x 1.0002 = 2,000.80008, so 2,000.81."""
    run = run_grid(
        tmp_path,
        [(0, 2_000.40, 2_000.42), (5, 2_000.30, 2_000.40), (8, 2_000.30, 2_000.40)],
        contract=market("0.01"),
        acknowledge=acknowledge,
        quantity="0.1",
        take_profit="0.02",
        max_orders=1,
    )
    assert [close.price for close in run.closes] == [Decimal("2000.81")]


STEPS = [
    (0, 1_999.9, 2_000.0),
    (5, 1_999.7, 1_999.8),  # fills the entry at 1,999.8
    (10, 1_995.8, 1_995.9),  # ratio 1.001954: no entry
    (20, 1_995.7, 1_995.8),  # ratio 1.002004: entry
    (30, 1_995.5, 1_995.6),  # fills it
    (40, 2_001.8, 2_001.9),  # both closes fill
    (50, 2_001.8, 2_001.9),
]


@BOTH
def test_an_entry_stands_two_ticks_inside_the_ask(tmp_path: Path, acknowledge: str) -> None:
    """G4: book 1,999.9 / 2,000.0, tick 0.1: entry 1,999.8, close 2,001.8."""
    run = run_grid(
        tmp_path,
        STEPS[:3],
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="0.1",
        grid_step="0.2",
    )
    assert [entry.price for entry in run.entries] == [Decimal("1999.8")]
    assert [close.price for close in run.closes] == [Decimal("2001.8")]


@BOTH
def test_the_next_entry_waits_for_the_grid_step(tmp_path: Path, acknowledge: str) -> None:
    """G5: no entry at ask 1,995.9, entry at 1,995.8."""
    before = run_grid(
        tmp_path / "a",
        [*STEPS[:3], (19, 1_995.8, 1_995.9)],
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="0.1",
        grid_step="0.2",
    )
    after = run_grid(
        tmp_path / "b",
        [*STEPS[:5], (35, 1_995.5, 1_995.6)],
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="0.1",
        grid_step="0.2",
    )
    assert [entry.price for entry in before.entries] == [Decimal("1999.8")]
    assert [entry.price for entry in after.entries] == [Decimal("1999.8"), Decimal("1995.6")]
    assert [close.price for close in after.closes] == [Decimal("2001.8"), Decimal("1997.6")]


@BOTH
def test_when_the_price_comes_back_every_cycle_closes(tmp_path: Path, acknowledge: str) -> None:
    """G6: 0.01 x (2.0 + 2.0) = 0.04 realised; nothing is left."""
    run = run_grid(
        tmp_path,
        STEPS,
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="0.1",
        grid_step="0.2",
        pause_price="2000.5",
    )
    assert [close.status for close in run.closes] == [OrderStatus.FILLED] * 2
    assert run.report.result.realised_pnl == Decimal("0.040")
    assert run.position == 0
    assert run.open_orders == []
    assert run.report.result.cash_check.exact
