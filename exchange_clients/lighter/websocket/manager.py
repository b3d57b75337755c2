"""Lighter's live feeds without an account."""

from exchange_clients.lighter.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class LighterWebSocketManager(NetworkWebSocketManager):
    """Live prices of Lighter; see ``NetworkWebSocketManager``."""

    VENUE = VENUE
