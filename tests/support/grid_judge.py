"""What must hold of every grid run, however it went, by the venue's own books."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ZERO
from exchange_clients.journal import IntentKind
from tests.support.grid_run import GridRun


def assert_books_agree(run: GridRun) -> None:
    """Assert that venue, journal, grid and report tell the same of orders, fills and cash."""
    signed = sum((fill.side.sign * fill.size for fill in run.fills), start=ZERO)
    assert run.position == signed, "the venue's position is the sum of its fills"
    assert run.told("held") == abs(signed), "the grid holds what the venue holds"
    names = [request.client_order_id for request in run.requests(IntentKind.PLACE)]
    assert len(set(names)) == len(names), "no client order id is sent twice"
    assert {order.client_order_id for order in run.orders} <= set(names), "we know every order"
    assert sorted(row.trade_id for row in run.report.history.fills) == sorted(
        fill.trade_id for fill in run.fills
    ), "the report has every fill once"
    assert run.report.result.cash_check.exact, "our books explain the venue's cash"


def assert_covered(run: GridRun) -> None:
    """Assert that open closes and what is too small for one make up the position."""
    residual = run.told("residual")
    assert isinstance(residual, Decimal), "a grid tells of its residual"
    open_closes = [order for order in run.open_orders if order.reduce_only]
    covered = sum((order.size - order.filled_size for order in open_closes), start=ZERO)
    assert abs(run.position) == covered + residual


def assert_one_entry_at_a_time(run: GridRun) -> None:
    """Assert that at most one order that opens rests, and it is the latest."""
    resting = [order for order in run.entries if not order.status.terminal]
    assert resting in ([], run.entries[-1:])
