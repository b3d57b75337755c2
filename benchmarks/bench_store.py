"""Measure how fast a journal is taken over into the store, and what that costs who writes it.

Run: python -m benchmarks.bench_store
Taking over is compared with a bare ``executemany`` of as many rows of as many cells in the same
run. What a writer feels is an order (intent, fill, end) while a thread follows the journal.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path

import msgspec

from benchmarks.figures import Figure, conclude
from database.follower import Follower
from database.journal import SqliteJournal
from database.journal_changes import JournalReader
from database.projection import Told, take_over
from database.run_identity import RUN_KEY, RunIdentity
from database.store import Store
from database.store_address import StoreAddress
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.journal import IntentKind, OrderIntent

ORDERS = 20_000
BTC = ContractId("BTC-PERP")
RUN = RunIdentity("bench", "grid", ("paper",), "BTC", "main", "prod", 0)
SIZE, PRICE, FEE = Decimal("0.00273"), Decimal("62000.1"), Decimal("0.0677")
PACE_S = 0.0005
"""Between two intents of a writer: far faster than any venue takes orders."""
SAMPLES = 10_000
P99_LIMIT_US = 1000.0
"""What an order may wait at most in one of a hundred cases, the follower at work beside it."""


def main() -> int:
    """Print rows a second and a writer's waits; 1 if a requirement is missed."""
    print(
        f"{platform.machine()} Python {platform.python_version()} sqlite {sqlite3.sqlite_version}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = folder / "run.db"
        _write(journal)
        taken_s, bare_s = _take(journal, folder), _bare(folder)
        alone = _waits(folder / "alone.db", None)
        followed = _waits(folder / "followed.db", folder / "live.db")
    rows = 2 * ORDERS
    print(f"{rows} rows taken over in {taken_s:.2f} s; bare executemany {bare_s:.2f} s")
    for title, (p50, p99, most) in (("alone", alone), ("followed", followed)):
        print(f"an order written, {title}: p50={p50:.1f} us p99={p99:.1f} us max={most:.0f} us")
    return conclude(
        [
            Figure("store: rows taken over a second", rows / taken_s, "1/s"),
            Figure("store: taking over / bare executemany", taken_s / bare_s, "x"),
            Figure(
                "store: an order while it follows, p99", followed[1], "us", at_most=P99_LIMIT_US
            ),
        ]
    )


def _write(path: Path) -> None:
    """Write a run of so many orders, each of them filled."""
    with closing(SqliteJournal(path)) as journal, journal.transaction():
        journal.save_state(RUN_KEY, msgspec.json.encode(RUN).decode())
        for number in range(ORDERS):
            _record(journal, number)


def _record(journal: SqliteJournal, number: int) -> None:
    name, side = ClientOrderId(f"c{number}"), Side.BUY if number % 2 else Side.SELL
    order = NewOrder(name, BTC, side, SIZE, PRICE)
    venue_id = VenueOrderId(f"v{number}")
    fill = Fill(
        TradeId(f"t{number}"),
        venue_id,
        name,
        BTC,
        side,
        PRICE,
        SIZE,
        FEE,
        "USDC",
        Liquidity.MAKER,
        number,
    )
    info = OrderInfo(venue_id, name, BTC, side, SIZE, PRICE, OrderStatus.FILLED, SIZE, PRICE)
    journal.record_intent(OrderIntent("paper", IntentKind.PLACE, BTC, name, order, number))
    journal.record_fill("paper", fill)
    journal.record_outcome("paper", info, number)


def _no_words(run: RunIdentity, states: Mapping[str, str]) -> Told:
    return Told()


def _take(journal: Path, folder: Path) -> float:
    with closing(_store(folder / "store.db")) as store, closing(JournalReader(journal)) as reader:
        start = time.perf_counter()
        take_over(store, reader, RUN, _no_words)
        return time.perf_counter() - start


def _bare(folder: Path) -> float:
    """Insert as many rows of as many cells as orders and fills have."""
    orders = [(RUN.run_id, "paper", f"c{number}", *["62000.1"] * 17) for number in range(ORDERS)]
    fills = [(RUN.run_id, "paper", f"t{number}", *["0.00273"] * 10) for number in range(ORDERS)]
    with closing(sqlite3.connect(folder / "bare.db")) as database:
        database.execute("PRAGMA journal_mode = WAL")
        for table, width in (("orders", 20), ("fills", 13)):
            columns = ", ".join(f"c{column}" for column in range(width))
            database.execute(
                f"CREATE TABLE {table} ({columns}, PRIMARY KEY (c0, c1, c2)) WITHOUT ROWID"
            )
        start = time.perf_counter()
        for table, rows in (("orders", orders), ("fills", fills)):
            marks = ", ".join("?" * len(rows[0]))
            with database:
                database.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)
        return time.perf_counter() - start


def _waits(path: Path, store: Path | None) -> tuple[float, float, float]:
    """Return p50, p99 and the most that writing one order took (us), followed or alone."""
    waits = []
    with closing(SqliteJournal(path)) as journal, _followed(path, store):
        journal.save_state(RUN_KEY, msgspec.json.encode(RUN).decode())
        for number in range(SAMPLES):
            start = time.perf_counter_ns()
            _record(journal, number)
            waits.append((time.perf_counter_ns() - start) / 1000)
            time.sleep(PACE_S)
    waits.sort()
    return waits[len(waits) // 2], waits[len(waits) * 99 // 100], waits[-1]


@contextmanager
def _followed(path: Path, address: Path | None) -> Iterator[None]:
    if address is None:
        yield
        return
    with closing(_store(address)) as store:
        follower = Follower(store, path, _no_words, every_s=0.5)
        follower.start()
        try:
            yield
        finally:
            follower.stop()


def _store(path: Path) -> Store:
    return Store(StoreAddress.of(str(path)))


if __name__ == "__main__":
    sys.exit(main())
