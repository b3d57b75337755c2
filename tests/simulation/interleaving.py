"""A virtual loop that does what is due at one instant in another order, or later than it was due.

With exact instants hardly two things are due at once, so that no order of them is ever tried. The
choices here bring them together, each as a real machine may do:

- ``grid``: every timer is late by up to one step of a grid of 1 to 50 ms, as timers of a coarse
  clock are; those that fall on one instant run in a drawn order.
- ``charge``: every callback takes 20 to 500 us, so that what comes meanwhile piles up behind it.
- ``pct``: on such a grid too, and of the tasks that could take a step the one of the highest
  priority does. Priorities are drawn, and three times in every window of steps the task whose turn
  it is becomes the last of all (probabilistic concurrency testing).

Steps of tasks alone are put off. Other callbacks keep their order, which asyncio promises, and no
step overtakes one that was scheduled before it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from exchange_clients.shared.clock import Rng
from exchange_clients.shared.virtual_time import VirtualLoop
from tests.simulation.plan import Interleaving
from tests.simulation.troubles import log_uniform

T = TypeVar("T")

GRID_MIN_NS, GRID_MAX_NS = 1_000_000, 50_000_000
CHARGE_MIN_NS, CHARGE_MAX_NS = 20_000, 500_000
"""What a callback takes."""
PRIORITY_BITS = 32
WINDOW_STEPS = 2_000
"""Steps of tasks among which there are so many changes of priority:"""
CHANGES = 3
STEP_NAMES = ("__step", "__wakeup", "task_wakeup")
"""Of what a task schedules of itself; the first has no name where asyncio is in C."""


class InterleavingLoop(VirtualLoop):
    """A loop on virtual time whose order is chosen.

    Args:
        epoch_ns: Wall time at loop time zero.
        interleaving: Which order.
        rng: Draws all of it.
    """

    def __init__(
        self, *, epoch_ns: int, interleaving: Interleaving = Interleaving.EXACT, rng: Rng
    ) -> None:
        super().__init__(epoch_ns=epoch_ns)
        self._rng = rng
        self._exact = interleaving is Interleaving.EXACT
        self._grid_ns = 1
        if interleaving in (Interleaving.GRID, Interleaving.PCT):
            self._grid_ns = round(log_uniform(rng, GRID_MIN_NS, GRID_MAX_NS))
        self._ranked: _Ranked | None = None
        if interleaving is Interleaving.CHARGE:
            most_ns = round(log_uniform(rng, CHARGE_MIN_NS, CHARGE_MAX_NS))
            self._ready = _Charged(self, most_ns, rng)
        if interleaving is Interleaving.PCT:
            self._ready = self._ranked = _Ranked(rng)

    def create_task(  # type: ignore[override]  # options differ between versions of Python
        self, coro: Coroutine[Any, Any, T], **options: Any
    ) -> asyncio.Task[T]:
        """Create a task, and draw its priority."""
        task = super().create_task(coro, **options)
        if self._ranked is not None:
            self._ranked.rank(task)
        return task

    def take_due(self) -> None:
        """Let every timer that is due join what is ready, as a loop of the machine does."""
        while self._next_timer_ns() <= self._horizon.now_ns:
            self._ready.append(self._take_timer())

    def spend(self, spent_ns: int) -> None:
        """Let time pass while a callback runs."""
        self._horizon.now_ns += spent_ns
        self.take_due()

    def _set_timer(
        self, when_ns: int, callback: Any, args: tuple[Any, ...], context: Any
    ) -> asyncio.TimerHandle:
        if not self._exact:
            when_ns = -(-when_ns // self._grid_ns) * self._grid_ns
            # Timers of one instant run by their numbers, which rise unless they are drawn.
            self._timers_set = self._rng.getrandbits(60)
        return super()._set_timer(when_ns, callback, args, context)

    def _advance(self) -> list[Any]:
        heard = super()._advance()
        if not self._exact:
            self.take_due()
        return heard


def task_of(handle: asyncio.Handle) -> asyncio.Task[Any] | None:
    """Return the task of which a handle is the next step; None of any other callback."""
    callback = handle._callback  # type: ignore[attr-defined]
    owner = getattr(callback, "__self__", None)
    if not isinstance(owner, asyncio.Task):
        return None
    is_step = getattr(callback, "__name__", STEP_NAMES[0]) in STEP_NAMES
    return owner if is_step else None


class _Charged(deque[asyncio.Handle]):
    """What is ready on a loop whose callbacks take their time."""

    def __init__(self, loop: InterleavingLoop, most_ns: int, rng: Rng) -> None:
        super().__init__()
        self._loop = loop
        self._most_ns = most_ns
        self._rng = rng

    def popleft(self) -> asyncio.Handle:
        handle = super().popleft()
        if not handle.cancelled():
            self._loop.spend(self._rng.randint(CHARGE_MIN_NS, self._most_ns))
        return handle


class _Ranked(deque[asyncio.Handle]):
    """What is ready on a loop whose tasks have priorities."""

    def __init__(self, rng: Rng) -> None:
        super().__init__()
        self._rng = rng
        self._priorities: WeakKeyDictionary[asyncio.Task[Any], int] = WeakKeyDictionary()
        self._steps = 0
        self._changes: list[int] = []
        """The numbers of the steps of this window that change a priority."""
        self._lowest = 0

    def rank(self, task: asyncio.Task[Any]) -> None:
        """Draw the priority of a task whose first step was scheduled just now.

        Raises:
            RuntimeError: this asyncio schedules steps in a way that is not known here.
        """
        if not self or task_of(self[-1]) is not task:
            last = self[-1] if self else None
            raise RuntimeError(f"the first step of {task!r} is not told from callbacks: {last!r}")
        self._priorities[task] = self._rng.getrandbits(PRIORITY_BITS)

    def popleft(self) -> asyncio.Handle:
        index = self._chosen()
        handle = self[index]
        del self[index]
        task = task_of(handle)
        if task is not None and not handle.cancelled():
            self._count(task)
        return handle

    def _chosen(self) -> int:
        """Return the place of what runs next."""
        best, highest, first_other = 0, None, None
        for index, handle in enumerate(self):
            task = task_of(handle)
            if task is None:
                first_other = index if first_other is None else first_other
            elif highest is None or self._priorities[task] > highest:
                best, highest = index, self._priorities[task]
        if first_other is not None and first_other < best:
            best = first_other
        return best

    def _count(self, task: asyncio.Task[Any]) -> None:
        """Count a step, at some of which its task becomes the last of all.

        So one that only yields, and is never without a step, keeps no other from its turn for long.
        """
        if self._steps % WINDOW_STEPS == 0:
            self._changes = [self._rng.randint(0, WINDOW_STEPS - 1) for _ in range(CHANGES)]
        if self._steps % WINDOW_STEPS in self._changes:
            self._lowest -= 1
            self._priorities[task] = self._lowest
        self._steps += 1
