"""What fills and payments come to, market by market, added to what was known before."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, select

from database.store_schema import books, funding_payments
from exchange_clients.base_models import ZERO, Side
from exchange_clients.ledger import Holding, is_dollars

MarketKey = tuple[str, str]
"""Venue and contract."""


class Elsewhere(msgspec.Struct):
    """What is counted in another asset than dollars, by asset; fees are above zero when paid."""

    fees: dict[str, Decimal] = {}
    funding: dict[str, Decimal] = {}


@dataclass(slots=True)
class _Book:
    holding: Holding = field(default_factory=Holding)
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    trades: int = 0
    updated_ns: int = 0

    def trade(self, row: sqlite3.Row) -> None:
        size, price = Decimal(row["size"]), Decimal(row["price"])
        self.holding.trade(Side(row["side"]), size, price)
        fee, asset = Decimal(row["fee"]), row["fee_asset"]
        if is_dollars(asset):
            self.fees += fee
        else:
            self.elsewhere.fees[asset] = self.elsewhere.fees.get(asset, ZERO) + fee
        self.trades += 1
        self.updated_ns = max(self.updated_ns, row["venue_ns"])

    def pay(self, amounts: Sequence[tuple[str, Decimal]]) -> None:
        """Count all payments anew: one that was corrected replaces what was counted for it."""
        self.funding, self.elsewhere.funding = ZERO, {}
        for asset, amount in amounts:
            if is_dollars(asset):
                self.funding += amount
            else:
                known = self.elsewhere.funding.get(asset, ZERO)
                self.elsewhere.funding[asset] = known + amount

    def row(self, run_id: str, market: MarketKey) -> Mapping[str, object]:
        venue, contract_id = market
        return {
            "run_id": run_id,
            "venue": venue,
            "contract_id": contract_id,
            "quantity": self.holding.quantity,
            "cost": self.holding.cost,
            "price_pnl": self.holding.price,
            "fees": self.fees,
            "funding": self.funding,
            "elsewhere": msgspec.json.encode(self.elsewhere).decode(),
            "trades": self.trades,
            "updated_ns": self.updated_ns,
        }


def fold_books(
    connection: Connection,
    run_id: str,
    fills: Sequence[sqlite3.Row],
    payments: Sequence[sqlite3.Row],
) -> list[Mapping[str, object]]:
    """Return the rows of ``books`` that change.

    Args:
        connection: A transaction in which ``payments`` were written already.
        run_id: Whose they are.
        fills: Those that were never counted, in the order of recording.
        payments: Those that are new or were corrected.
    """
    touched = dict.fromkeys(_market(row) for row in (*fills, *payments))
    known = {market: _known(connection, run_id, market) for market in touched}
    for row in fills:
        known[_market(row)].trade(row)
    for market in dict.fromkeys(map(_market, payments)):
        known[market].pay(_amounts(connection, run_id, market))
    for row in payments:
        book = known[_market(row)]
        book.updated_ns = max(book.updated_ns, row["venue_ns"])
    return [book.row(run_id, market) for market, book in known.items()]


def _market(row: sqlite3.Row) -> MarketKey:
    return row["venue"], row["contract_id"]


def _known(connection: Connection, run_id: str, market: MarketKey) -> _Book:
    statement = books.select().where(*_of(books, run_id, market))
    row = connection.execute(statement).mappings().one_or_none()
    if row is None:
        return _Book()
    return _Book(
        Holding(row["quantity"], row["cost"], row["price_pnl"]),
        row["fees"],
        row["funding"],
        msgspec.json.decode(row["elsewhere"], type=Elsewhere),
        row["trades"],
        row["updated_ns"],
    )


def _amounts(connection: Connection, run_id: str, market: MarketKey) -> list[tuple[str, Decimal]]:
    columns = (funding_payments.c.asset, funding_payments.c.amount)
    # In the order of their ids, so that a sum is rounded alike however the rows came.
    statement = (
        select(*columns)
        .where(*_of(funding_payments, run_id, market))
        .order_by(funding_payments.c.payment_id)
    )
    return [(row.asset, row.amount) for row in connection.execute(statement)]


def _of(table: Table, run_id: str, market: MarketKey) -> tuple[ColumnElement[bool], ...]:
    venue, contract_id = market
    return (
        table.c.run_id == run_id,
        table.c.venue == venue,
        table.c.contract_id == contract_id,
    )
