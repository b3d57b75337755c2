"""The live feeds of Backpack."""

from exchange_clients.backpack.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class BackpackWebSocketManager(NetworkWebSocketManager):
    """Live public feeds of Backpack."""

    VENUE = VENUE
