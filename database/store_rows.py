"""Rows of a journal as rows of the store, without the run that they belong to.

Numbers stay the text that the journal keeps: the columns of the store take it digit for digit.
"""

from __future__ import annotations

import sqlite3

import msgspec

from exchange_clients.base_models import OrderStatus

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
        "size": row["size"],
        "price": row["price"],
        "order_type": row["order_type"],
        "time_in_force": row["time_in_force"],
        "reduce_only": bool(row["reduce_only"]),
        "reference": row["reference"],
        "status": OrderStatus.PENDING.value,
        "filled_size": "0",
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
        "size": row["size"],
        "price": row["price"],
        "order_type": row["order_type"],
        "reduce_only": bool(row["reduce_only"]),
        "status": row["status"],
        "filled_size": row["filled_size"],
        "average_price": row["average_price"],
        "reason": row["reason"],
        "updated_ns": row["at_ns"],
    }


def fill_row(row: sqlite3.Row) -> Cells:
    """Return a fill."""
    return {name: row[name] for name in _FILL}


def payment_row(row: sqlite3.Row) -> Cells:
    """Return a funding payment."""
    return {name: row[name] for name in _PAYMENT}


def equity_row(row: sqlite3.Row) -> Cells:
    """Return what an account was worth."""
    return {name: row[name] for name in ("venue", "at_ns", "cash", "equity")}


_FILL = (
    *("venue", "contract_id", "trade_id", "side", "client_order_id", "order_id"),
    *("price", "size", "fee", "fee_asset", "liquidity", "venue_ns"),
)
_PAYMENT = (
    *("venue", "contract_id", "payment_id", "asset", "amount", "rate", "quantity"),
    "venue_ns",
)
