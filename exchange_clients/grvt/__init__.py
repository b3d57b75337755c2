"""GRVT: perpetual futures of grvt.io, paid in USDT."""

from exchange_clients.grvt.client.core import GrvtClient
from exchange_clients.grvt.common import get_grvt_symbol_format, normalize_symbol
from exchange_clients.grvt.funding_adapter.adapter import GrvtFundingAdapter
from exchange_clients.grvt.websocket.manager import GrvtWebSocketManager

__all__ = [
    "GrvtClient",
    "GrvtFundingAdapter",
    "GrvtWebSocketManager",
    "get_grvt_symbol_format",
    "normalize_symbol",
]
