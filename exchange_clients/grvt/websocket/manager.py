"""GRVT's live feeds without an account."""

from exchange_clients.grvt.client.core import VENUE
from exchange_clients.shared.network import NetworkWebSocketManager


class GrvtWebSocketManager(NetworkWebSocketManager):
    """Live prices of GRVT; see ``NetworkWebSocketManager``."""

    VENUE = VENUE
