"""What a stop does to orders and position, each run whole and judged by the venue's own books."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients.base_models import OrderStatus, OrderType, Side
from exchange_clients.journal import IntentKind
from tests.support.grid_run import GridRun, Quote, run_grid

BOTH = pytest.mark.parametrize("acknowledge", ["immediate", "asynchronous"])
STOPPING = {
    "quantity": "0.025",
    "take_profit": "5",
    "post_only_ticks": "50",
    "stop_price": "1900",
}
"""Entries stand 5 USD below the ask, so that a price can fall through the stop and not to them."""
LONG: list[Quote] = [
    (0, 1_909.9, 1_910.0),  # entry at 1,905.0
    (5, 1_904.8, 1_905.0, 1.0, 1.0),  # all of it: 0.025 held
    (6, 1_909.9, 1_910.0),  # entry at 1,905.0
    (10, 1_904.8, 1_905.0, 1.0, 0.010),  # in two parts: 0.05 held, three closes
    (11, 1_904.8, 1_905.0, 1.0, 0.015),
    (12, 1_902.9, 1_903.0),  # entry at 1,898.0 is pending
]
SHORT: list[Quote] = [
    (point[0], 3_800 - point[2], 3_800 - point[1], *reversed(point[3:])) for point in LONG
]
"""The same, mirrored at 1,900."""


def is_flat_and_halted(run: GridRun) -> None:
    """Assert that nothing is held, nothing rests, and the grid says so."""
    assert run.position == 0
    assert run.open_orders == []
    assert run.told("state") == "halted"
    assert run.told("held") == 0
    assert "flat; halted until re-armed" in run.outcome


@BOTH
def test_a_stop_cancels_everything_and_sells_what_is_held(tmp_path: Path, acknowledge: str) -> None:
    """G10: stop_price 1,900, long 0.05, three closes and a pending entry; mid 1,899.9."""
    run = run_grid(
        tmp_path,
        [*LONG, (20, 1_899.8, 1_900.0), (25, 1_899.8, 1_900.0)],
        acknowledge=acknowledge,
        strategy=STOPPING,
    )
    *closes, flatten = run.closes
    assert [close.size for close in closes] == [Decimal(s) for s in ("0.025", "0.010", "0.015")]
    assert [close.status for close in closes] == [OrderStatus.CANCELED] * 3
    assert [entry.status for entry in run.entries] == [
        OrderStatus.FILLED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
    ]
    assert (flatten.order_type, flatten.side, flatten.filled_size, flatten.average_price) == (
        OrderType.MARKET,
        Side.SELL,
        Decimal("0.05"),
        Decimal("1899.8"),
    )
    is_flat_and_halted(run)
    kinds = [request.kind for request in run.requests()]
    assert kinds[-5:] == [*[IntentKind.CANCEL] * 4, IntentKind.PLACE]


@BOTH
def test_a_stop_sells_on_until_it_is_flat(tmp_path: Path, acknowledge: str) -> None:
    """G10: the bid takes 0.02 at a time; flat is what the fills prove, not what was sent."""
    thin: list[Quote] = [(20 + 0.5 * number, 1_899.8, 1_900.0, 0.02, 1.0) for number in range(20)]
    run = run_grid(tmp_path, [*LONG, *thin], acknowledge=acknowledge, strategy=STOPPING)
    sold = [order.filled_size for order in run.closes if order.order_type is OrderType.MARKET]
    assert sold == [Decimal("0.02"), Decimal("0.02"), Decimal("0.01")]
    is_flat_and_halted(run)


@BOTH
def test_a_stop_above_its_price_does_nothing(tmp_path: Path, acknowledge: str) -> None:
    """G10: at mid 1,900 exactly the grid goes on."""
    run = run_grid(
        tmp_path,
        [*LONG, (20, 1_899.9, 1_900.1), (25, 1_899.9, 1_900.1)],
        acknowledge=acknowledge,
        strategy=STOPPING,
    )
    assert run.position == Decimal("0.05")
    assert [close.status for close in run.closes] == [OrderStatus.OPEN] * 3


@BOTH
def test_the_stop_of_a_short_grid_buys(tmp_path: Path, acknowledge: str) -> None:
    """G13: short 0.05, stop_price 1,900, mid 1,900.1."""
    run = run_grid(
        tmp_path,
        [*SHORT, (20, 1_900.0, 1_900.2), (25, 1_900.0, 1_900.2)],
        acknowledge=acknowledge,
        strategy=STOPPING | {"direction": "sell"},
    )
    assert [fill.side for fill in run.fills] == [Side.SELL] * 3 + [Side.BUY]
    flatten = run.closes[-1]
    assert (flatten.order_type, flatten.side, flatten.filled_size, flatten.average_price) == (
        OrderType.MARKET,
        Side.BUY,
        Decimal("0.05"),
        Decimal("1900.2"),
    )
    is_flat_and_halted(run)


@BOTH
def test_a_halted_grid_stays_halted_until_it_is_rearmed(tmp_path: Path, acknowledge: str) -> None:
    """G10: the same command again trades nothing; with rearm it goes on."""
    script: list[Quote] = [
        *LONG,
        (20, 1_899.8, 1_900.0),
        (25, 1_950.0, 1_950.2),
        (60, 1_950, 1_951),
    ]
    first = run_grid(tmp_path, script, acknowledge=acknowledge, strategy=STOPPING)
    again = run_grid(tmp_path, script, acknowledge=acknowledge, strategy=STOPPING)
    assert "still halted" in again.outcome
    assert len(again.orders) == len(first.orders)
    lower = STOPPING | {"stop_price": "1850", "rearm": "true"}
    rearmed = run_grid(tmp_path, script, acknowledge=acknowledge, strategy=lower)
    assert len(rearmed.entries) == len(first.entries) + 1
    assert rearmed.open_orders == [rearmed.entries[-1]]
