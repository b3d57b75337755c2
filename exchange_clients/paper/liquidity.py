"""A market source's levels as the engine's external liquidity: floats become ticks and lots here.

An unsound top, from a gap or a crossed book, shows nothing at all: resting orders stay, and nothing
trades against prices that are not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange_clients.base_models import Side
from exchange_clients.events import BestBidOffer
from exchange_clients.paper.units import Grid
from exchange_clients.shared.websocket.order_book import NO_ASK, NO_BID, OrderBook


class QuoteLiquidity:
    """One level a side: the latest best bid and offer."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self.quote: BestBidOffer | None = None
        self.ready = False

    def best_bid(self) -> int | None:
        """Return the quoted bid in ticks."""
        return None if self._sound is None else self._grid.nearest_ticks(self._sound.bid)

    def best_ask(self) -> int | None:
        """Return the quoted ask in ticks."""
        return None if self._sound is None else self._grid.nearest_ticks(self._sound.ask)

    def lots_at(self, side: Side, ticks: int) -> int:
        """Return the quoted lots at the quoted price, 0 elsewhere: depth is not known."""
        return next((lots for price, lots in self.walk(side) if price == ticks), 0)

    def walk(self, side: Side) -> Iterator[tuple[int, int]]:
        """Yield the quote's level of one side."""
        quote = self._sound
        if quote is None:
            return
        buying = side is Side.BUY
        lots = self._grid.nearest_lots(quote.bid_size if buying else quote.ask_size)
        if lots:
            yield self._grid.nearest_ticks(quote.bid if buying else quote.ask), lots

    @property
    def _sound(self) -> BestBidOffer | None:
        return self.quote if self.ready else None


class BookLiquidity:
    """The levels of an order book."""

    def __init__(self, grid: Grid, book: OrderBook) -> None:
        self._grid = grid
        self._book = book
        self._tick = grid.tick

    def best_bid(self) -> int | None:
        """Return the best bid in ticks."""
        book = self._book
        if not book.ready or book.best_bid == NO_BID:
            return None
        return self._grid.nearest_ticks(book.best_bid)

    def best_ask(self) -> int | None:
        """Return the best ask in ticks."""
        book = self._book
        if not book.ready or book.best_ask == NO_ASK:
            return None
        return self._grid.nearest_ticks(book.best_ask)

    def lots_at(self, side: Side, ticks: int) -> int:
        """Return the displayed lots of one price."""
        book, grid = self._book, self._grid
        if not book.ready:
            return 0
        size = book.size_at(side, grid.float_price(ticks))
        return grid.nearest_lots(size) if size else 0

    def walk(self, side: Side) -> Iterator[tuple[int, int]]:
        """Yield the displayed levels of one side, best first."""
        if not self._book.ready:
            return
        for price, size in self._book.walk(side):
            lots = self._grid.nearest_lots(size)
            if lots:
                yield self._grid.nearest_ticks(price), lots
