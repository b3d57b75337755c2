"""The live feeds of Bybit."""

from exchange_clients.bybit.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class BybitWebSocketManager(NetworkWebSocketManager):
    """Live public feeds of Bybit."""

    VENUE = VENUE
