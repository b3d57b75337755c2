"""What tests of the matching engine share: a listener with books, a market, an order's builder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal

from exchange_clients.base_models import OrderStatus, OrderType, Reason, Side, TimeInForce
from exchange_clients.paper.matching import MatchingEngine
from exchange_clients.paper.orders import EngineOrder, Trade
from exchange_clients.paper.queue_model import QueueModel
from exchange_clients.paper.rules import VenueRules

BUY, SELL = Side.BUY, Side.SELL


class Bookkeeper:
    """A listener that keeps positions and remembers every report."""

    def __init__(self) -> None:
        self.positions: Counter[str] = Counter()
        self.trades: list[Trade] = []
        self.reports: list[tuple[int, OrderStatus, Reason | None, int]] = []
        self.during_report: Callable[[], object] | None = None

    def on_trade(self, trade: Trade) -> None:
        self.trades.append(trade)
        for order in (trade.maker, trade.taker):
            if order is not None:
                self.positions[order.owner] += order.side.sign * trade.lots

    def on_order(self, order: EngineOrder) -> None:
        self.reports.append((order.order_id, order.status, order.reason, order.filled_lots))
        if self.during_report is not None:
            self.during_report()

    def position_lots(self, owner: str) -> int:
        return self.positions[owner]


class DisplayedBook:
    """An external market made of two dicts of ticks to lots."""

    def __init__(self, bids: dict[int, int], asks: dict[int, int]) -> None:
        self.levels = {BUY: dict(bids), SELL: dict(asks)}

    def best_bid(self) -> int | None:
        return next((ticks for ticks, _ in self.walk(BUY)), None)

    def best_ask(self) -> int | None:
        return next((ticks for ticks, _ in self.walk(SELL)), None)

    def lots_at(self, side: Side, ticks: int) -> int:
        return self.levels[side].get(ticks, 0)

    def walk(self, side: Side) -> Iterator[tuple[int, int]]:
        for ticks in sorted(self.levels[side], key=lambda ticks: -ticks * side.sign):
            if self.levels[side][ticks]:
                yield ticks, self.levels[side][ticks]


class Stage:
    """An engine with its bookkeeper; time moves by one nanosecond with every act."""

    def __init__(
        self,
        rules: VenueRules | None = None,
        *,
        external: DisplayedBook | None = None,
        queue_model: QueueModel | None = None,
    ) -> None:
        self.keeper = Bookkeeper()
        self.external = external
        self.engine = MatchingEngine(
            rules or VenueRules(), self.keeper, self.keeper.position_lots, queue_model, external
        )
        self.now_ns = 0

    def tick(self) -> int:
        self.now_ns += 1
        return self.now_ns

    def place(
        self,
        owner: str,
        side: Side,
        lots: int,
        ticks: int = 0,
        order_type: OrderType = OrderType.LIMIT,
        time_in_force: TimeInForce = TimeInForce.GTC,
        *,
        reduce_only: bool = False,
        client_order_id: str | None = None,
        trigger_ticks: int | None = None,
        trailing_ticks: int | None = None,
        trailing_fraction: Decimal | None = None,
    ) -> EngineOrder:
        now_ns = self.tick()
        order = EngineOrder(
            order_id=now_ns,
            owner=owner,
            client_order_id=client_order_id or f"c{now_ns}",
            side=side,
            lots=lots,
            ticks=ticks,
            order_type=order_type,
            time_in_force=time_in_force,
            reduce_only=reduce_only,
            trigger_ticks=trigger_ticks,
            trailing_ticks=trailing_ticks,
            trailing_fraction=trailing_fraction,
        )
        self.engine.place(order, now_ns)
        return order

    def market(self, owner: str, side: Side, lots: int) -> EngineOrder:
        return self.place(owner, side, lots, order_type=OrderType.MARKET)

    def show(self, side: Side, ticks: int, lots: int) -> None:
        """Let the source state a level, and say so to the engine."""
        assert self.external is not None
        self.external.levels[side][ticks] = lots
        self.engine.on_external_level(side, ticks, lots, self.tick())

    def print_trade(self, ticks: int, lots: int, aggressor: Side) -> None:
        self.engine.on_external_trade(ticks, lots, aggressor, self.tick())

    def touch(self) -> None:
        assert self.external is not None
        self.engine.on_external_touch(
            self.external.best_bid(), self.external.best_ask(), self.tick()
        )

    def matches(self) -> list[tuple[int | None, int | None, int, int]]:
        """Return (maker id, taker id, ticks, lots) of every trade."""
        return [
            (
                None if trade.maker is None else trade.maker.order_id,
                None if trade.taker is None else trade.taker.order_id,
                trade.ticks,
                trade.lots,
            )
            for trade in self.keeper.trades
        ]

    def resting(self, side: Side) -> list[tuple[int, int, int]]:
        """Return (order id, ticks, remaining lots) in priority."""
        return [
            (order.order_id, order.ticks, order.remaining_lots)
            for order in self.engine.book.resting(side).orders()
        ]


def outcome(order: EngineOrder) -> tuple[OrderStatus, Reason | None, int]:
    """Return how an order stands: status, reason, filled lots."""
    return order.status, order.reason, order.filled_lots
