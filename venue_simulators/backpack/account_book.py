"""What the venue knows of one account besides the world's books, and what it tells its streams.

The world tells of everything that happens, by its own order numbers; here a report meets the words
in which the order was asked for, and becomes a row that can be read again and a frame. Reports
that arise while an order is being placed wait until the order has a name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    OrderInfo,
    OrderStatus,
    OrderType,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment, PositionUpdate, PrivateEvent
from venue_simulators.backpack import account_words
from venue_simulators.backpack.errors import refused
from venue_simulators.backpack.orders import LIQUIDATION, Asked, OrderRecord, order_data
from venue_simulators.backpack.positions import PositionLog, PositionRecord
from venue_simulators.world import Wanted, World

HISTORY_MAX = 10_000
"""Rows of each kind that the histories still list."""
ORDER_STREAM = "account.orderUpdate"
POSITION_STREAM = "account.positionUpdate"
BALANCE_STREAM = "account.balanceUpdate"

Publisher: TypeAlias = Callable[[str, ContractId | None, dict[str, object]], None]
"""Sends a private frame: the stream's first words, the market if any, the data."""


@dataclass(frozen=True, slots=True)
class FillRecord:
    """A fill with the client's name of its order, as it was."""

    fill: Fill
    client_id: int | None
    origin: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """Money that moved: positive when received."""

    number: int
    source: str
    quantity: Decimal
    position_id: str
    at_ns: int


