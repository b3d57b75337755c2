"""Runs, orders, fills, payments and what they come to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from database.store_schema import Exact

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables."""
    _runs()
    _orders()
    _fills()
    _funding_payments()
    _books()
    _positions()
    _executions()
    _equity()
    op.create_index("fills_by_order", "fills", ["run_id", "venue", "client_order_id"])


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _exact(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, Exact, nullable=nullable)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _runs() -> None:
    names = ("journal", "strategy", "venues", "ticker", "account", "environment")
    op.create_table(
        "runs",
        _key("run_id"),
        *(_text(name) for name in names),
        _whole("began_ns"),
        _whole("heard_ns"),
        _whole("finished_ns", nullable=True),
        _whole("taken"),
        _text("strategy_state"),
        _text("explained"),
        sqlite_with_rowid=False,
    )


def _orders() -> None:
    op.create_table(
        "orders",
        *(_key(name) for name in ("run_id", "venue", "client_order_id")),
        _text("contract_id"),
        *(_text(name, nullable=True) for name in ("order_id", "key", "purpose")),
        _text("side"),
        _exact("size"),
        _exact("price", nullable=True),
        _text("order_type"),
        _text("time_in_force", nullable=True),
        sa.Column("reduce_only", sa.Boolean, nullable=False),
        _text("reference", nullable=True),
        _text("status"),
        _exact("filled_size"),
        _exact("average_price", nullable=True),
        _text("reason", nullable=True),
        _whole("placed_ns", nullable=True),
        _whole("updated_ns", nullable=True),
        sqlite_with_rowid=False,
    )


def _fills() -> None:
    op.create_table(
        "fills",
        *(_key(name) for name in ("run_id", "venue", "contract_id", "trade_id", "side")),
        _text("client_order_id", nullable=True),
        _text("order_id"),
        *(_exact(name) for name in ("price", "size", "fee")),
        _text("fee_asset"),
        _text("liquidity"),
        _whole("venue_ns"),
        sqlite_with_rowid=False,
    )


def _funding_payments() -> None:
    op.create_table(
        "funding_payments",
        *(_key(name) for name in ("run_id", "venue", "contract_id", "payment_id", "asset")),
        _exact("amount"),
        _exact("rate", nullable=True),
        _exact("quantity", nullable=True),
        _whole("venue_ns"),
        sqlite_with_rowid=False,
    )


def _books() -> None:
    op.create_table(
        "books",
        *(_key(name) for name in ("run_id", "venue", "contract_id")),
        *(_exact(name) for name in ("quantity", "cost", "price_pnl", "fees", "funding")),
        _text("elsewhere"),
        sa.Column("trades", sa.Integer, nullable=False),
        _whole("updated_ns"),
        sqlite_with_rowid=False,
    )


def _positions() -> None:
    op.create_table(
        "positions",
        _key("run_id"),
        _key("name"),
        _text("symbol"),
        _text("status"),
        _whole("opened_ns"),
        _whole("ended_ns", nullable=True),
        _text("why"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "legs",
        *(_key(name) for name in ("run_id", "name", "venue", "contract_id")),
        _text("side"),
        *(_exact(name) for name in ("target", "quantity", "cost")),
        sqlite_with_rowid=False,
    )


def _executions() -> None:
    op.create_table(
        "executions",
        _key("run_id"),
        _key("execution_id"),
        _text("kind"),
        _text("outcome"),
        _whole("started_ns"),
        _text("record"),
        sqlite_with_rowid=False,
    )


def _equity() -> None:
    op.create_table(
        "equity",
        _key("run_id"),
        _key("venue"),
        sa.Column("at_ns", sa.BigInteger, primary_key=True),
        _exact("cash", nullable=True),
        _exact("equity", nullable=True),
        sqlite_with_rowid=False,
    )
