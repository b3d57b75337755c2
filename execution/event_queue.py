"""One ordered queue: each event is handled to its end before the next."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any


class EventQueue:
    """Events wait until the queue is opened; handling one may post more, which then follow."""

    def __init__(self, handlers: Mapping[type, Callable[[Any], None]]) -> None:
        """Take what handles each type of event."""
        self._handlers = handlers
        self._events: deque[object] = deque()
        self._handling = False
        self.opened = False

    def post(self, event: object) -> None:
        """Handle an event now, or after those that came before it."""
        self._events.append(event)
        self._run()

    def open(self) -> None:
        """Handle what has waited, and everything that comes."""
        self.opened = True
        self._run()

    def close(self) -> None:
        """Handle nothing more; what waits stays."""
        self.opened = False

    def _run(self) -> None:
        if self._handling:
            return
        self._handling = True
        try:
            while self._events and self.opened:
                event = self._events.popleft()
                self._handlers[type(event)](event)
        finally:
            self._handling = False
