"""Make small mistakes in the pure core, one at a time, and see whether a test tells.

python -m tests.mutation                    every module; goes on where it was stopped
python -m tests.mutation order_tracker      those whose path holds the word
python -m tests.mutation --page             write docs/mutation.md from what is known
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.mutation.operators import Mutants
from tests.mutation.page import Played, page
from tests.mutation.playing import ROOT, play
from tests.mutation.results import Results
from tests.mutation.targets import COVERED, TARGETS

KEPT = ROOT / "build" / "mutants"
PAGE = ROOT / "docs" / "mutation.md"


def main(arguments: Sequence[str]) -> int:
    """Play what the arguments say; 1 if a mutant survives of which no reason is told."""
    given = _parser().parse_args(arguments)
    if given.covered:
        sys.stdout.write(",".join(COVERED))
        return 0
    if given.page:
        PAGE.write_text(page([_known(path) for path in TARGETS]))
        return 0
    unexplained = 0
    for path in TARGETS:
        if any(word in path for word in given.words) or not given.words:
            play(path, TARGETS[path], _results(path))
            unexplained += _tell(_known(path))
    return 1 if unexplained else 0


def _results(path: str) -> Results:
    name = path.removesuffix(".py").replace("/", ".")
    return Results(KEPT / f"{name}.jsonl")


def _known(path: str) -> Played:
    """Return what became of a module's mutants."""
    results = _results(path)
    every = Mutants((ROOT / path).read_text(), path).all
    return Played(path, {mutant.name: results.fate(mutant) for mutant in every})


def _tell(module: Played) -> int:
    survivors, unexplained = module.survivors(), module.without_reason()
    sys.stdout.write(f"{module.path}: {len(survivors)} of {len(module.fates)} mutants survive\n")
    for name in unexplained:
        sys.stdout.write(f"    {module.fates[name]}: {name}\n")
    for name in module.idle_reasons():
        sys.stdout.write(f"    no such mutant survives: {name}\n")
    sys.stdout.flush()
    return len(unexplained)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("words", nargs="*", metavar="WORD", help="a part of a module's path")
    parser.add_argument("--page", action="store_true", help="write docs/mutation.md")
    parser.add_argument("--covered", action="store_true", help="list what has every branch run")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
