"""What is due when, and in which order at one instant."""

from __future__ import annotations

import heapq
from bisect import insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol, TypeAlias

from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.sources.base import MarketSource, SourceEvent

NEVER_NS = 1 << 62
"""An instant that does not come."""

Work: TypeAlias = Callable[[], None]


class RunLimit(Protocol):
    """How far a run may go, in ns of loop time; whoever is told something may shorten it."""

    now_ns: int
    until_ns: int


@dataclass(slots=True)
class FixedLimit:
    """A run that nobody shortens, in epoch ns."""

    until_ns: int
    now_ns: int = 0


class Kind(IntEnum):
    """Kinds of work in the order of equal instants; market events come before all of these."""

    FUNDING = 1
    SPEED_BUMP = 2
    COMMAND = 3
    DELIVERY = 4


class Timeline:
    """Work by instant, kind and number; a number is used once within its kind."""

    def __init__(self, now_ns: int) -> None:
        self.now_ns = now_ns
        """The venue's time, which its run moves on."""
        self.heap: list[tuple[int, Kind, int, Work]] = []

    def next_ns(self) -> int:
        """Return the instant of the next work, ``NEVER_NS`` when there is none."""
        return self.heap[0][0] if self.heap else NEVER_NS

    def push(self, at_ns: int, kind: Kind, number: int, work: Work) -> None:
        """Note work to be done at an instant."""
        heapq.heappush(self.heap, (at_ns, kind, number, work))

    def pop(self) -> tuple[int, Work]:
        """Take the next work out, with its instant."""
        at_ns, _, _, work = heapq.heappop(self.heap)
        return at_ns, work

    def take(self, kind: Kind) -> list[Work]:
        """Take all work of a kind out, in the order in which it would be done."""
        taken = sorted(entry[:3] for entry in self.heap if entry[1] is kind)
        works = {entry[:3]: entry[3] for entry in self.heap}
        self.drop(kind)
        return [works[place] for place in taken]

    def drop(self, kind: Kind) -> None:
        """Forget all work of a kind; the list of work stays the same object."""
        self.heap[:] = [entry for entry in self.heap if entry[1] is not kind]
        heapq.heapify(self.heap)


class Tape:
    """A source's events with one looked ahead, ended by ENDED whether the source says so or not."""

    def __init__(self, source: MarketSource) -> None:
        self._events: Iterator[SourceEvent] = iter(source.events())
        self.event: SourceEvent | None = None
        """The next event; None after the last."""
        self.at_ns = source.info.start_ns
        """Its instant; ``NEVER_NS`` after the last."""
        self._waiting: list[SourceEvent] = []
        """What comes after it and is known already, in order; the source is asked after these."""
        self.advance()

    def advance(self) -> None:
        """Look at the next event.

        Raises:
            RecordingError: the source cannot be read on.
        """
        event = self._waiting.pop(0) if self._waiting else next(self._events, None)
        if event is None:
            self._end()
            return
        self.event = event
        # A source whose clock steps back is heard late, never in the past.
        if event.local_ns > self.at_ns:  # noqa: PLR1730  # calling max costs more than all the rest
            self.at_ns = event.local_ns

    def put(self, event: SourceEvent, now_ns: int) -> None:
        """Take in an event that the source has learned of since it was asked for the next one.

        For a market moved by hand: its source tells the beginning, and then of an instant that
        never comes, before which everything else is put.
        """
        assert event.local_ns >= now_ns, f"an event at {event.local_ns} is told at {now_ns}"
        assert self.event is not None, "the source has ended"
        self._waiting.insert(0, self.event)
        insort(self._waiting, event, key=_instant)
        self.event = self._waiting.pop(0)
        self.at_ns = self.event.local_ns

    def _end(self) -> None:
        last = self.event
        if isinstance(last, StreamSignal) and last.signal is Signal.ENDED:
            self.event = None
            self.at_ns = NEVER_NS
        else:
            self.event = StreamSignal(Signal.ENDED, None, self.at_ns)


def _instant(event: SourceEvent) -> int:
    return event.local_ns
