"""Orders and fills, as Bybit words them: every answer to a write only acknowledges it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec

from exchange_clients.base_models import (
    ContractId,
    NewOrder,
    OrderInfo,
    OrderType,
    Side,
)
from exchange_clients.bybit.client.managers import order_batches
from exchange_clients.bybit.client.utils.converters import (
    FILL_IDS,
    ORDER_IDS,
    TRAILING,
    Envelope,
    Execution,
    Named,
    Order,
    Whole,
    pages,
    weeks,
)
from exchange_clients.bybit.common import (
    FALLS,
    POSITION_INDEX,
    RISES,
    SETTLED_IN,
    SIDE_WORD,
    TAKE_PROFITS,
    TIME_IN_FORCE,
    TRIGGERED_BY,
    ask,
    tell,
)
from exchange_clients.events import Unreadable
from exchange_clients.shared.amounts import Positive
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.encoding import present
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import (
    OVERLAP_NS,
    acknowledged,
    fills_within,
    oldest_first,
    told_by_the_past,
)
from exchange_clients.shared.rows import as_is, flattened, read_rows, readable
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

ORDERS_PAGE, FILLS_PAGE = 50, 100


class _Ticker(msgspec.Struct, rename="camel"):
    last_price: Positive


_NAMED = msgspec.json.Decoder(Envelope[Named])
_TICKERS = msgspec.json.Decoder(Envelope[Whole[_Ticker]])


class BybitOrders:
    """Orders of one account, in one-way or in hedge mode."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Place; the verdict comes by the stream."""
        if order.order_type is OrderType.TRAILING_STOP:
            return (yield from self._trail(order))
        answer = yield tell(
            "order/create", "create", wording(order), repeatable=False, urgent=order.reduce_only
        )
        return acknowledged(order, _NAMED.decode(answer.body).result.order_id)

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; the answer only acknowledges."""
        yield tell("order/cancel", "cancel", _named(order), urgent=True)
        return order

    def place_many(self, orders: Sequence[NewOrder]) -> Flow[order_batches.Outcomes]:
        """Place several; the verdict on those that are acknowledged comes by the stream."""
        return (yield from order_batches.place_many(orders, [wording(order) for order in orders]))

    def cancel_many(self, orders: Sequence[OrderInfo]) -> Flow[order_batches.Outcomes]:
        """Cancel several; the answer only acknowledges."""
        return (yield from order_batches.cancel_many(orders, [_named(order) for order in orders]))

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything of a contract; of the account, coin by coin."""
        narrowed: list[dict[str, object]] = [{"symbol": contract_id}]
        if contract_id is None:
            narrowed = [{"settleCoin": coin} for coin in SETTLED_IN]
        for each in narrowed:
            yield tell("order/cancel-all", "cancel_all", each, urgent=True)

    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        """Change price or total size; the answer only acknowledges."""
        changed = {**_named(order), "price": price, "qty": size}
        yield tell("order/amend", "amend", changed, repeatable=False)
        return order

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask for the order among the latest, then in the history, then by its fills."""
        if key.reference and not key.order_id:
            return (yield from self._find_trailing(key))
        ours = None if key.order_id else key.client_order_id
        for path in ("order/realtime", "order/history"):
            answer = yield from pages(
                ask(
                    path,
                    "orders",
                    symbol=key.contract_id,
                    orderId=key.order_id,
                    orderLinkId=ours,
                    limit=ORDERS_PAGE,
                )
            )
            for row in readable(read_rows(answer, Order, Order.info, ORDER_IDS)):
                return Found(replace(row, client_order_id=key.client_order_id))
        return (yield from told_by_the_past(key, (), self.fills, now_ns))

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return open orders of one contract, conditional ones too, oldest first."""
        rows = yield from pages(
            ask("order/realtime", "orders", symbol=contract_id, openOnly=0, limit=ORDERS_PAGE)
        )
        orders = read_rows(rows, Order, Order.info, ORDER_IDS)
        listed = [
            each for each in orders if isinstance(each, Unreadable) or not each.status.terminal
        ]
        return oldest_first(listed)

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first, asked week by week."""
        rows: list[msgspec.Raw] = []
        for since_ms, until_ms in weeks(start_ns, end_ns):
            request = ask(
                "execution/list", "orders", symbol=contract_id,
                startTime=since_ms, endTime=until_ms, limit=FILLS_PAGE,
            )  # fmt: skip
            rows += yield from pages(request)
        fills = flattened(read_rows(rows, Execution, Execution.fills, FILL_IDS))
        return fills_within(fills, start_ns, end_ns, numbered=False)

    # Trailing stops -------------------------------------------------------------------------------

    def _trail(self, order: NewOrder) -> Flow[OrderInfo]:
        """Arm the position's trailing stop: a distance in price, which we know as a fraction."""
        assert order.trailing_fraction is not None, "a trailing stop has a fraction"
        start = order.trigger_price
        if start is None:
            answer = yield ask("market/tickers", "", private=False, symbol=order.contract_id)
            start = Decimal(_TICKERS.decode(answer.body).result.rows[0].last_price)
        market = self._table.of_contract(order.contract_id).market
        distance = max(market.nearest_tick(start * order.trailing_fraction), market.tick)
        position = POSITION_INDEX[order.position_side]
        arming = tell(
            "position/trading-stop",
            "setting",
            {
                "symbol": order.contract_id,
                "tpslMode": "Full",
                "positionIdx": position,
                "trailingStop": distance,
                "activePrice": order.trigger_price,
            },
            repeatable=False,
            urgent=True,
        )
        yield replace(arming, intent=position)
        return acknowledged(order)

    def _find_trailing(self, key: OrderKey) -> Flow[Lookup]:
        """Return the trailing stop that the venue made of its position since, by our name."""
        rows = yield from pages(
            ask("order/realtime", "orders", symbol=key.contract_id, openOnly=0, limit=ORDERS_PAGE)
        )
        for row in read_rows(rows, Order, as_is, ORDER_IDS):
            if isinstance(row, Unreadable) or row.stop_order_type != TRAILING:
                continue
            since = int(row.created_time) * MS >= key.placed_ns - OVERLAP_NS
            if since and key.reference == str(row.position_idx):
                return Found(replace(row.info(), client_order_id=key.client_order_id))
        return NotYetKnown("no trailing stop hangs on the position")


