"""edgeX: perpetual futures of edgex.exchange, paid in USDC."""

from exchange_clients.edgex.client.core import EdgexClient
from exchange_clients.edgex.common import get_edgex_symbol_format, normalize_symbol
from exchange_clients.edgex.funding_adapter.adapter import EdgexFundingAdapter
from exchange_clients.edgex.websocket.manager import EdgexWebSocketManager

__all__ = [
    "EdgexClient",
    "EdgexFundingAdapter",
    "EdgexWebSocketManager",
    "get_edgex_symbol_format",
    "normalize_symbol",
]
