"""One contract's order book: numbered snapshots and deltas in, an exact top and depth out.

The rule: a book that may have missed an update, or that is crossed, is never ``ready``.

Each side is a dict from price to size, with no sorted container. Reading a venue's text gives the
float nearest to a whole number of ticks, and ``k / 10**n`` is that very float as long as k stays
below 2**53: so floats are exact keys for any decimal tick (0.1, 0.25, 5, 1e-8). A removed level
stays as a zero; when the best one goes, the book walks down the tick grid to the next. Touched
levels crowd around the top: the walk is a few steps, and keeping the sides sorted would cost
several times the decoding of the frame (benchmarks/bench_order_book.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import compress, islice
from math import inf
from typing import TypeAlias

from exchange_clients.base_models import DepthView, Level, Market, Side
from exchange_clients.events import (
    BestBidOffer,
    BookDelta,
    BookSnapshot,
    FloatLevel,
    LabelledBookDelta,
)
from exchange_clients.shared.decimal_grid import DecimalGrid

AnyDelta: TypeAlias = BookDelta | LabelledBookDelta
PENDING_DELTAS_MAX = 1000
"""Deltas kept while waiting for a snapshot; beyond it the oldest goes, and the join finds out."""
WALK_STEPS_MAX = 256
"""Empty ticks walked over before a side is searched; one of no more entries is sorted at once."""
_WALK = range(WALK_STEPS_MAX)
LEVELS_MAX = 4096
"""Twice so many entries a side, or twice what the last sweep left, and it is swept again."""
CHECK_EVERY = 32
"""Events after which the entries are counted; counting at each one costs 3 %."""
NOT_JOINED = -2
"""No delta's number: one that awaits it is always judged."""
NO_BID = -inf
"""``best_bid`` of a book without bids."""
NO_ASK = inf
"""``best_ask`` of a book without asks."""


class Applied(Enum):
    """What became of an event."""

    APPLIED = "applied"
    STALE = "stale"
    """It tells nothing that the book does not hold."""
    BUFFERED = "buffered"
    """It waits for a snapshot."""
    GAP = "gap"
    """Updates are missing before it: ask for a snapshot."""


_APPLIED = Applied.APPLIED  # an enum's member is slow to look up on Python 3.11


class SyncState(Enum):
    """Where a book stands between the snapshot and the stream of deltas."""

    AWAITING_SNAPSHOT = "awaiting_snapshot"
    JOINING = "joining"
    """A snapshot is in; the first delta may begin before it."""
    READY = "ready"
    CROSSED = "crossed"
    """Joined, but the best bid is not below the best ask; later deltas may put it right."""


