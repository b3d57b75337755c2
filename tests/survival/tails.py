"""Tear journals on real files and read them again: print how many, and what was lost.

python -m tests.survival.tails --cases 10000
python -m tests.survival.tails --every
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.support.torn_journals import Case, Records, Written, draw_case, every_cut, read, record

WRITES = 40
SEED = 1
MEMORY = Path("/dev/shm")  # a folder of one's own is made in it
"""Where a file system needs no disk: what is torn is torn by hand, and syncs only take time."""


def main(arguments: Sequence[str]) -> int:
    """Tear as often as the arguments say; the exit code is 1 when something was lost."""
    given = _parser().parse_args(arguments)
    began = time.perf_counter()
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        folder = Path(name)
        first, written = record(folder / "source.db", WRITES)
        if given.every:
            cases: Iterable[Case] = every_cut(first, written, given.stride)
        else:
            cases = _drawn(first, written, given.cases)
        tried, lost = judge(cases, folder / "torn.db")
    for damage, number in sorted(tried.items()):
        sys.stdout.write(f"{number:8,} {damage}\n")
    folds = sum(one.folds for one in written)
    sys.stdout.write(
        f"{sum(tried.values()):8,} in all, of {WRITES} writes, {folds} of them with a folding; "
        f"{lost} read as anything but what was to be known, {time.perf_counter() - began:.0f} s\n"
    )
    return int(lost > 0)


def judge(cases: Iterable[Case], path: Path) -> tuple[Counter[str], int]:
    """Read what each case leaves; return how many there were, and how many were read wrongly."""
    tried: Counter[str] = Counter()
    lost = 0
    for case in cases:
        case.files.put(path)
        tried[str(case.damage)] += 1
        lost += read(path) not in case.known
    return tried, lost


def _drawn(first: Records, written: Sequence[Written], number: int) -> Iterator[Case]:
    rng = random.Random(SEED)
    return (draw_case(first, written, rng) for _ in range(number))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.survival.tails", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000, help="drawn ones")
    parser.add_argument("--every", action="store_true", help="a death at every byte instead")
    parser.add_argument("--stride", type=int, default=1, help="at each so manyth byte")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
