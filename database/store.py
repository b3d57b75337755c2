"""The store over all runs and bots; every use of it is one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from database.engine import HEAD, open_engine, told
from database.store_address import StoreAddress, StoreError
from database.store_file import STORE


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

    def close(self) -> None:
        """Let the database go; a second call does nothing."""
        self._engine.dispose()
