"""One market's matching engine: price-time priority on integer ticks and lots, no clock, no I/O.

Commands (``place``, ``cancel``, ``amend``) and market data (``on_external_*``, ``on_mark``) come
one at a time, each with the instant at which it happens; all that follows from one is reported to
the listener before it returns. The listener books, it does not act: a command from within a report
is a programming error and is asserted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from exchange_clients.base_models import Reason, Side
from exchange_clients.paper.admission import amend_refusal, place_refusal
from exchange_clients.paper.book import MatchingBook
from exchange_clients.paper.entry import EntryDesk
from exchange_clients.paper.external import ExternalLiquidity
from exchange_clients.paper.members import CANCELED, LIVE, OPEN, PENDING, REJECTED
from exchange_clients.paper.orders import EngineListener, EngineOrder
from exchange_clients.paper.passive import fill_crossed, fill_printed, restate_level
from exchange_clients.paper.queue_model import QueueModel, RiskAverseQueue
from exchange_clients.paper.rules import TriggerSource, VenueRules

_BUSY = "a command came from within a report, or after one that failed"


class MatchingEngine:
    """Match orders of many owners with each other and with the external market.

    ``position_lots`` answers an owner's signed position at any time, after each ``on_trade``
    including that trade; reduce-only rests on it. ``bids`` and ``asks`` are the resting orders:
    read ``bids.best`` and ``asks.best`` to skip market data that reaches none of them.
    """

    def __init__(
        self,
        rules: VenueRules,
        listener: EngineListener,
        position_lots: Callable[[str], int],
        queue_model: QueueModel | None = None,
        external: ExternalLiquidity | None = None,
    ) -> None:
        self.rules = rules
        self.book = MatchingBook(
            rules, listener, position_lots, queue_model or RiskAverseQueue(), external
        )
        self.bids = self.book.bids
        self.asks = self.book.asks
        self._desk = EntryDesk(self.book)
        self._watches_last = rules.trigger_source is TriggerSource.LAST
        self._busy = False

    def place(self, order: EngineOrder, now_ns: int) -> None:
        """Accept, match, rest or refuse an order; the outcome is in its status and reason.

        A second order of the same owner and client order id is refused and changes nothing.
        """
        # As in ``cancel``, ``_begin`` is written out: these two are nearly all that is ever called.
        assert not self._busy, _BUSY
        self._busy = True
        book, desk = self.book, self._desk
        if desk.next_due_ns <= now_ns:
            desk.release(now_ns)
        book.now_ns = order.created_ns = order.updated_ns = now_ns
        assert order.status is PENDING, f"order {order.order_id} has been placed already"
        store = book.store
        order_id = order.order_id
        known = store.by_id.setdefault(order_id, order)
        assert known is order, f"order id {order_id} is taken"
        orders = store.owners.get(order.owner) or store.of(order.owner)
        if orders.by_client_id.setdefault(order.client_order_id, order) is not order:
            book.finish(order, REJECTED, Reason.DUPLICATE_CLIENT_ORDER_ID)
        elif (refusal := place_refusal(book, order, len(orders.live))) is not None:
            book.finish(order, REJECTED, refusal)
        else:
            orders.live[order_id] = order
            order.status = OPEN
            book.listener.on_order(order)
            desk.take_in(order)
            if book.moved_owners or self._watches_last:
                desk.settle()
        self._busy = False

    def cancel(self, order_id: int, now_ns: int, reason: Reason = Reason.USER_CANCELED) -> bool:
        """End a live order; False when there is none of that id."""
        assert not self._busy, _BUSY
        self._busy = True
        book, desk = self.book, self._desk
        if desk.next_due_ns <= now_ns:
            desk.release(now_ns)
        book.now_ns = now_ns
        order = book.store.by_id.get(order_id)
        live = order is not None and order.status in LIVE
        if order is not None and live:
            if order.level is None:
                desk.forget(order)
            book.finish(order, CANCELED, reason)
        self._busy = False
        return live

    def amend(
        self, order_id: int, now_ns: int, *, ticks: int | None, lots: int | None
    ) -> Reason | None:
        """Change price or total size; return None when done, else why nothing was changed.

        ``lots`` includes what has filled. A smaller size keeps the order's place in the queue; a
        new price or a larger size puts it at the end, and what crosses then takes.
        """
        self._begin(now_ns)
        refusal: Reason | None = Reason.ORDER_NOT_FOUND
        if (order := self.book.store.by_id.get(order_id)) is not None:
            new_ticks = order.ticks if ticks is None else ticks
            new_lots = order.lots if lots is None else lots
            refusal = amend_refusal(self.book, order, new_ticks, new_lots)
            if refusal is None:
                self._desk.change(order, new_ticks, new_lots)
        self._end()
        return refusal

    def cancel_all(self, owner: str, now_ns: int) -> list[EngineOrder]:
        """Cancel every live order of an owner, oldest first, and return them."""
        self._begin(now_ns)
        orders = self.book.store.open_orders(owner)
        for order in orders:
            self._desk.forget(order)
            self.book.finish(order, CANCELED, Reason.USER_CANCELED)
        self._busy = False
        return orders

    def overfill(self, order_id: int, ticks: int, lots: int, now_ns: int, *, resting: bool) -> int:
        """Fill an order that was filled to its end by more than it asked for; return by how much.

        No venue should, and some have: a match raced the order's end there. The external market is
        the other side, whatever it shows. What reduces only is filled on as far as it still closes.

        Args:
            order_id: Of which order.
            ticks: At what price.
            lots: By how much at most.
            now_ns: When.
            resting: Whether it trades as one that had rested in the book.
        """
        self._begin(now_ns)
        order = self.book.store.by_id[order_id]
        extra = min(lots, self.book.closable_lots(order)) if order.reduce_only else lots
        if extra:
            self.book.overfill(order, ticks, extra, resting=resting)
        self._end()
        return extra

    def advance(self, now_ns: int) -> None:
        """Let the orders whose speed bump is over by ``now_ns`` meet the book.

        Every command does so before its own work; this is for when no command comes by
        ``next_due_ns``.
        """
        self._begin(now_ns)
        self._busy = False

    @property
    def next_due_ns(self) -> int:
        """When the next order leaves the speed bump; ``NEVER_NS`` when none is in it."""
        return self._desk.next_due_ns

    def find(self, owner: str, client_order_id: str) -> EngineOrder | None:
        """Return the order of that client order id, live or ended."""
        return self.book.store.find(owner, client_order_id)

    def get(self, order_id: int) -> EngineOrder | None:
        """Return the order of that id, live or ended."""
        return self.book.store.by_id.get(order_id)

    def open_orders(self, owner: str) -> list[EngineOrder]:
        """Return the live orders of an owner, oldest first."""
        return self.book.store.open_orders(owner)

    @property
    def own_best_bid(self) -> int:
        """Best resting bid in ticks; ``NO_BID`` (-1) when none rests."""
        return self.bids.best

    @property
    def own_best_ask(self) -> int:
        """Best resting ask in ticks; ``NO_ASK``, above every price, when none rests."""
        return self.asks.best

    def prices_resting(self, side: Side) -> Sequence[int]:
        """Return the prices of one side where orders rest, best first."""
        return self.book.resting(side).prices()

    @property
    def external(self) -> ExternalLiquidity | None:
        """The external market; None where there is none. Setting it forgets what was consumed."""
        return self.book.external_bids.source

    @external.setter
    def external(self, source: ExternalLiquidity | None) -> None:
        self.book.attach(source)

    def on_position_changed(self, owner: str) -> None:
        """Cut resting reduce-only orders to a position that changed otherwise than by a trade.

        Trades are seen to already. From within a report it takes effect as the command ends.
        """
        if owner not in self.book.reduce_only:
            return
        self.book.moved_owners[owner] = None
        if not self._busy:
            self._begin(self.book.now_ns)
            self._end()

    def on_external_level(self, side: Side, ticks: int, lots: int, now_ns: int) -> None:
        """Take in that the source now shows ``lots`` at a price of one side of the book.

        Moves the queue estimate of orders resting there, and what own takers consumed there is
        forgotten. At other prices there is no need to call it.
        """
        self._begin(now_ns)
        restate_level(self.book, side, ticks, lots)
        self._end()

    def on_external_refresh(self, side: Side, ticks: int) -> None:
        """Forget what own takers consumed at a price that the source has stated anew."""
        self.book.external(side).refresh(ticks)

    def on_external_touch(self, bid_ticks: int | None, ask_ticks: int | None, now_ns: int) -> None:
        """Fill resting orders that the external best prices now reach.

        There is no need to call it unless ``ask_ticks <= own_best_bid`` or ``bid_ticks >=
        own_best_ask``. Fills are bounded by the external lots at or through the resting price, and
        consume them.
        """
        self._begin(now_ns)
        if ask_ticks is not None and ask_ticks <= self.bids.best:
            fill_crossed(self.book, Side.BUY)
        if bid_ticks is not None and bid_ticks >= self.asks.best:
            fill_crossed(self.book, Side.SELL)
        self._end()

    def on_external_trade(self, ticks: int, lots: int, aggressor: Side, now_ns: int) -> None:
        """Fill resting orders that a printed trade went through or reached in the queue."""
        self._begin(now_ns)
        fill_printed(self.book, ticks, lots, aggressor)
        self.book.last_ticks = ticks
        self._end()

    def on_mark(self, ticks: int, now_ns: int) -> None:
        """Take in the mark price: trigger conditional orders, ratchet trailing stops."""
        self._begin(now_ns)
        self.book.mark_ticks = ticks
        if not self._watches_last:
            self._desk.fire(ticks)
        self._end()

    def _begin(self, now_ns: int) -> None:
        assert not self._busy, _BUSY
        self._busy = True
        book = self.book
        if self._desk.next_due_ns <= now_ns:
            self._desk.release(now_ns)
        book.now_ns = now_ns

    def _end(self) -> None:
        if self.book.moved_owners or self._watches_last:
            self._desk.settle()
        self._busy = False
