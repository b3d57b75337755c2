"""One process that plays seeds in forked children: with bugs, or with probes where they would be.

Started by ``hunting``, with what is to be played as lines of its input; what came of each seed is
a line of its output. The product is imported here, once, with the bug or the probes in it. With
bugs it stops at the first seed in breach.
"""

from __future__ import annotations

import builtins
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tests.simulation.planted.planting import plant, read_bug, replace_sources
from tests.simulation.planted.reaching import PROBE, probed_by

if TYPE_CHECKING:
    from tests.simulation.jobs import Job, Played

ROOT = Path(__file__).resolve().parents[3]
PROBES = "--probes"
_reached: Counter[str] = Counter()


def main(arguments: Sequence[str]) -> int:
    """Play the seeds of the standard input; the arguments are how many at once, and bugs' files."""
    workers, *files = [each for each in arguments if each != PROBES]
    bugs = [read_bug(Path(each)) for each in files]
    if PROBES in arguments:
        setattr(builtins, PROBE, lambda bug: _reached.update((bug,)))
        replace_sources(probed_by(bugs, ROOT))
    else:
        plant(bugs, ROOT)
    from tests.simulation.runner import play_all  # noqa: PLC0415  # imported with the bug in it

    red: list[Played] = []

    def on_played(played: Played) -> None:
        red.extend([played] if played.breaches and PROBES not in arguments else [])
        told = {
            "kind": played.kind,
            "seed": played.seed,
            "plan": played.plan,
            "breaches": played.breaches,
            "trace": played.trace,
            "reached": played.marks,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

    play_all(_jobs(red), int(workers), on_played, doing=_play)
    return 0


def _jobs(red: Sequence[Played]) -> Iterator[Job]:
    from tests.simulation.jobs import Job  # noqa: PLC0415  # as above

    for line in sys.stdin:
        if red:
            return
        kind, seed, plan, chaos_s, stride = json.loads(line)
        yield Job(kind, seed, chaos_s=chaos_s, plan=plan, stride=stride, naive=False)


def _play(job: Job) -> Played:
    """Play a seed, and tell in the place of its marks which probes it came by."""
    from tests.simulation.jobs import do  # noqa: PLC0415  # as above

    played = do(job)
    return replace(played, marks=dict(_reached))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
