"""What the venue will do by itself, by instant; at one instant in the order it was planned."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import TypeAlias

from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.world import World

Deed: TypeAlias = Callable[[], None]


class Agenda:
    """A heap of deeds; instants are epoch nanoseconds."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Deed]] = []
        self._planned = 0

    def plan(self, at_ns: int, deed: Deed) -> None:
        """Do ``deed`` at an instant; one that has passed is the next to come."""
        self._planned += 1
        heappush(self._heap, (at_ns, self._planned, deed))

    def next_ns(self) -> int:
        """Return the instant of the next deed, ``NEVER_NS`` when none is planned."""
        return self._heap[0][0] if self._heap else NEVER_NS

    def take(self) -> Deed:
        """Take out the next deed."""
        return heappop(self._heap)[2]

    def run(self, until_ns: int) -> None:
        """Do everything that is due, what these deeds plan for the same time among it."""
        while self._heap and self._heap[0][0] <= until_ns:
            self.take()()


def pass_time(world: World, agenda: Agenda, until_ns: int) -> None:
    """Let a world and what is planned in it go on, in turn, until an instant (epoch ns)."""
    while (due_ns := min(agenda.next_ns(), world.next_ns())) <= until_ns:
        due_ns = max(due_ns, world.now_ns)
        world.advance(due_ns)
        agenda.run(due_ns)
    if until_ns > world.now_ns:
        world.advance(until_ns)
