"""The embedded venue: a matching engine, accounts and a market that is made or replayed.

The names below are loaded on first use, so that importing the package costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange_clients.paper.client import PaperClient
    from exchange_clients.paper.common import get_paper_symbol_format, normalize_symbol
    from exchange_clients.paper.config import PaperConfig
    from exchange_clients.paper.exchange import PaperExchange
    from exchange_clients.paper.feed import PaperFeed
    from exchange_clients.paper.funding_adapter import PaperFundingAdapter
    from exchange_clients.paper.websocket import PaperWebSocketManager

__all__ = [
    "PaperClient",
    "PaperConfig",
    "PaperExchange",
    "PaperFeed",
    "PaperFundingAdapter",
    "PaperWebSocketManager",
    "get_paper_symbol_format",
    "normalize_symbol",
]

_HOMES = {
    "PaperClient": "client",
    "PaperConfig": "config",
    "PaperExchange": "exchange",
    "PaperFeed": "feed",
    "PaperFundingAdapter": "funding_adapter",
    "PaperWebSocketManager": "websocket",
    "get_paper_symbol_format": "common",
    "normalize_symbol": "common",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value  # found once, it is an ordinary attribute from now on
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
