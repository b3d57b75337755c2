"""A bot and a venue in one, without waiting: it feeds a grid quotes, fills and outcomes."""

from __future__ import annotations

import json
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from exchange_clients.base_models import (
    NS,
    ZERO,
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    Market,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Purpose,
    Reason,
    Symbol,
    TradeId,
    VenueOrderId,
)
from execution.overruled import overruling
from strategies.base_strategy import (
    UNMOVED,
    MarketData,
    OrderChanged,
    OrderFilled,
    OrderOutcome,
    OrderParams,
    Reconciled,
    StopRequested,
    StrategyAction,
    StrategyContext,
    StrategyEvent,
    StrategyResult,
    TimerFired,
    WakeBand,
)
from strategies.factory import StrategyFactory
from strategies.implementations.grid.strategy import GridStrategy

T = TypeVar("T")
D = Decimal
VENUE = "venue"
CONTRACT = ContractId("BTC-PERP")


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that must not suspend."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    raise AssertionError("the strategy suspended")


def a_market(
    tick: str = "0.1", step: str = "0.001", min_size: str = "0.001", min_notional: str = "0"
) -> Market:
    return Market(
        symbol=Symbol("BTC"),
        contract_id=CONTRACT,
        tick=D(tick),
        step=D(step),
        min_size=D(min_size),
        min_notional=D(min_notional),
    )


def a_grid(
    parameters: Mapping[str, object],
    market: Market | None = None,
    extra_markets: Mapping[tuple[str, ContractId], Market] | None = None,
) -> GridStrategy:
    strategy = StrategyFactory.create_strategy("grid", parameters)
    assert isinstance(strategy, GridStrategy)
    context = StrategyContext(
        "BTC", VENUE, CONTRACT, market or a_market(), dict(extra_markets or {})
    )
    drive(strategy.initialize(context))
    return strategy


@dataclass
class VenueOrder:
    params: OrderParams
    filled: Decimal = ZERO
    status: OrderStatus = OrderStatus.OPEN

    @property
    def remaining(self) -> Decimal:
        return self.params.quantity - self.filled


