"""A matcher written for obviousness: one list, sorted anew for every match, copied to try things.

The external market is an owner like any other whose orders were there first. It shares no code with
the engine it judges.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from exchange_clients.base_models import OrderStatus, OrderType, Reason, Side, TimeInForce
from exchange_clients.paper.rules import PostOnlyMode, ReduceOnlyMode, SelfTrade, VenueRules

MARKET = "the market"


@dataclass
class NaiveOrder:
    order_id: int
    owner: str
    client_order_id: str
    side: Side
    lots: int
    ticks: int
    order_type: OrderType
    time_in_force: TimeInForce
    reduce_only: bool
    filled: int = 0
    priority: int = 0
    resting: bool = False
    status: OrderStatus = OrderStatus.PENDING
    reason: Reason | None = None

    @property
    def remaining(self) -> int:
        return self.lots - self.filled

    def end(self, status: OrderStatus, reason: Reason) -> None:
        self.status, self.reason, self.resting = status, reason, False


class NaiveMatcher:
    def __init__(self, rules: VenueRules, external: list[tuple[Side, int, int]]) -> None:
        self.rules = rules
        self.orders: dict[int, NaiveOrder] = {}
        self.positions: Counter[str] = Counter()
        self.trades: list[tuple[int | None, int, int, int]] = []
        self.clock = 0
        for number, (side, ticks, lots) in enumerate(external):
            order = NaiveOrder(
                -1 - number, MARKET, str(number), side, lots, ticks,
                OrderType.LIMIT, TimeInForce.GTC, reduce_only=False,
            )  # fmt: skip
            order.status, order.resting = OrderStatus.OPEN, True
            self.orders[order.order_id] = order

    def place(self, order: NaiveOrder) -> None:
        known = {(other.owner, other.client_order_id) for other in self.orders.values()}
        self.orders[order.order_id] = order
        market = order.order_type is OrderType.MARKET
        if (order.owner, order.client_order_id) in known:
            order.end(OrderStatus.REJECTED, Reason.DUPLICATE_CLIENT_ORDER_ID)
        elif order.time_in_force is TimeInForce.GTX and market:
            order.end(OrderStatus.REJECTED, Reason.INVALID_ORDER)
        elif order.reduce_only and self.closable(order) == 0:
            order.end(OrderStatus.REJECTED, Reason.REDUCE_ONLY_REJECTED)
        elif (
            order.time_in_force is TimeInForce.GTX
            and self.makers_for(order)
            and self.rules.post_only is PostOnlyMode.REJECT
        ):
            order.end(OrderStatus.REJECTED, Reason.POST_ONLY_WOULD_CROSS)
        else:
            order.status = OrderStatus.OPEN
            self.enter(order)
        self.cut_reduce_only()

    def cancel(self, order_id: int) -> bool:
        order = self.orders.get(order_id)
        if order is None or order.status.terminal:
            return False
        order.end(OrderStatus.CANCELED, Reason.USER_CANCELED)
        return True

    def amend(self, order_id: int, ticks: int, lots: int) -> Reason | None:
        order = self.orders.get(order_id)
        if order is None:
            return Reason.ORDER_NOT_FOUND
        if order.status.terminal:
            return Reason.ALREADY_TERMINAL
        if lots <= order.filled:
            return Reason.INVALID_ORDER
        probe = deepcopy(order)
        probe.ticks = ticks
        if order.time_in_force is TimeInForce.GTX and self.makers_for(probe):
            return Reason.POST_ONLY_WOULD_CROSS
        loses_place = ticks != order.ticks or lots > order.lots
        order.ticks, order.lots = ticks, lots
        if loses_place:
            order.resting = False
            self.enter(order)
        self.cut_reduce_only()
        return None

    def enter(self, order: NaiveOrder) -> None:
        if order.reduce_only:
            if self.closable(order) == 0:
                return order.end(OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED)
            if self.rules.reduce_only is not ReduceOnlyMode.LOOSE:
                order.lots = order.filled + min(order.remaining, self.closable(order))
        if order.order_type is OrderType.MARKET:
            opposite = self.resting(order.side.opposite)
            if not opposite:
                return order.end(OrderStatus.CANCELED, Reason.NO_LIQUIDITY)
            order.ticks = self.market_bound(order.side, opposite[0].ticks)
        if order.time_in_force is TimeInForce.GTX and self.makers_for(order):
            return order.end(OrderStatus.EXPIRED, Reason.POST_ONLY_WOULD_CROSS)
        if order.time_in_force is not TimeInForce.FOK or self.would_fill(order):
            self.match(order)
        if not order.status.terminal:
            self.keep(order)
        return None

    def keep(self, order: NaiveOrder) -> None:
        if order.reduce_only and self.closable(order) == 0:
            order.end(OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED)
        elif order.order_type is OrderType.MARKET:
            order.end(OrderStatus.CANCELED, Reason.NO_LIQUIDITY)
        elif order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
            order.end(OrderStatus.EXPIRED, Reason.NOT_FILLED_IN_FULL)
        else:
            self.clock += 1
            order.priority, order.resting = self.clock, True

    def match(self, taker: NaiveOrder) -> None:
        while not taker.status.terminal and (makers := self.makers_for(taker)):
            wanted = taker.remaining
            if taker.reduce_only:
                wanted = min(wanted, self.closable(taker))
            if wanted == 0:
                return
            maker = makers[0]
            if maker.owner == taker.owner and self.rules.self_trade is not SelfTrade.NONE:
                self.prevent(maker, taker)
                continue
            offered = maker.remaining
            if maker.reduce_only and self.rules.reduce_only is not ReduceOnlyMode.ENTRY_ONLY:
                offered = min(offered, self.closable(maker))
                if offered == 0:
                    maker.end(OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED)
                    continue
                if self.rules.reduce_only is ReduceOnlyMode.STRICT:
                    maker.lots = maker.filled + offered
            self.trade(maker, taker, min(wanted, offered))

    def trade(self, maker: NaiveOrder, taker: NaiveOrder, lots: int) -> None:
        maker_id = None if maker.owner == MARKET else maker.order_id
        self.trades.append((maker_id, taker.order_id, maker.ticks, lots))
        for order in (maker, taker):
            order.filled += lots
            self.positions[order.owner] += lots * order.side.sign
            order.status = OrderStatus.PARTIALLY_FILLED
            if order.remaining == 0:
                order.status, order.resting = OrderStatus.FILLED, False

    def prevent(self, maker: NaiveOrder, taker: NaiveOrder) -> None:
        mode = self.rules.self_trade
        if mode is SelfTrade.DECREMENT:
            lots = min(maker.remaining, taker.remaining)
            for order in (maker, taker):
                if order.remaining == lots:
                    order.end(OrderStatus.CANCELED, Reason.SELF_TRADE)
                else:
                    order.lots -= lots
        if mode in (SelfTrade.CANCEL_OLDEST, SelfTrade.CANCEL_BOTH):
            maker.end(OrderStatus.CANCELED, Reason.SELF_TRADE)
        if mode in (SelfTrade.CANCEL_NEWEST, SelfTrade.CANCEL_BOTH):
            taker.end(OrderStatus.CANCELED, Reason.SELF_TRADE)

    def would_fill(self, order: NaiveOrder) -> bool:
        if order.reduce_only and self.closable(order) < order.remaining:
            return False
        trial = deepcopy(self)
        taker = trial.orders[order.order_id]
        lots = taker.lots
        trial.match(taker)
        return taker.filled == lots

    def cut_reduce_only(self) -> None:
        for order in self.orders.values():
            strict = self.rules.reduce_only is ReduceOnlyMode.STRICT
            if strict and order.resting and order.reduce_only:
                closable = self.closable(order)
                if closable == 0:
                    order.end(OrderStatus.CANCELED, Reason.REDUCE_ONLY_REJECTED)
                else:
                    order.lots = order.filled + min(order.remaining, closable)

    def closable(self, order: NaiveOrder) -> int:
        return max(0, -self.positions[order.owner] * order.side.sign)

    def resting(self, side: Side) -> list[NaiveOrder]:
        """Return the resting orders of one side, sorted by price and then by time."""
        found = [order for order in self.orders.values() if order.resting and order.side is side]
        return sorted(found, key=lambda order: (-order.ticks * side.sign, order.priority))

    def makers_for(self, taker: NaiveOrder) -> list[NaiveOrder]:
        return [
            maker
            for maker in self.resting(taker.side.opposite)
            if (taker.ticks - maker.ticks) * taker.side.sign >= 0
        ]

    def market_bound(self, side: Side, best: int) -> int:
        rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
        return int(
            (best * (Decimal(1) + self.rules.market_bound * side.sign)).to_integral(rounding)
        )
