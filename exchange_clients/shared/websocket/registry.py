"""Which topics somebody wants, counted by holder: what is replayed on every new connection."""

from __future__ import annotations

from collections.abc import Sequence

from exchange_clients.shared.stream import Topic


class SubscriptionRegistry:
    """Topics in the order in which they were first wanted.

    Invariants: a topic is held exactly while it was acquired more often than released; its place
    never changes while it is held.
    """

    def __init__(self) -> None:
        self._holders: dict[Topic, int] = {}

    def acquire(self, topics: Sequence[Topic]) -> bool:
        """Hold topics once more; say whether any of them was not held before."""
        before = len(self._holders)
        for topic in topics:
            self._holders[topic] = self._holders.get(topic, 0) + 1
        return len(self._holders) > before

    def release(self, topics: Sequence[Topic]) -> bool:
        """Hold topics once less; say whether any of them is held no longer."""
        before = len(self._holders)
        for topic in topics:
            holders = self._holders.get(topic, 0)
            assert holders > 0, f"{topic} is released more often than it was acquired"
            if holders == 1:
                del self._holders[topic]
            else:
                self._holders[topic] = holders - 1
        return len(self._holders) < before

    def wanted(self) -> tuple[Topic, ...]:
        """Return every topic that is held."""
        return tuple(self._holders)
