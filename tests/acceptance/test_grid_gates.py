"""Gates hold entries back and never exits; each run whole and judged by the venue's own books."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.base_models import OrderStatus, Side
from tests.support.grid_run import dips, run_grid, seconds

BOTH = pytest.mark.parametrize("acknowledge", ["immediate", "asynchronous"])


@BOTH
def test_the_wait_grows_with_the_closes_until_max_orders_blocks(
    tmp_path: Path, acknowledge: str
) -> None:
    """G7: wait_time 60, max_orders 12."""
    run = run_grid(
        tmp_path,
        dips(0, 1000, 100.0),
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="50",
        wait_time="60",
        max_orders="12",
    )
    filled = [seconds(fill.venue_ns) for fill in run.fills]
    sent = [seconds(order.created_ns) for order in run.entries]
    waits = [later - earlier for earlier, later in zip(filled, sent[1:], strict=False)]
    due = [15, *[30] * 2, *[60] * 4, *[120] * 4]
    assert [int(wait) for wait in waits] == due
    assert all(wait > least for wait, least in zip(waits, due, strict=True))
    assert len(run.entries) == len(run.closes) == 12
    assert run.position == Decimal("0.12")


@BOTH
def test_a_filled_close_waives_the_wait_once(tmp_path: Path, acknowledge: str) -> None:
    """G7: after a filled close the next entry comes at once, and the one after it waits."""
    run = run_grid(
        tmp_path,
        [*dips(0, 20, 100.0), (20, 101.4, 101.6), *dips(21, 50, 101.4)],
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="1",
        wait_time="60",
        max_orders="12",
    )
    exits = [seconds(fill.venue_ns) for fill in run.fills if fill.side is Side.SELL]
    sent = [seconds(order.created_ns) for order in run.entries]
    assert exits == [20, 20]
    assert sent == [0, 16, 21, 37], "the next quote after the exits; then 15 s after the fill"
    assert all(close.status is OrderStatus.FILLED for close in run.closes[:2])


JUMPS = {
    "up": [(5, 1_999.7, 1_999.8), (5, 2_019.9, 2_020.0), (9, 2_019.9, 2_020.0)],
    "down": [(5, 1_999.7, 1_999.8), (5, 1_979.9, 1_980.0), (9, 1_979.9, 1_980.0)],
}


@BOTH
@pytest.mark.parametrize("jump", list(JUMPS))
def test_a_fill_is_covered_although_the_price_jumps_in_the_same_instant(
    tmp_path: Path, acknowledge: str, jump: str
) -> None:
    """G8: the entry fills and the price moves by 1 % at once."""
    run = run_grid(
        tmp_path,
        [(0, 1_999.9, 2_000.0), *JUMPS[jump]],
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="0.1",
        max_orders="1",
        grid_step="5",
    )
    close = run.closes[0]
    assert (close.side, close.size, close.price) == (
        Side.SELL,
        Decimal("0.01"),
        Decimal("2001.8"),
    )
    assert seconds(close.created_ns) == 5
    # A take-profit that the market has passed already is filled at the better price.
    assert (close.average_price, close.status) == (
        (Decimal("2019.9"), OrderStatus.FILLED) if jump == "up" else (None, OrderStatus.OPEN)
    )


@BOTH
def test_a_fill_is_covered_although_the_price_to_pause_at_is_reached(
    tmp_path: Path, acknowledge: str
) -> None:
    """G8: the entry fills and pause_price is reached in the same instant."""
    run = run_grid(
        tmp_path,
        [(0, 1_999.9, 2_000.0), (5, 1_999.7, 1_999.8), (5, 2_000.9, 2_001.0), (20, 2_001, 2_001.2)],
        acknowledge=acknowledge,
        quantity="0.01",
        take_profit="0.1",
        pause_price="2000.5",
    )
    assert [(close.size, close.price) for close in run.closes] == [
        (Decimal("0.01"), Decimal("2001.8"))
    ]
    assert len(run.entries) == 1, "above the price to pause at nothing new is opened"


@BOTH
def test_what_filled_of_a_cancelled_entry_is_closed_exactly(
    tmp_path: Path, acknowledge: str
) -> None:
    """G9: an entry of 1.0 fills 0.4 and its rest is cancelled."""
    run = run_grid(
        tmp_path,
        [
            (0, 99.8, 100.0),
            (5, 99.7, 99.8, 1.0, 0.4),
            (6, 100.5, 100.7),
            (20, 100.5, 100.7),
        ],
        acknowledge=acknowledge,
        quantity="1.0",
        take_profit="5",
        entry_timeout_s="2",
        max_orders="1",
    )
    (entry,) = run.entries
    assert (entry.status, entry.size, entry.filled_size) == (
        OrderStatus.CANCELED,
        Decimal("1.0"),
        Decimal("0.4"),
    )
    (close,) = run.closes
    assert (close.status, close.size, close.price) == (
        OrderStatus.OPEN,
        Decimal("0.4"),
        Decimal("104.8"),
    )
    assert run.position == Decimal("0.4")
