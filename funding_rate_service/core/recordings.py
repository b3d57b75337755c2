"""Taking settled rates in from files: CSV with a heading, plain or gzipped.

A file needs the columns ``symbol``, ``funding_time_ms`` and ``funding_rate``. ``venue`` may be a
column, or else the beginning of the file's name tells it; ``interval_hours`` may be one, or else
the time since the settlement before tells it. The instants that venues tell carry a few
milliseconds of their own: they are brought to the second.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TextIO, cast

from exchange_clients.shared.symbols import split_multiplier, strip_quote
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import SeriesKey, SettledRow

NEEDED = ("symbol", "funding_time_ms", "funding_rate")
QUOTES = ("USDT", "USDC", "USD")
_SECOND_MS = 1000
_USUAL_MS = frozenset(hours * 3_600_000 for hours in (1, 2, 4, 8))
"""Intervals that venues have; a longer gap is a settlement that is missing from the file."""


class RecordingError(Exception):
    """A file cannot be taken in; names it, the line and what is wrong."""


def import_path(store: RateStore, path: Path) -> int:
    """Take in a file, or every fitting one below a folder; return how many rates were new.

    Raises:
        RecordingError: nothing fits, or a line cannot be read; what came before it was kept.
        StoreError: the database does not take it.
    """
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
        heading = next(lines, [])
        symbol_at, time_at, rate_at = (heading.index(name) for name in NEEDED)
        venue_at = heading.index("venue") if "venue" in heading else None
        interval_at = heading.index("interval_hours") if "interval_hours" in heading else None
        for line in lines:
            try:
                venue = usual if venue_at is None else line[venue_at].lower()
                named = venue, line[symbol_at]
                key = keys.get(named) or keys.setdefault(named, SeriesKey(venue, _plain(named[1])))
                at_ms = int(line[time_at]) // _SECOND_MS * _SECOND_MS
                if interval_at is None:
                    interval_s = _gap_s(at_ms - before.get(key, at_ms))
                    before[key] = at_ms
                else:
                    interval_s = int(_finite(line[interval_at]) * 3600)
                yield SettledRow(key, at_ms, str(_finite(line[rate_at])), interval_s)
            except (ValueError, InvalidOperation, IndexError) as error:
                raise RecordingError(f"{path.name} line {lines.line_num}: {error!r}") from error


def _gap_s(gap_ms: int) -> int | None:
    """Return an interval that a venue may have; None where the gap is none."""
    return gap_ms // 1000 if gap_ms in _USUAL_MS else None


def _fits(path: Path) -> bool:
    with _open(path) as file:
        return set(next(csv.reader(file), [])) >= set(NEEDED)


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8", newline=""))
    return path.open(encoding="utf-8", newline="")


def _plain(listed: str) -> str:
    """Return the plain symbol: ``"1000PEPEUSDT" -> "PEPE"``, ``"BTC" -> "BTC"``."""
    return split_multiplier(strip_quote(listed, QUOTES))[0]


def _finite(text: str) -> Decimal:
    rate = Decimal(text)
    if not rate.is_finite():
        raise ValueError(f"rate {text}")
    return rate
