"""EdgeX's live feeds without an account."""

from exchange_clients.edgex.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class EdgexWebSocketManager(NetworkWebSocketManager):
    """Live prices of EdgeX; see ``NetworkWebSocketManager``."""

    VENUE = VENUE
