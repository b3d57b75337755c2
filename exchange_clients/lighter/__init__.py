"""Lighter: perpetual futures of lighter.xyz, paid in USDC."""

from exchange_clients.lighter.client.core import LighterClient
from exchange_clients.lighter.common import get_lighter_symbol_format, normalize_symbol
from exchange_clients.lighter.funding_adapter.adapter import LighterFundingAdapter
from exchange_clients.lighter.websocket.manager import LighterWebSocketManager

__all__ = [
    "LighterClient",
    "LighterFundingAdapter",
    "LighterWebSocketManager",
    "get_lighter_symbol_format",
    "normalize_symbol",
]
