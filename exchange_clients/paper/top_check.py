"""Compares the best prices that a venue itself tells with the book made of its depth messages.

They can be compared where a quote carries the number of the very update that a depth message ends
with. Quotes are told sooner than depth, so most of them wait for their update.
"""

from __future__ import annotations

from collections import deque

from exchange_clients.events import BestBidOffer
from exchange_clients.shared.websocket.order_book import OrderBook

WAITING_MAX = 10_000
"""Quotes that wait for their update; while a book is not sound the oldest are let go."""


class TopCheck:
    """Counts comparisons of one book; above zero ``mismatched``, book or data is wrong."""

    __slots__ = ("_book", "_waiting", "checked", "mismatched")

    def __init__(self, book: OrderBook) -> None:
        self._book = book
        self._waiting: deque[BestBidOffer] = deque(maxlen=WAITING_MAX)
        self.checked = 0
        """Quotes whose update a depth message ended with."""
        self.mismatched = 0
        """Those of ``checked`` that told another price or size than the book."""

    def on_quote(self, quote: BestBidOffer) -> None:
        """Take a quote of the venue."""
        if quote.sequence > self._book.last_update:
            self._waiting.append(quote)
        elif quote.sequence == self._book.last_update and self._book.ready:
            self._compare(quote)

    def on_update(self) -> None:
        """Compare the quotes that waited for the update at which the sound book now stands."""
        last, waiting = self._book.last_update, self._waiting
        while waiting and waiting[0].sequence <= last:
            quote = waiting.popleft()
            if quote.sequence == last:
                self._compare(quote)

    def _compare(self, quote: BestBidOffer) -> None:
        book = self._book
        self.checked += 1
        told = (quote.bid, quote.bid_size, quote.ask, quote.ask_size)
        held = (book.best_bid, book.best_bid_size(), book.best_ask, book.best_ask_size())
        self.mismatched += told != held
