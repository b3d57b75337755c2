"""The live feeds of OKX."""

from exchange_clients.okx.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class OkxWebSocketManager(NetworkWebSocketManager):
    """Live public feeds of OKX."""

    VENUE = VENUE
