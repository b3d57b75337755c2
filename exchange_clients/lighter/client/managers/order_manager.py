"""Orders, as Lighter words them: signed transactions whose answer is only a receipt.

The verdict comes by the stream. Instants in a transaction are given here as spans, below zero; the
signer adds the time, because words have no clock.
"""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import (
    ContractId,
    Feature,
    Fill,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Side,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.errors import OrderNotFound, UnsupportedFeature, VenueRejected
from exchange_clients.events import Unreadable
from exchange_clients.lighter.client.utils.converters import Order, Scale, Trade, scaled
from exchange_clients.lighter.client.utils.signing import (
    CANCEL,
    CANCEL_ALL,
    CREATE,
    MODIFY,
    Transaction,
)
from exchange_clients.lighter.common import API, NAME
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown, ProvenAbsent
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

LIMIT, MARKET = 0, 1
KIND = MappingProxyType(
    {
        OrderType.LIMIT: LIMIT,
        OrderType.MARKET: MARKET,
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
LIFETIME_MS = 28 * 86_400_000
"""Of a resting order; the venue allows from five minutes to 30 days."""
DEAD_MAN_MIN_MS = 300_000
STOP_BOUND = Decimal("0.05")
"""How far beyond its trigger a triggered market order may trade, as a fraction."""
PAGE, PAGES_MAX = 100, 1000
FAILED = 0


class _Orders(msgspec.Struct):
    orders: list[msgspec.Raw]
    next_cursor: str | None = None


class _Trades(msgspec.Struct):
    trades: list[msgspec.Raw]
    next_cursor: str | None = None


class _Sent(msgspec.Struct):
    tx_hash: str


class _Transaction(msgspec.Struct):
    status: int


class LighterOrders:
    """Orders of one account."""

    def __init__(self, table: MarketTable, account: int) -> None:
        self._table = table
        self._account = account

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Create; the answer is success once the sequencer has the transaction."""
        answer = yield _send(self._creation(order), urgent=order.reduce_only)
        msgspec.json.decode(answer.body, type=_Sent)
        return OrderInfo(
            order_id=VenueOrderId(""),
            client_order_id=order.client_order_id,
            contract_id=order.contract_id,
            side=order.side,
            size=order.size,
            price=order.price,
            status=OrderStatus.PENDING,
            order_type=order.order_type,
            reduce_only=order.reduce_only,
        )

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; a cancel that loses against a fill is answered with success as well."""
        fields = (("MarketIndex", int(order.contract_id)), ("Index", _index(order)))
        yield _send(Transaction(CANCEL, fields), urgent=True)
        return order

    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        """Change a resting order; the size is the total, what has filled included (unconfirmed)."""
        scale = Scale.of(self._table.of_contract(order.contract_id))
        wanted = order.price if price is None else price
        fields = (
            ("MarketIndex", int(order.contract_id)),
            ("Index", _index(order)),
            ("BaseAmount", scaled(order.size if size is None else size, scale.size)),
            ("Price", scaled(wanted or Decimal(0), scale.price)),
            ("TriggerPrice", 0),
        )
        yield _send(Transaction(MODIFY, fields))
        return order

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything at once, of one market or of the account."""
        market = None if contract_id is None else int(contract_id)
        fields = (("TimeInForce", 0), ("Time", 0))
        yield _send(Transaction(CANCEL_ALL, fields, only_market=market), urgent=True)

    def arm_dead_man(self, seconds: float) -> Flow[None]:
        """Schedule a cancel-all, five minutes from now at the earliest; 0 takes it back."""
        fields = (("TimeInForce", 2), ("Time", 0))
        if seconds > 0:
            fields = (("TimeInForce", 1), ("Time", -max(DEAD_MAN_MIN_MS, int(seconds * 1000))))
        yield _send(Transaction(CANCEL_ALL, fields), urgent=True)

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask by our id, then by the transaction: one that failed never made an order."""
        answer = yield self._query(
            "accountOrders", OrderNotFound, client_order_indexes=key.client_order_id
        )
        if answer.error is None:
            rows = msgspec.json.decode(answer.body, type=_Orders).orders
            for row in read_rows(rows, Order, Order.info, ("order_id",)):
                if isinstance(row, Unreadable):
                    return NotYetKnown(row.reason)
                if row.client_order_id == key.client_order_id:
                    return Found(row)
        if not key.reference:
            return NotYetKnown("no order carries the id")
        answer = yield self._query("tx", VenueRejected, by="hash", value=key.reference)
        if answer.error is not None:
            return NotYetKnown("neither the order nor its transaction is known")
        status = msgspec.json.decode(answer.body, type=_Transaction).status
        return ProvenAbsent() if status == FAILED else NotYetKnown("its transaction is under way")

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return open orders of one market, oldest first."""
        answer = yield self._query("accountActiveOrders", market_id=contract_id)
        rows = msgspec.json.decode(answer.body, type=_Orders).orders
        orders = read_rows(rows, Order, Order.info, ("order_id", "client_order_index"))
        return sorted(orders, key=lambda row: getattr(row, "created_ns", None) or 0)

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first."""
        found: list[Fill | Unreadable] = []
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            answer = yield self._query(
                "trades", scope="trades", market_id=contract_id, sort_by="timestamp",
                sort_dir="desc", limit=PAGE, cursor=cursor,
            )  # fmt: skip
            page = msgspec.json.decode(answer.body, type=_Trades)
            rows = read_rows(page.trades, Trade, lambda row: row.fill(self._account), ("trade_id",))
            found += rows
            cursor = page.next_cursor or None
            oldest = min((row.venue_ns for row in rows if isinstance(row, Fill)), default=start_ns)
            if cursor is None or oldest < start_ns:
                break
        return [
            row
            for row in reversed(found)
            if isinstance(row, Unreadable)
            or (row.contract_id == contract_id and start_ns <= row.venue_ns < end_ns)
        ]

    def _query(
        self,
        name: str,
        *answers: type[VenueRejected],
        scope: str = "",
        **params: object,
    ) -> Request:
        return Request(
            Method.GET,
            f"{API}/{name}",
            {"account_index": self._account, **params},
            scope=scope,
            private=True,
            answers=answers,
        )

    def _creation(self, order: NewOrder) -> Transaction:
        kind = KIND.get(order.order_type)
        if kind is None:
            raise UnsupportedFeature(NAME, Feature.TRAILING_STOP)
        if order.time_in_force is TimeInForce.FOK:
            raise UnsupportedFeature(NAME, "fill or kill")
        scale = Scale.of(self._table.of_contract(order.contract_id))
        immediate = order.price is None or kind in (MARKET, 2, 4)
        word = IOC if immediate else TIME_IN_FORCE[order.time_in_force]
        rests = word != IOC or order.order_type.conditional
        return Transaction(
            CREATE,
            (
                ("MarketIndex", int(order.contract_id)),
                ("ClientOrderIndex", int(order.client_order_id)),
                ("BaseAmount", scaled(order.size, scale.size)),
                ("Price", _worst_price(order, scale)),
                ("IsAsk", int(order.side is Side.SELL)),
                ("Type", kind),
                ("TimeInForce", word),
                ("ReduceOnly", int(order.reduce_only)),
                ("TriggerPrice", scaled(order.trigger_price or Decimal(0), scale.price)),
                ("OrderExpiry", -LIFETIME_MS if rests else 0),
            ),
        )


def _send(transaction: Transaction, *, urgent: bool = False) -> Request:
    return Request(
        Method.POST,
        f"{API}/sendTx",
        scope="order",
        private=True,
        intent=transaction,
        repeatable=False,
        urgent=urgent,
    )


def _index(order: OrderInfo) -> int:
    """Name an order by our id, or by the venue's where somebody else placed it."""
    return int(order.client_order_id or order.order_id)


def _worst_price(order: NewOrder, scale: Scale) -> int:
    """Return the limit; a triggered market order is bounded by its trigger."""
    if order.price is not None:
        return scaled(order.price, scale.price)
    assert order.trigger_price is not None, "a market order is given its worst price"
    bound = order.trigger_price * (1 + order.side.sign * STOP_BOUND)
    return int(bound.scaleb(scale.price))