def wording(order: NewOrder) -> dict[str, object]:
    """Return an order as it is sent; None is left out."""
    market = not order.order_type.priced
    words: dict[str, object] = {
        "symbol": order.contract_id,
        "side": SIDE_WORD[order.side],
        "orderType": "Market" if market else "Limit",
        "qty": order.size,
        "price": None if market else order.price,
        "timeInForce": "IOC" if market else TIME_IN_FORCE[order.time_in_force],
        "positionIdx": POSITION_INDEX[order.position_side],
        "orderLinkId": order.client_order_id,
        "reduceOnly": order.reduce_only or None,
    }
    if order.take_profit_price is not None:
        words |= {"takeProfit": order.take_profit_price, "tpTriggerBy": TRIGGERED_BY}
    if order.stop_loss_price is not None:
        words |= {"stopLoss": order.stop_loss_price, "slTriggerBy": TRIGGERED_BY}
    if order.trigger_price is not None:
        rises = (order.side is Side.BUY) != (order.order_type in TAKE_PROFITS)
        words |= {
            "triggerPrice": order.trigger_price,
            "triggerDirection": RISES if rises else FALLS,
            "triggerBy": TRIGGERED_BY,
        }
    return present(words)


def _named(order: OrderInfo) -> dict[str, object]:
    """Return how the venue is told which order is meant."""
    name = {"orderId": order.order_id} if order.order_id else {"orderLinkId": order.client_order_id}
    return {"symbol": order.contract_id, **name}
