"""An event loop whose time is a number: it jumps, or is paced, from one event to the next.

The loop is asyncio's own selector loop with another selector and another ``time``. Market data does
not become tasks or timers: a ``Feed`` (the paper venue) is run by the selector, in one tight loop,
up to the next timer. The rule of order that makes runs repeatable:

1. callbacks that are ready run first, at the present instant;
2. then the feeds, up to and including the instant of the next timer; of events at equal
   instants, those of the feed that was added first;
3. then that timer. Timers of equal instants run in the order they were set.

With a finite ``speed`` the loop waits on the machine's clock before it moves on, so that watching a
run at any speed and computing it at full speed give the same events.
"""

from __future__ import annotations

import asyncio
import heapq
import math
import selectors
import time
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import LoopWaits

T = TypeVar("T")

NEVER = 1 << 62
"""An instant (ns of loop time) that does not come."""
DESCRIPTOR_POLL_S = 0.02
"""How often (machine seconds) a loop that is busy computing looks at signals and sockets."""
FEED_RUN_MAX_NS = 60 * NS
"""How far (loop time) a feed runs at full speed before the loop looks at signals and sockets."""


class Horizon:
    """How far a feed may run before it must hand control back to the loop.

    ``until_ns`` shrinks whenever a callback or an earlier timer is set, so a feed re-reads it after
    each event it delivers.
    """

    __slots__ = ("now_ns", "until_ns")

    def __init__(self) -> None:
        self.now_ns = 0
        self.until_ns = NEVER


class Feed(Protocol):
    """A source of events that the loop runs between timers; instants are ns of loop time."""

    def next_ns(self) -> int:
        """Return the instant of the next event, ``NEVER`` when there is none."""

    def run(self, horizon: Horizon) -> None:
        """Deliver events in order while the next is at or before ``horizon.until_ns``.

        Sets ``horizon.now_ns`` to each event's instant before delivering it and re-reads
        ``until_ns`` after each. Called only when the next event is within the horizon.
        """


class Deadlock(RuntimeError):
    """Nothing is scheduled and nothing can come: the program waits for ever."""


class _FeedSelector(selectors.BaseSelector):
    """A selector that, where others sleep, runs the feeds and moves the loop's time."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._descriptors = selectors.DefaultSelector()

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._descriptors.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._descriptors.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._descriptors.modify(fileobj, events, data)

    def close(self) -> None:
        self._descriptors.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._descriptors.get_map()

    def wait(self, seconds: float) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait on the machine's clock, or until a descriptor or a signal wakes us."""
        return self._descriptors.select(max(seconds, 0.0))

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        del timeout  # the loop's own arithmetic is in floats; ours is exact
        return self._loop._turn(self)


class _Timer(asyncio.TimerHandle):
    """A timer of an exact instant, which runs after those of that instant that were set before."""

    __slots__ = ("key",)
    key: tuple[int, int]
    """(instant in ns of loop time, number of the timer)."""
    _scheduled: bool  # of asyncio's handle: whether the loop's heap holds it

    def __lt__(self, other: object) -> bool:
        assert isinstance(other, _Timer)
        return self.key < other.key


