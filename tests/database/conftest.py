"""The two databases that a store may stand on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from database.store import Store
from database.store_address import StoreAddress
from tests.database.store_stage import empty, file_store


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store, on each database in turn."""
    if request.param == "sqlite":
        opened = file_store(tmp_path / "store" / "store.db")
    else:
        opened = Store(StoreAddress.of(request.getfixturevalue("postgresql_server")))
        empty(opened)
    yield opened
    opened.close()
