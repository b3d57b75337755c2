"""A journal, a store on either database, and what the store holds as plain rows."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import msgspec
from sqlalchemy import Table, select

from database.journal import SqliteJournal
from database.journal_changes import JournalReader
from database.projection import OF_A_RUN, Told, take_over
from database.run_identity import RUN_KEY, RunIdentity
from database.store import Store
from database.store_address import StoreAddress
from database.store_schema import runs
from exchange_clients.base_models import ContractId
from exchange_clients.events import FundingPayment
from tests.database.journal_samples import open_journal

RUN = RunIdentity("run-1", "grid", ("paper",), "BTC", "main", "prod", 7)


def begun_journal(path: Path, run: RunIdentity = RUN) -> SqliteJournal:
    journal = open_journal(path)
    journal.save_state(RUN_KEY, msgspec.json.encode(run).decode())
    return journal


def no_words(run: RunIdentity, states: Mapping[str, str]) -> Told:
    """A strategy whose state tells nothing."""
    return Told(strategy_state=states.get("bot"))


def follow(store: Store, path: Path, run: RunIdentity = RUN) -> int:
    """Take over what a journal holds."""
    reader = JournalReader(path)
    try:
        return take_over(store, reader, run, no_words)
    finally:
        reader.close()


def rows_of(store: Store, table: Table) -> list[dict[str, object]]:
    """Return a table's rows in the order of their keys."""
    with store.transaction() as connection:
        statement = select(table).order_by(*table.primary_key)
        return [dict(row) for row in connection.execute(statement).mappings()]


def everything(store: Store) -> dict[str, list[dict[str, object]]]:
    """Return all that a store holds."""
    return {table.name: rows_of(store, table) for table in (runs, *OF_A_RUN)}


def empty(store: Store) -> None:
    """Leave the tables and nothing in them: a server is slower to make than to clean."""
    with store.transaction() as connection:
        for table in (*OF_A_RUN, runs):
            connection.execute(table.delete())


def a_payment(name: str = "f1", amount: str = "-0.01250", asset: str = "USDC") -> FundingPayment:
    return FundingPayment(
        name, ContractId("BTC-PERP"), Decimal(amount), asset, Decimal("0.0001"), Decimal("2"), 90
    )


def file_store(path: Path) -> Store:
    return Store(StoreAddress.of(str(path)))
