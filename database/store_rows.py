"""Rows of a journal as rows of the store, without the run that they belong to."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ZERO, OrderStatus

Cells = dict[str, object]


def order_row_of_intent(row: sqlite3.Row) -> Cells:
    """Return an order as it was sent, before anything is known of it."""
    name = row["name"]
    key, purpose = (None, None) if name is None else msgspec.json.decode(name, type=list[str])
    return {
        "venue": row["venue"],
        "client_order_id": row["client_order_id"],
        "contract_id": row["contract_id"],
        "order_id": None,
        "key": key,
        "purpose": purpose,
        "side": row["side"],
        "size": Decimal(row["size"]),
        "price": _decimal(row["price"]),
        "order_type": row["order_type"],
        "time_in_force": row["time_in_force"],
        "reduce_only": bool(row["reduce_only"]),
        "reference": row["reference"],
        "status": OrderStatus.PENDING.value,
        "filled_size": ZERO,
        "average_price": None,
        "reason": None,
        "placed_ns": row["at_ns"],
        "updated_ns": None,
    }


def order_row_of_outcome(row: sqlite3.Row) -> Cells:
    """Return an order as the venue last told it."""
    return {
        "venue": row["venue"],
        "client_order_id": row["client_order_id"],
        "contract_id": row["contract_id"],
        "order_id": row["order_id"],
        "side": row["side"],
        "size": Decimal(row["size"]),
        "price": _decimal(row["price"]),
        "order_type": row["order_type"],
        "reduce_only": bool(row["reduce_only"]),
        "status": row["status"],
        "filled_size": Decimal(row["filled_size"]),
        "average_price": _decimal(row["average_price"]),
        "reason": row["reason"],
        "updated_ns": row["at_ns"],
    }


def fill_row(row: sqlite3.Row) -> Cells:
    """Return a fill."""
    return {
        **_same(row, ("venue", "contract_id", "trade_id", "side", "client_order_id", "order_id")),
        **_same(row, ("fee_asset", "liquidity", "venue_ns")),
        **_decimals(row, ("price", "size", "fee")),
    }


def payment_row(row: sqlite3.Row) -> Cells:
    """Return a funding payment."""
    return {
        **_same(row, ("venue", "contract_id", "payment_id", "asset", "venue_ns")),
        **_decimals(row, ("amount", "rate", "quantity")),
    }


def equity_row(row: sqlite3.Row) -> Cells:
    """Return what an account was worth."""
    return {**_same(row, ("venue", "at_ns")), **_decimals(row, ("cash", "equity"))}


def _same(row: sqlite3.Row, names: tuple[str, ...]) -> Cells:
    return {name: row[name] for name in names}


def _decimals(row: sqlite3.Row, names: tuple[str, ...]) -> Mapping[str, Decimal | None]:
    return {name: _decimal(row[name]) for name in names}


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
