"""The book that a simulated venue publishes: external levels and our own resting orders together.

What may have changed is noted as it happens, price by price; what has changed is found when it is
published. A change is numbered by its levels, so that the numbers of a contract have no gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from exchange_clients.base_models import ContractId, DepthView, Level, OrderInfo, Side
from exchange_clients.events import BookDelta, BookSnapshot
from exchange_clients.paper.market import PaperMarket
from exchange_clients.paper.orders import Trade
from exchange_clients.paper.timeline import NEVER_NS
from venue_simulators.world_values import BookChange, BookListener

_SIDES = (Side.BUY, Side.SELL)


class PublishedBook:
    """One contract's book as the venue's clients know it.

    Invariant: a client that applies every change to an empty book holds ``depth()`` of the last.

    Args:
        market: The truth.
        interval_ns: How often changes are published at most.
        plan: Told the instant at which ``publish`` is due.
    """

    def __init__(self, market: PaperMarket, interval_ns: int, plan: Callable[[int], None]) -> None:
        self._market = market
        self._interval_ns = interval_ns
        self._plan = plan
        self._lots: dict[Side, dict[int, int]] = {side: {} for side in _SIDES}
        """Published lots by ticks."""
        self._levels: dict[Side, dict[int, Level]] = {side: {} for side in _SIDES}
        """The same as it is told."""
        self._order: dict[Side, list[int]] = {}
        """Published ticks, best first, of sides that have not changed since they were sorted."""
        self._ghosts: dict[Side, dict[int, int]] = {side: {} for side in _SIDES}
        """Lots by ticks that are told, and are not there."""
        self._touched: dict[Side, dict[int, None]] = {side: {} for side in _SIDES}
        self._all_touched = False
        self._published_ns = -NEVER_NS
        self.number = 0
        """Of the last update."""
        self.due_ns = NEVER_NS
        """When the next change is published."""
        self.listeners: list[BookListener] = []

    @property
    def contract_id(self) -> ContractId:
        """The contract."""
        return self._market.contract_id

    # What may have changed ------------------------------------------------------------------------

    def on_depth(self, event: BookSnapshot | BookDelta) -> None:
        """Note what the external book says anew."""
        if isinstance(event, BookSnapshot):
            self.touch_all(event.local_ns)
            return
        nearest = self._market.grid.nearest_ticks
        bids, asks = self._touched[Side.BUY], self._touched[Side.SELL]
        for price, _ in event.bids:
            bids[nearest(price)] = None
        for price, _ in event.asks:
            asks[nearest(price)] = None
        self._wake(event.local_ns)

    def on_trade(self, trade: Trade) -> None:
        """Note what a match of ours takes off the book."""
        for side in _SIDES:
            self._touched[side][trade.ticks] = None
            # An external level that crossed a resting order is consumed at its own, better price.
            for ticks in self._sorted(side):
                if side.sign * (trade.ticks - ticks) > 0:
                    break
                self._touched[side][ticks] = None
        self._wake(trade.at_ns)

    def on_order(self, before: OrderInfo | None, now: OrderInfo, now_ns: int) -> None:
        """Note where an order rested and where it may rest now."""
        for info in (before, now):
            if info is not None and info.price is not None:
                self._touched[info.side][self._market.grid.ticks(info.price)] = None
        self._wake(now_ns)

    def touch_all(self, now_ns: int) -> None:
        """Note that the whole book may have changed."""
        self._all_touched = True
        self._wake(now_ns)

    def tell_ghost(self, side: Side, ticks: int | None, now_ns: int) -> None:
        """Tell one lot at a price where there is none, as a venue does that has lost a removal.

        It stands until the next one of its side; None tells no other. Beyond the best price of the
        other side it makes the book look crossed, and at it locked.
        """
        ghosts = self._ghosts[side]
        self._touched[side].update(dict.fromkeys(ghosts))
        ghosts.clear()
        if ticks is not None:
            ghosts[ticks] = 1
            self._touched[side][ticks] = None
        self._wake(now_ns)

    def _wake(self, now_ns: int) -> None:
        if self.due_ns == NEVER_NS:
            self.due_ns = max(now_ns, self._published_ns + self._interval_ns)
            self._plan(self.due_ns)

    # Publishing -----------------------------------------------------------------------------------

    def publish(self, now_ns: int) -> None:
        """Tell the listeners what has changed since the change before, if anything has."""
        self.due_ns = NEVER_NS
        bids, asks = self._changes(Side.BUY), self._changes(Side.SELL)
        for touched in self._touched.values():
            touched.clear()
        self._all_touched = False
        count = len(bids) + len(asks)
        if count == 0:
            return
        first = self.number + 1
        self.number += count
        self._published_ns = now_ns
        change = BookChange(self.contract_id, bids, asks, first, self.number, now_ns)
        for listener in self.listeners:
            listener(change)

    def _changes(self, side: Side) -> list[Level]:
        """Bring the published levels of one side up to date; return what that changed."""
        book, grid = self._market.engine.book, self._market.grid
        resting, available_lots = book.resting(side).levels, book.external(side).available_lots
        published, levels, ghosts = self._lots[side], self._levels[side], self._ghosts[side]
        changes = []
        for ticks in self._candidates(side):
            lots = available_lots(ticks)
            if ticks in resting:
                lots += sum(each.remaining_lots for each in resting[ticks].orders.values())
            if ghosts:
                lots += ghosts.get(ticks, 0)
            before = published.get(ticks, 0)
            if lots == before:
                continue
            if not lots or not before:
                self._order.pop(side, None)
            level = Level(grid.price(ticks), grid.size(lots))
            if lots:
                published[ticks], levels[ticks] = lots, level
            else:
                del published[ticks], levels[ticks]
            changes.append(level)
        return changes

    def _candidates(self, side: Side) -> Iterable[int]:
        """Return the prices of one side that may have changed."""
        if not self._all_touched:
            return self._touched[side]
        shown = [ticks for ticks, _ in self._market.engine.book.external(side).levels()]
        resting = self._market.engine.prices_resting(side)
        return dict.fromkeys([*self._lots[side], *shown, *resting, *self._ghosts[side]])

    # Reading --------------------------------------------------------------------------------------

    def depth(self, levels: int | None = None) -> DepthView:
        """Return the published book, best first, at most ``levels`` a side."""
        bids, asks = (
            [self._levels[side][ticks] for ticks in self._sorted(side)[:levels]] for side in _SIDES
        )
        return DepthView(bids=bids, asks=asks)

    def best(self, side: Side) -> Level | None:
        """Return the best level, None where there is none."""
        prices = self._sorted(side)
        return self._levels[side][prices[0]] if prices else None

    def _sorted(self, side: Side) -> list[int]:
        order = self._order.get(side)
        if order is None:
            order = self._order[side] = sorted(self._lots[side], reverse=side is Side.BUY)
        return order
