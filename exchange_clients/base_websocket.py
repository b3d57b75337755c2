"""The contract of a venue's live feeds: several markets on one manager.

Listeners are plain functions called in the order of events, in the instant the event is known; they
never wait. What they hear of a book is sound: ready, uncrossed, without a gap.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import ContractId, DepthView, Level
from exchange_clients.events import BestBidOffer, PublicTrade, StreamSignal

QuoteListener = Callable[[BestBidOffer], None]
TradeListener = Callable[[PublicTrade], None]
SignalListener = Callable[[StreamSignal], None]


class FeedKind(StrEnum):
    """Which feed an age is asked of."""

    BOOK = "book"
    TRADES = "trades"
    PRIVATE = "private"


class BaseWebSocketManager(ABC):
    """The live feeds of one venue."""

    @abstractmethod
    async def connect(self) -> None:
        """Open the connections; markets are added by ``prepare_market_feed``."""

    @abstractmethod
    async def disconnect(self) -> None:
        """Close every connection."""

    @property
    @abstractmethod
    def is_connected(self) -> bool:
        """Whether every needed connection is up."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come for good, as after the last line of a recording."""
        return False

    @abstractmethod
    async def prepare_market_feed(self, symbol: str, timeout: float = 10.0) -> bool:
        """Subscribe a market and wait until its book is ready; False if it is not in time."""

    @abstractmethod
    def best_bid_offer(self, contract_id: ContractId) -> BestBidOffer | None:
        """Return the present best bid and ask; None while the book is not sound."""

    @abstractmethod
    def get_order_book(self, contract_id: ContractId, levels: int = 10) -> DepthView | None:
        """Return the present book, best first; None while it is not sound."""

    @abstractmethod
    def get_best_levels(
        self, contract_id: ContractId, min_size_usd: Decimal = Decimal(0)
    ) -> tuple[Level | None, Level | None]:
        """Return the best bid and ask of at least ``min_size_usd``; None for a side without."""

    @abstractmethod
    def age_s(self, contract_id: ContractId, feed: FeedKind) -> float | None:
        """Return seconds since the feed was last heard; None if it never was."""

    @abstractmethod
    def add_quote_listener(self, contract_id: ContractId, listener: QuoteListener) -> None:
        """Call ``listener`` with each change of the best bid or ask."""

    @abstractmethod
    def add_trade_listener(self, contract_id: ContractId, listener: TradeListener) -> None:
        """Call ``listener`` with each public trade."""

    @abstractmethod
    def add_signal_listener(self, listener: SignalListener) -> None:
        """Call ``listener`` when a feed connects, breaks, gaps, goes stale or recovers."""

    @abstractmethod
    def remove_listener(self, listener: Callable[..., None]) -> None:
        """Stop calling a listener, whatever it listened to."""