class AccountBook:
    """Orders, fills and positions of one account; ``publish`` hears what the streams tell."""

    def __init__(self, world: World, account: str, publish: Publisher) -> None:
        self.account = account
        self.live: dict[VenueOrderId, OrderRecord] = {}
        self.ended: deque[OrderRecord] = deque(maxlen=HISTORY_MAX)
        self.fills: deque[FillRecord] = deque(maxlen=HISTORY_MAX)
        self.payments: deque[FundingPayment] = deque(maxlen=HISTORY_MAX)
        self.settlements: deque[Settlement] = deque(maxlen=HISTORY_MAX)
        self.positions = PositionLog()
        self.auto_lend = True
        self._world = world
        self._publish = publish
        self._inbox: deque[PrivateEvent] = deque()
        self._opened: deque[OrderRecord] = deque()
        """Orders that have ended and opened what their exits are to close."""
        self._fired: dict[VenueOrderId, OrderRecord] = {}
        """Orders as they were when their trigger fired, of which the stream has not told yet."""
        self._settled = 0
        self._told_net: dict[ContractId, Decimal] = {}
        self._told_cash = world.funds(account).cash
        world.listen_private(account, self._inbox.append)

    # Commands -------------------------------------------------------------------------------------

    def place(self, asked: Asked, wanted: Wanted) -> OrderRecord:
        """Place an order and return what became of it.

        Raises:
            Refusal: the engine refused it, and there is no such order.
        """
        self.drain()
        outcome = self._world.place(self.account, wanted)
        if outcome.reason is not None or outcome.order is None:
            assert outcome.reason is not None, "an order is made or refused with a reason"
            raise refused(outcome.reason)
        record = self.live[outcome.order.order_id] = OrderRecord(asked, outcome.order)
        self.drain()
        return record

    def cancel(self, record: OrderRecord) -> None:
        """Cancel a live order.

        Raises:
            Refusal: it has ended in the meantime.
        """
        outcome = self._world.cancel(self.account, record.info.order_id)
        self.drain()
        if outcome.reason is not None:
            raise refused(outcome.reason)

    def find(self, order_id: str | None, client_id: int | None) -> OrderRecord | None:
        """Return a live order by either name; of a client id used twice, the newer order."""
        if order_id is not None:
            return self.live.get(VenueOrderId(order_id))
        named = (one for one in reversed(self.live.values()) if one.asked.client_id == client_id)
        return next(named, None)

    # Reports --------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Take in everything that the world has told, and tell the streams."""
        if not self._inbox:
            return
        while self._inbox:
            event = self._inbox.popleft()
            if isinstance(event, OrderInfo):
                self._on_order(event)
            elif isinstance(event, Fill):
                self._on_fill(event)
            elif isinstance(event, PositionUpdate):
                self._on_position(event)
            elif isinstance(event, FundingPayment):
                self._on_funding(event)
            if not self._inbox and self._opened:
                self._arm(self._opened.popleft())
        for order_id in list(self._fired):
            self._tell_order(self._fired.pop(order_id), "orderAccepted")
        self._tell_balance()

    def _on_order(self, info: OrderInfo) -> None:
        record = self._known(info.order_id) or self._foreign(info)
        before, record.info = record.info, info
        for fill in record.held_fills:
            self._tell_order(record, "orderFill", fill)
        told_fills, record.held_fills = bool(record.held_fills), []
        if not record.announced:
            record.announced = True
            self._tell_order(record, "triggerPlaced" if record.waits else "orderAccepted")
        elif info.status.terminal:
            self._end(record)
        elif record.waits:
            record.triggered_ns = info.updated_ns
            self._fired[info.order_id] = replace(record)
        elif info.size != before.size and not told_fills:
            self._tell_order(record, "orderModified")
        if info.status.terminal and self.live.pop(info.order_id, None) is not None:
            if info.filled_size and record.asked.exits:
                self._opened.append(record)
            self.ended.append(record)

    def _known(self, order_id: VenueOrderId) -> OrderRecord | None:
        """Return an order that is live, or that has ended: one may be filled on after its end."""
        ended = (one for one in reversed(self.ended) if one.info.order_id == order_id)
        return self.live.get(order_id) or next(ended, None)

    def _arm(self, record: OrderRecord) -> None:
        """Place the exits of an order for what it has traded.

        The documents do not say what becomes of one when the other has closed the position: here it
        waits on, and would find nothing to reduce.
        """
        info = record.info
        for exit_ in record.asked.exits:
            wanted = Wanted(
                contract_id=info.contract_id,
                side=info.side.opposite,
                size=info.filled_size,
                price=exit_.price,
                order_type=exit_.order_type,
                time_in_force=TimeInForce.GTC if exit_.price else TimeInForce.IOC,
                reduce_only=True,
                trigger_price=exit_.trigger_price,
            )
            outcome = self._world.place(self.account, wanted)
            if outcome.order is not None:
                asked = Asked(
                    info.contract_id,
                    wanted.side,
                    market=exit_.price is None,
                    price=exit_.price,
                    reduce_only=True,
                    trigger_price=exit_.trigger_price,
                    trigger_quantity=format(info.filled_size, "f"),
                    trigger_by=exit_.trigger_by,
                )
                self.live[outcome.order.order_id] = OrderRecord(asked, outcome.order)

    def _end(self, record: OrderRecord) -> None:
        if record.info.status is OrderStatus.FILLED:
            return
        if record.trigger_failed:
            # The order never reached the book, so nothing was accepted.
            self._fired.pop(record.info.order_id, None)
            self._tell_order(record, "triggerFailed")
        elif record.status == "Expired":
            self._tell_order(record, "orderExpired")
        else:
            self._tell_order(record, "orderCancelled")

    def _foreign(self, info: OrderInfo) -> OrderRecord:
        """Return the record of an order that the venue itself has made: a liquidation's."""
        asked = Asked(
            info.contract_id,
            info.side,
            market=info.order_type is OrderType.MARKET,
            price=info.price,
            quantity=info.size,
            time_in_force="IOC",
            reduce_only=info.reduce_only,
        )
        record = self.live[info.order_id] = OrderRecord(asked, info, LIQUIDATION)
        return record

    def _on_fill(self, fill: Fill) -> None:
        record = self._known(fill.order_id)
        assert record is not None, f"order {fill.order_id} was told of before its fill"
        record.quote_filled += fill.price * fill.size
        record.held_fills.append(fill)
        self.fills.append(FillRecord(fill, record.asked.client_id, record.origin))
        position, profit = self.positions.on_fill(fill)
        if fill.fee:
            self._settle("TradingFees", -fill.fee, position, fill.venue_ns)
        if profit:
            self._settle("RealizePnl", profit, position, fill.venue_ns)

    def _on_position(self, update: PositionUpdate) -> None:
        self.positions.on_entry(update.contract_id, update.entry_price)
        before = self._told_net.get(update.contract_id, ZERO)
        if update.quantity == before:
            return
        self._told_net[update.contract_id] = update.quantity
        event = "positionAdjusted"
        if update.quantity == 0:
            event = "positionClosed"
        elif before == 0:
            event = "positionOpened"
        data = account_words.position_data(
            self._world, self, update.contract_id, event, update.venue_ns
        )
        self._publish(POSITION_STREAM, update.contract_id, data)

    def _on_funding(self, payment: FundingPayment) -> None:
        self.payments.append(payment)
        position = self.positions.on_funding(payment)
        if position is not None:
            self._settle("FundingPayment", payment.amount, position, payment.venue_ns)

    def _settle(self, source: str, quantity: Decimal, to: PositionRecord, at_ns: int) -> None:
        self._settled += 1
        row = Settlement(self._settled, source, quantity, to.position_id, at_ns)
        self.settlements.append(row)

    # Telling --------------------------------------------------------------------------------------

    def _tell_order(self, record: OrderRecord, event: str, fill: Fill | None = None) -> None:
        if (fired := self._fired.pop(record.info.order_id, None)) is not None:
            self._tell_order(fired, "orderAccepted")
        data = order_data(record, event, fill)
        self._publish(ORDER_STREAM, record.asked.symbol, data)

    def _tell_balance(self) -> None:
        cash = self._world.funds(self.account).cash
        if cash != self._told_cash:
            self._told_cash = cash
            self._publish(BALANCE_STREAM, None, account_words.balance_data(self._world, self))
