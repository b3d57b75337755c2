"""One process with bugs planted, which plays seeds in forked children until one is in breach.

Started by ``hunting``, with what is to be played as lines of its input; what came of each seed is
a line of its output. The product is imported here, once, with the bug in it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.simulation.planted.planting import plant, read_bug

ROOT = Path(__file__).resolve().parents[3]


def main(arguments: Sequence[str]) -> int:
    """Play the seeds of the standard input; the arguments are the files of bugs."""
    plant([read_bug(Path(each)) for each in arguments], ROOT)
    from tests.simulation.jobs import Job, Played  # noqa: PLC0415  # imported with the bug in it
    from tests.simulation.runner import play_all  # noqa: PLC0415

    red: list[Played] = []

    def jobs() -> Iterator[Job]:
        for line in sys.stdin:
            if red:
                return
            kind, seed, plan, chaos_s, stride = json.loads(line)
            yield Job(kind, seed, chaos_s=chaos_s, plan=plan, stride=stride, naive=False)

    def on_played(played: Played) -> None:
        red.extend([played] if played.breaches else [])
        told = {
            "kind": played.kind,
            "seed": played.seed,
            "plan": played.plan,
            "breaches": played.breaches,
            "trace": played.trace,
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()

    play_all(jobs(), 1, on_played, None)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
