"""The three contracts of a venue, in one place: trading, live feeds, funding rates."""

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_funding_adapter import BaseFundingAdapter
from exchange_clients.base_websocket import BaseWebSocketManager

__all__ = ["BaseExchangeClient", "BaseFundingAdapter", "BaseWebSocketManager"]
