"""Binance: USD-margined perpetual futures of binance.com."""

from exchange_clients.base_models import Symbol
from exchange_clients.binance.client.core import BinanceClient
from exchange_clients.binance.common import DIALECT
from exchange_clients.binance.funding_adapter.adapter import BinanceFundingAdapter
from exchange_clients.binance.websocket.manager import BinanceWebSocketManager


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol of Binance's spelling: ``"1000PEPEUSDT" -> "PEPE"``."""
    return DIALECT.normalize_symbol(dex_symbol)


def get_binance_symbol_format(symbol: str) -> str:
    """Return Binance's spelling of a plain symbol: ``"PEPE" -> "1000PEPEUSDT"``."""
    return DIALECT.symbol_format(symbol)


__all__ = [
    "BinanceClient",
    "BinanceFundingAdapter",
    "BinanceWebSocketManager",
    "get_binance_symbol_format",
    "normalize_symbol",
]
