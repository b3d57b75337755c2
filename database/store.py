"""The store over all runs and bots; every use of it is one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from database.engine import HEAD, open_engine, told
from database.store_address import StoreAddress, StoreError
from database.store_file import STORE
from database.store_schema import books, runs


class Store:
    """A store that is ready for use.

    Args:
        address: Where it is.
        upto: The migration to stop at; the last one by default.

    Raises:
        StoreError: it cannot be reached or used; says what to do.
    """

    def __init__(self, address: StoreAddress, upto: str = HEAD) -> None:
        self.address = address
        self._engine = open_engine(address, STORE, upto)
        self._writing = self._engine.execution_options(writes=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Do what is done inside wholly or not at all.

        Raises:
            StoreError: the database failed; nothing was written.
        """
        try:
            with self._writing.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(told(error, self.address, STORE)) from None

    def held(self, account: str, environment: str) -> Sequence[tuple[str, str, str, Decimal]]:
        """Return what the runs of an account hold by their fills, but for what is flat.

        Returns:
            Run, venue, contract and signed quantity.

        Raises:
            StoreError: the database failed.
        """
        columns = (books.c.run_id, books.c.venue, books.c.contract_id, books.c.quantity)
        mine = (runs.c.account == account, runs.c.environment == environment)
        statement = select(*columns).join(runs, runs.c.run_id == books.c.run_id).where(*mine)
        with self.transaction() as connection:
            found = [tuple(row) for row in connection.execute(statement.order_by(*columns[:3]))]
        return [row for row in found if row[3]]

    def close(self) -> None:
        """Let the database go; a second call does nothing."""
        self._engine.dispose()
