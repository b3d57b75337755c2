"""Kill bots for real, at requests that are drawn, and count what that leaves at their venue.

python -m tests.survival.kills --kills 200

The bot is a process of its own that trades a grid over sockets; the simulator is in this process,
and its books are what is judged by. Ten kills are a series: then the run is brought to flat, by a
process of its own, and both sides' books are put beside each other. A count that was stopped goes
on with the next series.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from database.journal import SqliteJournal
from tests.simulation.jobs import Played
from tests.simulation.store import Results
from tests.support.bot_process import command, environment
from tests.support.venue_books import breaches_of, orders_of
from tests.support.venue_life import wild_market
from tests.support.wire_orders import ACCOUNT, names_of
from venue_simulators import catalogue
from venue_simulators.misbehaviour import Misbehaving
from venue_simulators.options import SignatureDepth
from venue_simulators.request_log import Logged, RequestLog
from venue_simulators.server import SimulatorServer, wall_ns

SERIES = 10
"""How many kills of one run."""
REQUESTS_MAX = 120
"""A process dies of so manyth request at the latest; half of them die of the first ten."""
DELAY_MAX_S = 0.03
"""How long behind the request it may be killed."""
PATIENCE_S = 120.0
GRID = (
    "--strategy", "grid", "--ticker", "BTC", "--quantity", "0.01", "--take-profit", "0.01",
    "--grid-step", "0.005", "--direction", "buy", "--max-orders", "8", "--wait-time", "0",
    "--no-panel", "--log-level", "ERROR",
)  # fmt: skip
KIND = "kill -9"


def main(arguments: Sequence[str]) -> int:
    """Kill as often as the arguments say; the exit code is 1 when a venue's books tell of it."""
    given = _parser().parse_args(arguments)
    results = Results(given.out)
    until = None if given.minutes is None else time.monotonic() + given.minutes * 60
    for series in range(1, -(-given.kills // SERIES) + 1):
        venue = catalogue.VENUES[series % len(catalogue.VENUES)]
        if results.has(KIND, series, venue) or (until is not None and time.monotonic() > until):
            continue
        began = time.monotonic()
        with TemporaryDirectory() as folder:
            played = asyncio.run(_series(venue, series, Path(folder)))
        results.keep(played)
        results.keep_time(time.monotonic() - began)
        sys.stdout.write(f"series {series} at {venue}: {played.marks} {played.breaches}\n")
        sys.stdout.flush()
    every = sum((Counter(each.marks) for each in results.played), Counter[str]())
    red = sum(bool(each.breaches) for each in results.played)
    sys.stdout.write(
        f"{every['kills']} kills in {len(results.played)} series, {every['orders']} orders, "
        f"{every['fills']} fills; orphans {every['orphans']}, doubles {every['doubles']}; "
        f"{red} series in breach; {results.took_s / 60:.1f} minutes; source {results.source}\n"
    )
    return int(red > 0)


async def _series(name: str, seed: int, folder: Path) -> Played:
    """Kill one run again and again, bring it to flat, and compare the books."""
    rng = random.Random(seed)
    options = wild_market(
        name, seed, start_ns=wall_ns(), updates_per_s=5.0, signatures=SignatureDepth.FULL
    )
    venue = Misbehaving(catalogue.build(name, options))
    venue.log = log = _HeardLog()
    async with SimulatorServer(venue) as server:
        variables = environment() | server.environment()
        where = ["--exchange", name, "--environment", "simulator"]
        for _ in range(SERIES):
            number = round(REQUESTS_MAX ** rng.random())
            await _killed(folder, [*GRID, *where], variables, log, number, rng)
        marks = Counter({"kills": SERIES})
        code, said = await _run(folder, ["flatten", "--environment", "simulator"], variables)
        breaches = [] if code == 0 else [f"I36: not flat: {said}"]
        breaches += _judge(name, venue, folder, marks)
    return Played(KIND, seed, breaches=tuple(breaches), marks=dict(marks), plan=name)


async def _killed(
    folder: Path,
    words: Sequence[str],
    variables: Mapping[str, str],
    log: _HeardLog,
    number: int,
    rng: random.Random,
) -> None:
    """Start the bot, and kill it a moment after its so manyth request has arrived."""
    arrived = asyncio.Event()
    process = await asyncio.create_subprocess_exec(
        *command(*words), cwd=folder, env=variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    at_once = rng.random() < 0.5
    log.hear(number, process.kill if at_once else arrived.set)
    try:
        if not at_once:
            await asyncio.wait_for(arrived.wait(), PATIENCE_S)
            await asyncio.sleep(rng.random() * DELAY_MAX_S)
            process.kill()
        code = await asyncio.wait_for(process.wait(), PATIENCE_S)
        assert code == -signal.SIGKILL, "nothing else ended it"
    finally:
        if process.returncode is None:
            process.kill()


async def _run(
    folder: Path, words: Sequence[str], variables: Mapping[str, str]
) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        *command(*words), cwd=folder, env=variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 4 * PATIENCE_S)
    return process.returncode, said.decode()


def _judge(name: str, venue: Misbehaving, folder: Path, marks: Counter[str]) -> list[str]:
    """Put the venue's books beside the journal's."""
    world = venue.simulator.world
    names = {number: each for number, each in names_of(venue.simulator).items() if each}
    paths = [each for each in (folder / "state").glob("grid-*.db")]
    if not paths:
        return [f"I3: {each} with no journal" for each in names.values()]
    (path,) = paths
    with closing(SqliteJournal(path)) as journal:
        intended = {str(each.client_order_id) for each in journal.intents(name)}
        found = list(breaches_of(orders_of(world, name, journal, names)))
    orphans = [f"I3: {each} is in no journal" for each in names.values() if each not in intended]
    orphans += [f"I3: {info.order_id} is open" for info in world.open_orders(ACCOUNT)]
    held = [f"I36: {each.size} is held" for each in world.positions(ACCOUNT) if each.size]
    marks["orders"], marks["fills"] = len(names), len(world.fills(ACCOUNT))
    marks["orphans"] = len(orphans)
    marks["doubles"] = sum("was accepted" in text for text in found)
    return [*orphans, *held, *(f"I1-I7: {text}" for text in found)]


class _HeardLog(RequestLog):
    """A log that calls back once at one of the next requests."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        self._then: Callable[[], None] = lambda: None

    def hear(self, number: int, then: Callable[[], None]) -> None:
        """Call back when so many more have arrived."""
        self._left, self._then = number, then

    def keep(self, entry: Logged) -> None:
        """Add an entry."""
        super().keep(entry)
        self._left -= 1
        if self._left == 0:
            self._then()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.survival.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, help="begin no more series after so long")
    parser.add_argument("--out", type=Path, default=Path("reports/kills.jsonl"))
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
