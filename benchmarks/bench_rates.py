"""Measure the rate service's store and ranking, beside bare sqlite3 on the same disk.

Run: python -m benchmarks.bench_rates [--samples 20000000] [--folder PATH]
A million samples by default; the requirements are stated for twenty, which take minutes to load.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, conclude
from exchange_clients.base_models import NS
from exchange_clients.shared.clock import ManualClock, Rng
from execution.settlements import HOUR_NS
from funding_rate_service.core.board import Board
from funding_rate_service.core.opportunities import Wanted, rank
from funding_rate_service.core.queries import Kind, RateReader
from funding_rate_service.core.recordings import import_path
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import MS, Collection, MarketRate

VENUES, SYMBOLS = 9, 300
SERIES = VENUES * SYMBOLS
NOW_NS = 1_795_262_400 * NS
MONTH_H = 30 * 24
ROUNDS = 60
IMPORTED = 300_000
REPEATS = 41


def main() -> int:
    """Print every figure; 1 if a requirement is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        folder = Path(name)
        figures = [_collections(folder), _imports(folder), *_reads(folder, asked.samples)]
    return conclude(figures)


def told(venue: int, at_ns: int, rng: Rng) -> Collection:
    """Return what a venue of many markets tells."""
    rates = [
        MarketRate(
            f"S{symbol}",
            Decimal(rng.randint(-9999, 9999)).scaleb(-7),
            Decimal((1, 4, 8)[symbol % 3]),
            at_ns + HOUR_NS,
            Decimal("1234567.89"),
            Decimal("765432.10"),
            mark_price=Decimal("123.45"),
            maker_fee=Decimal("0.0002"),
            taker_fee=Decimal("0.0005"),
        )
        for symbol in range(SYMBOLS)
    ]
    return Collection(f"v{venue}", at_ns, rates)


def _collections(folder: Path) -> Figure:
    """Store collections and bare rows in turn, so that a busy machine disturbs both alike."""
    store = RateStore.open(str(folder / "store.sqlite"), ManualClock(NOW_NS))
    bare = _bare(folder / "bare.sqlite")
    rng, ours, floor = Rng(1, "rates"), list[float](), list[float]()
    for number in range(ROUNDS):
        at_ns = NOW_NS + number * 60 * NS
        collections = [told(venue, at_ns, rng) for venue in range(VENUES)]
        rows = [
            (venue * SYMBOLS + place, at_ns // MS, str(each.rate), 28_800)
            for venue, collection in enumerate(collections)
            for place, each in enumerate(collection.rates)
        ]
        ours.append(_timed_s(partial(store.record, *collections)))
        floor.append(_timed_s(partial(_insert, bare, rows)))
    store.close()
    bare.close()
    told_ms = [_median(each[5:]) * 1000 for each in (ours, floor)]
    print(f"a collection of {SERIES} rows: {told_ms[0]:.1f} ms, bare rows {told_ms[1]:.1f} ms")
    name = "rates: a collection stored, beside bare executemany"
    return Figure(name, told_ms[0] / told_ms[1], "x", at_most=2.0)


def _bare(path: Path) -> sqlite3.Connection:
    bare = sqlite3.connect(path, isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = NORMAL")
    bare.execute(
        "CREATE TABLE samples (series_id INTEGER, at_ms INTEGER, rate TEXT, interval_s INTEGER, "
        "PRIMARY KEY (series_id, at_ms)) WITHOUT ROWID"
    )
    return bare


def _insert(bare: sqlite3.Connection, rows: list[tuple[int, int, str, int]]) -> None:
    bare.execute("BEGIN")
    bare.executemany("INSERT INTO samples VALUES (?, ?, ?, ?)", rows)
    bare.execute("COMMIT")


def _imports(folder: Path) -> Figure:
    """Import a file of settled rates, the reading of its text included."""
    path = folder / "venue_settled.csv"
    with path.open("w") as file:
        file.write("symbol,funding_time_ms,funding_rate\n")
        for number in range(IMPORTED):
            symbol, hour = divmod(number, 10_000)
            file.write(f"S{symbol}USDT,{(NOW_NS // MS) - hour * 3_600_000},-0.00012345\n")
    store = RateStore.open(str(folder / "imported.sqlite"), ManualClock(NOW_NS))
    taken_s = _timed_s(lambda: import_path(store, path))
    store.close()
    return Figure("rates: settled rates imported", IMPORTED / taken_s, "rows/s", at_least=150_000)


def _reads(folder: Path, samples: int) -> list[Figure]:
    store = RateStore.open(str(folder / "large.sqlite"), ManualClock(NOW_NS))
    loaded_s = _timed_s(lambda: _load(store, samples))
    size = (folder / "large.sqlite").stat().st_size / 1e6
    print(f"{samples:,} samples loaded in {loaded_s:.0f} s, {size:.0f} MB")
    reader, since_ns = RateReader(store), NOW_NS - MONTH_H * HOUR_NS
    keys = store.series()
    board = Board(restored=store.latest())
    board.snapshot.by_symbol  # noqa: B018 - made once for each collection
    turn = iter(range(10**6))

    def key() -> int:
        return next(turn) * 37 % len(keys)

    return [
        _read("rates: latest of all venues, p50", 5, store.latest),
        _read("rates: all pairs ranked, p50", 10, lambda: rank(board.snapshot, Wanted(), NOW_NS)),
        _read(
            "rates: 30 days of one series, p50", 1,
            lambda: reader.history(keys[key()], Kind.SAMPLES, since_ns, NOW_NS, 1000),
        ),
        _read(
            "rates: 30 days of one symbol on nine venues, p50", 3,
            lambda: reader.statistics(keys[key()].symbol, since_ns, NOW_NS),
        ),
    ]  # fmt: skip


def _load(store: RateStore, samples: int) -> None:
    """Fill the tables as years of hourly collections would, with the last month summarised."""
    rng = Rng(2, "loaded")
    for venue in range(VENUES):
        store.record(told(venue, NOW_NS - 10 * NS, rng))
    hours = samples // SERIES
    insert = "INSERT INTO rate_{} VALUES ({}) ON CONFLICT DO NOTHING"
    for number in range(1, SERIES + 1):
        with store.engine.execution_options(writes=True).begin() as connection:
            rows = list(_hourly(number, hours))
            connection.exec_driver_sql(insert.format("samples", "?, ?, ?, ?"), rows)
            month = [(n, at // 3_600_000, 1e-4, -1e-4, 2e-4, 60) for n, at, _, _ in rows[-MONTH_H:]]
            connection.exec_driver_sql(insert.format("hours", "?, ?, ?, ?, ?, ?"), month)


def _hourly(number: int, hours: int) -> Iterator[tuple[int, int, str, int]]:
    for back in range(hours, 0, -1):
        yield number, NOW_NS // MS - back * 3_600_000, f"0.000{(number * back) % 9973:04}", 28_800


def _read(name: str, limit_ms: float, work: Callable[[], object]) -> Figure:
    work()
    median_ms = _median([_timed_s(work) for _ in range(REPEATS)]) * 1000
    return Figure(name, median_ms, "ms", at_most=limit_ms)


def _timed_s(work: Callable[[], object]) -> float:
    start = time.process_time()  # of this process: a busy machine slows both sides of a ratio
    work()
    return time.process_time() - start


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    raise SystemExit(main())
