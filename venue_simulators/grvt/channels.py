"""One stream with one selector: its running counter, and who hears it.

Every snapshot is numbered "0". Deltas carry the counter of the gateway, which ran before anybody
subscribed and does not begin anew for a connection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from zlib import crc32

from venue_simulators.grvt.replies import encoded
from venue_simulators.grvt.wording import Words
from venue_simulators.wire import Connection

PUBLIC_COUNTER_FLOOR = 1_000_000
PUBLIC_COUNTER_SPREAD = 900_000
PRIVATE_COUNTER_SPREAD = 20
MISSED_WHILE_IDLE = 7
"""Deltas that a public counter runs on while nobody listens."""


class Feed(Protocol):
    """What a channel says."""

    numbered: bool
    """Whether what follows the snapshots are deltas; a stream of snapshots has no numbers."""

    def snapshots(self) -> Sequence[Words]:
        """Return what a new subscriber is told first."""

    def start(self, publish: Callable[[Words], None]) -> None:
        """Begin to publish."""

    def stop(self) -> None:
        """Publish no more: nobody listens."""


@dataclass(slots=True, eq=False)
class Channel:
    """A feed with its listeners, by connection number."""

    stream: str
    selector: str
    feed: Feed
    latest: int
    """The number of the last delta; that of the next is one above."""
    listeners: dict[int, Connection] = field(default_factory=dict)

    def join(self, connection: Connection) -> None:
        """Add a listener; the first one starts the feed."""
        if not self.listeners:
            self.feed.start(self.publish)
        self.listeners[connection.number] = connection

    def leave(self, connection: Connection) -> None:
        """Drop a listener; without any the feed stops and the counter runs on."""
        if self.listeners.pop(connection.number, None) is not None and not self.listeners:
            self.feed.stop()
            self.latest += MISSED_WHILE_IDLE if self.latest >= PUBLIC_COUNTER_FLOOR else 0

    def greet(self, connection: Connection, snapshots: Sequence[Words]) -> None:
        """Send the snapshots to one listener."""
        for words in snapshots:
            connection.send(self._frame(words, 0, 0))

    def publish(self, words: Words) -> None:
        """Send what is new to everybody."""
        if self.feed.numbered:
            self.latest += 1
            frame = self._frame(words, self.latest, self.latest - 1)
        else:
            frame = self._frame(words, 0, 0)
        for connection in list(self.listeners.values()):
            connection.send(frame)

    def _frame(self, words: Words, number: int, previous: int) -> str:
        return encoded(
            {
                "stream": self.stream,
                "selector": self.selector,
                "sequence_number": str(number),
                "feed": words,
                "prev_sequence_number": str(previous),
            }
        )


def first_count(stream: str, selector: str, restarts: int, *, private: bool) -> int:
    """Return where a gateway's counter stands when it is first looked at."""
    drawn = crc32(f"{stream}:{selector}:{restarts}".encode())
    if private:
        return drawn % PRIVATE_COUNTER_SPREAD
    return PUBLIC_COUNTER_FLOOR + drawn % PUBLIC_COUNTER_SPREAD
