"""Whether a seed does the same everywhere: with another salt, from another parent, on any Python.

Each way of playing is a process of its own, which forks one for each seed. Two ways that differ in
one digest are played again with every line written, and the first that differs is told.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from tests.simulation.jobs import Job, Played, do
from tests.simulation.plan import Interleaving
from tests.simulation.runner import play_all
from tests.simulation.telling import say

KINDS = ("executions", "run")
SECONDS = 300.0
"""Of trouble in each run, unless told otherwise."""
WARM_SEED = 9_001
"""What a warmed parent has played itself, before it forks."""
WARM_S = 60.0
SHOWN = 300
"""How much is shown of a line that differs (characters)."""
ROOT = Path(__file__).resolve().parents[2]

Seed: TypeAlias = tuple[str, int]
"""Which kind of job, and its seed."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of playing: whatever it is, a seed must come to the same."""

    python: str
    salt: int
    """Of the hashes of texts, and so of the order of sets."""
    warm: bool
    """Whether the parent of the forked processes has played something before."""

    def __str__(self) -> str:
        return f"{self.python}, salt {self.salt}, {'warm' if self.warm else 'cold'} parent"

    def digests(
        self, seeds: Sequence[int], kinds: Sequence[str], given: argparse.Namespace, lines: Path
    ) -> dict[Seed, str]:
        """Play seeds and return their digests.

        Args:
            seeds: Which.
            kinds: Which jobs of each.
            given: The length of runs, and the number of workers.
            lines: Where the lines of the traces are written, if it is a folder.
        """
        command = [self.python, "-m", "tests.simulation", "--workers", str(given.workers)]
        command += ["traces", "--seeds", f"{seeds[0]}..{seeds[-1]}", "--kinds", *kinds]
        command += ["--seconds", f"{given.seconds:g}", "--lines", str(lines)]
        command += ["--interleaving", given.interleaving]
        command += ["--warm"] if self.warm else []
        environment = {**os.environ, "PYTHONHASHSEED": str(self.salt)}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        told = (line.split() for line in done.stdout.splitlines())
        return {(kind, int(seed)): digest for kind, seed, digest in told}


def ways_of(pythons: Sequence[str]) -> list[Way]:
    """Return two ways for each interpreter, with salts and parents that differ."""
    return [
        Way(python, 2 * number + warm + 1, bool(warm))
        for number, python in enumerate(pythons)
        for warm in (0, 1)
    ]


def same(given: argparse.Namespace) -> int:
    """Play each seed in every way; the exit code is 1 where any digest differs."""
    seeds = seeds_of(given.seeds)
    first, *others = ways_of([sys.executable, *given.python])
    known = first.digests(seeds, given.kinds, given, Path())
    say(f"{len(known)} plays: {first}")
    differing = 0
    for way in others:
        found = way.digests(seeds, given.kinds, given, Path())
        differ = [each for each in known if found.get(each) != known[each]]
        differing += len(differ)
        say(f"{len(found)} plays, {len(differ)} differ: {way}")
        for kind, seed in differ:
            say(f"DIFFERS {kind} {seed}: {_first_difference(first, way, (kind, seed), given)}")
    return int(differing > 0)


def traces(given: argparse.Namespace) -> int:
    """Play each seed once and tell its digest."""
    if given.warm:
        for kind in KINDS:
            do(Job(kind, WARM_SEED, chaos_s=WARM_S, naive=False))
    folder = given.lines
    jobs = (
        Job(
            kind,
            seed,
            chaos_s=given.seconds,
            naive=False,
            lines="" if folder == Path() else str(folder / _file_name((kind, seed))),
            interleaving=given.interleaving,
        )
        for seed in seeds_of(given.seeds)
        for kind in given.kinds
    )

    def tell(played: Played) -> None:
        say(f"{played.kind} {played.seed} {played.trace or 'fell'}")

    play_all(jobs, given.workers, tell, None)
    return 0


def _first_difference(one: Way, other: Way, seed: Seed, given: argparse.Namespace) -> str:
    """Play a seed in both ways once more, and say where they part."""
    with TemporaryDirectory() as place:
        folders = [Path(place) / name for name in ("one", "other")]
        for way, folder in zip((one, other), folders, strict=True):
            folder.mkdir()
            way.digests([seed[1]], [seed[0]], given, folder)
        paths = [folder / _file_name(seed) for folder in folders]
        with paths[0].open("rb") as left, paths[1].open("rb") as right:
            found = first_difference(left, right)
    if found is None:
        return "not when it is played alone"
    number, *lines = found
    shown = [line.decode(errors="replace").strip()[:SHOWN] for line in lines]
    return f"line {number}\n    {one}\n        {shown[0]}\n    {other}\n        {shown[1]}"


def first_difference(
    left: Iterator[bytes], right: Iterator[bytes]
) -> tuple[int, bytes, bytes] | None:
    """Return the number of the first line that differs, from 1, with both; None of equals."""
    for number, (mine, theirs) in enumerate(zip_longest(left, right, fillvalue=b""), start=1):
        if mine != theirs:
            return number, mine, theirs
    return None


def seeds_of(text: str) -> range:
    """Return the seeds of ``7``, or of ``1..20``."""
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


def _file_name(seed: Seed) -> str:
    return f"{seed[0]}-{seed[1]}.txt"


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what the command line says of it."""
    whole = commands.add_parser("same", help="each seed in several ways: any difference is told")
    whole.add_argument("--python", nargs="*", default=[], help="further interpreters")
    one = commands.add_parser("traces", help="the digest of each seed")
    one.add_argument("--lines", type=Path, default=Path(), help="a folder for every line")
    one.add_argument("--warm", action="store_true", help="play something else first")
    for deed, parser in ((same, whole), (traces, one)):
        parser.add_argument("--seeds", default="1..20", help="one, or the first and the last")
        parser.add_argument("--kinds", nargs="*", default=list(KINDS), choices=KINDS)
        parser.add_argument("--seconds", type=float, default=SECONDS, help="of trouble in a run")
        add_interleaving(parser)
        parser.set_defaults(do=deed)


def add_interleaving(parser: argparse.ArgumentParser) -> None:
    """Add in which order a seed is played."""
    parser.add_argument(
        "--interleaving",
        type=Interleaving,
        choices=list(Interleaving),
        default=Interleaving.EXACT,
        help="in which order what is due is done",
    )
