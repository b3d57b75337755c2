"""Kills a process at each of its effects, and its successor at each of its own.

Whatever was begun must come to its end: no order orphaned or doubled, and what is held in the end
is what an uninterrupted course would hold, or what it held before an execution was turned back. The
same is asked where a single effect fails and the process lives on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tests.simulation.course import Course, Left
from tests.simulation.courses import COURSES
from tests.simulation.plan import Failure, Kill, Moment
from tests.simulation.ruin import RUINS, EffectKind

DOWN_S = 0.5
TORN_SHARES = (0.0, 0.5, 1.0)
"""Of a torn record: nothing of it, its first half, all but its last byte. Where else it is torn
makes no difference, as ``tests/database/test_torn_journals.py`` shows on real files."""
BEFORE = "before"
BEFORE_NOTHING = "before, nothing arrives"
AFTER = "after, all arrives"
AFTER_NOTHING = "after, nothing arrives"
MIDDLE = "in the middle"
MANNERS = (BEFORE, BEFORE_NOTHING, AFTER, AFTER_NOTHING, MIDDLE)
AGAIN = "again, while recovering"
AS_UNINTERRUPTED = "as uninterrupted"
OTHERWISE = "otherwise, and sound"
ORPHAN, DOUBLE = "I3", "I1-I7: order"
"""How breaches begin that tell of an orphan, or of an order that was taken twice."""


@dataclass
class Found:
    """What came of the deaths at one effect, or of its failures."""

    points: Counter[str] = field(default_factory=Counter)
    """By kind of death or failure, by kind of effect, and by how it ended."""
    breaches: list[str] = field(default_factory=list)


def effects_of(name: str) -> int:
    """Return how many effects an uninterrupted course has."""
    return COURSES[name].play().effects[0]


def play_deaths(name: str, effect: int, stride: int) -> Found:
    """Play every death at one effect, and of one of them every second death.

    Args:
        name: Of the course.
        effect: At which of its effects the process dies.
        stride: Of the successor's effects each so manyth is its end; 1 is all of them.
    """
    course, found = COURSES[name], Found()
    whole = course.play()
    kind = whole.kinds[effect - 1]
    found.points[f"effect: {kind}"] += 1
    successors = 0
    for manner, kill in _deaths(effect, kind):
        left = course.play((kill,))
        _judge(found, manner, left, whole, course)
        successors = max(successors, left.effects[1] if len(left.effects) > 1 else 0)
    first = Kill(effect=effect, moment=Moment.AFTER, down_s=DOWN_S)
    for second in range(1 + effect % stride, successors + 1, stride):
        moment = (Moment.BEFORE, Moment.AFTER, Moment.TORN)[second % 3]
        again = Kill(effect=second, moment=moment, arrives=second % 2 == 0, down_s=DOWN_S)
        _judge(found, AGAIN, course.play((first, again)), whole, course)
    return found


def play_failures(name: str, effect: int) -> Found:
    """Let one effect fail in each way that there is for its kind."""
    course, found = COURSES[name], Found()
    whole = course.play()
    kind = whole.kinds[effect - 1]
    found.points[f"effect: {kind}"] += 1
    for how in RUINS[kind]:
        left = course.play(failure=Failure(effect, how))
        _judge(found, f"{kind}: {how}", left, whole, course)
    return found


def _deaths(effect: int, kind: EffectKind) -> Iterator[tuple[str, Kill]]:
    """Yield each way to die at an effect."""
    for manner, moment, arrives in (
        (BEFORE, Moment.BEFORE, True),
        (BEFORE_NOTHING, Moment.BEFORE, False),
        (AFTER, Moment.AFTER, True),
        (AFTER_NOTHING, Moment.AFTER, False),
    ):
        yield manner, Kill(effect=effect, moment=moment, arrives=arrives, down_s=DOWN_S)
    for share in TORN_SHARES if kind in (EffectKind.WRITE, EffectKind.LEASE) else ():
        torn = Kill(effect=effect, moment=Moment.TORN, arrives=share > 0, torn=share, down_s=DOWN_S)
        yield MIDDLE, torn


def _judge(found: Found, manner: str, left: Left, whole: Left, course: Course) -> None:
    found.points[manner] += 1
    found.points["orphans"] += sum(text.startswith(ORPHAN) for text in left.breaches)
    found.points["doubles"] += sum("times" in text and DOUBLE in text for text in left.breaches)
    found.breaches += [f"{manner}: {text}" for text in left.breaches]
    if _same(left.held, whole.held):
        found.points[AS_UNINTERRUPTED] += 1
    elif course.may_be_left(left.held, whole.held):
        found.points[OTHERWISE] += 1
    else:
        found.breaches.append(
            f"{manner}: I33: {left.held} is held, uninterrupted it is {whole.held}"
        )


def _same(held: Mapping[str, Decimal], whole: Mapping[str, Decimal]) -> bool:
    return dict(held) == dict(whole)
