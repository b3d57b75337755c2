"""Which faults are in force, and what they did.

The first row that applies decides; every injection is counted by its kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple, TypedDict, Unpack

from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.chance import Dice
from venue_simulators.faults import Fault, FaultRow


class Terms(TypedDict, total=False):
    """Whom a fault befalls and how it looks: the fields of ``FaultRow`` that tests choose."""

    service: str
    method: str
    path: str
    contains: str
    probability: float
    seconds: float | None
    status: int
    body: str


class Addressed(NamedTuple):
    """What a fault is looked up by: a request, or a frame with its connection's handshake."""

    service: str
    method: str
    path: str
    text: str


@dataclass(slots=True)
class _Entry:
    row: FaultRow
    left: int | None
    end_ns: int
    """When its window ends, of the plan: all rows of a kind are asked for each frame."""
    begun: bool = False

    @staticmethod
    def of(row: FaultRow) -> _Entry:
        """Return the entry of a row."""
        return _Entry(row, row.times, NEVER_NS if row.end_ns is None else row.end_ns)

    def stands(self, at_ns: int) -> bool:
        """Say whether the row is in force at an instant of the plan."""
        return self.row.from_ns <= at_ns < self.end_ns


class FaultPlan:
    """The rows in force and a count of what they did.

    Args:
        rows: In order of precedence.
        seed: Of the draws where a probability is not 0 or 1.
    """

    def __init__(self, rows: Iterable[FaultRow] = (), seed: int = 1) -> None:
        self.counts: Counter[Fault] = Counter()
        """Injections by kind."""
        self.start_ns = 0
        """Epoch ns of the plan's beginning; whoever carries it out sets it."""
        self._entries = [_Entry.of(row) for row in rows]
        self._chosen: dict[tuple[Fault, ...], list[_Entry]] = {}
        """Entries by the kinds that are asked for: who carries a plan out asks all the time."""
        self._dice = Dice(seed, "faults")

    # What tests say -------------------------------------------------------------------------------

    def add(self, row: FaultRow) -> None:
        """Add a row behind the others."""
        self._entries.append(_Entry.of(row))
        self._chosen.clear()

    def once(self, kind: str, times: int = 1, **how: Unpack[Terms]) -> None:
        """Let a fault befall the next matching request, frame or handshake.

        >>> plan = FaultPlan()
        >>> plan.once("rp.drop", method="POST", path="/api/v1/order")
        """
        self.add(FaultRow(Fault(kind), times=times, **how))

    def always(self, kind: str, **how: Unpack[Terms]) -> None:
        """Let a fault befall everything that matches from now on, until ``clear``."""
        self.add(FaultRow(Fault(kind), **how))

    def clear(self, kind: str | None = None) -> None:
        """Take back the rows of a kind, or all."""
        self._entries = [each for each in self._entries if kind not in (None, each.row.kind)]
        self._chosen.clear()

    # What the carrier asks ------------------------------------------------------------------------

    def pick(
        self,
        kinds: tuple[Fault, ...],
        now_ns: int,
        scope: Addressed,
        possible: Callable[[FaultRow], bool] = lambda _: True,
    ) -> FaultRow | None:
        """Return the row that befalls a request or frame, and count it; None if nothing does.

        Args:
            kinds: What could happen at this point.
            now_ns: Epoch ns.
            scope: What it is about.
            possible: Leaves out rows that could do nothing now.
        """
        at_ns = self._since(now_ns)
        for entry in self._of(kinds):
            if entry.left == 0 or not entry.stands(at_ns):
                continue
            row = entry.row
            if row.concerns(*scope) and possible(row) and self._draws(row.probability):
                if entry.left is not None:
                    entry.left -= 1
                self.counts[row.kind] += 1
                return row
        return None

    def standing(self, kind: Fault, now_ns: int) -> list[FaultRow]:
        """Return the rows of a kind that are in force, of those that are not limited by times."""
        return [
            entry.row
            for entry in self._of((kind,))
            if entry.left is None and entry.stands(self._since(now_ns))
        ]

    def begun(self, kinds: tuple[Fault, ...], now_ns: int) -> list[FaultRow]:
        """Return the rows whose window has begun since this was last asked."""
        fresh: list[FaultRow] = []
        for entry in self._of(kinds):
            row = entry.row
            due = entry.left is None and not entry.begun
            if due and row.from_ns <= self._since(now_ns):
                entry.begun = True
                fresh.append(row)
        return fresh

    def has(self, kinds: tuple[Fault, ...]) -> bool:
        """Say whether there is any row of these kinds."""
        return bool(self._of(kinds))

    def next_ns(self, kinds: tuple[Fault, ...], now_ns: int) -> int:
        """Return when the next window of these kinds begins, ``NEVER_NS`` for none."""
        entries = self._of(kinds)
        if not entries:
            return NEVER_NS
        begins = [
            self.start_ns + entry.row.from_ns
            for entry in entries
            if entry.left is None and not entry.begun
        ]
        return max(min(begins), now_ns) if begins else NEVER_NS

    def _of(self, kinds: tuple[Fault, ...]) -> list[_Entry]:
        """Return the entries of some kinds, in order of precedence."""
        if not self._entries:
            return self._entries  # most plans, and all that have healed
        chosen = self._chosen.get(kinds)
        if chosen is None:
            chosen = [each for each in self._entries if each.row.kind in kinds]
            self._chosen[kinds] = chosen
        return chosen

    def _since(self, now_ns: int) -> int:
        return now_ns - self.start_ns

    def _draws(self, probability: float) -> bool:
        return probability >= 1 or (probability > 0 and self._dice.roll() < probability)