class FakeBot:
    """Does what the strategy asks and remembers all of it."""

    def __init__(self, strategy: GridStrategy, *, honour_bands: bool = False) -> None:
        self.strategy = strategy
        self.now_ns = 1_000 * NS
        self.orders: dict[str, VenueOrder] = {}
        self.sent: list[OrderParams] = []
        self.cancelled: list[str] = []
        self.decisions: list[tuple[object, ...]] = []
        self.messages: list[str] = []
        self.position = ZERO
        self.cash = ZERO
        self.hedged = ZERO
        self.halted = ""
        self.calls = 0
        self.timer_ns: int | None = None
        self._band: WakeBand | None = None
        self._honour_bands = honour_bands
        self._trades = 0

    # What happens --------------------------------------------------------------------------------

    def quote(self, bid: str | Decimal, ask: str | Decimal) -> None:
        """Show a quote: first to the exits, then to the entries."""
        bid, ask = D(bid), D(ask)
        band = self._band
        if (
            self._honour_bands
            and band is not None
            and (band.low is None or bid > band.low)
            and (band.high is None or ask < band.high)
        ):
            return
        self.calls += 1
        data = MarketData("BTC", bid, ask, self.now_ns, CONTRACT, VENUE)
        self._take(drive(self.strategy.on_quote(data)), quoted=True)
        if not self.halted and drive(self.strategy.should_execute(data)):
            result = drive(self.strategy.execute_strategy(data))
            assert all(order.purpose is Purpose.ENTRY for order in result.orders)
            self._take(result, quoted=True)

    def pass_time(self, seconds: float | Decimal) -> None:
        """Let time pass; timers fire on the way."""
        end_ns = self.now_ns + int(D(str(seconds)) * NS)
        while self.timer_ns is not None and self.timer_ns <= end_ns and not self.halted:
            self.now_ns, self.timer_ns = max(self.timer_ns, self.now_ns), None
            self.tell(TimerFired(self.now_ns))
        self.now_ns = end_ns

    def fill(
        self, key: str, size: str | Decimal | None = None, price: str | Decimal | None = None
    ) -> None:
        """Trade an order, in part or in whole; a whole one then ends."""
        order = self.orders[key]
        part = order.remaining if size is None else D(size)
        at = order.params.price if price is None else D(price)
        assert at is not None
        assert part <= order.remaining
        order.filled += part
        signed = order.params.side.sign * part
        if order.params.venue in (None, VENUE):
            self.position += signed
            self.cash -= signed * at
        else:
            self.hedged += signed
        self.tell(OrderFilled(key, self.trade(order, part, at), order.filled, self.now_ns))
        if not order.remaining:
            self.end(key, OrderStatus.FILLED)

    def trade(self, order: VenueOrder, size: Decimal, price: Decimal) -> Fill:
        self._trades += 1
        return Fill(
            trade_id=TradeId(f"t{self._trades}"),
            order_id=VenueOrderId(order.params.key),
            client_order_id=ClientOrderId(order.params.key),
            contract_id=CONTRACT,
            side=order.params.side,
            price=price,
            size=size,
            fee=ZERO,
            fee_asset="USD",
            liquidity=Liquidity.MAKER,
            venue_ns=self.now_ns,
        )

    def end(self, key: str, status: OrderStatus, reason: Reason | None = None) -> None:
        """Tell that an order has ended."""
        self.orders[key].status = status
        self.tell(OrderChanged(key, self.info(key, reason), self.now_ns))

    def cancel_done(self, key: str) -> None:
        """Confirm a cancel."""
        assert key in self.cancelled
        self.end(key, OrderStatus.CANCELED, Reason.USER_CANCELED)

    def refuse(self, key: str, reason: Reason) -> None:
        """Refuse a placement."""
        self.orders[key].status = OrderStatus.REJECTED
        result = OrderResult(success=False, status=OrderStatus.REJECTED, reason=reason)
        self.tell(OrderOutcome(key, result, cancel=False, now_ns=self.now_ns))

    def outcome(self, key: str, result: OrderResult, *, cancel: bool = False) -> None:
        self.tell(OrderOutcome(key, result, cancel, self.now_ns))

    def reconcile(self, *, restarted: bool, position: Decimal | None = None) -> None:
        """Tell the truth of this venue."""
        held = self.position if position is None else position
        orders = {key: self.info(key) for key in self.orders}
        where = {(VENUE, CONTRACT): held}
        self.tell(Reconciled(orders, where, self.now_ns, restarted))

    def stop(self) -> None:
        self.tell(StopRequested(self.now_ns))

    def overrule(self, *orders: OrderParams, cancels: Sequence[str] = ()) -> list[str]:
        """Close from above, and tell so; return the names of the orders."""
        event = overruling(orders, cancels, "closed by a person", self.now_ns)
        for order in event.orders:
            self.orders[order.key] = VenueOrder(order)
        self.cancelled.extend(cancels)
        self.tell(event)
        return [order.key for order in event.orders]

    def restart(self, market: Market | None = None, **changes: object) -> None:
        """Kill the strategy and start another one from its saved state; ``market`` as it is now."""
        old = self.strategy
        context = old.context
        names = [parameter.name for parameter in old.get_required_parameters()]
        values = {name: old.get_parameter(name) for name in names}
        strategy = a_grid({**values, **changes}, market or context.market, context.extra_markets)
        saved = json.loads(old.state_json())
        assert saved == old.state_dict(), "both ways of saving tell the same"
        strategy.load_state(saved)
        self.strategy, self._band, self.timer_ns, self.halted = strategy, None, None, ""
        self.reconcile(restarted=True)

    def tell(self, event: StrategyEvent) -> None:
        """Tell an event; a state that it changed must show in the revision, or is never saved."""
        before, revision = self.strategy.state_dict(), self.strategy.revision
        result = drive(self.strategy.on_event(event))
        if not isinstance(event, TimerFired) and self.strategy.state_dict() != before:
            assert self.strategy.revision > revision, event
        if result is not UNMOVED:
            self._band = None
            self._take(result, quoted=False)

    # What is seen --------------------------------------------------------------------------------

    def live(self, word: str = "") -> dict[str, VenueOrder]:
        """Return the open orders whose key begins with ``word``."""
        return {
            key: order
            for key, order in self.orders.items()
            if not order.status.terminal and key.startswith(word)
        }

    def info(self, key: str, reason: Reason | None = None) -> OrderInfo:
        order = self.orders[key]
        return OrderInfo(
            order_id=VenueOrderId(key),
            client_order_id=ClientOrderId(key),
            contract_id=CONTRACT,
            side=order.params.side,
            size=order.params.quantity,
            price=order.params.price,
            status=order.status,
            filled_size=order.filled,
            average_price=order.params.price,
            reason=reason,
        )

    def covered(self) -> Decimal:
        """Return what the open reduce-only orders on the first venue would close."""
        return sum(
            (
                order.remaining
                for order in self.live().values()
                if order.params.reduce_only and order.params.venue is None
            ),
            start=ZERO,
        )

    def state(self) -> str:
        return str(self.strategy.report()["state"])

    def _take(self, result: StrategyResult, *, quoted: bool) -> None:
        for key in result.cancels:
            assert key in self.orders, f"{key} was never sent"
            self.cancelled.append(key)
            self.decisions.append((self.now_ns, "cancel", key))
        for order in result.orders:
            assert order.key not in self.orders, f"{order.key} was used twice"
            self.orders[order.key] = VenueOrder(order)
            self.sent.append(order)
            self.decisions.append((self.now_ns, "place", replace(order)))
        if result.message:
            self.messages.append(result.message)
        if result.wait_time > 0:
            self.timer_ns = self.now_ns + int(D(str(result.wait_time)) * NS)
        if quoted:
            self._band = result.wake
        if result.action is StrategyAction.HALT:
            assert not result.orders
            self.halted = result.message


