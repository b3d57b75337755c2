"""From the deltas of a contract to what its listeners hear: only sound, fresh best prices.

``BookSync`` is the book as one connection tells it; ``BookFeed`` is the contract as listeners see
it. They are two because a connection is replaced while the old one still serves: the new one's book
is brought up in the background and takes over in the instant it is sound.

Nothing here waits. What is needed from outside, a snapshot or a new subscription, is asked for by a
callback and comes back as another call.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeAlias

import msgspec

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
from exchange_clients.shared.stream import STREAM_NUMBERED
from exchange_clients.shared.websocket.feed_age import Delay
from exchange_clients.shared.websocket.order_book import Applied, OrderBook, SyncState

STALE_RUN_MAX = 20
"""Old deltas in a row after which a joined book is not continued any more: the venue began to count
anew. Repeated and swapped frames come in much shorter runs."""

Raise: TypeAlias = Callable[[Signal, ContractId | None, str], None]
"""Tells the signal listeners."""

_APPLIED = Applied.APPLIED  # an enum's member is slow to look up on Python 3.11


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
        self.trade_heard_ns: int | None = None
        self._raise = raise_signal
        self._told: BestBidOffer | None = None

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
        for listener in self.quote_listeners:
            listener(quote)

    def on_trade(self, trade: PublicTrade) -> None:
        """Tell a public trade."""
        self.trade_heard_ns = trade.local_ns
        for listener in self.trade_listeners:
            listener(trade)

    def lose(self, signal: Signal, detail: str) -> None:
        """Show nothing until the book is sound again; said once, staleness each time."""
        self._told = None
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


class BookSync:
    """One contract's book over one connection.

    Args:
        feed: The contract.
        seeded_apart: Whether snapshots are fetched and not part of the stream.
        want: Called when the book needs a snapshot.
        ask_again: Subscribes its topic anew.
        now_ns: When the subscription goes out.
    """

    __slots__ = (
        "_numberless",
        "_resume_from",
        "_seeded_apart",
        "_stale_run",
        "_want",
        "ask_again",
        "asked_ns",
        "book",
        "crossed_looks",
        "delay",
        "feed",
        "heard_ns",
        "pending",
        "resubscribe",
        "resync_ns",
        "resyncs",
        "retired",
        "seeded_ns",
        "venue_ns",
    )

    def __init__(
        self,
        feed: BookFeed,
        *,
        seeded_apart: bool,
        want: Callable[[BookSync], None],
        ask_again: Callable[[], None],
        now_ns: int,
    ) -> None:
        self.feed = feed
        self.book = OrderBook(feed.market)
        self.delay = Delay()
        self.heard_ns: int | None = None
        """Local receipt of the last frame that counts as a sign of life of this channel."""
        self.venue_ns: int | None = None
        self.asked_ns = now_ns
        self.ask_again = ask_again
        self.pending = False
        """Whether a resync is waiting or being done."""
        self.resubscribe = not seeded_apart
        """Whether the next resync begins with a new subscription."""
        self.crossed_looks = 0
        """How often in a row the watch found it crossed."""
        self.resyncs = 0
        """How many resyncs followed each other closely."""
        self.resync_ns: int | None = None
        """When the last one began, of the monotonic clock."""
        self.seeded_ns: int | None = None
        """Local receipt of the last snapshot."""
        self.retired = False
        self._seeded_apart = seeded_apart
        self._want = want
        self._resume_from: int | None = None
        self._numberless: BookSnapshot | None = None
        self._stale_run = 0

    @property
    def crossed(self) -> bool:
        """Whether it is seeded, and yet not sound."""
        return not self.book.ready and self.book.last_update >= 0

    @property
    def known_ns(self) -> int | None:
        """Local receipt of the last frame or snapshot that the book was known to be right by."""
        if self.heard_ns is None or self.seeded_ns is None:
            return self.seeded_ns
        return max(self.heard_ns, self.seeded_ns)

    def on_delta(self, delta: BookDelta | LabelledBookDelta) -> None:
        """Apply one delta of the stream."""
        outcome = self.book.apply(delta)
        if outcome is _APPLIED:
            self.heard_ns = delta.local_ns
            self.venue_ns = delta.venue_ns
            self._stale_run = 0
            self.feed.on_book(self)
        else:
            self._on_unapplied(delta, outcome)

    def on_snapshot(self, snapshot: BookSnapshot) -> None:
        """Restart from a snapshot of the stream, once its number is known."""
        if snapshot.last == STREAM_NUMBERED:
            if self._resume_from is None:
                self._numberless = snapshot
                return
            snapshot = msgspec.structs.replace(snapshot, last=self._resume_from)
        self.heard_ns = snapshot.local_ns
        self.venue_ns = snapshot.venue_ns
        self.seed(snapshot)

    def on_resume(self, resume_from: int) -> None:
        """Learn the number at which the stream's snapshot stands."""
        self._resume_from = resume_from
        if self._numberless is not None:
            snapshot, self._numberless = self._numberless, None
            self.on_snapshot(snapshot)

    def seed(self, snapshot: BookSnapshot) -> bool:
        """Restart from a snapshot; say whether what was buffered joins it."""
        self._stale_run = 0
        self.seeded_ns = snapshot.local_ns
        if self.book.apply(snapshot) is Applied.GAP:
            self._lose("the snapshot is older than the stream")
            return False
        self.feed.on_book(self)
        return True

    def restart(self, now_ns: int) -> None:
        """Forget the book: the topic is being subscribed anew."""
        self.book.reset()
        self.heard_ns = self._resume_from = self._numberless = None
        self.resubscribe = not self._seeded_apart
        self.asked_ns = now_ns
        self._stale_run = 0

    def doubt(self, signal: Signal, reason: str) -> None:
        """Show the book no more until it was seeded anew."""
        self.book.reset()
        self.resubscribe = self.resubscribe or signal is Signal.STALE
        if self.feed.shown is self:
            self.feed.lose(signal, reason)
        self._want(self)

    def retire(self, detail: str) -> None:
        """Leave: the connection is over."""
        self.retired = True
        self.feed.detach(self, detail)

    def _on_unapplied(self, delta: BookDelta | LabelledBookDelta, outcome: Applied) -> None:
        if outcome is Applied.GAP:
            self._lose(f"missing before update {delta.last}")
        elif outcome is Applied.STALE:
            self.heard_ns = delta.local_ns
            self._stale_run += 1
            if self._stale_run > STALE_RUN_MAX and self.book.state is not SyncState.JOINING:
                self.doubt(Signal.GAP, "the venue began to count anew")
        elif self._seeded_apart:
            self.heard_ns = delta.local_ns
            self._want(self)

    def _lose(self, reason: str) -> None:
        """Ask for a snapshot; what was buffered since the hole stays, to be joined to it."""
        if self.feed.shown is self:
            self.feed.lose(Signal.GAP, reason)
        self._want(self)
