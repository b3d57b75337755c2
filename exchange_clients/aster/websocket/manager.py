"""Aster's live feeds without an account."""

from exchange_clients.aster.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class AsterWebSocketManager(NetworkWebSocketManager):
    """Live prices of Aster; see ``NetworkWebSocketManager``."""

    VENUE = VENUE
