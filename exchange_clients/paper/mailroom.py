"""How the venue's words reach an account: late by the way down, and in the order they were said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from exchange_clients.events import PrivateEvent
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.timeline import Kind, Timeline, Work

PrivateListener: TypeAlias = Callable[[PrivateEvent], None]
Overhearer: TypeAlias = Callable[[str, PrivateEvent], None]
"""Takes an account's name and what is told to it."""


class Mailroom:
    """Deliveries to the listeners of each account."""

    def __init__(self, config: PaperConfig, timeline: Timeline) -> None:
        self._latency = config.latency
        self._seed = config.seed
        self._timeline = timeline
        self._listeners: dict[str, list[PrivateListener]] = {}
        self._last_ns: dict[str, int] = {}
        self._sent = 0
        self._overhear: Overhearer | None = None

    def add_listener(self, account: str, listener: PrivateListener) -> None:
        """Call ``listener`` with each event of an account."""
        self._listeners.setdefault(account, []).append(listener)

    def remove_listener(self, listener: PrivateListener) -> None:
        """Stop calling a listener."""
        for account, listeners in self._listeners.items():
            self._listeners[account] = [known for known in listeners if known != listener]

    def mute(self, overhear: Overhearer) -> None:
        """Tell ``overhear`` instead of the listeners, while the past is computed again."""
        self._overhear = overhear

    def unmute(self) -> None:
        """Tell the listeners again."""
        self._overhear = None

    def report(self, account: str, event: PrivateEvent) -> None:
        """Send a private event to an account's listeners."""
        self.send(account, lambda: self._tell(account, event))

    def send(self, account: str, work: Work) -> None:
        """Do ``work`` once the way down is over, after all that was sent to the account before."""
        self._sent += 1
        arrives_ns = max(
            self._timeline.now_ns + self._latency.down(self._seed, self._sent),
            self._last_ns.get(account, 0),
        )
        self._last_ns[account] = arrives_ns
        self._timeline.push(arrives_ns, Kind.DELIVERY, self._sent, work)

    def _tell(self, account: str, event: PrivateEvent) -> None:
        if self._overhear is not None:
            self._overhear(account, event)
            return
        for listener in self._listeners.get(account, ()):
            listener(event)
