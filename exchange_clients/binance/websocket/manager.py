"""Binance's live feeds without an account."""

from exchange_clients.binance.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class BinanceWebSocketManager(NetworkWebSocketManager):
    """Live prices of Binance; see ``NetworkWebSocketManager``."""

    VENUE = VENUE
