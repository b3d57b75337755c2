"""What the venue knows of one account besides the world's books, and what it tells its streams.

The world tells of everything by its own order numbers; here a report meets the words in which the
order was asked for, and becomes rows that can be read again and told. Reports that arise while an
order is being placed wait until the order has a name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Protocol

from exchange_clients.base_models import (
    ContractId,
    Fill,
    OrderInfo,
    OrderType,
    Reason,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment, PositionUpdate, PrivateEvent
from venue_simulators.okx.bills import BillBook
from venue_simulators.okx.errors import refused
from venue_simulators.okx.listing import Listing
from venue_simulators.okx.orders import (
    LIQUIDATION,
    NO_AMENDMENT,
    Amendment,
    Asked,
    OrderRecord,
    order_push,
)
from venue_simulators.okx.positions import LONG, NET, SHORT, LegKey, PositionLog
from venue_simulators.okx.signatures import KeySet
from venue_simulators.okx.wording import Row, plain
from venue_simulators.world import Wanted, World

HISTORY_MAX = 10_000
"""Rows of each kind that the histories still list."""
_ID_FACTOR = 1_048_576


@dataclass(frozen=True, slots=True)
class FillRecord:
    """A fill with its order and the profit that it realised."""

    fill: Fill
    record: OrderRecord
    pnl: Decimal
    bill_id: str


class AccountListener(Protocol):
    """Hears what an account's streams tell."""

    def on_order(self, record: OrderRecord, row: Row) -> None:
        """Hear of a change of an order."""

    def on_state(self, keys: Sequence[LegKey], event: str) -> None:
        """Hear that positions or what money is bound have changed; ``event`` says what moved money.

        It is empty where no money was moved.
        """

    def on_order_ended(self, record: OrderRecord) -> None:
        """Hear that an order has ended."""


