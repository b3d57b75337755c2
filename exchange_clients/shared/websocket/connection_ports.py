"""What connections are given, and why they are given up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from exchange_clients.base_models import ContractId
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.stream import StreamWords
from exchange_clients.shared.websocket.book_sync import BookSync
from exchange_clients.shared.websocket.feed_age import AgeLimits
from exchange_clients.shared.websocket.message_handler import Listeners


class Ending(Enum):
    """Why a connection is given up."""

    CLOSED = "closed"
    REFUSED = "refused"
    SILENT = "silent"
    BEHIND = "behind the venue's time"
    AGED = "due for rotation"
    CLOSING = "the venue is closing it"
    DROPPED = "not needed any more"

    @property
    def graceful(self) -> bool:
        """Whether it goes on serving until its successor does."""
        return self in (Ending.AGED, Ending.CLOSING)


@dataclass(slots=True)
class ConnectionPorts:
    """What every connection of one manager shares."""

    venue: str
    words: StreamWords
    """Replaced when the list of markets changes; words hold no state."""
    listeners: Listeners
    clock: Clock
    limits: AgeLimits
    venue_ms: Callable[[], int]
    """Venue time."""
    offset_ns: Callable[[], int]
    """Venue time minus local time."""
    new_book: Callable[[ContractId, Callable[[], None]], BookSync]
    """Makes the book of a contract over a new connection; told how to subscribe it anew."""
    acknowledged: dict[str, None] = field(default_factory=dict)
    """Topics that the venue has acknowledged before: a silence about them is telling."""
