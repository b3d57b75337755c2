"""Aster: perpetual futures of asterdex.com, paid in USDT."""

from exchange_clients.aster.client.core import AsterClient
from exchange_clients.aster.common import V3
from exchange_clients.aster.funding_adapter.adapter import AsterFundingAdapter
from exchange_clients.aster.websocket.manager import AsterWebSocketManager
from exchange_clients.base_models import Symbol


def normalize_symbol(dex_symbol: str) -> Symbol:
    """Return the plain symbol of Aster's spelling: ``"1000PEPEUSDT" -> "PEPE"``."""
    return V3.normalize_symbol(dex_symbol)


def get_aster_symbol_format(symbol: str) -> str:
    """Return Aster's spelling of a plain symbol: ``"PEPE" -> "1000PEPEUSDT"``."""
    return V3.symbol_format(symbol)


__all__ = [
    "AsterClient",
    "AsterFundingAdapter",
    "AsterWebSocketManager",
    "get_aster_symbol_format",
    "normalize_symbol",
]
