"""What the venue knows of one account besides the world's books, and what it tells its stream.

The world tells of everything that happens, by its own order numbers; here a report meets the words
in which the order was asked for, and becomes a row that can be read again and an event. Reports
that arise while an order is being placed wait until the order has a name.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    OrderInfo,
    VenueOrderId,
)
from exchange_clients.events import FundingPayment, PositionUpdate, PrivateEvent
from venue_simulators.fapi.account_words import ASSET, AccountWords
from venue_simulators.fapi.errors import DUPLICATE_CLIENT_ID, FapiError, refused
from venue_simulators.fapi.legs import Leg
from venue_simulators.fapi.order_words import OrderWords, paid_in
from venue_simulators.fapi.orders import (
    HIDDEN,
    LIMIT,
    Asked,
    FillRecord,
    OrderRecord,
)
from venue_simulators.fapi.profits import Profits
from venue_simulators.fapi.wording import Row, ms
from venue_simulators.world import Wanted, World

HISTORY_MAX = 10_000
"""Rows of each kind that the histories still list."""

Publisher: TypeAlias = Callable[[str, Row], None]
"""Sends an event, by its ``e`` and what it holds, to everyone who listens to the account."""


FUNDING_FEE = "FUNDING_FEE"
"""What income of funding is called."""


@dataclass(frozen=True, slots=True)
class Income:
    """Money that moved: positive when received."""

    number: int
    kind: str
    symbol: ContractId
    amount: Decimal
    at_ns: int
    trade_id: str = ""
    asset: str = ASSET


@dataclass(frozen=True, slots=True)
class Words:
    """How the venue speaks of orders and accounts."""

    orders: OrderWords = field(default_factory=OrderWords)
    account: AccountWords = field(default_factory=AccountWords)


class AccountBook:
    """Orders, fills, money and settings of one account; ``publish`` hears what its stream tells."""

    def __init__(self, world: World, account: str, publish: Publisher, words: Words) -> None:
        self.account = account
        self.records: dict[VenueOrderId, OrderRecord] = {}
        """Every order that can still be looked up, oldest first."""
        self.fills: deque[FillRecord] = deque(maxlen=HISTORY_MAX)
        self.incomes: deque[Income] = deque(maxlen=HISTORY_MAX)
        self.hides = False
        """Whether it has ever placed an order that the public is not shown."""
        self.isolated: dict[ContractId, bool] = {}
        self.multi_assets = False
        self.trades = True
        """Whether the account may trade."""
        self.dual_side = False
        self._world = world
        self._publish = publish
        self._words = words
        self._inbox: deque[PrivateEvent] = deque()
        self._by_client_id: dict[str, OrderRecord] = {}
        """The newest order of each name."""
        self._profits = Profits()
        self._made_up = 0
        world.listen_private(account, self._inbox.append)

    # Commands -------------------------------------------------------------------------------------

    def spare_id(self) -> str:
        """Return the name of an order whose sender gave it none."""
        self._made_up += 1
        return f"auto{ms(self._world.now_ns)}{self._made_up:09}"

    def place(self, asked: Asked, wanted: Wanted) -> OrderRecord:
        """Place an order and return what became of it.

        Raises:
            FapiError: it was refused, and there is no such order.
        """
        self.drain()
        self._check_side(asked, wanted)
        named = self._by_client_id.get(asked.client_id)
        if named is not None and named.open:
            raise FapiError(DUPLICATE_CLIENT_ID)
        self.hides = self.hides or asked.time_in_force == HIDDEN
        outcome = self._world.place(self.account, wanted)
        if outcome.reason is not None or outcome.order is None:
            assert outcome.reason is not None, "an order is made or refused with a reason"
            # What a refused order leaves in the inbox is about no order of the venue.
            self._forget_refused(outcome.order)
            raise refused(outcome.reason)
        record = self._keep(asked, outcome.order)
        self.drain()
        return record

    def cancel(self, record: OrderRecord) -> None:
        """Cancel an open order.

        Raises:
            FapiError: it has ended.
        """
        outcome = self._world.cancel(self.account, record.info.order_id)
        self.drain()
        if outcome.reason is not None:
            raise refused(outcome.reason)

    def amend(self, record: OrderRecord, price: Decimal, size: Decimal) -> None:
        """Give an open order another price and size; refused, it stays as it was.

        Raises:
            FapiError: it cannot be so.
        """
        self.drain()
        outcome = self._world.amend(self.account, record.info.order_id, price=price, size=size)
        if outcome.reason is None:
            record.amendments += 1
        self.drain()
        if outcome.reason is not None:
            raise refused(outcome.reason)

    # Looking up -----------------------------------------------------------------------------------

    def find(self, order_id: int | None, client_id: str | None) -> OrderRecord | None:
        """Return an order by its number, or else by its name: the newest of that name."""
        if order_id is not None:
            return self.records.get(VenueOrderId(str(order_id)))
        return None if client_id is None else self._by_client_id.get(client_id)

    def open(self, symbol: ContractId | None = None) -> list[OrderRecord]:
        """Return the open orders, oldest first."""
        live = self._world.open_orders(self.account, symbol)
        return [self.records[info.order_id] for info in live]

    def hidden(self, symbol: ContractId) -> list[OrderInfo]:
        """Return a market's open orders that the public is not shown.

        They are known from the moment at which the world takes them: it may publish a book before
        the order has a record here.
        """
        if not self.hides:
            return []
        live = self._world.open_orders(self.account, symbol)
        return [
            info for info in live if self._world.wanted(self.account, info.order_id).tag == HIDDEN
        ]

    # Reports --------------------------------------------------------------------------------------

    def drain(self) -> None:
        """Take in everything that the world has told, and tell the stream."""
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

    def _on_order(self, info: OrderInfo) -> None:
        record = self.records.get(info.order_id) or self._foreign(info)
        before, record.info = record.info, info
        fills, record.held_fills = record.held_fills, []
        if not record.announced:
            record.announced = True
            self._tell(record, "NEW")
        elif record.waits and record.open and not fills:
            record.triggered_ns = info.updated_ns
            self._tell(record, "NEW")
        elif record.open and not fills and (info.size, info.price) != (before.size, before.price):
            self._tell(record, "AMENDMENT")
        for row in fills:
            record.filled += row.fill.size
            record.quote_filled += row.fill.price * row.fill.size
            self._tell(record, "CALCULATED" if record.liquidation else "TRADE", row)
        if record.status in ("CANCELED", "EXPIRED"):
            self._tell(record, record.status)

    def _on_fill(self, fill: Fill) -> None:
        record = self.records[fill.order_id]
        profit = self._realise(record, fill)
        row = FillRecord(fill, profit, record)
        self.fills.append(row)
        record.held_fills.append(row)
        paid = -fill.fee, fill.venue_ns, fill.trade_id
        self._earn("COMMISSION", fill.contract_id, *paid, asset=paid_in(fill))
        self._earn("REALIZED_PNL", fill.contract_id, profit, fill.venue_ns, fill.trade_id)

    def _on_position(self, update: PositionUpdate) -> None:
        self._profits.on_entry(update.contract_id, update.entry_price)
        data = {"m": "ORDER", "B": [self._balance(ZERO)], "P": self._position_rows(update)}
        self._publish("ACCOUNT_UPDATE", {"T": ms(update.venue_ns), "a": data})

    def _on_funding(self, payment: FundingPayment) -> None:
        symbol = payment.contract_id
        self._earn(FUNDING_FEE, symbol, payment.amount, payment.venue_ns, "")
        data: Row = {"m": FUNDING_FEE, "B": [self._balance(payment.amount)]}
        if self.isolated.get(symbol):
            data["P"] = self._words.account.held_data(self._world, self, symbol)
        self._publish("ACCOUNT_UPDATE", {"T": ms(payment.venue_ns), "a": data})

    def profit_of(self, symbol: ContractId) -> Decimal:
        """Return what trades in a market have realised since the account was opened."""
        return self._profits.realised(symbol)

    def legs(self, symbol: ContractId) -> Sequence[Leg]:
        """Return both positions of a market, flat ones too; none in one-way mode."""
        del symbol
        return ()

    # Inside ---------------------------------------------------------------------------------------

    def _check_side(self, asked: Asked, wanted: Wanted) -> None:
        """Refuse an order that names no position of the account's."""
        del asked, wanted
        if self.dual_side:
            raise FapiError(-4061)

    def _tell(self, record: OrderRecord, execution: str, row: FillRecord | None = None) -> None:
        for kind, data in self._words.orders.events(record, execution, row):
            self._publish(kind, data)

    def _realise(self, record: OrderRecord, fill: Fill) -> Decimal:
        """Return the profit of a fill."""
        del record
        return self._profits.on_fill(fill)

    def _position_rows(self, update: PositionUpdate) -> list[Row]:
        return [self._words.account.position_data(self._world, self, update)]

    def _balance(self, change: Decimal) -> Row:
        return self._words.account.balance_data(self._world, self.account, change)

    def _earn(
        self,
        kind: str,
        symbol: ContractId,
        amount: Decimal,
        at_ns: int,
        trade_id: str,
        *,
        asset: str = ASSET,
    ) -> None:
        if amount:
            number = len(self.incomes) and self.incomes[-1].number
            self.incomes.append(Income(number + 1, kind, symbol, amount, at_ns, trade_id, asset))

    def _keep(self, asked: Asked, info: OrderInfo) -> OrderRecord:
        record = OrderRecord(asked, info, self._world.markets[asked.symbol])
        self.records[info.order_id] = self._by_client_id[asked.client_id] = record
        if len(self.records) > HISTORY_MAX:
            oldest = next((one for one in self.records.values() if not one.open), None)
            if oldest is not None:
                del self.records[oldest.info.order_id]
                if self._by_client_id.get(oldest.asked.client_id) is oldest:
                    del self._by_client_id[oldest.asked.client_id]
        return record

    def _forget_refused(self, info: OrderInfo | None) -> None:
        refused_id = None if info is None else info.order_id
        kept = [
            event
            for event in self._inbox
            if not isinstance(event, OrderInfo) or event.order_id != refused_id
        ]
        self._inbox.clear()
        self._inbox.extend(kept)

    def _foreign(self, info: OrderInfo) -> OrderRecord:
        """Return the record of an order that the venue itself has made to close a position."""
        asked = Asked(
            info.contract_id,
            info.side,
            LIMIT,
            self._words.orders.forced_id(self._world.deeds.forces, info.order_id),
            price=info.price,
            quantity=info.size,
            time_in_force="IOC",
            reduce_only=info.reduce_only,
        )
        return self._keep(asked, info)
