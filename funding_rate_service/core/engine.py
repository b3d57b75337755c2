"""The service's database: opened, judged and migrated by the same steps as the bot's store."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from database import engine as databases
from database.store_address import POSTGRESQL, SQLITE, StoreAddress, StoreError
from database.store_file import Schema

__all__ = ["StoreError", "advice", "open_engine", "read_url"]

RATES = Schema(
    name="the database of rates",
    application_id=0x46524154,  # FRAT
    version_table="rate_version",
    migrations=Path(__file__).with_name("migrations"),
    head="0001",
    mend="move it away and start again: the rates of now are collected within a minute, and "
    "--backfill asks the venues for settled ones",
    # The most that SQLite maps: reading a month of a series then copies no page.
    mapped_bytes=2**31 - 65_536,
)


def open_engine(url_text: str) -> Engine:
    """Open the database, creating or upgrading its tables.

    Args:
        url_text: ``sqlite:///rates.sqlite``, ``postgresql://user@host/name`` or the path of a file.

    Raises:
        StoreError: it cannot be used; says what to do.
    """
    return databases.open_engine(_address(url_text), RATES)


def read_url(text_of_url: str) -> URL:
    """Return a URL; a text without ``://`` is the path of a SQLite file.

    Raises:
        StoreError: no such database is known.
    """
    address = _address(text_of_url)
    if address.path is not None:
        return URL.create(SQLITE, database=str(address.path))
    return make_url(address.url)


def advice(url: URL, problem: SQLAlchemyError) -> str:
    """Say what is wrong and what to do; the password of a URL is never told."""
    if url.get_backend_name() == SQLITE:
        address = StoreAddress(SQLITE, Path(url.database or ""))
    else:
        address = StoreAddress(POSTGRESQL, None, url.render_as_string(hide_password=False))
    return databases.told(problem, address, RATES)


def _address(text: str) -> StoreAddress:
    try:
        return StoreAddress.of(text)
    except ValueError as error:
        raise StoreError(f"--database: what was given is not allowed: {error}") from error
