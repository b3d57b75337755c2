"""Conditional orders waiting for a price.

An order fires when the watched price reaches its trigger: a buy stop and a sell take-profit from
below, a sell stop and a buy take-profit from above. A trailing stop keeps the best price since it
became active and fires when the price has come back from there by its distance; its trigger only
ever moves towards the price. ``watch_above`` and ``watch_below`` enclose the prices at which
nothing at all happens, so that they can be skipped without a call.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort

from exchange_clients.base_models import ONE, OrderType, Side
from exchange_clients.paper.orders import EngineOrder
from exchange_clients.paper.price_levels import NO_ASK, NO_BID
from exchange_clients.paper.rules import ceil_ticks, floor_ticks

_FIRES_FROM_BELOW = {
    (OrderType.STOP, Side.BUY),
    (OrderType.STOP_MARKET, Side.BUY),
    (OrderType.TAKE_PROFIT, Side.SELL),
    (OrderType.TAKE_PROFIT_MARKET, Side.SELL),
}


class TriggerBook:
    """The waiting orders of one market; says which fire at a price, in a settled order."""

    __slots__ = ("_falling", "_rising", "_trails", "_waiting", "watch_above", "watch_below")

    def __init__(self) -> None:
        self._waiting: dict[int, EngineOrder] = {}
        self._rising: list[tuple[int, int]] = []
        """(trigger ticks, order id), ascending: the first fires first."""
        self._falling: list[tuple[int, int]] = []
        """(negated trigger ticks, order id), ascending: the first fires first."""
        self._trails: dict[int, Trail] = {}
        self.watch_above = NO_ASK
        """A price at or above it has something to do."""
        self.watch_below = NO_BID
        """A price at or below it has something to do."""

    def add(self, order: EngineOrder) -> None:
        """Let an order wait; it may fire at the next price shown, also the current one."""
        self._waiting[order.order_id] = order
        if order.order_type is OrderType.TRAILING_STOP:
            self._trails[order.order_id] = Trail(order)
        else:
            queue, entry = self._entry(order)
            insort(queue, entry)
        self._set_watch()

    def discard(self, order: EngineOrder) -> None:
        """Let an order wait no longer; unknown orders are no matter."""
        if self._waiting.pop(order.order_id, None) is None:
            return
        if order.order_type is OrderType.TRAILING_STOP:
            del self._trails[order.order_id]
        else:
            queue, entry = self._entry(order)
            del queue[bisect_left(queue, entry)]
        self._set_watch()

    def fired(self, ticks: int) -> list[EngineOrder]:
        """Take in a price and return the orders that fire; they wait no more.

        Rising triggers come before falling ones, nearest first, then trailing stops; ties by age.
        """
        if self.watch_below < ticks < self.watch_above:
            return []
        fired = [*_due(self._rising, ticks), *_due(self._falling, -ticks)]
        trails = [order_id for order_id, trail in self._trails.items() if trail.reached(ticks)]
        for order_id in trails:
            del self._trails[order_id]
        self._set_watch()
        return [self._waiting.pop(order_id) for order_id in (*fired, *trails)]

    def stop_ticks(self, order: EngineOrder) -> int | None:
        """Return where a waiting trailing stop would fire now; None before it is active."""
        trail = self._trails.get(order.order_id)
        return None if trail is None else trail.stop_ticks

    def _entry(self, order: EngineOrder) -> tuple[list[tuple[int, int]], tuple[int, int]]:
        """Return the queue of an order's trigger and its place in there."""
        assert order.trigger_ticks is not None
        if (order.order_type, order.side) in _FIRES_FROM_BELOW:
            return self._rising, (order.trigger_ticks, order.order_id)
        return self._falling, (-order.trigger_ticks, order.order_id)

    def _set_watch(self) -> None:
        above = self._rising[0][0] if self._rising else NO_ASK
        below = -self._falling[0][0] if self._falling else NO_BID
        for trail in self._trails.values():
            trail_below, trail_above = trail.quiet_band()
            above = min(above, trail_above)
            below = max(below, trail_below)
        self.watch_above = above
        self.watch_below = below


class Trail:
    """One trailing stop; ``best_ticks`` is the most favourable price since it became active."""

    __slots__ = ("best_ticks", "order", "stop_ticks")

    def __init__(self, order: EngineOrder) -> None:
        self.order = order
        self.best_ticks: int | None = None
        self.stop_ticks: int | None = None

    def reached(self, ticks: int) -> bool:
        """Take in a price: activate, ratchet, and say whether the stop is reached."""
        if self.best_ticks is None and not self._activates(ticks):
            return False
        sign = self.order.side.opposite.sign  # a sell follows the price up, a buy down
        if self.best_ticks is None or ticks * sign > self.best_ticks * sign:
            self.best_ticks = ticks
            self.stop_ticks = self._stop_from(ticks)
        assert self.stop_ticks is not None
        return ticks * sign <= self.stop_ticks * sign

    def quiet_band(self) -> tuple[int, int]:
        """Return (below, above): prices strictly between neither move nor fire this stop."""
        selling = self.order.side is Side.SELL
        if self.best_ticks is None or self.stop_ticks is None:
            activation = self.order.trigger_ticks
            if activation is None:
                return NO_ASK, NO_BID
            return (NO_BID, activation) if selling else (activation, NO_ASK)
        if selling:
            return self.stop_ticks, self.best_ticks + 1
        return self.best_ticks - 1, self.stop_ticks

    def _activates(self, ticks: int) -> bool:
        activation = self.order.trigger_ticks
        if activation is None:
            return True
        return ticks >= activation if self.order.side is Side.SELL else ticks <= activation

    def _stop_from(self, best_ticks: int) -> int:
        order = self.order
        selling = order.side is Side.SELL
        if order.trailing_ticks is not None:
            return (
                best_ticks - order.trailing_ticks if selling else best_ticks + order.trailing_ticks
            )
        assert order.trailing_fraction is not None
        # Rounded to the farther tick: the stop never fires before the full distance.
        if selling:
            return floor_ticks(best_ticks, ONE - order.trailing_fraction)
        return ceil_ticks(best_ticks, ONE + order.trailing_fraction)


def _due(queue: list[tuple[int, int]], key: int) -> list[int]:
    """Take out the order ids whose key is reached, nearest first."""
    end = bisect_right(queue, (key, NO_ASK))
    due = [order_id for _, order_id in queue[:end]]
    del queue[:end]
    return due
