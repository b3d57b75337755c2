"""Backpack: perpetual futures on one cross-margin account, settled in USDC."""

from exchange_clients.backpack.client.core import BackpackClient
from exchange_clients.backpack.common import get_backpack_symbol_format, normalize_symbol
from exchange_clients.backpack.funding_adapter.adapter import BackpackFundingAdapter
from exchange_clients.backpack.websocket.manager import BackpackWebSocketManager

__all__ = [
    "BackpackClient",
    "BackpackFundingAdapter",
    "BackpackWebSocketManager",
    "get_backpack_symbol_format",
    "normalize_symbol",
]
