"""Paradex's live feeds without an account."""

from exchange_clients.paradex.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class ParadexWebSocketManager(NetworkWebSocketManager):
    """Live prices of Paradex; see ``NetworkWebSocketManager``."""

    VENUE = VENUE