STEP_GRID: dict[str, object] = {
    "take_profit": "0.1",
    "grid_step": "0.2",
    "quantity": "0.01",
    "wait_time": "0",
}


RANGE: dict[str, object] = {
    "grid_kind": "fixed_range",
    "lower_price": "1900",
    "upper_price": "2100",
    "levels": 5,
    "quantity": "0.01",
}
STOPPING_RANGE: dict[str, object] = {**RANGE, "stop_price": "1850"}


def a_bot(**parameters: object) -> FakeBot:
    """Return a bot that trades one-sided cycles a grid step apart."""
    return FakeBot(a_grid({**STEP_GRID, **parameters}))


def a_bot_with_closes(count: int, **parameters: object) -> FakeBot:
    """Return a bot that has opened ``count`` cycles, each a grid step lower."""
    bot = a_bot(**{"max_orders": 12, **parameters})
    for number in range(1, count + 1):
        ask = D(2000) - 10 * number
        bot.quote(ask - D("0.1"), ask)
        bot.fill(f"entry-{number}")
        bot.pass_time(1)
    assert len(bot.live("close")) == count
    return bot


def a_hedging_bot(second: Market | None = None) -> FakeBot:
    """Return a bot whose losing cycles are hedged at another venue."""
    parameters = {**STEP_GRID, "stop_loss_pct": "1", "recovery_mode": "hedge", "grid_step": "5"}
    elsewhere = {("other", ContractId("BTC-OTHER")): second or a_market()}
    return FakeBot(a_grid(parameters, a_market(), elsewhere))


def a_stopping_bot(**parameters: object) -> FakeBot:
    """Return a bot that held one cell when its stop was reached, and has cancelled everything."""
    bot = FakeBot(a_grid({**STOPPING_RANGE, **parameters}))
    bot.quote("2019.9", "2020.0")
    bot.fill("entry-3")
    bot.quote("1849.8", "1850.0")
    for key in list(bot.cancelled):
        bot.cancel_done(key)
    return bot
