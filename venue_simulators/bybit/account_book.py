"""All that one account has: orders, positions, executions, the log of its money, its settings.

What the world tells is kept until the step is over and then told on together: of an order its last
state, and each of its fills.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    OrderInfo,
    OrderStatus,
    OrderType,
    Side,
)
from exchange_clients.events import FundingPayment, PrivateEvent
from venue_simulators.bybit.books import CrossSequence
from venue_simulators.bybit.errors import ending
from venue_simulators.bybit.executions import (
    Execution,
    LogEntry,
    funding_execution,
    trade_execution,
)
from venue_simulators.bybit.order_form import OrderForm
from venue_simulators.bybit.order_record import (
    BY_LIQUIDATION,
    BY_USER,
    FILLED,
    NEW,
    NO_ERROR,
    PARTLY,
    OrderRecord,
)
from venue_simulators.bybit.positions import LONG, ONE_WAY, SHORT, Leg
from venue_simulators.bybit.wording import uuid_of
from venue_simulators.world import World

HISTORY_MAX = 10_000
"""Ended orders, executions and log entries that are kept of an account."""
LegKey: TypeAlias = tuple[ContractId, int]


@dataclass(slots=True)
class News:
    """What happened to an account in one step."""

    orders: dict[int, OrderRecord] = field(default_factory=dict)
    """By their numbers."""
    executions: list[Execution] = field(default_factory=list)
    legs: dict[LegKey, Leg] = field(default_factory=dict)
    wallet: bool = False

    def __bool__(self) -> bool:
        return bool(self.orders or self.executions or self.legs or self.wallet)


NewsListener: TypeAlias = Callable[["AccountBook", News], None]


class AccountBook:
    """One account.

    Args:
        world: Where it trades.
        account: Its name there.
        sequence: The venue's cross sequence.
    """

    def __init__(self, world: World, account: str, sequence: CrossSequence) -> None:
        self.world = world
        self.account = account
        self.live: dict[int, OrderRecord] = {}
        """Orders that have not ended, by number, oldest first."""
        self.ended: deque[OrderRecord] = deque(maxlen=HISTORY_MAX)
        self.executions: deque[Execution] = deque(maxlen=HISTORY_MAX)
        self.log: deque[LogEntry] = deque(maxlen=HISTORY_MAX)
        self.legs: dict[LegKey, Leg] = {}
        self.hedged: set[ContractId] = set()
        """Markets in hedge mode."""
        self.stops: dict[tuple[LegKey, str], OrderRecord] = {}
        """What closes a whole position, by its stopOrderType."""
        self.margin_mode = "REGULAR_MARGIN"
        self.dead_man_window_s: int | None = None
        self.listeners: list[NewsListener] = []
        self.records: list[OrderRecord] = []
        self._by_order_id: dict[str, OrderRecord] = {}
        self._by_link_id: dict[str, OrderRecord] = {}
        self._sequence = sequence
        self._inbox: deque[PrivateEvent] = deque()
        self._news = News()
        self._draining = False
        self._logged = 0
        self._start_ns = world.now_ns
        world.listen_private(account, self._inbox.append)

    # Orders ---------------------------------------------------------------------------------------

    def register(
        self, form: OrderForm, *, stop_order_type: str = "", create_type: str = BY_USER
    ) -> OrderRecord:
        """Return the record of a new order, under a new id."""
        now_ns = self.world.now_ns
        number = len(self.records)
        record = OrderRecord(
            number,
            uuid_of("order", self._start_ns, self.account, number),
            self.account,
            form,
            now_ns,
            now_ns,
            form.qty,
            form.price,
            form.trigger_price,
            stop_order_type=stop_order_type,
            create_type=create_type,
        )
        self.records.append(record)
        self.live[number] = record
        self._by_order_id[record.order_id] = record
        if form.link_id:
            self._by_link_id[form.link_id] = record
        return record

    def find(self, order_id: str | None, link_id: str | None) -> OrderRecord | None:
        """Return an order by either name; the venue's goes before the client's."""
        if order_id is not None:
            return self._by_order_id.get(order_id)
        return self._by_link_id.get(link_id or "")

    def touch(self, record: OrderRecord) -> None:
        """Note that an order has changed, and its position's margin with it."""
        record.updated_ns = self.world.now_ns
        self._news.orders[record.number] = record
        leg = self.leg_of(record)
        self._news.legs[leg.contract_id, leg.index] = leg

    def end(self, record: OrderRecord, status: str, reject_reason: str, cancel_type: str) -> None:
        """Note that an order has ended."""
        record.status, record.reject_reason = status, reject_reason
        record.cancel_type = cancel_type
        if self.live.pop(record.number, None) is not None:
            self.ended.append(record)
        self.touch(record)

    # Positions ------------------------------------------------------------------------------------

    def leg(self, contract_id: ContractId, index: int) -> Leg:
        """Return a position, flat if there never was one."""
        key = (contract_id, index)
        if key not in self.legs:
            self.legs[key] = Leg(contract_id, index, self.world.now_ns)
        return self.legs[key]

    def leg_of(self, record: OrderRecord) -> Leg:
        """Return the position that an order is about."""
        return self.leg(record.form.symbol, record.form.position_idx)

    def legs_of(self, contract_id: ContractId) -> list[Leg]:
        """Return a market's positions in its mode, flat ones among them."""
        indexes = (LONG, SHORT) if contract_id in self.hedged else (ONE_WAY,)
        return [self.leg(contract_id, index) for index in indexes]

    def touch_leg(self, leg: Leg) -> None:
        """Note that a position's settings have changed."""
        leg.updated_ns = self.world.now_ns
        self._news.legs[leg.contract_id, leg.index] = leg

    def wallet_balance(self) -> Decimal:
        """Return the money without what positions have not realised."""
        funds = self.world.funds(self.account)
        return funds.equity - self.unrealised()

    def unrealised(self) -> Decimal:
        """Return what all positions would bring at their marks."""
        return sum((self.unrealised_of(leg) for leg in self.legs.values()), ZERO)

    def unrealised_of(self, leg: Leg) -> Decimal:
        """Return what a position would bring at its mark."""
        if not leg.size:
            return ZERO
        return leg.size * self.world.prices(leg.contract_id).mark - leg.cost

    # What the world tells -------------------------------------------------------------------------

    def drain(self) -> None:
        """Take in everything that the world has told, and tell of it once nothing is left.

        What a listener does meanwhile is told after what it has heard, to all in the same order.
        """
        if self._draining:
            return
        self._draining = True
        while self._inbox or self._news:
            while self._inbox:
                self._take(self._inbox.popleft())
            news, self._news = self._news, News()
            for listener in self.listeners:
                listener(self, news)
        self._draining = False

    def _take(self, event: PrivateEvent) -> None:
        if isinstance(event, OrderInfo):
            self._on_info(event)
        elif isinstance(event, Fill):
            self._on_fill(event)
        elif isinstance(event, FundingPayment):
            self._on_funding(event)

    def on_refused(self, record: OrderRecord, info: OrderInfo | None) -> None:
        """Take in an order that the engine told only the answer's reader about."""
        if info is not None and not record.ended and record.world_id is None:
            self._on_info(info)

    def _on_info(self, info: OrderInfo) -> None:
        record = self._record_of(info)
        record.world_id = info.order_id
        if record.ended:
            return
        record.qty = info.size
        if not record.form.market and info.price is not None:
            record.price = info.price
        if info.status is OrderStatus.FILLED:
            self.end(record, FILLED, record.reject_reason, record.cancel_type)
        elif info.status.terminal:
            status, reject_reason, cancel_type = ending(info.reason, record.form.time_in_force)
            if cancel_type == "CancelByUser" != record.ending_type:
                cancel_type, reject_reason = record.ending_type, NO_ERROR
            self.end(record, status, reject_reason, cancel_type)
        elif info.status is not OrderStatus.PENDING:
            record.status = PARTLY if info.filled_size else NEW
            self.touch(record)

    def _record_of(self, info: OrderInfo) -> OrderRecord:
        tag = self.world.wanted(self.account, info.order_id).tag
        if tag:
            return self.records[int(tag)]
        known = next((one for one in self.live.values() if one.world_id == info.order_id), None)
        return known or self._foreign(info)

    def _foreign(self, info: OrderInfo) -> OrderRecord:
        """Return the record of an order that the venue itself has made: a liquidation's."""
        hedged = info.contract_id in self.hedged
        index = (LONG if info.side is Side.SELL else SHORT) if hedged else ONE_WAY
        form = OrderForm(
            info.contract_id,
            info.side,
            market=info.order_type is OrderType.MARKET,
            qty=info.size,
            price=info.price,
            time_in_force="IOC",
            position_idx=index,
            reduce_only=True,
        )
        record = self.register(form, create_type=BY_LIQUIDATION)
        record.world_id = info.order_id
        return record

    def _on_fill(self, fill: Fill) -> None:
        info = self.world.order(self.account, fill.order_id)
        assert info is not None, f"order {fill.order_id} was told of before its fill"
        record = self._record_of(info)
        leg = self.leg_of(record)
        closed = leg.apply(fill, self._sequence.next())
        record.filled += fill.size
        record.value += fill.price * fill.size
        record.fee += fill.fee
        record.fills += 1
        if closed.size:
            close_fee = fill.fee * closed.size / fill.size
            record.closed_size += closed.size
            record.closed_entry_value += closed.entry_value
            record.closed_exit_value += closed.exit_value
            record.open_fee += closed.open_fee
            record.close_fee += close_fee
            record.closed_pnl += closed.profit - closed.open_fee - close_fee
        execution = trade_execution(self.world, record, fill, closed, leg)
        self._book(execution, closed.profit)
        self.touch(record)

    def _on_funding(self, payment: FundingPayment) -> None:
        legs = [leg for leg in self.legs_of(payment.contract_id) if leg.size]
        net = sum((leg.size for leg in legs), ZERO)
        for leg in legs:
            amount = payment.amount * leg.size / net if net else ZERO
            leg.pay(amount, payment.venue_ns)
            leg.seq = self._sequence.next()
            self._book(funding_execution(self.world, leg, payment, amount), ZERO)
            self._news.legs[leg.contract_id, leg.index] = leg

    def _book(self, execution: Execution, profit: Decimal) -> None:
        self.executions.append(execution)
        self._news.executions.append(execution)
        self._news.wallet = True
        self._logged += 1
        self.log.append(LogEntry(self._logged, execution, profit, self.wallet_balance()))


def open_records(book: AccountBook, contract_id: ContractId | None) -> list[OrderRecord]:
    """Return the orders that can still trade or wait, of one market or of all, oldest first."""
    return [record for record in book.live.values() if contract_id in (None, record.form.symbol)]
