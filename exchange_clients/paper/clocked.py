"""A paper exchange on a clock that goes on by itself: the machine's, beside live market data."""

from __future__ import annotations

from typing import Protocol

from exchange_clients.base_models import NS
from exchange_clients.paper.commands import Command
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange, ReplyListener
from exchange_clients.paper.sources.base import MarketSource, SourceEvent
from exchange_clients.paper.timeline import NEVER_NS, FixedLimit
from exchange_clients.shared.clock import Clock


class Timer(Protocol):
    """What a clock's ``call_later`` returns."""

    def cancel(self) -> None:
        """Keep the callback from being called."""


class ClockedExchange(PaperExchange):
    """An exchange that does by itself what is due, and takes events in as they are heard.

    Its source tells the past and then of an instant that never comes; ``hear`` tells the present.
    Events are put in before work of a later instant is done, and never before what was done: so the
    same rows, read again with the same commands, come to the same.

    Args:
        source: The past.
        config: How the venue behaves.
        clock: Never steps back.
    """

    def __init__(self, source: MarketSource, config: PaperConfig, clock: Clock) -> None:
        super().__init__(source, config)
        self._clock = clock
        self._timer: Timer | None = None

    def open(self) -> None:
        """Let time pass from now on."""
        super().open()
        self._plan()

    def submit(self, command: Command, on_reply: ReplyListener | None = None) -> None:
        """Take a command on its way."""
        super().submit(command, on_reply)
        self._plan()

    def hear(self, event: SourceEvent) -> None:
        """Take in what has just been heard, at ``not_before`` or later, and what comes of it."""
        self.put(event)
        self._catch_up(event.local_ns)

    def not_before(self) -> int:
        """Return the least instant that the next event may bear: after all that was done."""
        return self.now_ns + 1

    def close(self) -> None:
        """Let no more time pass."""
        self.opened = False
        self._stop_timer()

    def _catch_up(self, until_ns: int) -> None:
        limit = FixedLimit(until_ns)
        while self.next_ns() <= until_ns:
            limit.until_ns = until_ns
            self.run(limit, 0)
        self._plan()

    def _plan(self) -> None:
        """Set a timer for what is due next."""
        self._stop_timer()
        next_ns = self.next_ns()
        if next_ns < NEVER_NS:
            wait_s = max(next_ns - self._clock.now_ns(), 0) / NS
            self._timer = self._clock.call_later(wait_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._catch_up(self._clock.now_ns())

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
