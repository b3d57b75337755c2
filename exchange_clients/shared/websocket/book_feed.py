"""One contract as its listeners see it: only sound, fresh best prices.

A connection is replaced while the old one still serves. So a contract may have two books for a
while, a ``BookSync`` for each connection: the new one is brought up in the background and takes
over in the instant it is sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from exchange_clients.base_models import NS, ContractId, Level, Market, Side
from exchange_clients.base_websocket import QuoteListener, TradeListener
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    LabelledBookDelta,
    PublicTrade,
    Signal,
)
from exchange_clients.shared.websocket.order_book import OrderBook

if TYPE_CHECKING:
    from exchange_clients.shared.websocket.book_sync import BookSync

Raise: TypeAlias = Callable[[Signal, ContractId | None, str], None]
"""Tells the signal listeners."""
T = TypeVar("T")
DepthListener: TypeAlias = Callable[[BookSnapshot | BookDelta], None]
"""Hears the shown book: the whole of it first, and again after each loss, then every change."""


def tell(listeners: Sequence[Callable[[T], None]], event: T) -> None:
    """Call each listener, whatever the others do.

    Raises:
        Exception: the first of the listeners' own, after all of them were called.
    """
    failure: Exception | None = None
    for listener in listeners:
        try:
            listener(event)
        except Exception as error:  # noqa: BLE001  # raised again below
            failure = failure or error
    if failure is not None:
        raise failure


class BookFeed:
    """One contract as its listeners see it.

    Invariants: while ``ready``, the shown book is joined, uncrossed and has both sides, and every
    change of its top was told; each loss of that is told by one signal, each return by READY.
    """

    def __init__(self, market: Market, raise_signal: Raise) -> None:
        self.market = market
        self.ready = False
        self.shown: BookSync | None = None
        self.coming: BookSync | None = None
        self.quote_listeners: list[QuoteListener] = []
        self.trade_listeners: list[TradeListener] = []
        self.depth_listeners: list[DepthListener] = []
        self.trade_heard_ns: int | None = None
        self._raise = raise_signal
        self._told: BestBidOffer | None = None
        self._whole: BookSync | None = None
        """Whose book the depth listeners hold."""

    def attach(self, sync: BookSync) -> None:
        """Take the book of a new connection: at once where none serves, else when it is sound."""
        if self.shown is None:
            self.shown = sync
        else:
            self.coming = sync

    def detach(self, sync: BookSync, detail: str) -> None:
        """Let go of the book of a connection that is over."""
        if self.coming is sync:
            self.coming = None
        elif self.shown is sync:
            self.shown, self.coming = self.coming, None
            self.lose(Signal.GAP, detail)

    def on_book(self, sync: BookSync) -> None:
        """Note that a book has changed, and tell its top where it did."""
        book = sync.book
        if sync is not self.shown:
            if sync is not self.coming or not book.ready:
                return
            self.shown, self.coming = sync, None
        told = self._told
        if (
            told is not None
            and book.ready
            and book.best_bid == told.bid
            and book.best_ask == told.ask
            and book.best_bid_size() == told.bid_size
            and book.best_ask_size() == told.ask_size
        ):
            return
        quote = book.bbo()
        if quote is None:
            self.lose(Signal.GAP, "crossed" if not book.ready else "one side is empty")
            return
        self._told = quote
        if not self.ready:
            self.ready = True
            self._raise(Signal.READY, self.market.contract_id, "")
        tell(self.quote_listeners, quote)

    def on_depth(self, sync: BookSync, delta: BookDelta | LabelledBookDelta | None) -> None:
        """Tell the depth listeners a change of a book, None for all of it, if it is shown.

        Comes after ``on_book``, which may have made it the one that is shown.
        """
        if sync is not self.shown or not self.ready:
            return
        if delta is None or self._whole is not sync:
            self._whole = sync
            told: BookSnapshot | BookDelta = sync.whole()
        else:
            told = delta if type(delta) is BookDelta else _paired(delta)
        tell(self.depth_listeners, told)

    def add_depth_listener(self, listener: DepthListener) -> None:
        """Call ``listener`` from now on; what it hears first is the whole book."""
        self.depth_listeners = [*self.depth_listeners, listener]
        self._whole = None

    def on_trade(self, trade: PublicTrade) -> None:
        """Tell a public trade."""
        self.trade_heard_ns = trade.local_ns
        tell(self.trade_listeners, trade)

    def lose(self, signal: Signal, detail: str) -> None:
        """Show nothing until the book is sound again; said once, staleness each time."""
        self._told = self._whole = None
        if self.ready or signal is Signal.STALE:
            self.ready = False
            self._raise(signal, self.market.contract_id, detail)

    def quote(self) -> BestBidOffer | None:
        """Return the present top; None while it is not to be believed."""
        book = self.sound_book()
        return None if book is None else book.bbo()

    def sound_book(self) -> OrderBook | None:
        """Return the present book; None while it is not to be believed."""
        return self.shown.book if self.ready and self.shown is not None else None

    def best_level(self, side: Side, min_notional: Decimal) -> Level | None:
        """Return the best level of a side worth at least ``min_notional``; None if none is."""
        book = self.sound_book()
        if book is None:
            return None
        levels = (
            Level(self.market.price_of(price), self.market.size_of(size))
            for price, size in book.walk(side)
        )
        return next((each for each in levels if each.price * each.size >= min_notional), None)

    def age_s(self, now_ns: int) -> float | None:
        """Return seconds since the book was last known to be right; None if it never was."""
        sync = self.shown
        if sync is None or sync.known_ns is None:
            return None
        return (now_ns - sync.known_ns + sync.delay.behind_ns) / NS


def _paired(delta: LabelledBookDelta) -> BookDelta:
    """Return a delta with levels as pairs."""
    return BookDelta(
        delta.contract_id,
        [(level.price, level.size) for level in delta.bids],
        [(level.price, level.size) for level in delta.asks],
        delta.last,
        delta.last,
        delta.previous,
        delta.venue_ns,
        delta.local_ns,
    )
