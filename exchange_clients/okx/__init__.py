"""OKX: USDT and USDC perpetual swaps of okx.com, V5."""

from exchange_clients.okx.client.core import OkxClient
from exchange_clients.okx.common import get_okx_symbol_format, normalize_symbol
from exchange_clients.okx.funding_adapter.adapter import OkxFundingAdapter
from exchange_clients.okx.websocket.manager import OkxWebSocketManager

__all__ = [
    "OkxClient",
    "OkxFundingAdapter",
    "OkxWebSocketManager",
    "get_okx_symbol_format",
    "normalize_symbol",
]