class AccountBook:
    """Orders, fills, bills and positions of one account."""

    def __init__(self, world: World, listing: Listing, keys: KeySet) -> None:
        self.account = keys.account
        self.keys = keys
        self.orders: dict[str, OrderRecord] = {}
        """Every order by its number, oldest first."""
        self.live: dict[str, OrderRecord] = {}
        self.by_client_id: dict[str, OrderRecord] = {}
        self.fills: deque[FillRecord] = deque(maxlen=HISTORY_MAX)
        self.payments: deque[FundingPayment] = deque(maxlen=HISTORY_MAX)
        self.positions = PositionLog()
        self.long_short = False
        self.rights = ["read_only", "trade"]
        """What the account's key is allowed."""
        self.levers: dict[tuple[ContractId, str], Decimal] = {}
        """By contract and margin mode, as far as they were chosen."""
        self.listeners: list[AccountListener] = []
        self._world = world
        self._listing = listing
        self.bills = BillBook(world.funds(self.account).cash)
        self._records: list[OrderRecord] = []
        self._by_world: dict[VenueOrderId, OrderRecord] = {}
        self._inbox: deque[PrivateEvent] = deque()
        self._amendments: dict[str, Amendment] = {}
        """What the next report of an order has to say of its change."""
        self._told_cash = world.funds(self.account).cash
        world.listen_private(self.account, self._inbox.append)

    # Commands -------------------------------------------------------------------------------------

    def place(self, asked: Asked, wanted: Wanted) -> OrderRecord:
        """Place an order and return what became of it.

        Raises:
            ItemError: the engine refused it, and there is no such order.
        """
        self.drain()
        lever = plain(self.lever(asked.instrument.inst_id, asked.td_mode))
        number = len(self._records)
        record = OrderRecord(number, "", asked, lever, self._world.now_ns)
        self._records.append(record)
        outcome = self._world.place(self.account, replace(wanted, tag=str(number)))
        if outcome.reason is not None or outcome.order is None:
            self._records.pop()
            raise refused(outcome.reason or Reason.OTHER)
        self._name(record, outcome.order.order_id)
        self.drain()
        return record

    def cancel(self, record: OrderRecord, source: str = "") -> None:
        """Cancel a live order."""
        record.cancel_source = source
        outcome = self._world.cancel(self.account, _world_id(record))
        assert outcome.reason is None, f"order {record.ord_id} was live"
        self.drain()

    def amend(
        self,
        record: OrderRecord,
        price: Decimal | None,
        size: Decimal | None,
        amendment: Amendment,
    ) -> None:
        """Change a live order in place.

        Raises:
            ItemError: it cannot be changed so, and was not.
        """
        self._amendments[record.ord_id] = amendment
        outcome = self._world.amend(self.account, _world_id(record), price=price, size=size)
        if outcome.reason is not None:
            self._amendments.pop(record.ord_id)
            raise refused(outcome.reason)
        self.drain()

    def tell_failed_amendment(self, record: OrderRecord, amendment: Amendment) -> None:
        """Tell that an order was left as it was."""
        self._tell(record, amendment=amendment)

    def find(self, ord_id: str | None, cl_ord_id: str | None) -> OrderRecord | None:
        """Return an order by either name; the venue's goes before the client's."""
        if ord_id is not None:
            return self.orders.get(ord_id)
        return None if cl_ord_id is None else self.by_client_id.get(cl_ord_id)

    def pending(self, contract_id: ContractId | None = None) -> Sequence[OrderRecord]:
        """Return live orders, oldest first."""
        return [
            one for one in self.live.values() if contract_id in (None, one.asked.instrument.inst_id)
        ]

    def lever(self, contract_id: ContractId, margin_mode: str) -> Decimal:
        """Return the leverage of a contract in a margin mode."""
        chosen = self.levers.get((contract_id, margin_mode))
        return self._world.leverage(self.account, contract_id) if chosen is None else chosen

    def closing(self, key: LegKey) -> Decimal:
        """Return what live orders will take from a position of long-short mode."""
        return sum(
            (
                one.size - one.filled
                for one in self.live.values()
                if one.asked.closes and (one.asked.instrument.inst_id, one.asked.pos_side) == key
            ),
            Decimal(0),
        )

    # Reports --------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Take in everything that the world has told, and tell the streams."""
        if not self._inbox:
            return
        touched: dict[LegKey, None] = {}
        arriving: dict[str, OrderRecord] = {}
        paid = False
        while self._inbox:
            event = self._inbox.popleft()
            if isinstance(event, OrderInfo):
                self._on_order(event, arriving)
            elif isinstance(event, Fill):
                touched[self._on_fill(event)] = None
            elif isinstance(event, PositionUpdate) and not self.long_short:
                self.positions.on_entry(event.contract_id, event.entry_price)
            elif isinstance(event, FundingPayment) and event.amount:
                # The engine settles oftener than this instrument may do; then nothing is paid.
                self._on_funding(event, touched)
                paid = True
        for record in arriving.values():
            self._announce(record)
        self._tell_state(list(touched), paid=paid)

    def _on_order(self, info: OrderInfo, arriving: dict[str, OrderRecord]) -> None:
        record = self._of(info)
        before, record.info = record.info, info
        if info.created_ns is not None:
            record.created_ns = info.created_ns
        crossed = info.reason is Reason.POST_ONLY_WOULD_CROSS
        if record.asked.ord_type == "post_only" and before is None:
            # Told of only once it rests: one that crosses is never live.
            arriving[record.ord_id] = record
            return
        arriving.pop(record.ord_id, None)
        if not record.announced and not crossed:
            self._announce(record)
        held, record.held_fills = record.held_fills, []
        for fill, pnl in held:
            record.take(fill, pnl)
            self._tell(record, with_fill=True)
        if info.status.terminal:
            self._end(record, told=bool(held) and record.state == "filled")
        elif not held and before is not None:
            self._changed(record, before)

    def _changed(self, record: OrderRecord, before: OrderInfo) -> None:
        info = record.info
        assert info is not None, "it has just been reported"
        if record.ord_id in self._amendments:
            self._tell(record)
        elif info.size != before.size:
            self._tell_cut(record)

    def _tell_cut(self, record: OrderRecord) -> None:
        """Tell, twice, of a reduce-only order that the venue itself has cut."""
        self._tell(record, amendment=Amendment(source="4", result="0"))
        self._tell(record)

    def _end(self, record: OrderRecord, *, told: bool) -> None:
        record.announced = True
        self.live.pop(record.ord_id, None)
        if not told:
            self._tell(record)
        for listener in self.listeners:
            listener.on_order_ended(record)

    def _announce(self, record: OrderRecord) -> None:
        if record.announced:
            return
        record.announced = True
        if record.size < record.asked.size:
            self._tell_cut(record)
        else:
            self._tell(record)

    def _on_fill(self, fill: Fill) -> LegKey:
        record = self._by_world[fill.order_id]
        asked = record.asked
        liquidated = record.category == LIQUIDATION
        leg, pnl = self.positions.on_fill(
            fill, asked.pos_side, asked.td_mode, liquidated=liquidated
        )
        bill_id = self.bills.on_fill(record, fill, pnl)
        record.held_fills.append((fill, pnl))
        self.fills.append(FillRecord(fill, record, pnl, bill_id))
        return leg.key

    def _on_funding(self, payment: FundingPayment, touched: dict[LegKey, None]) -> None:
        self.payments.append(payment)
        instrument = self._listing.by_id[payment.contract_id]
        leg = self.positions.on_funding(payment)
        self.bills.on_funding(instrument, payment, "cross" if leg is None else leg.margin_mode)
        if leg is not None:
            touched[leg.key] = None

    def _of(self, info: OrderInfo) -> OrderRecord:
        record = self._by_world.get(info.order_id)
        if record is not None:
            return record
        tag = self._world.wanted(self.account, info.order_id).tag
        record = self._records[int(tag)] if tag else self._foreign(info)
        self._name(record, info.order_id)
        return record

    def _foreign(self, info: OrderInfo) -> OrderRecord:
        """Return the record of an order that the venue itself has made: a liquidation's."""
        pos_side = NET
        if self.long_short:
            pos_side = SHORT if info.side.sign > 0 else LONG
        asked = Asked(
            self._listing.by_id[info.contract_id],
            "cross",
            info.side,
            pos_side,
            "market" if info.order_type is OrderType.MARKET else "limit",
            info.size,
            info.price,
            reduce_only=info.reduce_only,
        )
        lever = plain(self.lever(info.contract_id, "cross"))
        record = OrderRecord(len(self._records), "", asked, lever, self._world.now_ns)
        record.category = LIQUIDATION
        self._records.append(record)
        return record

    def _name(self, record: OrderRecord, world_id: VenueOrderId) -> None:
        if record.ord_id:
            return
        record.ord_id = str(int(world_id) * _ID_FACTOR)
        self._by_world[world_id] = record
        self.orders[record.ord_id] = self.live[record.ord_id] = record
        if record.asked.cl_ord_id:
            self.by_client_id[record.asked.cl_ord_id] = record

    # Telling --------------------------------------------------------------------------------------

    def _tell(
        self, record: OrderRecord, *, with_fill: bool = False, amendment: Amendment | None = None
    ) -> None:
        if amendment is None:
            amendment = self._amendments.pop(record.ord_id, NO_AMENDMENT)
        row = order_push(record, amendment=amendment, with_fill=with_fill)
        for listener in self.listeners:
            listener.on_order(record, row)

    def _tell_state(self, keys: Sequence[LegKey], *, paid: bool) -> None:
        cash = self._world.funds(self.account).cash
        moved, self._told_cash = cash != self._told_cash, cash
        event = "funding_fee" if paid else "filled"
        for listener in self.listeners:
            listener.on_state(keys, event if moved or keys else "")


def _world_id(record: OrderRecord) -> VenueOrderId:
    return VenueOrderId(str(int(record.ord_id) // _ID_FACTOR))
