"""The tables of the store: one schema, on SQLite and on PostgreSQL.

Money, sizes and prices are exact on both: text on SQLite, which has no decimal type, and NUMERIC on
PostgreSQL. Instants are nanoseconds since the epoch. Every row belongs to a run, and its key is
made of ids that the venue or we have given, so that writing a row twice changes nothing.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Index,
    Integer,
    MetaData,
    Numeric,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

metadata = MetaData()


class Exact(TypeDecorator[Decimal]):
    """A decimal that comes back digit for digit; it may be given as text, as journals keep it."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what holds it in this database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Numeric())
        return dialect.type_descriptor(Text())

    def process_bind_param(
        self, value: Decimal | str | None, dialect: Dialect
    ) -> str | Decimal | None:
        """Return what is stored."""
        if value is None:
            return None
        return Decimal(value) if dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: object, dialect: Dialect) -> Decimal | None:
        """Return what was stored."""
        return None if value is None else Decimal(str(value))


def _key(name: str) -> Column[str]:
    return Column(name, Text, primary_key=True)


def _text(name: str, *, nullable: bool = False) -> Column[str]:
    return Column(name, Text, nullable=nullable)


def _exact(name: str, *, nullable: bool = False) -> Column[Decimal]:
    return Column(name, Exact, nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


runs = Table(
    "runs",
    metadata,
    _key("run_id"),
    _text("journal"),
    _text("strategy"),
    _text("venues"),
    _text("ticker"),
    _text("account"),
    _text("environment"),
    _instant("began_ns"),
    _instant("heard_ns"),
    _instant("finished_ns", nullable=True),
    _instant("taken"),
    _text("strategy_state"),
    _text("explained"),
    sqlite_with_rowid=False,
)
"""One row for each run. ``taken`` is the journal's last write that the store holds; ``began_ns`` is
the machine's time, ``heard_ns`` and ``finished_ns`` are the run's own."""

orders = Table(
    "orders",
    metadata,
    _key("run_id"),
    _key("venue"),
    _key("client_order_id"),
    _text("contract_id"),
    _text("order_id", nullable=True),
    _text("key", nullable=True),
    _text("purpose", nullable=True),
    _text("side"),
    _exact("size"),
    _exact("price", nullable=True),
    _text("order_type"),
    _text("time_in_force", nullable=True),
    Column("reduce_only", Boolean, nullable=False),
    _text("reference", nullable=True),
    _text("status"),
    _exact("filled_size"),
    _exact("average_price", nullable=True),
    _text("reason", nullable=True),
    _instant("placed_ns", nullable=True),
    _instant("updated_ns", nullable=True),
    sqlite_with_rowid=False,
)

fills = Table(
    "fills",
    metadata,
    _key("run_id"),
    _key("venue"),
    _key("contract_id"),
    _key("trade_id"),
    _key("side"),
    _text("client_order_id", nullable=True),
    _text("order_id"),
    _exact("price"),
    _exact("size"),
    _exact("fee"),
    _text("fee_asset"),
    _text("liquidity"),
    _instant("venue_ns"),
    sqlite_with_rowid=False,
)

funding_payments = Table(
    "funding_payments",
    metadata,
    _key("run_id"),
    _key("venue"),
    _key("contract_id"),
    _key("payment_id"),
    _key("asset"),
    _exact("amount"),
    _exact("rate", nullable=True),
    _exact("quantity", nullable=True),
    _instant("venue_ns"),
    sqlite_with_rowid=False,
)

books = Table(
    "books",
    metadata,
    _key("run_id"),
    _key("venue"),
    _key("contract_id"),
    _exact("quantity"),
    _exact("cost"),
    _exact("price_pnl"),
    _exact("fees"),
    _exact("funding"),
    _text("elsewhere"),
    Column("trades", Integer, nullable=False),
    _instant("updated_ns"),
    sqlite_with_rowid=False,
)
"""What a run's fills and payments in a market come to. ``quantity`` is signed, ``cost`` has its
sign; ``elsewhere`` is JSON: what balances in other assets than dollars changed by."""

positions = Table(
    "positions",
    metadata,
    _key("run_id"),
    _key("name"),
    _text("symbol"),
    _text("status"),
    _instant("opened_ns"),
    _instant("ended_ns", nullable=True),
    _text("why"),
    sqlite_with_rowid=False,
)
"""What a strategy holds as one thing: a pair, a grid. ``why`` is JSON, in the strategy's words."""

legs = Table(
    "legs",
    metadata,
    _key("run_id"),
    _key("name"),
    _key("venue"),
    _key("contract_id"),
    _text("side"),
    _exact("target"),
    _exact("quantity"),
    _exact("cost"),
    sqlite_with_rowid=False,
)
"""The sides of a position, by the strategy's own books."""

executions = Table(
    "executions",
    metadata,
    _key("run_id"),
    _key("execution_id"),
    _text("kind"),
    _text("outcome"),
    _instant("started_ns"),
    _text("record"),
    sqlite_with_rowid=False,
)
"""One row for each execution, of one order or of several legs; ``record`` is all of it as JSON."""

equity = Table(
    "equity",
    metadata,
    _key("run_id"),
    _key("venue"),
    Column("at_ns", BigInteger, primary_key=True),
    _exact("cash", nullable=True),
    _exact("equity", nullable=True),
    sqlite_with_rowid=False,
)
"""What an account was worth: ``cash`` as the venue told it, ``equity`` by our own books."""

Index("fills_by_order", fills.c.run_id, fills.c.venue, fills.c.client_order_id)