class OrderBook:
    """The book of one contract, kept whole or not shown.

    ====================  ===========================  =====================================
    state                 event                        then
    ====================  ===========================  =====================================
    any                   snapshot                     JOINING, then the buffered deltas
    AWAITING_SNAPSHOT     delta                        the same; BUFFERED
    JOINING               delta, all of it before      the same; STALE
    JOINING               delta begins at or before    READY; APPLIED
    READY, CROSSED        delta whose ``previous``     READY or CROSSED; APPLIED
                          is the book's last update
    READY, CROSSED        delta, all of it before      the same; STALE
    any but the first     any other delta              AWAITING_SNAPSHOT; GAP, and buffered
    any                   ``reset()``                  AWAITING_SNAPSHOT, nothing buffered
    ====================  ===========================  =====================================

    A delta without ``previous`` joins when its ``first`` is at most one above the last update.
    "Before" means ``last`` at or below the book's. The chain is asked first: a delta that names the
    book's last update as ``previous`` joins even when its own number is equal (a heartbeat) or
    lower (the venue began to count anew).

    Invariants: ``ready`` implies that no update since the snapshot is missing and that best bid <
    best ask; ``best_bid`` and ``best_ask`` are the extremes of the levels with a size, or NO_BID
    and NO_ASK; at most ``pending_max`` deltas are buffered; ``gaps`` never decreases.
    """

    ready: bool
    """Whether the book may be read: joined and not crossed."""
    best_bid: float
    best_ask: float
    gaps: int
    """Holes found so far."""

    _event: BookSnapshot | AnyDelta | None
    """The last one applied; None while a snapshot is awaited."""
    _joint: int
    """Number of the last delta applied, which the next one must name; NOT_JOINED before any."""
    _bids: dict[float, float]
    _asks: dict[float, float]

    def __init__(self, market: Market, *, pending_max: int = PENDING_DELTAS_MAX) -> None:
        assert pending_max > 0, f"pending_max must be positive, got {pending_max}"
        self.market = market
        self._prices = DecimalGrid(market.tick)
        self._scale = self._prices.scale
        self._step = float(self._prices.units)
        self._sizes = DecimalGrid(market.step)
        self._pending: deque[AnyDelta] = deque(maxlen=pending_max)
        self.gaps = 0
        self._clear()

    @property
    def state(self) -> SyncState:
        """Say where the book stands; see the table of the class."""
        if self._event is None:
            return SyncState.AWAITING_SNAPSHOT
        if not self.ready:
            return SyncState.CROSSED
        return SyncState.JOINING if self._joint == NOT_JOINED else SyncState.READY

    @property
    def last_update(self) -> int:
        """Number of the last update held; -1 while a snapshot is awaited."""
        return -1 if self._event is None else self._event.last

    def apply(self, event: BookSnapshot | AnyDelta) -> Applied:
        """Take one event of this contract and say what became of it.

        A snapshot answers GAP when the deltas buffered before it do not join it: it is too old.
        """
        if type(event) is LabelledBookDelta:  # of structs, isinstance is slow to say no
            return self.apply_labelled(event)
        if type(event) is BookSnapshot:
            return self._restart(event)
        previous = event.previous
        if previous is None:
            previous = event.first - 1
        if previous != self._joint:
            refusal = self._judge(event)
            if refusal is not None:
                return refusal
        self._joint = event.last
        self._event = event
        self.apply_levels(event.bids, event.asks)
        return _APPLIED

    def apply_levels(  # noqa: C901, PLR0912  # both sides in one frame: a call each costs 5 %
        self, bids: Sequence[FloatLevel], asks: Sequence[FloatLevel]
    ) -> None:
        """Set levels without asking for numbers; the caller vouches that none is missing."""
        best_bid, best_ask = self.best_bid, self.best_ask
        if bids:
            book, emptied = self._bids, False
            for price, size in bids:
                book[price] = size
                if price >= best_bid:
                    if size:
                        best_bid = price
                    elif price == best_bid:
                        emptied = True
            if emptied and not book[best_bid]:
                best_bid = self._next(book, best_bid, -self._step)
            self.best_bid = best_bid
        if asks:
            book, emptied = self._asks, False
            for price, size in asks:
                book[price] = size
                if price <= best_ask:
                    if size:
                        best_ask = price
                    elif price == best_ask:
                        emptied = True
            if emptied and not book[best_ask]:
                best_ask = self._next(book, best_ask, self._step)
            self.best_ask = best_ask
        self.ready = best_bid < best_ask
        self._unchecked -= 1
        if self._unchecked < 0:
            self._check_size()

    def apply_labelled(  # noqa: C901, PLR0912  # a copy, in one frame: pairs first cost a sixth
        self, event: LabelledBookDelta
    ) -> Applied:
        """Do what ``apply`` and ``apply_levels`` do, with levels that are not pairs."""
        if event.previous != self._joint:
            refusal = self._judge(event)
            if refusal is not None:
                return refusal
        self._joint = event.last
        self._event = event
        bids, asks = event.bids, event.asks
        best_bid, best_ask = self.best_bid, self.best_ask
        if bids:
            book, emptied = self._bids, False
            for level in bids:
                price = level.price
                if price >= best_bid:
                    if level.size:
                        best_bid = price
                    elif price == best_bid:
                        emptied = True
                book[price] = level.size
            if emptied and not book[best_bid]:
                best_bid = self._next(book, best_bid, -self._step)
            self.best_bid = best_bid
        if asks:
            book, emptied = self._asks, False
            for level in asks:
                price = level.price
                if price <= best_ask:
                    if level.size:
                        best_ask = price
                    elif price == best_ask:
                        emptied = True
                book[price] = level.size
            if emptied and not book[best_ask]:
                best_ask = self._next(book, best_ask, self._step)
            self.best_ask = best_ask
        self.ready = best_bid < best_ask
        self._unchecked -= 1
        if self._unchecked < 0:
            self._check_size()
        return _APPLIED

    def reset(self) -> None:
        """Forget everything; the stream begins anew."""
        self._pending.clear()
        self._clear()

    def best_bid_size(self) -> float:
        """Return the size at the best bid; 0.0 where there is none."""
        return self._bids.get(self.best_bid, 0.0)

    def best_ask_size(self) -> float:
        """Return the size at the best ask; 0.0 where there is none."""
        return self._asks.get(self.best_ask, 0.0)

    def size_at(self, side: Side, price: float) -> float:
        """Return the size resting at ``price``; 0.0 where there is none."""
        return (self._bids if side is Side.BUY else self._asks).get(price, 0.0)

    def bbo(self) -> BestBidOffer | None:
        """Return the top, or None while the book is not ready or has an empty side."""
        event = self._event
        if not self.ready or event is None or self.best_bid == NO_BID or self.best_ask == NO_ASK:
            return None
        return BestBidOffer(
            contract_id=self.market.contract_id,
            bid=self.best_bid,
            bid_size=self._bids[self.best_bid],
            ask=self.best_ask,
            ask_size=self._asks[self.best_ask],
            venue_ns=event.venue_ns,
            local_ns=event.local_ns,
            sequence=event.last,
        )

    def walk(self, side: Side) -> Iterator[FloatLevel]:
        """Yield the levels of a side, best first; the book must not change meanwhile."""
        if side is Side.BUY:
            return self._walk(self._bids, self.best_bid, -self._step)
        return self._walk(self._asks, self.best_ask, self._step)

    def levels(self, side: Side, count: int) -> list[FloatLevel]:
        """Return at most ``count`` levels of a side, best first."""
        book = self._bids if side is Side.BUY else self._asks
        if len(book) > WALK_STEPS_MAX:
            return list(islice(self.walk(side), count))
        prices = sorted(compress(book, book.values()), reverse=side is Side.BUY)
        return [(price, book[price]) for price in prices[:count]]

    def depth(self, count: int) -> DepthView:
        """Return at most ``count`` exact levels a side, best first; sizes in base units."""
        return DepthView(
            bids=self._exact(self.levels(Side.BUY, count)),
            asks=self._exact(self.levels(Side.SELL, count)),
        )

    def _judge(self, delta: AnyDelta) -> Applied | None:
        """Say why ``delta`` is not applied; None if it joins the book."""
        if self._event is None:
            self._pending.append(delta)
            return Applied.BUFFERED
        if not self._joins(delta):
            if delta.last <= self.last_update:
                return Applied.STALE
            self._clear()
            self.gaps += 1
            self._pending.append(delta)
            return Applied.GAP
        return None

    def _joins(self, delta: AnyDelta) -> bool:
        """Say whether ``delta`` continues the book."""
        if delta.previous == self.last_update:
            return True
        if delta.last <= self.last_update:
            return False
        if delta.previous is None:
            return delta.first <= self.last_update + 1
        begins = min(delta.previous, delta.first) if type(delta) is BookDelta else delta.previous
        # A delta continues a snapshot taken anywhere after its ``previous``; numbers of other
        # contracts may lie in between. Between two deltas the venue leaves no such overlap.
        return self._joint == NOT_JOINED and begins <= self.last_update

    def _restart(self, snapshot: BookSnapshot) -> Applied:
        """Replace everything, then replay what was buffered."""
        assert snapshot.contract_id == self.market.contract_id, snapshot.contract_id
        waiting = list(self._pending)
        self.reset()
        self._event = snapshot
        self.apply_levels(snapshot.bids, snapshot.asks)
        self._sweep()
        outcomes = [self.apply(delta) for delta in waiting]
        return Applied.GAP if Applied.GAP in outcomes else Applied.APPLIED

    def _clear(self) -> None:
        self._bids = {}
        self._asks = {}
        self._unchecked = CHECK_EVERY
        self._sweep_at = 2 * LEVELS_MAX
        self._on_grid = True
        self._joint = NOT_JOINED
        self._event = None
        self.best_bid = NO_BID
        self.best_ask = NO_ASK
        self.ready = False

    def _next(self, book: dict[float, float], emptied: float, step: float) -> float:
        """Return the best price beyond ``emptied``, ``step`` units of the last decimal a tick.

        Units are whole floats, which are exact and divide faster than integers do.
        """
        scale, size_of = self._scale, book.get
        units = (emptied * scale + 0.5) // 1.0
        if units / scale != emptied or units % step:
            self._on_grid = False
        if self._on_grid:
            for _ in _WALK:
                units += step
                price = units / scale
                if size_of(price):
                    return price
        held = compress(book, book.values())
        return max(held, default=NO_BID) if step < 0 else min(held, default=NO_ASK)

    def _walk(self, book: dict[float, float], best: float, step: float) -> Iterator[FloatLevel]:
        """Yield from ``best`` on, ``step`` units at a time; sort what lies beyond a desert."""
        if best in (NO_BID, NO_ASK):
            return
        price, scale, size_of = best, self._scale, book.get
        units, empty = (best * scale + 0.5) // 1.0, 0
        on_grid = self._on_grid and self._prices.holds(best)
        while on_grid and empty < WALK_STEPS_MAX:
            size = size_of(price)
            if size:
                yield price, size
            empty = 0 if size else empty + 1
            units += step
            price = units / scale
        beyond = price.__le__ if step > 0 else price.__ge__
        for level in sorted(filter(beyond, compress(book, book.values())), reverse=step < 0):
            yield level, book[level]

    def _check_size(self) -> None:
        """Sweep a book that has grown too long."""
        self._unchecked = CHECK_EVERY
        if max(len(self._bids), len(self._asks)) > self._sweep_at:
            self._sweep()

    def _sweep(self) -> None:
        """Drop the removed levels, and see whether every price is on the tick grid.

        A venue that changes a tick may leave older orders between the new ticks. A walk would step
        over them, so that such a book searches its side instead, until its next snapshot.
        """
        self._bids = {price: size for price, size in self._bids.items() if size}
        self._asks = {price: size for price, size in self._asks.items() if size}
        self._sweep_at = 2 * max(LEVELS_MAX, len(self._bids), len(self._asks))
        self._on_grid = self._on_grid and all(map(self._prices.holds, (*self._bids, *self._asks)))

    def _exact(self, levels: Sequence[FloatLevel]) -> list[Level]:
        price_of, size_of = self._prices.exact, self._sizes.exact
        return [Level(price_of(price), size_of(size)) for price, size in levels]
