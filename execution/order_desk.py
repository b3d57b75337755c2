"""Takes orders from the bot, names them, sends each in a task of its own, and reports outcomes.

Naming (``accept``) is separate from sending, so that the bot can save names and strategy state
before anything leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    OrderInfo,
    OrderResult,
    OrderStatus,
    OrderType,
    Purpose,
    Reason,
    Side,
)
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope
from execution.key_book import KeyBook, KeyedOrder
from execution.order_params import OrderParams
from execution.ports import OrderPort

POLL_S = 0.05
"""How often a stop looks whether its cancellations have been confirmed."""


@dataclass(frozen=True, slots=True)
class DeskOutcome:
    """What a place or cancel came to."""

    order: KeyedOrder
    result: OrderResult
    cancel: bool


class OrderDesk:
    """The bot's orders in flight."""

    def __init__(
        self,
        port: OrderPort,
        clock: Clock,
        *,
        on_outcome: Callable[[DeskOutcome], None],
        on_error: Callable[[str, BaseException], None],
    ) -> None:
        self.keys = KeyBook()
        self._port = port
        self._clock = clock
        self._on_outcome = on_outcome
        self._tasks = TaskScope(on_error)
        self._placing: dict[str, asyncio.Event] = {}
        """By key: set once a placement is over, which has no answer yet or waits to be sent."""
        self._numbers = 0
        self.positions: dict[tuple[str, ContractId], Decimal] = {}
        """Signed, by venue and contract, of our own fills alone."""

    def flattening(self) -> list[OrderParams]:
        """Return the market orders that close what is held of our own, reduce-only."""
        return [
            OrderParams(
                side=Side.SELL if held > 0 else Side.BUY,
                quantity=abs(held),
                order_type=OrderType.MARKET,
                purpose=Purpose.STOP,
                reduce_only=True,
                venue=venue,
                contract_id=contract_id,
            )
            for (venue, contract_id), held in self.positions.items()
            if held
        ]

    def accept(
        self, params: OrderParams, venue: str, contracts: Mapping[str, ContractId]
    ) -> KeyedOrder:
        """Name an order and enter it in the book; nothing is sent yet."""
        self._numbers += 1
        order = KeyedOrder(
            key=params.key or f"order-{self._clock.now_ns()}-{self._numbers}",
            client_order_id=self._port.mint(venue),
            venue=venue,
            contract_id=params.contract_id or contracts[venue],
            purpose=params.purpose,
            side=params.side,
            size=params.quantity,
        )
        self.keys.add(order)
        return order

    def send(self, params: OrderParams, order: KeyedOrder) -> None:
        """Start placing an accepted order."""
        named = params if params.key else replace(params, key=order.key)
        placed = self._placing[order.key] = asyncio.Event()
        placing = self._tasks.start(self._place(named, order), f"place {order.key}")
        placing.add_done_callback(lambda _: self._placed(order.key, placed))

    def cancel(self, key: str) -> None:
        """Start cancelling; an order that has ended, or is being cancelled, is left alone."""
        order = self.keys.by_key(key)
        if order is not None and order.live and not order.cancel_sent:
            order.cancel_sent = True
            self._tasks.start(self._cancel(order), f"cancel {order.key}")

    def on_outcome(self, outcome: DeskOutcome) -> None:
        """Take note of an outcome, when its turn in the bot's queue has come."""
        order, result = outcome.order, outcome.result
        if outcome.cancel:
            # A proven end is reported presently; an order that may still rest can be asked again.
            order.cancel_sent = result.outcome_known and result.status.terminal
        elif result.outcome_known:
            self._note(order, result.status)

    def on_order(self, venue: str, info: OrderInfo) -> KeyedOrder | None:
        """Take note of an order's change; None if the order is not of this bot."""
        order = self.keys.by_id(venue, info.client_order_id)
        if order is not None:
            order.on_filled(info.filled_size)
            self._note(order, info.status)
        return order

    def on_fill(self, venue: str, fill: Fill) -> KeyedOrder | None:
        """Take note of a fill; None if the order is not of this bot."""
        order = self.keys.by_id(venue, fill.client_order_id)
        if order is not None:
            order.on_fill(fill.size)
            market = (venue, fill.contract_id)
            held = self.positions.get(market, ZERO)
            self.positions[market] = held + fill.side.sign * fill.size
        return order

    def on_voided(self, venue: str, fill: Fill) -> None:
        """Take note of what takes a fill back; its order stays as it was."""
        market = (venue, fill.contract_id)
        if market in self.positions:
            self.positions[market] += fill.side.sign * fill.size

    def on_reconciled(
        self,
        orders: Mapping[str, OrderInfo],
        positions: Mapping[tuple[str, ContractId], Decimal],
        *,
        restarted: bool,
    ) -> None:
        """Take the truth after a start or reconnect; what is absent at a start was never sent."""
        self.positions = dict(positions)
        for order in self.keys.live():
            info = orders.get(order.key)
            if info is not None:
                order.on_filled(info.filled_size)
                self._note(order, info.status)
            elif restarted:
                self._note(order, OrderStatus.REJECTED)

    def cancelling(self) -> bool:
        """Whether a cancellation is not yet confirmed."""
        return any(order.cancel_sent for order in self.keys.live())

    async def settle(self, timeout_s: float) -> None:
        """Wait, bounded, until every cancellation is confirmed."""
        waited_s = 0.0
        while waited_s < timeout_s and self.cancelling():
            await self._clock.sleep(POLL_S)
            waited_s += POLL_S

    async def close(self) -> None:
        """End every task; an order being placed is settled by its client at the next start."""
        await self._tasks.close()

    async def _place(self, params: OrderParams, order: KeyedOrder) -> None:
        result = await self._port.place(
            order.venue, order.contract_id, params, order.client_order_id
        )
        self._on_outcome(DeskOutcome(order, result, cancel=False))

    def _placed(self, key: str, placed: asyncio.Event) -> None:
        del self._placing[key]
        placed.set()

    async def _cancel(self, order: KeyedOrder) -> None:
        result = await self._port.cancel(order.venue, order.client_order_id)
        placed = self._placing.get(order.key)
        if placed is not None and result.reason is Reason.ORDER_NOT_FOUND:
            # It has overtaken its own order, which waits until the venue's orders are known again.
            await placed.wait()
            result = await self._port.cancel(order.venue, order.client_order_id)
        self._on_outcome(DeskOutcome(order, result, cancel=True))

    def _note(self, order: KeyedOrder, status: OrderStatus) -> None:
        if status.terminal:
            self.keys.end(order, status)
        elif order.live:
            order.status = status


def denial(params: OrderParams, message: str) -> OrderResult:
    """Return the result of an order that a gate of ours held back."""
    return OrderResult(
        success=False,
        status=OrderStatus.REJECTED,
        side=params.side,
        size=params.quantity,
        price=params.price,
        reason=Reason.DENIED_LOCALLY,
        error_message=message,
    )
