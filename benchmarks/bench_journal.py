"""Measure what one durable intent costs, beside a bare sqlite3 insert in the same run.

Run: python -m benchmarks.bench_journal [folder]
The folder decides which disk is measured; a temporary one is used without it.
"""

from __future__ import annotations

import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path

from benchmarks.figures import Figure, conclude
from database.journal import Durability, SqliteJournal
from exchange_clients.base_models import ClientOrderId, ContractId, NewOrder, Side
from exchange_clients.journal import IntentKind, OrderIntent

RECORDS = {Durability.PROCESS: 20_000, Durability.POWER: 1_000}
WARM_UP = 200
P50_LIMIT_US = 100.0
"""The requirement on one intent at process durability."""


def main() -> int:
    """Print p50 and p99 for both durabilities; 1 if the requirement is missed."""
    print(
        f"{platform.machine()} Python {platform.python_version()} sqlite {sqlite3.sqlite_version}"
    )
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as folder:
        medians = [_compare(Path(folder), durability) for durability in Durability]
    name = "journal: an intent, process durability, p50"
    return conclude([Figure(name, medians[0], "us", at_most=P50_LIMIT_US)])


def _compare(folder: Path, durability: Durability) -> float:
    """Measure both in alternating steps, so that a busy machine disturbs them alike."""
    journal = SqliteJournal(folder / f"{durability}.sqlite3", durability)
    bare = _bare_database(folder / f"bare-{durability}.sqlite3", durability)
    ours: list[float] = []
    floor: list[float] = []
    for number in range(RECORDS[durability] + WARM_UP):
        intent = _intent(number)
        ours.append(_timed_us(partial(journal.record_intent, intent)))
        floor.append(_timed_us(partial(_insert_bare, bare, number)))
    journal.close()
    bare.close()
    p50, p99 = _percentiles(ours)
    bare_p50, bare_p99 = _percentiles(floor)
    print(
        f"durability={durability} record_intent p50={p50:.1f} us p99={p99:.1f} us; "
        f"bare insert p50={bare_p50:.1f} us p99={bare_p99:.1f} us; ratio p50={p50 / bare_p50:.2f}"
    )
    return p50


def _intent(number: int) -> OrderIntent:
    name = ClientOrderId(f"c{number}")
    contract_id = ContractId("BTC-PERP")
    order = NewOrder(name, contract_id, Side.BUY, Decimal("0.00273"), Decimal("62000.1"))
    return OrderIntent("paper", IntentKind.PLACE, contract_id, name, order, number)


def _bare_database(path: Path, durability: Durability) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    full = durability is Durability.POWER
    database.execute(f"PRAGMA synchronous = {'FULL' if full else 'NORMAL'}")
    database.execute("CREATE TABLE plain (sequence INTEGER PRIMARY KEY, number INTEGER, text TEXT)")
    return database


def _insert_bare(database: sqlite3.Connection, number: int) -> None:
    database.execute("INSERT INTO plain VALUES (NULL, ?, ?)", (number, "0.00273 62000.1"))


def _timed_us(act: Callable[[], None]) -> float:
    start = time.perf_counter_ns()
    act()
    return (time.perf_counter_ns() - start) / 1000


def _percentiles(samples: list[float]) -> tuple[float, float]:
    ordered = sorted(samples[WARM_UP:])
    return ordered[len(ordered) // 2], ordered[len(ordered) * 99 // 100]


if __name__ == "__main__":
    raise SystemExit(main())
