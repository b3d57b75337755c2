"""Reads the store for people: by sqlite3 alone where it is a file, so that a command starts fast.

Statements name their parameters with a colon, which both ways of reading understand. Decimals come
as text from the one and as numbers from the other; ``Decimal(...)`` takes both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from database.store_address import StoreAddress, StoreError
from database.store_file import BUSY_TIMEOUT_S, STORE, judge_file

Row = Mapping[str, Any]
"""A row by the names of its columns."""


class StoreReader:
    """A store, opened for reading.

    Args:
        address: Where it is.

    Raises:
        StoreError: it is not there, or cannot be used; says what to do.
    """

    def __init__(self, address: StoreAddress) -> None:
        self.address = address
        self._rows, self._close = (
            _on_server(address) if address.path is None else _on_file(address.path)
        )

    def rows(self, statement: str, **values: object) -> Sequence[Row]:
        """Return the rows of a query.

        Raises:
            StoreError: it failed.
        """
        return self._rows(statement, values)

    def close(self) -> None:
        """Let the database go."""
        self._close()


Reading = tuple[Callable[[str, Mapping[str, object]], Sequence[Row]], Callable[[], None]]


def _on_file(path: Path) -> Reading:
    if judge_file(path, STORE, whole=False) != STORE.head:
        raise StoreError(
            f"there is no store at {path} yet, or one of an older version: a run makes it; "
            "--state-dir and --database name another"
        )
    uri = f"{path.resolve().as_uri()}?mode=ro"
    try:
        file = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S)
    except sqlite3.Error as error:
        raise StoreError(STORE.advice(path, error)) from error
    file.row_factory = sqlite3.Row

    def rows(statement: str, values: Mapping[str, object]) -> Sequence[Row]:
        try:
            return [dict(row) for row in file.execute(statement, values)]
        except sqlite3.Error as error:
            raise StoreError(STORE.advice(path, error)) from error

    return rows, file.close


def _on_server(address: StoreAddress) -> Reading:
    from sqlalchemy import text  # noqa: PLC0415  # only a server needs it

    from database.store import Store  # noqa: PLC0415  # as above

    store = Store(address)

    def rows(statement: str, values: Mapping[str, object]) -> Sequence[Row]:
        with store.transaction() as connection:
            found = connection.execute(text(statement), dict(values)).mappings()
            return [dict(row) for row in found]

    return rows, store.close
