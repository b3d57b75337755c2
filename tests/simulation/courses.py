"""Everything that is interrupted at each of its effects, by name."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec.structs import replace

from tests.simulation.course import Course, Left
from tests.simulation.crash_plans import CRASH_PLANS
from tests.simulation.flat_course import FlatCourse
from tests.simulation.plan import Failure, Kill, Plan
from tests.simulation.playing import play
from tests.simulation.programs import PROGRAMS


class ExecutionCourse(msgspec.Struct, frozen=True):
    """An execution that opens, and one that closes what it has opened."""

    plan: Plan

    def play(self, kills: tuple[Kill, ...] = (), failure: Failure | None = None) -> Left:
        """Play it with these deaths, or with this going wrong."""
        with TemporaryDirectory() as folder:
            result = play(replace(self.plan, kills=kills, failure=failure), Path(folder))
        return Left(result.breaches, result.effects, result.kinds, result.held)

    def may_be_left(self, held: Mapping[str, Decimal], whole: Mapping[str, Decimal]) -> bool:
        """Tell whether what is held lies between none and what the execution opens."""
        del whole
        opened = {wish.venue: Decimal(wish.size) for wish in self.plan.rounds[0].wishes}
        return all(
            min(opened[name], Decimal(0)) <= size <= max(opened[name], Decimal(0))
            for name, size in held.items()
        )


COURSES: Mapping[str, Course] = {
    **{name: ExecutionCourse(plan) for name, plan in CRASH_PLANS.items()},
    **PROGRAMS,
    "kill to flat": FlatCourse("backpack", 1),
    "kill to flat, a chain": FlatCourse("lighter", 3),
}
"""By what happens in them."""
