"""One ordered queue: each event is handled to its end before the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many events wait."""

    now: int
    most: int
    """At once, since the queue was made."""


class EventQueue:
    """Events wait until the queue is opened; handling one may post more, which then follow."""

    def __init__(self, handlers: Mapping[type, Callable[[Any], None]]) -> None:
        """Take what handles each type of event."""
        self._handlers = handlers
        self._events: deque[object] = deque()
        self._handling = False
        self._most = 0
        self.opened = False

    @property
    def backlog(self) -> Backlog:
        """How many events wait, and waited at most."""
        return Backlog(len(self._events), self._most)

    def post(self, event: object) -> None:
        """Handle an event now, or after those that came before it."""
        self._events.append(event)
        self._run()

    def open(self) -> None:
        """Handle what has waited, and everything that comes."""
        self.opened = True
        self._most = max(self._most, len(self._events))
        self._run()

    def close(self) -> None:
        """Handle nothing more; what waits stays."""
        self.opened = False

    def _run(self) -> None:
        if self._handling:
            self._most = max(self._most, len(self._events))
            return
        self._handling = True
        try:
            while self._events and self.opened:
                event = self._events.popleft()
                self._handlers[type(event)](event)
        finally:
            self._handling = False