class VirtualLoop(asyncio.SelectorEventLoop):
    """A selector loop on virtual time; ``speed`` None computes as fast as it can."""

    # Of asyncio's base loop, the same on 3.11 to 3.13; a test pins what is relied upon.
    _ready: deque[asyncio.Handle]
    _scheduled: list[_Timer]
    _signal_handlers: dict[int, asyncio.Handle]
    _stopping: bool
    _default_executor: object | None

    def __init__(self, *, epoch_ns: int = 0, speed: float | None = None) -> None:
        self._horizon = Horizon()
        self._feeds: list[Feed] = []
        self._timers_set = 0
        self.epoch_ns = epoch_ns
        """Wall time at loop time zero."""
        self.speed = speed
        self._machine_start = time.monotonic()
        self._virtual_start_ns = 0
        self._next_poll = 0.0
        super().__init__(_FeedSelector(self))
        # The base loop moves a timer to the ready callbacks when its time, a float, is below
        # time() + resolution: it would merge or miss instants. We compare integers instead.
        self._clock_resolution = -math.inf

    # The loop's time -------------------------------------------------------------------------

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._horizon.now_ns / NS

    @property
    def now_ns(self) -> int:
        """Return virtual nanoseconds since the loop was made."""
        return self._horizon.now_ns

    def add_feed(self, feed: Feed) -> None:
        """Run ``feed`` between timers from now on."""
        self._feeds.append(feed)
        self._horizon.until_ns = -1

    def remove_feed(self, feed: Feed) -> None:
        """Stop running ``feed``."""
        self._feeds.remove(feed)

    # What may shorten a feed's run ------------------------------------------------------------

    def call_soon(  # type: ignore[override]  # the stub's variadic form cannot be restated
        self, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.Handle:
        """Schedule a callback for the present instant; a running feed stops after its event."""
        self._horizon.until_ns = -1
        return super().call_soon(callback, *args, context=context)

    def call_at(  # type: ignore[override]  # the stub's variadic form cannot be restated
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Schedule a timer; a running feed will not run past it."""
        return self._set_timer(round(when * NS), callback, args, context)

    def call_later(  # type: ignore[override]  # the stub's variadic form cannot be restated
        self, delay: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        """Schedule a timer ``delay`` seconds from now, to the nanosecond."""
        return self._set_timer(self._horizon.now_ns + round(delay * NS), callback, args, context)

    def _set_timer(
        self, when_ns: int, callback: Any, args: tuple[Any, ...], context: Any
    ) -> asyncio.TimerHandle:
        self._timers_set += 1
        timer = _Timer(when_ns / NS, callback, args, self, context)
        timer.key = (when_ns, self._timers_set)
        heapq.heappush(self._scheduled, timer)
        timer._scheduled = True
        self._horizon.until_ns = min(self._horizon.until_ns, when_ns)
        return timer

    # One turn of the loop ---------------------------------------------------------------------

    def _turn(self, selector: _FeedSelector) -> list[tuple[selectors.SelectorKey, int]]:
        ready = self._poll(selector)
        if ready or self._ready or self._stopping:
            return ready
        return self._advance(selector)

    def _poll(self, selector: _FeedSelector) -> list[tuple[selectors.SelectorKey, int]]:
        """Look at signals and sockets now and then, so that Ctrl-C is heard while computing."""
        machine = time.monotonic()
        if machine < self._next_poll:
            return []
        self._next_poll = machine + DESCRIPTOR_POLL_S
        return selector.wait(0)

    def _advance(self, selector: _FeedSelector) -> list[tuple[selectors.SelectorKey, int]]:
        timer_ns = self._next_timer_ns()
        feed = self._earliest_feed()
        feed_ns = NEVER if feed is None else feed.next_ns()
        target_ns = min(timer_ns, feed_ns)
        if target_ns >= NEVER:
            return self._wait_for_descriptors(selector)
        if self.speed is not None:
            woken = self._pace(selector, target_ns)
            if woken or self._machine_ns() < target_ns:
                return woken
        if feed is not None and feed_ns <= timer_ns:
            assert feed_ns >= self._horizon.now_ns, "a feed's events never lie in the past"
            self._horizon.until_ns = min(timer_ns, self._limit_ns(feed, feed_ns))
            feed.run(self._horizon)
        else:
            self._horizon.now_ns = max(self._horizon.now_ns, timer_ns)
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False
            self._ready.append(timer)
        return []

    def _next_timer_ns(self) -> int:
        # Before it asks the selector, the base loop has dropped cancelled timers from the front.
        return self._scheduled[0].key[0] if self._scheduled else NEVER

    def _earliest_feed(self) -> Feed | None:
        if len(self._feeds) <= 1:
            return self._feeds[0] if self._feeds else None
        return min(self._feeds, key=lambda feed: feed.next_ns())  # the first of equals

    def _limit_ns(self, feed: Feed, feed_ns: int) -> int:
        """Return how far ``feed`` may run before another feed or the pace wants its turn."""
        limit_ns = feed_ns + FEED_RUN_MAX_NS if self.speed is None else self._machine_ns()
        goes_first = True
        for other in self._feeds:
            if other is feed:
                goes_first = False  # those that follow were added later and wait for us
            else:
                limit_ns = min(limit_ns, other.next_ns() - goes_first)
        return limit_ns

    # Pace ------------------------------------------------------------------------------------

    def _machine_ns(self) -> int:
        """Return the virtual instant that the machine's clock and the speed allow by now."""
        assert self.speed is not None
        elapsed = time.monotonic() - self._machine_start
        return self._virtual_start_ns + int(elapsed * self.speed * NS)

    def _pace(
        self, selector: _FeedSelector, target_ns: int
    ) -> list[tuple[selectors.SelectorKey, int]]:
        assert self.speed is not None
        behind = (target_ns - self._machine_ns()) / NS / self.speed
        return selector.wait(behind) if behind > 0 else []

    def restart_pace(self) -> None:
        """Count the pace from now: after a fast-forward, or when the machine slept."""
        self._machine_start = time.monotonic()
        self._virtual_start_ns = self._horizon.now_ns

    def _wait_for_descriptors(
        self, selector: _FeedSelector
    ) -> list[tuple[selectors.SelectorKey, int]]:
        sockets = len(selector.get_map()) - 1  # one descriptor is the loop's own
        if not sockets and not self._signal_handlers and self._default_executor is None:
            raise Deadlock("no callback, timer, feed, socket, signal or thread is left to wait for")
        return selector.wait(DESCRIPTOR_POLL_S)


class VirtualClock(LoopWaits):
    """The clock of a ``VirtualLoop``."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self._horizon = loop._horizon

    def now_ns(self) -> int:
        """Return virtual wall time."""
        return self._loop.epoch_ns + self._horizon.now_ns

    def monotonic_ns(self) -> int:
        """Return virtual time since the loop was made."""
        return self._horizon.now_ns


def run_virtual(
    main: Callable[[VirtualLoop], Coroutine[Any, Any, T]],
    *,
    epoch_ns: int = 0,
    speed: float | None = None,
) -> T:
    """Run ``main(loop)`` to its end on a loop of its own and close the loop."""
    loop = VirtualLoop(epoch_ns=epoch_ns, speed=speed)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(main(loop))
