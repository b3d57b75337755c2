"""edgeX's live feeds without an account."""

from exchange_clients.edgex.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class EdgexWebSocketManager(NetworkWebSocketManager):
    """Live prices of edgeX; see ``NetworkWebSocketManager``."""

    VENUE = VENUE
