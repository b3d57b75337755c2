"""An event loop whose time is a number: it jumps, or is paced, from one event to the next.

The loop is asyncio's own selector loop with another turn and another ``time``. Market data does not
become tasks or timers: a ``Feed`` (the paper venue) is run between them, in one tight loop, up to
the next timer. The rule of order that makes runs repeatable:

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
import selectors
from collections import deque
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Protocol, TypeAlias, TypeVar

from exchange_clients.base_models import NS
from exchange_clients.shared.clock import LoopWaits

T = TypeVar("T")

NEVER = 1 << 62
"""An instant (ns of loop time) that does not come."""
DESCRIPTOR_POLL_S = 0.02
"""How often (machine seconds) a loop that is busy computing looks at signals and sockets."""
CANCELLED_MAX = 100
"""So many cancelled timers may lie among the others before anybody looks."""
FEED_RUN_MAX_NS = 60 * NS
"""How far (loop time) a feed runs at full speed before the loop looks at signals and sockets."""


_Heard: TypeAlias = list[tuple[selectors.SelectorKey, int]]
"""Descriptors that have something to tell."""
_Timer: TypeAlias = tuple[int, int, asyncio.TimerHandle]
"""Instant (ns of loop time), number of the timer: those of one instant run as they were set."""


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


class VirtualLoop(asyncio.SelectorEventLoop):
    """A selector loop on virtual time; ``speed`` None computes as fast as it can."""

    # Of asyncio's base loop, the same on 3.11 to 3.13; a test pins what is relied upon.
    _ready: deque[asyncio.Handle]
    _scheduled: list[_Timer]
    _timer_cancelled_count: int
    _selector: selectors.BaseSelector
    _signal_handlers: dict[int, asyncio.Handle]
    _stopping: bool
    _default_executor: object | None
    _process_events: Callable[[_Heard], None]

    def __init__(self, *, epoch_ns: int = 0, speed: float | None = None) -> None:
        self._horizon = Horizon()
        self._feeds: list[Feed] = []
        self._timers_set = 0
        self.epoch_ns = epoch_ns
        """Wall time at loop time zero."""
        self.speed = speed
        self._machine_start = monotonic()
        self._virtual_start_ns = 0
        self._next_poll = 0.0
        super().__init__()

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
        timer = asyncio.TimerHandle(when_ns / NS, callback, args, self, context)
        timer._scheduled = True  # type: ignore[attr-defined]  # the base counts its cancellation
        heapq.heappush(self._scheduled, (when_ns, self._timers_set, timer))
        self._horizon.until_ns = min(self._horizon.until_ns, when_ns)
        return timer

    # One turn of the loop ---------------------------------------------------------------------

    def _run_once(self) -> None:
        """Run what is ready, or else move time; asyncio's loop calls this until it is stopped.

        The base's own compares instants as floats, which would merge or miss some, and costs more.
        """
        heard = self._poll()
        ready = self._ready
        if not (heard or ready or self._stopping):
            heard = self._advance()
        if heard:
            self._process_events(heard)
        for _ in range(len(ready)):  # what they make ready waits for the next turn
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def _poll(self) -> _Heard:
        """Look at signals and sockets now and then, so that Ctrl-C is heard while computing."""
        machine = monotonic()
        if machine < self._next_poll:
            return []
        self._next_poll = machine + DESCRIPTOR_POLL_S
        return self._wait(0)

    def _wait(self, seconds: float) -> _Heard:
        """Wait on the machine's clock, or until a descriptor or a signal wakes us."""
        return self._selector.select(max(seconds, 0.0))

    def _advance(self) -> _Heard:
        timer_ns = self._next_timer_ns()
        feed = self._earliest_feed()
        feed_ns = NEVER if feed is None else feed.next_ns()
        target_ns = min(timer_ns, feed_ns)
        if target_ns >= NEVER:
            return self._wait_for_descriptors()
        if self.speed is not None:
            woken = self._pace(target_ns)
            if woken or self._machine_ns() < target_ns:
                return woken
        if feed is not None and feed_ns <= timer_ns:
            assert feed_ns >= self._horizon.now_ns, "a feed's events never lie in the past"
            self._horizon.until_ns = min(timer_ns, self._limit_ns(feed, feed_ns))
            feed.run(self._horizon)
        else:
            self._horizon.now_ns = max(self._horizon.now_ns, timer_ns)
            self._ready.append(self._take_timer())
        return []

    def _next_timer_ns(self) -> int:
        timers = self._scheduled
        if self._timer_cancelled_count > CANCELLED_MAX:
            self._sweep()
        while timers and timers[0][2]._cancelled:
            self._take_timer()
            self._timer_cancelled_count -= 1
        return timers[0][0] if timers else NEVER

    def _take_timer(self) -> asyncio.TimerHandle:
        timer = heapq.heappop(self._scheduled)[2]
        timer._scheduled = False  # type: ignore[attr-defined]
        return timer

    def _sweep(self) -> None:
        """Forget cancelled timers, where they are most of all: each one set costs by their number.

        A deadline is mostly cancelled long before it comes to the front.
        """
        if self._timer_cancelled_count * 2 > len(self._scheduled):
            self._scheduled[:] = [each for each in self._scheduled if not each[2]._cancelled]
            heapq.heapify(self._scheduled)
            self._timer_cancelled_count = 0

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
        elapsed = monotonic() - self._machine_start
        return self._virtual_start_ns + int(elapsed * self.speed * NS)

    def _pace(self, target_ns: int) -> _Heard:
        assert self.speed is not None
        behind = (target_ns - self._machine_ns()) / NS / self.speed
        return self._wait(behind) if behind > 0 else []

    def restart_pace(self) -> None:
        """Count the pace from now: after a fast-forward, or when the machine slept."""
        self._machine_start = monotonic()
        self._virtual_start_ns = self._horizon.now_ns

    def _wait_for_descriptors(self) -> _Heard:
        sockets = len(self._selector.get_map()) - 1  # one descriptor is the loop's own
        if not sockets and not self._signal_handlers and self._default_executor is None:
            raise Deadlock("no callback, timer, feed, socket, signal or thread is left to wait for")
        return self._wait(DESCRIPTOR_POLL_S)


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

    def call_later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Set a timer on the loop; nobody else's loop has this clock."""
        return self._loop.call_later(seconds, callback)


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
