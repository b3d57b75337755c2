"""From a plan in breach to the least one that still is: fewer rows, then shorter and weaker ones.

Rows are left out by halves, then quarters, and so on (ddmin); what is left has its lengths halved.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec.structs import replace

from tests.simulation.jobs import play_executions
from tests.simulation.plan import Plan

T = TypeVar("T")
TRIES_MAX = 300
SHORTEST_S = 0.5
"""No window is made shorter."""
Red = Callable[[Plan], bool]


class _Spent(Exception):
    """There were enough tries."""


def shrink(plan: Plan, *, canary: str = "", red: Red | None = None) -> Plan | None:
    """Return the least plan that is in breach; None where this one is not.

    Args:
        plan: In breach, as it is thought.
        canary: The planted bug, if it is one.
        red: Tells whether a plan is in breach; by playing it where not given.
    """
    is_red = red or (lambda each: bool(play_executions(each, canary=canary, naive=False).breaches))
    if not is_red(plan):
        return None
    search = _Search(plan, is_red)
    with contextlib.suppress(_Spent):
        search.run()
    return search.least


class _Search:
    def __init__(self, plan: Plan, red: Red) -> None:
        self.least = plan
        self._red = red
        self._tries = 0

    def run(self) -> None:
        """Go on until nothing more can be left out."""
        before = None
        while before != self.least:
            before = self.least
            self._fewer("kills", lambda plan, rows: replace(plan, kills=rows))
            self._fewer("troubles", lambda plan, rows: replace(plan, troubles=rows))
            self._fewer("rounds", lambda plan, rows: replace(plan, rounds=rows))
            self._fewer("own", lambda plan, rows: replace(plan, own=rows))
            self._fewer("moves", lambda plan, rows: replace(plan, moves=rows))
            self._shorter()

    def _fewer(self, field: str, put: Callable[[Plan, tuple[T, ...]], Plan]) -> None:
        """Leave out rows of one kind, ever smaller parts of them."""
        size = len(getattr(self.least, field))
        while size:
            begin = 0
            while begin < len(rows := getattr(self.least, field)):
                if not self._try(put(self.least, (*rows[:begin], *rows[begin + size :]))):
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

    def _with(self, index: int, row: T) -> Plan:
        rows: Sequence[object] = self.least.troubles
        changed = (*rows[:index], row, *rows[index + 1 :])
        return replace(self.least, troubles=changed)

    def _try(self, plan: Plan) -> bool:
        """Take a plan over where it is in breach as well."""
        if plan == self.least or not plan.rounds:
            return False
        self._tries += 1
        if self._tries > TRIES_MAX:
            raise _Spent
        if not self._red(plan):
            return False
        self.least = plan
        return True
