"""Backpack: perpetual futures on one cross-margin account, settled in USDC.

The names below are loaded on first use, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_HOMES = {
    "BackpackClient": "client.core",
    "BackpackFundingAdapter": "funding_adapter.adapter",
    "BackpackWebSocketManager": "websocket.manager",
    "get_backpack_symbol_format": "common",
    "normalize_symbol": "common",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return value
