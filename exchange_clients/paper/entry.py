"""How an accepted order gets to the book: at once, when its trigger fires, after a speed bump."""

from __future__ import annotations

from collections import deque

from exchange_clients.base_models import ONE, Reason
from exchange_clients.paper.admission import cut_to_position
from exchange_clients.paper.book import MatchingBook
from exchange_clients.paper.members import (
    BUY,
    CANCELED,
    EXPIRED,
    FOK,
    GTC,
    GTX,
    IOC,
    LIMIT,
    LIVE,
    MARKET,
    MARKET_TYPES,
)
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.rules import TriggerSource, ceil_ticks, floor_ticks
from exchange_clients.paper.sweep import fillable_lots, sweep
from exchange_clients.paper.triggers import TriggerBook

NEVER_NS = 1 << 63
"""Stands for an instant that does not come."""


class EntryDesk:
    """Takes active orders to the book and keeps those that wait for a price or an instant."""

    __slots__ = ("_delayed", "book", "next_due_ns", "triggers", "watches_last")

    def __init__(self, book: MatchingBook) -> None:
        self.book = book
        self.triggers = TriggerBook()
        self.watches_last = book.rules.trigger_source is TriggerSource.LAST
        self.next_due_ns = NEVER_NS
        """When the next order leaves the speed bump."""
        self._delayed: deque[tuple[int, EngineOrder]] = deque()

    def take_in(self, order: EngineOrder) -> None:
        """Let an order that was just accepted meet the book now, or wait for its trigger."""
        order_type = order.order_type
        if order_type is LIMIT:
            plain = order.time_in_force is GTC and not order.reduce_only
            if plain and not self.book.reaches(order.side, order.ticks):
                # Most orders are such: there is nothing to take, and nothing forbids to rest.
                self.book.rest(order)
            else:
                self.enter(order)
        elif order_type is MARKET:
            self.enter(order)
        else:
            self.wait(order)

    def enter(self, order: EngineOrder, *, bumped: bool = False) -> None:
        """Let an active order meet the book: take what it may, then rest, or end."""
        book = self.book
        if order.reduce_only and not cut_to_position(book, order):
            book.finish(order, CANCELED, Reason.REDUCE_ONLY_REJECTED)
            return
        plain_type = order.order_type is LIMIT
        if not plain_type and order.order_type in MARKET_TYPES and not self._bound(order):
            book.finish(order, CANCELED, Reason.NO_LIQUIDITY)
            return
        if book.reaches(order.side, order.ticks):
            bumped = bumped or order.forced or order.time_in_force is GTX
            if book.rules.speed_bump_ns and not bumped:
                self._delay(order)
                return
            self._take(order)
            if order.status not in LIVE:
                return
        if order.reduce_only or order.time_in_force is not GTC or not plain_type:
            self._end_unrested(order)
            if order.status not in LIVE:
                return
        book.rest(order)

    def wait(self, order: EngineOrder) -> None:
        """Keep a conditional order until its trigger; it fires at once if that is reached."""
        self.triggers.add(order)
        if (watched := self._watched_ticks()) is not None:
            self.fire(watched)

    def fire(self, ticks: int) -> None:
        """Take in a price of the triggers' source and let the orders that fire meet the book."""
        for order in self.triggers.fired(ticks):
            order.triggered_ns = self.book.now_ns
            self.book.report(order)
            self.enter(order, bumped=True)

    def release(self, now_ns: int) -> None:
        """Let the orders meet the book whose speed bump is over, each at its own instant."""
        while self._delayed and self._delayed[0][0] <= now_ns:
            due_ns, order = self._delayed.popleft()
            if order.status in LIVE:
                self.book.now_ns = due_ns
                self.enter(order, bumped=True)
                self.settle()
        self.next_due_ns = self._delayed[0][0] if self._delayed else NEVER_NS

    def forget(self, order: EngineOrder) -> None:
        """Let an order that is about to be canceled wait no longer; one that does not is no matter.

        A delayed order needs no more than its status: it is passed over when its time comes.
        """
        self.triggers.discard(order)

    def change(self, order: EngineOrder, ticks: int, lots: int) -> None:
        """Give a live order a new price and size; it keeps its place if it only got smaller."""
        book = self.book
        keeps_place = order.level is None or (ticks == order.ticks and lots <= order.lots)
        if not keeps_place:
            book.take_out(order)
        order.ticks = ticks
        order.lots = lots
        book.report(order)
        if not keeps_place:
            self.enter(order)

    def settle(self) -> None:
        """Do what trades entail until nothing more follows: cut reduce-only orders, fire stops."""
        book = self.book
        while book.moved_owners or self._last_price_is_new():
            book.cut_reduce_only()
            if self._last_price_is_new():
                assert book.last_ticks is not None
                self.fire(book.last_ticks)

    def _bound(self, order: EngineOrder) -> bool:
        """Limit a market order to the venue's distance from the best price; False without one.

        From the mark, where that is nearer: what alone is left of a side, far away, is no market.
        A liquidation takes what there is.
        """
        if order.ticks:
            return True  # it was limited when it arrived
        best = self.book.best(order.side.opposite)
        if best is None:
            return False
        mark = best if order.forced else self.book.mark_ticks or best
        bound = self.book.rules.market_bound
        if order.side is BUY:
            order.ticks = floor_ticks(min(best, mark), ONE + bound)
        else:
            order.ticks = ceil_ticks(max(best, mark), ONE - bound)
        return True

    def _delay(self, order: EngineOrder) -> None:
        due_ns = self.book.now_ns + self.book.rules.speed_bump_ns
        self._delayed.append((due_ns, order))
        self.next_due_ns = self._delayed[0][0]

    def _take(self, order: EngineOrder) -> None:
        """Trade an order that reaches the other side, as its time in force allows."""
        book = self.book
        if order.time_in_force is GTX:
            book.finish(order, EXPIRED, Reason.POST_ONLY_WOULD_CROSS)
        elif (
            order.time_in_force is not FOK
            or fillable_lots(book, order, order.ticks) == order.remaining_lots
        ):
            sweep(book, order, order.ticks)

    def _end_unrested(self, order: EngineOrder) -> None:
        """End what is left of an order that must not rest."""
        book = self.book
        if order.reduce_only and book.closable_lots(order) == 0:
            book.finish(order, CANCELED, Reason.REDUCE_ONLY_REJECTED)
        elif order.order_type in MARKET_TYPES:
            book.finish(order, CANCELED, Reason.NO_LIQUIDITY)
        elif order.time_in_force in _NEVER_RESTS:
            book.finish(order, EXPIRED, Reason.NOT_FILLED_IN_FULL)

    def _watched_ticks(self) -> int | None:
        """Return the price that triggers look at, None before the first."""
        book = self.book
        return book.last_ticks if self.watches_last else book.mark_ticks

    def _last_price_is_new(self) -> bool:
        """Say whether triggers look at the last trade and would act on it."""
        last = self.book.last_ticks
        if last is None or not self.watches_last:
            return False
        return not self.triggers.watch_below < last < self.triggers.watch_above


_NEVER_RESTS = (IOC, FOK)
