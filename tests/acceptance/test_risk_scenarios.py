"""Risk through the assembly: a bot that loses is reduced, closed, halted, and stays halted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from exchange_clients.base_models import OrderInfo, OrderStatus, Reason
from helpers.risk_values import DenialCode, RiskState
from tests.support.grid_run import GridRun, Quote, run_grid, seconds

LOSS_S = 100
"""When the price falls, in seconds from the start."""


def run(folder: Path, script: list[Quote], keys: Mapping[str, object] | None = None) -> GridRun:
    """Run a grid of 1 BTC an entry, without leverage, on an account of 10,000 USD."""
    return run_grid(
        folder,
        script,
        keys={"paper.leverage": 1, **(keys or {})},
        quantity="1",
        take_profit="50",
        max_orders="20",
    )


def sold(done: GridRun) -> list[OrderInfo]:
    """Return what was closed at market."""
    return [each for each in done.closes if each.price is None and each.filled_size]


def fall(to: float, *, until_s: float, first: float = 10_000.0) -> list[Quote]:
    """Return a market in which the first entry fills, and which then falls."""
    return [
        (0, first - 0.1, first),
        (5, first - 1.1, first - 1.0),
        (6, first - 0.1, first),
        (LOSS_S, to, to + 0.1),
        (until_s, to, to + 0.1),
    ]


def test_after_15_refusals_for_want_of_margin_a_tenth_lost_closes_the_worst(tmp_path: Path) -> None:
    """A1: the account has lost 1,000 of 10,000 and margin is refused again and again."""
    done = run(tmp_path, fall(8_900.0, until_s=6_000))
    refused = [each for each in done.orders if each.reason is Reason.INSUFFICIENT_MARGIN]
    closed = sold(done)[0]
    before = [each for each in refused if seconds(each.created_ns) < seconds(closed.created_ns)]
    assert len(before) == 15
    assert seconds(closed.created_ns) - seconds(before[0].created_ns) >= 600
    assert closed.filled_size == 1
    assert closed.reduce_only


def test_a_loss_of_15_percent_closes_all_halts_and_a_restart_stays_halted(tmp_path: Path) -> None:
    """A1: 8,499 of 10,000."""
    done = run(tmp_path, fall(8_400.0, until_s=300))
    assert done.session.ending.reason.startswith("risk: ")
    assert done.position == 0
    assert done.session.risk.gate.state is RiskState.HALTED
    assert [each.filled_size for each in sold(done)] == [1]
    assert seconds(sold(done)[0].created_ns) - LOSS_S <= 30
    assert [each for each in done.entries if seconds(each.created_ns) > LOSS_S + 30] == []

    again = run(tmp_path, fall(8_400.0, until_s=600))
    fresh = [each for each in again.orders if seconds(each.created_ns) > LOSS_S + 60]
    assert fresh == []
    assert again.session.risk.halted


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"risk.max_order_size": "0.5"}, DenialCode.ORDER_SIZE),
        ({"risk.max_order_notional_usd": "500"}, DenialCode.ORDER_NOTIONAL),
        ({"risk.max_gross_exposure_usd": "500"}, DenialCode.GROSS_EXPOSURE),
    ],
)
def test_an_entry_above_a_limit_never_reaches_the_venue(
    tmp_path: Path, limit: Mapping[str, object], code: DenialCode
) -> None:
    done = run(tmp_path, [(0, 999.9, 1_000.0), (60, 999.9, 1_000.0)], limit)
    assert done.orders == []
    assert list(done.session.risk.gate.denials) == [code]


def test_exits_pass_while_entries_are_denied(tmp_path: Path) -> None:
    """G8: the drawdown stops entries, and the take-profit stands all the same."""
    script = fall(9_500.0, until_s=200)
    more = {"risk.max_drawdown_percent": "1", "paper.leverage": "10"}
    done = run(tmp_path, script, more)
    assert done.closes
    assert {each.status for each in done.closes} == {OrderStatus.OPEN}
    assert [each for each in done.entries if seconds(each.created_ns) > LOSS_S + 16] == []
