"""Run a grid through trouble on simulated venues and print what came of it.

python -m tests.survival.venues --venue lighter --seed 7
python -m tests.survival.venues --sockets --minutes 5
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.drawn_courses import draw_course
from tests.support.drawn_faults import PAUSE_S
from tests.support.socket_survival import survive_on_sockets
from tests.support.venue_survival import Survival, survive
from tests.support.venue_verdicts import breaches
from venue_simulators.catalogue import VENUES


def main(arguments: Sequence[str]) -> int:
    """Run what the arguments say; the exit code is 1 when a run did not survive."""
    given = _parser().parse_args(arguments)
    red = 0
    for venue in given.venue or VENUES:
        for seed in range(given.seed, given.seed + given.seeds):
            began = time.perf_counter()
            with TemporaryDirectory() as folder:
                survival, faults = _play(venue, seed, Path(folder), given)
                red += _tell(survival, faults, time.perf_counter() - began)
    return 1 if red else 0


def _play(
    venue: str, seed: int, folder: Path, given: argparse.Namespace
) -> tuple[Survival, Mapping[str, int]]:
    seconds = given.minutes * 60.0
    if given.sockets:
        quiet_s = seconds / 4
        runs = survive_on_sockets(
            [venue], seed, folder, trouble_s=seconds - quiet_s, quiet_s=quiet_s
        )
        return asyncio.run(runs)[0]
    survival = survive(
        venue,
        seed,
        folder,
        draw_course(venue, seed, seconds, deaths=given.deaths, pause_s=given.pause),
    )
    return survival, {str(kind): count for kind, count in survival.stage.plan.counts.items()}


def _tell(survival: Survival, faults: Mapping[str, int], took_s: float) -> bool:
    stage, books = survival.stage, survival.books
    assert books is not None, "the run came to its end"
    evidence = stage.evidence
    levels = Counter(line.text.split(" ", 1)[0] for line in evidence.lines)
    found = breaches(survival)
    fills = sum(books.orders.fills.values())
    rows = {
        "faults": f"{sum(faults.values())} {dict(sorted(faults.items()))}",
        "processes": f"{len(evidence.births)}, {len(evidence.failed_starts)} could not start",
        "requests": f"{len(stage.venue.log)}, {len(evidence.placements)} of them placements",
        "orders": f"{len(books.orders.accepted)} accepted, {fills} fills",
        "cycles": f"{survival.cycles_at_heal} in trouble, {survival.cycles_after} after it",
        "settled": f"{survival.settled_s} s after the last fault",
        "cash": f"venue {books.cash}, ours {books.own_cash}",
        "logged": dict(levels),
        "took": f"{took_s:.1f} s",
    }
    sys.stdout.write(f"{stage.name} seed {stage.seed}: {'RED' if found else 'survived'}\n")
    for name, value in rows.items():
        sys.stdout.write(f"  {name:10} {value}\n")
    for text in found:
        sys.stdout.write(f"  BREACH     {text}\n")
    sys.stdout.flush()
    return bool(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.survival.venues", description=__doc__)
    parser.add_argument("--venue", action="append", choices=VENUES, help="default: every venue")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds, ascending")
    parser.add_argument("--minutes", type=float, default=60.0, help="of trouble")
    parser.add_argument("--sockets", action="store_true", help="real ones, in the machine's time")
    parser.add_argument("--pause", type=float, default=PAUSE_S, help="s from fault to fault")
    parser.add_argument("--deaths", type=int, default=0, help="how often the process is killed")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
