"""The store: samples, settled rates, intervals and the collection log, on SQLite or PostgreSQL.

Settled rates are kept apart from the running estimates that venues tell before. A collection is
one transaction: after a kill it is there as a whole or not at all. Rates are stored as the venue's
own digits; only the roll-ups of hours are floats, because they are statistics.

One thread writes; any number may read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice, repeat
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from exchange_clients.shared.clock import Clock
from funding_rate_service.core.engine import StoreError, advice, open_engine
from funding_rate_service.core.values import (
    MS,
    Attempt,
    Collection,
    MarketRate,
    SeriesKey,
    SettledRow,
    Settlement,
)

SECONDS_PER_HOUR = 3600
HOUR_MS = SECONDS_PER_HOUR * 1000
DAY_MS = 24 * HOUR_MS
_BATCH_ROWS = 20_000
"""Rows of an import that are one transaction."""

_LATEST = msgspec.json.Decoder(list[MarketRate])
_UPSERT_LATEST = text(
    "INSERT INTO rate_latest (venue, at_ms, rates) VALUES (:venue, :at_ms, :rates) "
    "ON CONFLICT (venue) DO UPDATE SET at_ms = excluded.at_ms, rates = excluded.rates"
)
_INSERT_ATTEMPT = text(
    "INSERT INTO rate_attempts (venue, at_ms, duration_ms, row_count, quarantined, error) "
    "VALUES (:venue, :at_ms, :duration_ms, :rows, :quarantined, :error) ON CONFLICT DO NOTHING"
)
_ROLL_UP = (
    "INSERT INTO rate_hours (series_id, hour, mean_8h, low_8h, high_8h, samples) "
    "SELECT series_id, at_ms / 3600000, avg(r), min(r), max(r), count(*) FROM ("
    "SELECT series_id, at_ms, CAST(rate AS DOUBLE PRECISION) * (28800.0 / interval_s) AS r "
    "FROM rate_samples WHERE series_id = {0} AND at_ms >= {0} AND at_ms < {0}) AS told "
    "GROUP BY series_id, at_ms / 3600000 ON CONFLICT DO NOTHING"
)
_ROLLED = "hours_rolled_up"


class _Shape(NamedTuple):
    """What a venue's answers have in common while it lists the same markets."""

    symbols: list[str]
    hours: list[Decimal]
    ids: list[int]
    interval_s: list[int]


