"""What the parts of the engine share: the one book, its orders' lives, and the listener.

Invariants: a terminal order neither rests nor lives in the store; a filled size never shrinks nor
exceeds the order, but by what it was overfilled; every change of an order is reported once, after
it has happened.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.base_models import OrderStatus, Reason, Side
from exchange_clients.paper.external import ExternalLiquidity, ExternalSide
from exchange_clients.paper.members import BUY, CANCELED, FILLED, PARTIALLY_FILLED
from exchange_clients.paper.order_store import OrderStore
from exchange_clients.paper.orders import EngineListener, EngineOrder, Trade
from exchange_clients.paper.price_levels import BookSide, PriceLevel
from exchange_clients.paper.queue_model import QueueModel
from exchange_clients.paper.rules import ReduceOnlyMode, VenueRules


class MatchingBook:
    """Resting orders and external levels as one book, and the moves an order can make in it."""

    def __init__(
        self,
        rules: VenueRules,
        listener: EngineListener,
        position_lots: Callable[[str], int],
        queue_model: QueueModel,
        external: ExternalLiquidity | None,
    ) -> None:
        self.rules = rules
        self.listener = listener
        self.position_lots = position_lots
        self.queue_model = queue_model
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self.external_bids = ExternalSide(Side.BUY, external)
        self.external_asks = ExternalSide(Side.SELL, external)
        self.store = OrderStore(rules.history_max)
        self.now_ns = 0
        self.last_ticks: int | None = None
        """Price of the market's last trade, own or printed."""
        self.mark_ticks: int | None = None
        self.trades = 0
        self.reduce_only: dict[str, dict[int, EngineOrder]] = {}
        """Resting reduce-only orders by owner, where positions must cut them."""
        self.moved_owners: dict[str, None] = {}
        """Owners whose position moved while such orders rest; a dict for its order."""

    def resting(self, side: Side) -> BookSide:
        """Return the resting orders of one side of the book."""
        return self.bids if side is BUY else self.asks

    def external(self, side: Side) -> ExternalSide:
        """Return the external levels of one side of the book."""
        return self.external_bids if side is BUY else self.external_asks

    def best(self, side: Side) -> int | None:
        """Return the best price of one side, resting and external together."""
        own = self.resting(side)
        external = self.external(side).best()
        if not own.keys:
            return external
        if external is None or external * own.sign <= own.keys[-1]:
            return own.best
        return external

    def reaches(self, side: Side, ticks: int) -> bool:
        """Say whether an order of ``side`` at ``ticks`` would take."""
        if side is BUY:
            if self.asks.best <= ticks:
                return True
            external = self.external_asks
        else:
            if self.bids.best >= ticks:
                return True
            external = self.external_bids
        best = None if external.source is None else external.best()
        return best is not None and (best <= ticks if side is BUY else best >= ticks)

    def rest(self, order: EngineOrder) -> None:
        """Put an order at the end of its price's queue, behind the external lots there."""
        side = order.side
        resting = self.bids if side is BUY else self.asks
        level = resting.levels.get(order.ticks) or resting.open_level(order.ticks)
        level.orders[order.order_id] = order
        order.level = level
        if order.reduce_only and self.rules.reduce_only is ReduceOnlyMode.STRICT:
            self.reduce_only.setdefault(order.owner, {})[order.order_id] = order
        external = self.external_bids if side is BUY else self.external_asks
        if external.source is not None:
            if len(level.orders) == 1:
                level.displayed_lots = external.source.lots_at(side, order.ticks)
            gone = level.traded_lots + external.consumed.get(order.ticks, 0)
            order.queue_ahead_lots = self.queue_model.joined(max(level.displayed_lots - gone, 0))

    def take_out(self, order: EngineOrder) -> None:
        """Take a resting order out of the book without ending it; an emptied level goes too."""
        level = order.level
        assert level is not None, f"order {order.order_id} does not rest"
        order.level = None
        del level.orders[order.order_id]
        if not level.orders:
            (self.bids if order.side is BUY else self.asks).drop(level.ticks)
        if order.reduce_only and order.owner in self.reduce_only:
            siblings = self.reduce_only[order.owner]
            siblings.pop(order.order_id, None)
            if not siblings:
                del self.reduce_only[order.owner]

    def trade(
        self,
        maker: EngineOrder | None,
        taker: EngineOrder | None,
        ticks: int,
        lots: int,
        aggressor: Side,
    ) -> None:
        """Match ``lots`` at ``ticks`` and tell of it; None stands for the external market."""
        assert lots > 0, f"a trade needs lots, got {lots}"
        self.trades += 1
        self.last_ticks = ticks
        if maker is not None:
            self._fill(maker, ticks, lots)
        if taker is not None:
            self._fill(taker, ticks, lots)
        listener = self.listener
        listener.on_trade(Trade(maker, taker, ticks, lots, aggressor, self.now_ns, self.trades))
        if maker is not None:
            listener.on_order(maker)
        if taker is not None:
            listener.on_order(taker)

    def overfill(self, order: EngineOrder, ticks: int, lots: int, *, resting: bool) -> None:
        """Fill an order that was filled to its end by more than it asked for."""
        assert order.status is FILLED, f"order {order.order_id} was not filled to its end"
        order.extra_lots += lots
        maker, taker = (order, None) if resting else (None, order)
        self.trade(maker, taker, ticks, lots, order.side.opposite if resting else order.side)

    def finish(self, order: EngineOrder, status: OrderStatus, reason: Reason) -> None:
        """End an order that did not fill in full, and report it."""
        if order.level is not None:
            self.take_out(order)
        order.status = status
        order.reason = reason
        order.updated_ns = self.now_ns
        self.store.retire(order)
        self.listener.on_order(order)

    def report(self, order: EngineOrder) -> None:
        """Report a change that is neither a fill nor an end."""
        order.updated_ns = self.now_ns
        self.listener.on_order(order)

    def closable_lots(self, order: EngineOrder) -> int:
        """Return how much of its owner's position an order could close now."""
        position = self.position_lots(order.owner)
        return max(0, -position if order.side is BUY else position)

    def maker_lots(self, maker: EngineOrder) -> int:
        """Return what a resting order may trade now; 0 after ending one that has nothing to close.

        Where reduce-only holds beyond arrival, this is where a fill is kept from flipping.
        """
        mode = self.rules.reduce_only
        if not maker.reduce_only or mode is ReduceOnlyMode.ENTRY_ONLY:
            return maker.lots - maker.filled_lots
        closable = self.closable_lots(maker)
        if closable == 0:
            self.finish(maker, CANCELED, Reason.REDUCE_ONLY_REJECTED)
        elif closable < maker.remaining_lots and mode is ReduceOnlyMode.STRICT:
            maker.lots = maker.filled_lots + closable
        return min(maker.remaining_lots, closable)

    def cut_reduce_only(self) -> None:
        """Cut the resting reduce-only orders of every owner whose position has moved."""
        while self.moved_owners:
            owner = next(iter(self.moved_owners))
            del self.moved_owners[owner]
            for order in list(self.reduce_only.get(owner, {}).values()):
                lots = order.lots
                if self.maker_lots(order) and order.lots < lots:
                    self.report(order)

    def attach(self, source: ExternalLiquidity | None) -> None:
        """Replace the external market."""
        self.external_bids = ExternalSide(Side.BUY, source)
        self.external_asks = ExternalSide(Side.SELL, source)

    def advance_queue(self, level: PriceLevel, lots: float) -> None:
        """Take ``lots`` off the external queue ahead of every order of a level."""
        for order in level.orders.values():
            order.queue_ahead_lots = max(order.queue_ahead_lots - lots, 0)

    def _fill(self, order: EngineOrder, ticks: int, lots: int) -> None:
        order.filled_lots += lots
        order.spent_ticks += ticks * lots
        order.updated_ns = self.now_ns
        most = order.lots + order.extra_lots
        assert order.filled_lots <= most, f"order {order.order_id} is overfilled"
        if order.owner in self.reduce_only:
            self.moved_owners[order.owner] = None
        if order.status is FILLED:
            return
        if order.filled_lots == order.lots:
            order.status = FILLED
            if order.level is not None:
                self.take_out(order)
            self.store.retire(order)
        else:
            order.status = PARTIALLY_FILLED
