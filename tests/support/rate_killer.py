"""Kills a process that writes collections, again and again, and judges what is left of the store.

    python -m tests.support.rate_killer FOLDER 100

Every writer is a fork of this process, so that a hundred of them start in a few seconds. A writer
says each collection after it was recorded; what was said must be there, and whole.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from itertools import count
from pathlib import Path

from sqlalchemy import text

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import ManualClock, Rng
from funding_rate_service.core.store import RateStore
from funding_rate_service.core.values import MS
from tests.support.rate_stage import NOON_NS, collection, rate

ROWS = 300
LONGEST_LIFE_S = 0.06
RATES = [rate(f"S{number}") for number in range(ROWS)]


def write_until_killed(path: Path, first: int, told: int) -> None:
    """Record one collection after another and say the number of each."""
    store = RateStore.open(str(path), ManualClock(NOON_NS))
    for number in count(first):
        store.record(collection("grvt", *RATES, at_ns=NOON_NS + number * NS))
        os.write(told, f"{number}\n".encode())


def kill_one(path: Path, first: int, life_s: float) -> int:
    """Let a writer live for so long after its first word; return the last number it said."""
    heard, told = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        write_until_killed(path, first, told)
    os.close(told)
    words = os.read(heard, 64)
    time.sleep(life_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while more := os.read(heard, 65536):
        words += more
    os.close(heard)
    return int(words.split()[-1])


def judge(path: Path, said: int) -> int:
    """Check what is left; return the number of the last collection that is there."""
    store = RateStore.open(str(path), ManualClock(NOON_NS))
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        rows = connection.execute(
            text("SELECT at_ms, count(*) FROM rate_samples GROUP BY at_ms ORDER BY at_ms")
        ).all()
        attempts = connection.execute(text("SELECT at_ms FROM rate_attempts ORDER BY 1")).all()
    (latest,) = store.latest()
    store.close()
    numbers = [(at_ms * MS - NOON_NS) // NS for at_ms, _ in rows]
    assert numbers == list(range(len(rows))), "a collection in between is gone"
    assert all(each == ROWS for _, each in rows), "a collection is there in part"
    assert [at_ms for (at_ms,) in attempts] == [at_ms for at_ms, _ in rows]
    assert latest.at_ns // MS == rows[-1][0], "the latest rates are not those of the last one"
    assert said <= numbers[-1] <= said + 1, f"{said} was said, {numbers[-1]} is there"
    return int(numbers[-1])


def main() -> None:
    """Kill as often as the command line says."""
    path, kills = Path(sys.argv[1]) / "killed.sqlite", int(sys.argv[2])
    rng, last = Rng(7, "lives"), -1
    for _ in range(kills):
        said = kill_one(path, last + 1, rng.uniform(0, LONGEST_LIFE_S))
        last = judge(path, said)
    sys.stdout.write(f"killed {kills} times, {last + 1} collections whole, none lost\n")


if __name__ == "__main__":
    main()
