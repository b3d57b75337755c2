"""How many seeds it takes until a planted bug is found: what finds none of them is blind.

Every ``sample`` and every ``simulate`` plays one of them on executions, the latter another one on
runs as well, and is red when it is not found in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from tests.simulation.jobs import Job, Played
from tests.simulation.runner import play_all
from tests.simulation.telling import say

CANARY = "send_again"
PLANS_MAX = 60
"""It is found after eight plans; with so many the chance to miss it is one in a thousand."""
CANARY_OF_RUNS = "count_again"
RUNS_MAX = 12
"""It is found by five runs of six."""
RUN_CHAOS_S = 900.0


class Found(msgspec.Struct, frozen=True):
    """How a planted bug fared."""

    canary: str
    kind: str
    seeds: int
    """How many were played."""
    red: Played | None
    """The first in breach."""

    def __str__(self) -> str:
        what = f"canary {self.canary}, {self.kind}"
        if self.red is None:
            return f"RED {what}: NOT FOUND in {self.seeds} seeds, so nothing else would be"
        breach = self.red.breaches[0].partition("\n")[0]
        return f"{what}: found after {self.seeds} seeds, by seed {self.red.seed}: {breach}"


def seek(canary: str, jobs: Iterable[Job], workers: int) -> Found:
    """Play jobs with a planted bug until one is in breach."""
    played: list[Played] = []
    kind = ""

    def until_red() -> Iterator[Job]:
        nonlocal kind
        for job in jobs:
            if any(each.breaches for each in played):
                return
            kind = job.kind
            yield msgspec.structs.replace(job, canary=canary, naive=False)

    play_all(until_red(), workers, played.append)
    red = next((each for each in played if each.breaches), None)
    return Found(canary, kind, len(played), red)


def canary_is_found(workers: int, *, runs: bool) -> bool:
    """Tell whether the planted bug is found in time, and say how.

    Args:
        workers: How many seeds are played at a time.
        runs: Whether it must be found in runs of the whole program as well.
    """
    sought = [seek(CANARY, (Job("executions", each + 1) for each in range(PLANS_MAX)), workers)]
    if runs:
        jobs = (Job("run", each + 1, chaos_s=RUN_CHAOS_S) for each in range(RUNS_MAX))
        sought.append(seek(CANARY_OF_RUNS, jobs, workers))
    for found in sought:
        say(str(found))
    return all(found.red is not None for found in sought)
