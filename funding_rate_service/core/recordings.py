"""Taking settled rates in from files: CSV with a heading, plain or gzipped.

A file needs the columns ``symbol``, ``funding_time_ms`` and ``funding_rate``. ``venue`` may be a
column, or else the beginning of the file's name tells it; ``interval_hours`` may be one, or else
the time since the settlement before tells it. The instants that venues tell carry a few
milliseconds of their own: they are brought to the second. What cannot be true ends the import.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple, TextIO, cast

from exchange_clients.shared.symbols import split_multiplier, strip_quote
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import SeriesKey, SettledRow

NEEDED = ("symbol", "funding_time_ms", "funding_rate")
QUOTES = ("USDT", "USDC", "USD")
_SECOND_MS = 1000
_USUAL_MS = frozenset(hours * 3_600_000 for hours in (1, 2, 4, 8))
"""Intervals that venues have; a longer gap is a settlement that is missing from the file."""
_TIME_MS = 1_262_304_000_000, 4_102_444_800_000
"""The years 2010 to 2099: a time in seconds, or in microseconds, lies outside."""
_INTERVAL_S = 60, 86_400
_RATE_MAX = Decimal("1.5")
"""Of a settlement: what is let through of a running rate, 50 % per eight hours, for a whole day."""
_UNREADABLE = (UnicodeDecodeError, csv.Error, EOFError, gzip.BadGzipFile, zlib.error)
"""What a file raises that is no text, or was cut off while it was packed."""


class RecordingError(Exception):
    """A file cannot be taken in; names it, the line and what is wrong."""


def import_path(store: RateStore, path: Path) -> int:
    """Take in a file, or every fitting one below a folder; return how many rates were new.

    Raises:
        RecordingError: nothing fits, or a line cannot be read; the files before were kept.
        StoreError: the database does not take it.
    """
    if not path.exists():
        raise RecordingError(f"{path}: there is no such file or folder")
    files = [path] if path.is_file() else sorted(path.rglob("*.csv*"))
    fitting = [each for each in files if _fits(each)]
    if not fitting:
        needed = ", ".join(NEEDED)
        raise RecordingError(f"{path}: no CSV with the columns {needed} is there")
    return sum(store.import_settlements(read_settlements(each)) for each in fitting)


def read_settlements(path: Path) -> Iterator[SettledRow]:
    """Yield the settled rates of a file, in its order.

    Raises:
        RecordingError: a line cannot be read.
    """
    usual = path.name.partition("_")[0].lower()
    keys: dict[tuple[str, str], SeriesKey] = {}
    before: dict[SeriesKey, int] = {}
    with _open(path) as file:
        lines = csv.reader(file)
        at = _Columns.of(next(lines, []))
        try:
            for line in lines:
                venue = usual if at.venue is None else line[at.venue].lower()
                named = venue, line[at.symbol]
                key = keys.get(named) or keys.setdefault(named, SeriesKey(venue, _plain(named[1])))
                at_ms = _time_ms(line[at.time])
                if at.interval is None:
                    interval_s = _gap_s(at_ms - before.get(key, at_ms))
                    before[key] = at_ms
                else:
                    interval_s = _interval_s(line[at.interval])
                yield SettledRow(key, at_ms, _rate(line[at.rate]), interval_s)
        except IndexError as error:
            raise _refused(path, lines.line_num, "fewer columns than the heading") from error
        except _UNREADABLE as error:
            raise _refused(path, lines.line_num + 1, f"cannot be read: {error}") from error
        except ValueError as error:
            raise _refused(path, lines.line_num, str(error)) from error


class _Columns(NamedTuple):
    """Where a line has what."""

    symbol: int
    time: int
    rate: int
    venue: int | None
    interval: int | None

    @classmethod
    def of(cls, heading: Sequence[str]) -> _Columns:
        """Find the columns of a heading that has those that are needed."""
        venue, interval = (
            heading.index(name) if name in heading else None for name in ("venue", "interval_hours")
        )
        symbol, time, rate = (heading.index(name) for name in NEEDED)
        return cls(symbol, time, rate, venue, interval)


def _refused(path: Path, line: int, what: str) -> RecordingError:
    return RecordingError(f"{path.name} line {line}: {what}")


def _time_ms(text: str) -> int:
    """Return an instant, brought to the second."""
    try:
        at_ms = int(text)
    except ValueError:
        at_ms = 0
    if not _TIME_MS[0] <= at_ms < _TIME_MS[1]:
        raise ValueError(
            f"funding_time_ms {text[:40]!r} is no time of 2010 to 2099; give milliseconds since "
            "the epoch"
        )
    return at_ms // _SECOND_MS * _SECOND_MS


def _interval_s(text: str) -> int:
    hours = _number(text)
    if hours is None or not _INTERVAL_S[0] <= hours * 3600 <= _INTERVAL_S[1]:
        raise ValueError(f"interval_hours {text[:40]!r} is not between a minute and a day")
    return int(hours * 3600)


def _rate(text: str) -> str:
    """Return a rate's digits, read as a number that can be true."""
    rate = _number(text)
    if rate is None or not -_RATE_MAX <= rate <= _RATE_MAX:
        raise ValueError(
            f"funding_rate {text[:40]!r} cannot be true; give a fraction, 0.0001 for 0.01 %"
        )
    return str(rate)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _gap_s(gap_ms: int) -> int | None:
    """Return an interval that a venue may have; None where the gap is none."""
    return gap_ms // 1000 if gap_ms in _USUAL_MS else None


def _fits(path: Path) -> bool:
    try:
        with _open(path) as file:
            return set(next(csv.reader(file), [])) >= set(NEEDED)
    except _UNREADABLE as error:
        raise RecordingError(f"{path.name}: cannot be read: {error}") from error


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8", newline=""))
    return path.open(encoding="utf-8", newline="")


def _plain(listed: str) -> str:
    """Return the plain symbol: ``"1000PEPEUSDT" -> "PEPE"``, ``"BTC" -> "BTC"``."""
    return split_multiplier(strip_quote(listed, QUOTES))[0]
