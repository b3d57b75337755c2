"""Taking histories out: CSV for people and spreadsheets, Parquet for programs.

The rate is a text with the venue's own digits in both; the rate per eight hours is a number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, BinaryIO

from exchange_clients.shared.clock import to_iso
from funding_rate_service.core.queries import HourPoint, Kind, Point, RateReader
from funding_rate_service.core.values import MS, SeriesKey

COLUMNS = ("time", "dex", "symbol", "rate", "interval_hours", "rate_8h")
READ_ROWS = 20_000
"""Points that are read at a time."""


class Format(StrEnum):
    """In which form."""

    CSV = "csv"
    PARQUET = "parquet"


class ExportError(Exception):
    """A form cannot be written here; says what to do."""


def rows(
    reader: RateReader, keys: Iterable[SeriesKey], kind: Kind, since_ns: int, until_ns: int
) -> Iterator[tuple[SeriesKey, Point]]:
    """Yield every point of the series in [since, until), one series after another.

    Raises:
        StoreError: the database does not answer.
    """
    for key in keys:
        begin_ns = since_ns
        while True:
            points = reader.history(key, kind, begin_ns, until_ns, READ_ROWS)
            for point in points:
                yield key, point
            if len(points) < READ_ROWS:
                break
            begin_ns = points[-1].at_ns + MS


def csv_lines(told: Iterable[tuple[SeriesKey, Point]]) -> Iterator[bytes]:
    """Yield CSV, a heading first, some hundreds of lines at a time."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for number, (key, point) in enumerate(told):
        figures = (*_told(point), point.rate_8h)
        values = ("" if each is None else format(each, "f") for each in figures)
        writer.writerow((to_iso(point.at_ns), key.venue, key.symbol, *values))
        if number % 500 == 0:
            yield _taken(text)
    yield _taken(text)


def write_parquet(told: Iterable[tuple[SeriesKey, Point]], target: BinaryIO) -> None:
    """Write Parquet, group by group.

    Raises:
        ExportError: pyarrow is not installed.
    """
    arrow, parquet = _pyarrow()
    text, number = arrow.string(), arrow.float64()
    kinds = (arrow.timestamp("ms", tz="UTC"), text, text, text, number, number)
    schema = arrow.schema(list(zip(COLUMNS, kinds, strict=True)))
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in _batches(told):
            columns = [list(column) for column in zip(*map(_values, batch), strict=True)]
            writer.write_table(arrow.table(columns, schema=schema))


def _values(row: tuple[SeriesKey, Point]) -> tuple[Any, ...]:  # one of each column's kind
    key, point = row
    (rate, hours), rate_8h = _told(point), point.rate_8h
    return (
        point.at_ns // MS,
        key.venue,
        key.symbol,
        None if rate is None else format(rate, "f"),
        None if hours is None else float(hours),
        None if rate_8h is None else float(rate_8h),
    )


def _told(point: Point) -> tuple[Decimal | None, Decimal | None]:
    """Return rate and interval in hours as a venue told them; a full hour has neither."""
    return (None, None) if isinstance(point, HourPoint) else (point.rate, point.interval_hours)


def _batches(
    told: Iterable[tuple[SeriesKey, Point]],
) -> Iterator[Sequence[tuple[SeriesKey, Point]]]:
    batch: list[tuple[SeriesKey, Point]] = []
    for row in told:
        batch.append(row)
        if len(batch) == READ_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch


def _taken(text: io.StringIO) -> bytes:
    taken = text.getvalue()
    text.seek(0)
    text.truncate()
    return taken.encode()


def _pyarrow() -> tuple[Any, Any]:  # its stubs do not cover what is used
    try:
        import pyarrow  # noqa: PLC0415  # an extra, and 50 MB
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise ExportError("Parquet needs pyarrow: pip install pyarrow; or ask for csv") from error
    return pyarrow, pyarrow.parquet
