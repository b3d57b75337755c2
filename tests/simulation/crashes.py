"""Kills a process at each of its effects, and its successor at each of its own.

Whatever was begun must come to its end: no order orphaned or doubled, and what is held in the end
is what an uninterrupted run would hold, or what it held before an execution that was turned back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace

from tests.simulation.crash_plans import CRASH_PLANS
from tests.simulation.plan import Kill, Moment, Plan
from tests.simulation.playing import Result, play

DOWN_S = 0.5
TORN_PARTS = 3
"""In how many places a record is torn."""
MANNERS = ("before", "after, all arrives", "after, nothing arrives", "in the middle")
AGAIN = "again, while recovering"
AS_UNINTERRUPTED = "as uninterrupted"
TURNED_BACK = "turned back, and even"
ORPHAN, DOUBLE = "I3", "I1-I7: order"
"""How breaches begin that tell of an orphan, or of an order that was taken twice."""


@dataclass
class Found:
    """What came of the deaths at one effect."""

    points: Counter[str] = field(default_factory=Counter)
    """By kind of death, and by how it ended."""
    breaches: list[str] = field(default_factory=list)


def effects_of(name: str) -> int:
    """Return how many effects an uninterrupted run has."""
    return _played(CRASH_PLANS[name], ()).effects[0]


def play_deaths(name: str, effect: int, stride: int) -> Found:
    """Play every death at one effect, and of one of them every second death.

    Args:
        name: The plan.
        effect: At which of its effects the process dies.
        stride: Of the successor's effects each so manyth is its end; 1 is all of them.
    """
    plan, found = CRASH_PLANS[name], Found()
    whole = _played(plan, ()).held
    opened = {wish.venue: Decimal(wish.size) for wish in plan.rounds[0].wishes}
    successors = 0
    for kind, kill in _deaths(effect):
        result = _played(plan, (kill,))
        _judge(found, kind, result, whole, opened)
        successors = max(successors, result.effects[1] if result.lives > 1 else 0)
    first = Kill(effect=effect, moment=Moment.AFTER, down_s=DOWN_S)
    for second in range(1 + effect % stride, successors + 1, stride):
        moment = (Moment.BEFORE, Moment.AFTER, Moment.TORN)[second % 3]
        again = Kill(effect=second, moment=moment, arrives=second % 2 == 0, down_s=DOWN_S)
        _judge(found, AGAIN, _played(plan, (first, again)), whole, opened)
    return found


def _deaths(effect: int) -> Iterator[tuple[str, Kill]]:
    """Yield each way to die at an effect."""
    before, arrives, nothing, middle = MANNERS
    yield before, Kill(effect=effect, down_s=DOWN_S)
    yield arrives, Kill(effect=effect, moment=Moment.AFTER, down_s=DOWN_S)
    lost = Kill(effect=effect, moment=Moment.AFTER, arrives=False, down_s=DOWN_S)
    yield nothing, lost
    for part in range(TORN_PARTS):
        torn = Kill(effect=effect, moment=Moment.TORN, arrives=part != 0, down_s=DOWN_S)
        yield middle, replace(torn, down_s=DOWN_S + part / 100)


def _played(plan: Plan, kills: tuple[Kill, ...]) -> Result:
    with TemporaryDirectory() as folder:
        return play(replace(plan, kills=kills), Path(folder))


def _judge(
    found: Found,
    kind: str,
    result: Result,
    whole: Mapping[str, Decimal],
    opened: Mapping[str, Decimal],
) -> None:
    found.points[kind] += 1
    found.points["orphans"] += sum(text.startswith(ORPHAN) for text in result.breaches)
    found.points["doubles"] += sum("times" in text and DOUBLE in text for text in result.breaches)
    found.breaches += result.breaches
    if result.held == whole:
        found.points[AS_UNINTERRUPTED] += 1
    elif all(_between(held, opened[name]) for name, held in result.held.items()):
        found.points[TURNED_BACK] += 1
    else:
        found.breaches.append(f"I33: {result.held} is held, uninterrupted it is {whole}")


def _between(held: Decimal, opened: Decimal) -> bool:
    """Tell whether a position lies between none and what an execution opens."""
    return min(opened, Decimal(0)) <= held <= max(opened, Decimal(0))