class RateStore:
    """What is written; ``RateReader`` in ``queries`` reads it.

    Args:
        engine: As ``open_engine`` returns it.
        clock: Dates what is too old to keep.
    """

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine = engine
        self._clock = clock
        self._writer = engine.execution_options(writes=True)
        self._mark = "?" if engine.dialect.name == "sqlite" else "%s"
        self._series: dict[str, dict[str, int]] = {}
        self._interval_s: dict[int, int] = {}
        self._shapes: dict[str, _Shape] = {}
        self._load()

    @classmethod
    def open(cls, url: str, clock: Clock) -> RateStore:
        """Open a database by URL or file name.

        Raises:
            StoreError: it cannot be used; says what to do.
        """
        return cls(open_engine(url), clock)

    def close(self) -> None:
        """Give up all connections."""
        self.engine.dispose()

    # Collections ----------------------------------------------------------------------------------

    def record(self, *collections: Collection) -> None:
        """Keep what venues answered: samples, latest rates, changed intervals, lines of the log.

        Raises:
            StoreError: nothing of it was kept.
        """
        with self._transaction() as connection:
            rows: list[tuple[int, int, str, int]] = []
            for each in collections:
                at_ms = each.at_ns // MS
                shape = self._shape(connection, each)
                rates = [str(row.rate) for row in each.rates]
                rows += zip(shape.ids, repeat(at_ms), rates, shape.interval_s, strict=False)
            if rows:
                self._insert(connection, "rate_samples", rows)
            connection.execute(_UPSERT_LATEST, [_latest_row(each) for each in collections])
            _log(connection, *(_attempt(each) for each in collections))

    def record_failure(self, attempt: Attempt) -> None:
        """Keep a line of the log about a venue that did not answer."""
        with self._transaction() as connection:
            _log(connection, attempt)

    def latest(self) -> list[Collection]:
        """Return the last collection of every venue, by name."""
        with self.reading() as connection:
            rows = connection.execute(text("SELECT venue, at_ms, rates FROM rate_latest")).all()
        found = [
            Collection(venue, at_ms * MS, _LATEST.decode(payload)) for venue, at_ms, payload in rows
        ]
        return sorted(found, key=lambda each: each.venue)

    # Settled rates --------------------------------------------------------------------------------

    def record_settlements(self, key: SeriesKey, settled: Iterable[Settlement]) -> int:
        """Keep settled rates, each once; return how many were new."""
        return self.import_settlements(
            SettledRow(key, each.at_ns // MS, str(each.rate), _seconds(each.interval_hours))
            for each in settled
        )

    def import_settlements(self, rows: Iterable[SettledRow]) -> int:
        """Keep settled rates of many series, in batches; return how many were new.

        Raises:
            StoreError: the batch under way was not kept.
        """
        new, told = 0, iter(rows)
        while batch := list(islice(told, _BATCH_ROWS)):
            new += self._import(batch)
        return new

    def _import(self, batch: Sequence[SettledRow]) -> int:
        with self._transaction() as connection:
            ids = {
                key: self._ids(connection, key.venue, [key.symbol])[0]
                for key in dict.fromkeys(key for key, _, _, _ in batch)
            }
            rows = [(ids[key], at_ms, rate, interval_s) for key, at_ms, rate, interval_s in batch]
            return self._insert(connection, "rate_settlements", rows)

    # Upkeep ---------------------------------------------------------------------------------------

    def roll_up(self) -> int:
        """Summarise every full hour since the last time; return how many series were looked at."""
        end_ms = self._clock.now_ns() // MS // HOUR_MS * HOUR_MS
        with self._transaction() as connection:
            begin_ms = self._rolled_until(connection)
            if begin_ms is None or begin_ms >= end_ms:
                return 0
            spans = [(series_id, begin_ms, end_ms) for series_id in self._numbers()]
            connection.exec_driver_sql(_ROLL_UP.format(self._mark), spans)
            connection.execute(
                text(
                    "INSERT INTO rate_marks (name, value) VALUES (:name, :value) "
                    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
                ),
                {"name": _ROLLED, "value": end_ms},
            )
        return len(spans)

    def forget(self, *, samples_days: int, hours_days: int) -> None:
        """Delete samples and log lines, and summaries of hours, that are older than so many days.

        Settled rates and intervals are kept for good: there are few.
        """
        now_ms = self._clock.now_ns() // MS
        with self._transaction() as connection:
            oldest_ms = now_ms - samples_days * DAY_MS
            rolled_ms = self._rolled_until(connection)
            if rolled_ms is None:
                return  # nothing was collected yet
            kept_ms = min(oldest_ms, rolled_ms)  # what is not summarised yet stays
            kept_hour = (now_ms - hours_days * DAY_MS) // HOUR_MS
            for table, column, limit in (
                ("rate_samples", "at_ms", kept_ms), ("rate_hours", "hour", kept_hour)
            ):  # fmt: skip
                where = f"series_id = {self._mark} AND {column} < {self._mark}"
                statement = f"DELETE FROM {table} WHERE {where}"
                spans = [(series_id, limit) for series_id in self._numbers()]
                connection.exec_driver_sql(statement, spans)
            connection.execute(
                text("DELETE FROM rate_attempts WHERE at_ms < :limit"), {"limit": oldest_ms}
            )

    def _rolled_until(self, connection: Connection) -> int | None:
        """Return up to when hours are summarised; None where there is nothing to summarise."""
        mark = connection.execute(
            text("SELECT value FROM rate_marks WHERE name = :name"), {"name": _ROLLED}
        ).scalar()
        if mark is None:
            mark = connection.execute(text("SELECT min(at_ms) FROM rate_attempts")).scalar()
        return None if mark is None else mark // HOUR_MS * HOUR_MS

    # Inside ---------------------------------------------------------------------------------------

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Return a connection that sees one state of the store throughout.

        Raises:
            StoreError: the database does not answer.
        """
        try:
            with self.engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(advice(self.engine.url, error)) from error

    def series_id(self, key: SeriesKey) -> int | None:
        """Return a series' number, None where nothing was ever told of it."""
        return self._series.get(key.venue, {}).get(key.symbol)

    def series(self) -> list[SeriesKey]:
        """Return every series there is, each venue's in the order in which they were told."""
        return [
            SeriesKey(venue, symbol)
            for venue, symbols in self._series.items()
            for symbol in symbols
        ]

    def venues_of(self, symbol: str) -> dict[int, str]:
        """Return the venue of each series of a symbol, by the series' number."""
        return {
            symbols[symbol]: venue for venue, symbols in self._series.items() if symbol in symbols
        }

    def _numbers(self) -> list[int]:
        return [number for symbols in self._series.values() for number in symbols.values()]

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        try:
            with self._writer.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            self._load()  # what was noted in vain
            raise StoreError(advice(self.engine.url, error)) from error

    def _load(self) -> None:
        with self.reading() as connection:
            rows = connection.execute(
                text("SELECT series_id, venue, symbol FROM rate_series ORDER BY series_id")
            ).all()
            intervals = connection.execute(
                text("SELECT series_id, interval_s FROM rate_intervals ORDER BY series_id, at_ms")
            ).all()
        series: dict[str, dict[str, int]] = {}
        for number, venue, symbol in rows:
            series.setdefault(venue, {})[symbol] = number
        self._series = series
        self._interval_s = {number: interval_s for number, interval_s in intervals}
        self._shapes = {}

    def _shape(self, connection: Connection, collection: Collection) -> _Shape:
        """Return the series that a venue tells and their intervals; what changed is noted.

        Most answers have the shape of the one before, which is found out by two comparisons.
        """
        symbols = [each.symbol for each in collection.rates]
        hours = [each.interval_hours for each in collection.rates]
        known = self._shapes.get(collection.venue)
        if known is not None and known.symbols == symbols and known.hours == hours:
            return known
        ids = self._ids(connection, collection.venue, symbols)
        interval_s = [int(each * SECONDS_PER_HOUR) for each in hours]
        told = dict(zip(ids, interval_s, strict=True))
        changed = {i: told_s for i, told_s in told.items() if self._interval_s.get(i) != told_s}
        if changed:
            at_ms = collection.at_ns // MS
            self._insert(connection, "rate_intervals", [(i, at_ms, s) for i, s in changed.items()])
            self._interval_s.update(changed)
        shape = self._shapes[collection.venue] = _Shape(symbols, hours, ids, interval_s)
        return shape

    def _ids(self, connection: Connection, venue: str, symbols: Sequence[str]) -> list[int]:
        """Return the number of each series; new ones are numbered on."""
        known = dict(self._series.get(venue, {}))
        new = [symbol for symbol in symbols if symbol not in known]
        if new:
            first = max(self._numbers(), default=0) + 1
            numbered = list(enumerate(new, first))
            rows = [(number, venue, symbol) for number, symbol in numbered]
            self._insert(connection, "rate_series", rows)
            known.update((symbol, number) for number, symbol in numbered)
            # Replaced as a whole: readers on other threads may be going through the old ones.
            self._series = {**self._series, venue: known}
        return [known[symbol] for symbol in symbols]

    def _insert(
        self, connection: Connection, table: str, rows: Sequence[tuple[object, ...]]
    ) -> int:
        """Insert rows in the driver's own words, which costs a third of SQLAlchemy's."""
        marks = ", ".join([self._mark] * len(rows[0]))
        statement = f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT DO NOTHING"
        return connection.exec_driver_sql(statement, list(rows)).rowcount


def _log(connection: Connection, *attempts: Attempt) -> None:
    rows = [
        {
            "venue": each.venue,
            "at_ms": each.at_ns // MS,
            "duration_ms": each.duration_ms,
            "rows": each.rows,
            "quarantined": each.quarantined,
            "error": each.error,
        }
        for each in attempts
    ]
    connection.execute(_INSERT_ATTEMPT, rows)


def _attempt(collection: Collection) -> Attempt:
    return Attempt(
        collection.venue,
        collection.at_ns,
        collection.duration_ms,
        len(collection.rates),
        len(collection.quarantined),
    )


def _latest_row(collection: Collection) -> dict[str, object]:
    return {
        "venue": collection.venue,
        "at_ms": collection.at_ns // MS,
        "rates": msgspec.json.encode(collection.rates),
    }


def _seconds(hours: Decimal | None) -> int | None:
    return None if hours is None else int(hours * SECONDS_PER_HOUR)
