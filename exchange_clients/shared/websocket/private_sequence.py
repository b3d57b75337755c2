"""Whether something of what an account was told is missing, by the venue's own numbers.

A lost frame of a book shows by the next one, which does not join. An order's does not: what is not
told of it is what one hears of an order that rests. Some venues number what they tell an account,
so that a hole shows there too, and then everything is read again.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.base_models import NS
from exchange_clients.events import PrivateSequence
from exchange_clients.shared.clock import Clock

AGAIN_AFTER_S = 5.0
"""The least time between two readings: a venue that counts in steps causes no storm."""


class SequenceWatch:
    """The numbers of one connection, by channel.

    Args:
        clock: Time.
        on_missed: Has everything of the account read again.
    """

    def __init__(self, clock: Clock, on_missed: Callable[[], None]) -> None:
        self._clock = clock
        self._on_missed = on_missed
        self._last: dict[str, int] = {}
        self._due = False
        self._next_ns = 0

    def on_number(self, event: PrivateSequence) -> bool:
        """Take a frame's number; say whether one before it was not heard."""
        last = self._last.get(event.channel)
        if event.previous is None or last is None:
            self._last[event.channel] = event.number  # what was before is known by reading it
            return False
        if event.number <= last:
            return False  # told twice, or overtaken by one that was a hole already
        self._last[event.channel] = event.number
        if event.previous <= last:
            return False
        self._tell_soon()
        return True

    def _tell_soon(self) -> None:
        if self._due:
            return
        self._due = True
        wait_s = max(self._next_ns - self._clock.monotonic_ns(), 0) / NS
        self._clock.call_later(wait_s, self._tell)

    def _tell(self) -> None:
        self._due = False
        self._next_ns = self._clock.monotonic_ns() + round(AGAIN_AFTER_S * NS)
        self._on_missed()
