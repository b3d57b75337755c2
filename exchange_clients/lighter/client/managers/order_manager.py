"""Orders, as Lighter words them: signed transactions whose answer is only a receipt.

The verdict comes by the stream. Instants in a transaction are given here as spans, below zero; the
signer adds the time, because words have no clock.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Feature,
    NewOrder,
    OrderInfo,
    OrderType,
    Side,
    TimeInForce,
)
from exchange_clients.errors import OrderNotFound, UnsupportedFeature, VenueRejected
from exchange_clients.lighter.client.utils.converters import (
    ORDER_IDS,
    Order,
    Page,
    Scale,
    Trade,
    read_back,
)
from exchange_clients.lighter.client.utils.signing import (
    CANCEL,
    CANCEL_ALL,
    CREATE,
    MODIFY,
    Transaction,
)
from exchange_clients.lighter.common import NAME, ask_own, send
from exchange_clients.shared.client.gateway import Lookup, NotYetKnown, ProvenAbsent
from exchange_clients.shared.flow import Flow, Request
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import (
    acknowledged,
    fills_asked_for,
    found_among,
    oldest_first,
)
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

KIND = MappingProxyType(
    {
        OrderType.LIMIT: 0,
        OrderType.MARKET: 1,
        OrderType.STOP_MARKET: 2,
        OrderType.STOP: 3,
        OrderType.TAKE_PROFIT_MARKET: 4,
        OrderType.TAKE_PROFIT: 5,
    }
)
IOC, GOOD_TILL_TIME, POST_ONLY = 0, 1, 2
TIME_IN_FORCE = MappingProxyType(
    {
        TimeInForce.IOC: IOC,
        TimeInForce.GTC: GOOD_TILL_TIME,
        TimeInForce.GTX: POST_ONLY,
    }
)
MARKET_KINDS = (1, 2, 4)
LIFETIME_MS = 28 * 86_400_000
"""Of a resting order; the venue allows from five minutes to 30 days."""
DEAD_MAN_MIN_MS, DEAD_MAN_MAX_MS = 310_000, 15 * 86_400_000 - 10_000
"""The venue allows from five minutes to 15 days, as it gets the request: some seconds later."""
NOW, SCHEDULED, ABORTED = 0, 1, 2
PAGE = 100
FAILED = 0


class _Orders(msgspec.Struct):
    orders: list[msgspec.Raw]


class _Trades(Page, kw_only=True, rename={"rows": "trades"}):
    rows: list[msgspec.Raw]


class _Sent(msgspec.Struct):
    tx_hash: str


class _Transaction(msgspec.Struct):
    status: int


class LighterOrders:
    """Orders of one account."""

    def __init__(self, table: MarketTable, index: str) -> None:
        self._table = table
        self._index = index

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Create; the answer is success once the sequencer has the transaction."""
        answer = yield send(self._creation(order), urgent=order.reduce_only)
        msgspec.json.decode(answer.body, type=_Sent)
        return acknowledged(order)

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; a cancel that loses against a fill is answered with success as well."""
        fields = (("MarketIndex", int(order.contract_id)), ("Index", _name(order)))
        yield send(Transaction(CANCEL, fields), urgent=True)
        return order

    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        """Change a resting order; the size is the total, what has filled included (unconfirmed).

        Raises:
            UnsupportedFeature: the order waits for a trigger, which would be lost.
        """
        wanted = order.price if price is None else price
        if order.order_type.conditional or wanted is None:
            raise UnsupportedFeature(NAME, "changing an order that is no limit order")
        scale = Scale.of(self._table.of_contract(order.contract_id))
        fields = (
            ("MarketIndex", int(order.contract_id)),
            ("Index", _name(order)),
            ("BaseAmount", scale.size(order.size if size is None else size)),
            ("Price", scale.price(wanted)),
            ("TriggerPrice", 0),
        )
        yield send(Transaction(MODIFY, fields))
        return order

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything at once, of one market or of the account."""
        market = None if contract_id is None else int(contract_id)
        fields = (("TimeInForce", NOW), ("Time", 0))
        yield send(Transaction(CANCEL_ALL, fields, only_market=market), urgent=True)

    def arm_dead_man(self, seconds: float) -> Flow[None]:
        """Schedule a cancel-all, five minutes from now at the earliest; 0 takes it back.

        Whether one that is scheduled already is replaced, or refused with 21712, is unconfirmed.
        """
        within_ms = min(max(int(seconds * 1000), DEAD_MAN_MIN_MS), DEAD_MAN_MAX_MS)
        armed = (("TimeInForce", SCHEDULED), ("Time", -within_ms))
        fields = armed if seconds > 0 else (("TimeInForce", ABORTED), ("Time", 0))
        yield send(Transaction(CANCEL_ALL, fields), urgent=True)

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask by our id, then by the transaction: one that failed never made an order.

        The venue finds active orders, and those that ended within a day.
        """
        name = key.client_order_id
        answer = yield self._ask("accountOrders", OrderNotFound, client_order_indexes=name)
        if answer.error is None:
            rows = msgspec.json.decode(answer.body, type=_Orders).orders
            found = found_among(key, read_rows(rows, Order, Order.info, ORDER_IDS))
            if found is not None:
                return found
        if not key.reference:
            return NotYetKnown("no order carries the id")
        answer = yield ask_own("tx", VenueRejected, by="hash", value=key.reference)
        if answer.error is not None:
            return NotYetKnown("neither the order nor its transaction is known")
        status = msgspec.json.decode(answer.body, type=_Transaction).status
        return ProvenAbsent() if status == FAILED else NotYetKnown(f"transaction status {status}")

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return open orders of one market, oldest first; the venue sends them in one page."""
        answer = yield self._ask("accountActiveOrders", market_id=contract_id)
        rows = msgspec.json.decode(answer.body, type=_Orders).orders
        return oldest_first(read_rows(rows, Order, Order.info, ORDER_IDS))

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first."""
        account = int(self._index)
        rows = yield from read_back(
            lambda cursor: self._ask(
                "trades", scope="trades", market_id=contract_id, sort_by="timestamp",
                sort_dir="desc", limit=PAGE, cursor=cursor,
            ),
            _Trades,
            lambda rows: read_rows(rows, Trade, lambda row: row.fill(account), ("trade_id",)),
            start_ns,
        )  # fmt: skip
        return fills_asked_for(rows[::-1], contract_id, start_ns, end_ns)

    def _ask(
        self, name: str, *answers: type[VenueRejected], scope: str = "", **params: object
    ) -> Request:
        return ask_own(name, *answers, scope=scope, account_index=self._index, **params)

    def _creation(self, order: NewOrder) -> Transaction:
        kind = KIND.get(order.order_type)
        if kind is None:
            raise UnsupportedFeature(NAME, Feature.TRAILING_STOP)
        if order.time_in_force is TimeInForce.FOK:
            raise UnsupportedFeature(NAME, "fill or kill")
        assert order.price is not None, "a market order is given its worst price"
        scale = Scale.of(self._table.of_contract(order.contract_id))
        word = IOC if kind in MARKET_KINDS else TIME_IN_FORCE[order.time_in_force]
        rests = word != IOC or order.order_type.conditional
        return Transaction(
            CREATE,
            (
                ("MarketIndex", int(order.contract_id)),
                ("ClientOrderIndex", int(order.client_order_id)),
                ("BaseAmount", scale.size(order.size)),
                ("Price", scale.price(order.price)),
                ("IsAsk", int(order.side is Side.SELL)),
                ("Type", kind),
                ("TimeInForce", word),
                ("ReduceOnly", int(order.reduce_only)),
                ("TriggerPrice", scale.price(order.trigger_price or ZERO)),
                ("OrderExpiry", -LIFETIME_MS if rests else 0),
            ),
        )


def _name(order: OrderInfo) -> int:
    """Name an order by our id, or by the venue's where somebody else placed it."""
    return int(order.client_order_id or order.order_id)
