"""From a case in breach to the least one that still breaks the same rule.

The end comes nearer and the world gets smaller first, since that makes every further try cheaper;
then rows are left out by halves, quarters, and so on (ddmin), and what is left of them is made
shorter and weaker. Each try has a process of its own.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from time import monotonic

import msgspec
from msgspec.structs import replace

from tests.simulation.jobs import Job, Played, kind_of
from tests.simulation.narrowing import ROWS, Case, is_whole, narrower
from tests.simulation.plan import Trouble
from tests.simulation.runner import play_all

TRIES_MAX = 300
SECONDS_MAX = 300.0
"""Of the machine: a person waits."""
SHORTEST_S = 0.5
"""No window is made shorter."""
Red = Callable[[Case], str | None]
"""Tells what of a case is in breach; None where nothing is, or another rule."""


class _Spent(Exception):
    """There were enough tries."""


def shrink(case: Case, *, canary: str = "", red: Red | None = None) -> Case | None:
    """Return the least case that breaks the same rule, with what it breaks; None where none is.

    Args:
        case: In breach, as it is thought.
        canary: The planted bug, if it is one.
        red: Tells whether a case is in breach; by playing it where not given.
    """
    first = red(case) if red is not None else broken(case, canary, None)
    if first is None:
        return None
    is_red = red or (lambda each: broken(each, canary, rule_of(first)))
    search = _Search(case, first, is_red)
    with contextlib.suppress(_Spent):
        search.run()
    return replace(search.least, why=case.why or in_short(search.breach))


def rule_of(breach: str) -> str:
    """Return which rule a breach is of."""
    return breach.partition(":")[0]


def in_short(breach: str) -> str:
    """Return a breach without the traceback that may follow it."""
    line, _, more = breach.partition("\n")
    return f"{line} ..." if more else line


def broken(case: Case, canary: str, rule: str | None) -> str | None:
    """Play a case in a process of its own; return the first breach of a rule, or of any."""
    played: list[Played] = []
    job = Job(kind_of(case), case.seed, canary, naive=False, case=case)
    play_all([job], 1, played.append, None)
    breaches = (text for each in played for text in each.breaches)
    return next((text for text in breaches if rule is None or rule_of(text) == rule), None)


class _Search:
    def __init__(self, case: Case, breach: str, red: Red) -> None:
        self.least = case
        self.breach = breach
        self._red = red
        self._tried: dict[bytes, None] = {}
        self._until = monotonic() + SECONDS_MAX

    def run(self) -> None:
        """Go on until nothing more can be left out."""
        before = None
        while before != self.least:
            before = self.least
            while any(self._try(each) for each in narrower(self.least, self.breach)):
                pass
            for field in ROWS[type(self.least)]:
                self._fewer(field)
            self._shorter()

    def _fewer(self, field: str) -> None:
        """Leave out rows of one kind, ever smaller parts of them."""
        size = len(getattr(self.least, field))
        while size:
            begin = 0
            while begin < len(rows := getattr(self.least, field)):
                left = (*rows[:begin], *rows[begin + size :])
                if not self._try(replace(self.least, **{field: left})):
                    begin += size
            size //= 2

    def _shorter(self) -> None:
        """Halve how long troubles last, and how strong they are."""
        for index in range(len(self.least.troubles)):
            while (trouble := self.least.troubles[index]).for_s > SHORTEST_S:
                shorter = replace(trouble, for_s=round(trouble.for_s / 2, 3))
                if not self._try(self._with(index, shorter)):
                    break
            while (trouble := self.least.troubles[index]).seconds and trouble.seconds > SHORTEST_S:
                weaker = replace(trouble, seconds=round(trouble.seconds / 2, 3))
                if not self._try(self._with(index, weaker)):
                    break

    def _with(self, index: int, row: Trouble) -> Case:
        rows: Sequence[Trouble] = self.least.troubles
        return replace(self.least, troubles=(*rows[:index], row, *rows[index + 1 :]))

    def _try(self, case: Case) -> bool:
        """Take a case over where it breaks the rule as well."""
        key = msgspec.json.encode(case)
        if key in self._tried or case == self.least or not is_whole(case):
            return False
        if len(self._tried) >= TRIES_MAX or monotonic() > self._until:
            raise _Spent
        self._tried[key] = None
        breach = self._red(case)
        if breach is None:
            return False
        self.least, self.breach = case, breach
        return True
