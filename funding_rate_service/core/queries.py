"""What the store tells of the past: a series' history, statistics of a symbol, full hours.

Statistics are over the summaries of full hours, so that a month of a symbol at every venue is a few
thousand rows. They lag behind by an hour at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from sqlalchemy import bindparam, text

from exchange_clients.base_funding_adapter import CANONICAL_INTERVAL_HOURS
from exchange_clients.base_models import NS
from funding_rate_service.core.store import HOUR_MS, SECONDS_PER_HOUR, RateStore
from funding_rate_service.core.values import MS, SeriesKey


class Kind(StrEnum):
    """Which of a series' histories."""

    SAMPLES = "samples"
    """The running estimates as they were collected."""
    HOURS = "hours"
    """Full hours of those, summarised."""
    SETTLEMENTS = "settlements"
    """What was settled."""


class ToldPoint(NamedTuple):
    """A rate that a venue told, as its row is stored: figures are made when they are read."""

    at_ms: int
    rate_text: str
    """The venue's own digits."""
    interval_s: int | None
    """None where a settled rate's source does not say for how long it stands."""

    @property
    def at_ns(self) -> int:
        """When it was told, or settled."""
        return self.at_ms * MS

    @property
    def rate(self) -> Decimal:
        """The rate as it was told."""
        return Decimal(self.rate_text)

    @property
    def interval_hours(self) -> Decimal | None:
        """For how long the rate stands."""
        return None if self.interval_s is None else _hours(self.interval_s)

    @property
    def rate_8h(self) -> Decimal | None:
        """The rate per eight hours."""
        hours = self.interval_hours
        return None if hours is None else self.rate * CANONICAL_INTERVAL_HOURS / hours


class HourPoint(NamedTuple):
    """A full hour of told rates, as its row is stored; rates per eight hours."""

    hour: int
    """Since the epoch."""
    mean: float
    low: float
    high: float
    samples: int
    """How many it had."""

    @property
    def at_ns(self) -> int:
        """When the hour began."""
        return self.hour * HOUR_MS * MS

    @property
    def rate_8h(self) -> Decimal:
        """The mean."""
        return _exact(self.mean)

    @property
    def low_8h(self) -> Decimal:
        """The lowest."""
        return _exact(self.low)

    @property
    def high_8h(self) -> Decimal:
        """The highest."""
        return _exact(self.high)


Point: TypeAlias = ToldPoint | HourPoint


@dataclass(frozen=True, slots=True)
class SeriesStatistics:
    """How a series went over the hours that are known; rates per eight hours."""

    venue: str
    symbol: str
    hours: int
    mean_8h: float
    low_8h: float
    high_8h: float
    positive_share: float
    """Share of the hours in which longs paid."""


class RateReader:
    """Reads a store; any thread may."""

    def __init__(self, store: RateStore) -> None:
        self._store = store

    def series(self) -> list[SeriesKey]:
        """Return every series that was ever told of."""
        return self._store.series()

    def history(
        self, key: SeriesKey, kind: Kind, since_ns: int, until_ns: int, limit: int
    ) -> Sequence[Point]:
        """Return at most ``limit`` points in [since, until), oldest first.

        Raises:
            StoreError: the database does not answer.
        """
        number = self._store.series_id(key)
        if number is None:
            return []
        per_hour = kind is Kind.HOURS
        unit = HOUR_MS * MS if per_hour else MS
        span = {
            "series": number,
            "since": -(-since_ns // unit),
            "until": -(-until_ns // unit),
            "limit": limit,
        }
        with self._store.reading() as connection:
            # The driver's own tuples: there are thousands, and rows of SQLAlchemy's cost as much
            # again as reading them.
            cursor = connection.execute(_HISTORY[kind], span).cursor
            assert cursor is not None, "a SELECT has rows"
            rows = cursor.fetchall()
        return list(map((HourPoint if per_hour else ToldPoint)._make, rows))

    def hours(self, key: SeriesKey, since_ns: int, until_ns: int) -> dict[int, float]:
        """Return the mean rate per eight hours of each full hour, by hours since the epoch.

        Raises:
            StoreError: the database does not answer.
        """
        number = self._store.series_id(key)
        span = {"series": number, "since": _hour(since_ns), "until": _hour(until_ns)}
        with self._store.reading() as connection:
            rows = connection.execute(_MEANS, span).all()
        return {hour: mean for hour, mean in rows}

    def statistics(self, symbol: str, since_ns: int, until_ns: int) -> list[SeriesStatistics]:
        """Return how a symbol went at every venue that has a full hour of it, by venue.

        Raises:
            StoreError: the database does not answer.
        """
        venues = self._store.venues_of(symbol)
        span = {"series": list(venues), "since": _hour(since_ns), "until": _hour(until_ns)}
        with self._store.reading() as connection:
            rows = connection.execute(_STATISTICS, span).all()
        found = [
            SeriesStatistics(venues[number], symbol, hours, mean, low, high, positive / hours)
            for number, hours, mean, low, high, positive in rows
        ]
        return sorted(found, key=lambda each: each.venue)

    def intervals(self, key: SeriesKey) -> list[tuple[int, Decimal]]:
        """Return (since when, interval in hours) of each interval that a series has had.

        Raises:
            StoreError: the database does not answer.
        """
        with self._store.reading() as connection:
            rows = connection.execute(_INTERVALS, {"series": self._store.series_id(key)}).all()
        return [(at_ms * MS, _hours(interval_s)) for at_ms, interval_s in rows]


_OF_SERIES = (
    "WHERE series_id = :series AND {0} >= :since AND {0} < :until ORDER BY {0} LIMIT :limit"
)
_TOLD = f"SELECT at_ms, rate, interval_s FROM rate_{{}} {_OF_SERIES.format('at_ms')}"
_HISTORY = {
    Kind.SAMPLES: text(_TOLD.format("samples")),
    Kind.SETTLEMENTS: text(_TOLD.format("settlements")),
    Kind.HOURS: text(
        "SELECT hour, mean_8h, low_8h, high_8h, samples FROM rate_hours "
        + _OF_SERIES.format("hour")
    ),
}
_MEANS = text(
    "SELECT hour, mean_8h FROM rate_hours "
    "WHERE series_id = :series AND hour >= :since AND hour < :until ORDER BY hour"
)
_STATISTICS = text(
    "SELECT series_id, count(*), avg(mean_8h), min(low_8h), max(high_8h), "
    "count(*) FILTER (WHERE mean_8h > 0) FROM rate_hours "
    "WHERE series_id IN :series AND hour >= :since AND hour < :until GROUP BY series_id"
).bindparams(bindparam("series", expanding=True))
_INTERVALS = text(
    "SELECT at_ms, interval_s FROM rate_intervals WHERE series_id = :series ORDER BY at_ms"
)


def _hours(interval_s: int) -> Decimal:
    return Decimal(interval_s) / SECONDS_PER_HOUR


def _exact(statistic: float) -> Decimal:
    """Return a statistic as its shortest decimal; noise of the sixteenth digit is cut off."""
    return Decimal(f"{statistic:.12g}")


def _hour(at_ns: int) -> int:
    return at_ns // (SECONDS_PER_HOUR * NS)
