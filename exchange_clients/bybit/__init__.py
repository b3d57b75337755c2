"""Bybit: USDT and USDC perpetual futures of bybit.com, V5 linear."""

from exchange_clients.bybit.client.core import BybitClient
from exchange_clients.bybit.common import get_bybit_symbol_format, normalize_symbol
from exchange_clients.bybit.funding_adapter.adapter import BybitFundingAdapter
from exchange_clients.bybit.websocket.manager import BybitWebSocketManager

__all__ = [
    "BybitClient",
    "BybitFundingAdapter",
    "BybitWebSocketManager",
    "get_bybit_symbol_format",
    "normalize_symbol",
]
