"""Paradex: perpetual futures of paradex.trade, paid in USDC."""

from exchange_clients.paradex.client.core import ParadexClient
from exchange_clients.paradex.common import get_paradex_symbol_format, normalize_symbol
from exchange_clients.paradex.funding_adapter.adapter import ParadexFundingAdapter
from exchange_clients.paradex.websocket.manager import ParadexWebSocketManager

__all__ = [
    "ParadexClient",
    "ParadexFundingAdapter",
    "ParadexWebSocketManager",
    "get_paradex_symbol_format",
    "normalize_symbol",
]
