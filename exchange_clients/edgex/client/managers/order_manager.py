"""Orders, as edgeX words them.

The answer to a creation is an id and no verdict: a crossing post-only order, or one without
margin, is told as canceled by the stream, or by asking. There is no change in place, and no list of
several placements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import msgspec

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Feature,
    NewOrder,
    OrderInfo,
    OrderType,
    Reason,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.edgex.client.utils.converters import (
    FILL_IDS,
    ORDER_IDS,
    Answer,
    Order,
    OwnFill,
    Whole,
    pages,
)
from exchange_clients.edgex.client.utils.errors import SUCCESS
from exchange_clients.edgex.client.utils.signing import OrderIntent, SigningTerms
from exchange_clients.edgex.common import (
    MARKET_BOUND,
    NAME,
    ORDER,
    TIME_IN_FORCE,
    TYPE_WORD,
    deed,
    query,
)
from exchange_clients.errors import (
    MalformedPayload,
    OrderNotFound,
    VenueRejected,
)
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import (
    acknowledged,
    fills_asked_for,
    found_among,
    looked_for_since,
    oldest_first,
    refuse_absent,
)
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

ACTIVE_LIMIT, LIMIT = 200, 100
"""Rows of a page, of open orders and of the past."""


class EdgexOrders:
    """Orders of one account."""

    def __init__(self, table: MarketTable, account_id: str) -> None:
        self._table = table
        self._account = account_id

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Create; a trailing stop does not exist here."""
        answer = yield Request(
            Method.POST,
            "/api/v2/private/order/createOrder",
            scope=ORDER,
            private=True,
            intent=self._intent(order),
            repeatable=False,
            urgent=order.reduce_only,
        )
        return acknowledged(order, VenueOrderId(str(_created(answer.body).data["orderId"])))

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; the envelope is a success even where the order is not cancelled.

        Raises:
            VenueRejected: the order has ended already.
        """
        answer = yield self._cancelling(order)
        results = _cancelled(answer.body).data["cancelResultMap"]
        refusals = [word for word in results.values() if word != SUCCESS]
        if refusals or not results:
            code = refusals[0] if refusals else "NO_RESULT"
            text = f"order {order.order_id or order.client_order_id} is not cancelled: {code}"
            raise VenueRejected(text, reason=Reason.ALREADY_TERMINAL, code=code)
        return order

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel what is open; a filter that is left out is no filter."""
        narrowed = {} if contract_id is None else {"filterContractIdList": [contract_id]}
        yield deed("order/cancelAllOrder", self._account, urgent=True, **narrowed)

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask for the order by either name, then look through the history since it was placed."""
        names: Mapping[str, tuple[str, object]] = {
            "order/getOrderByClientOrderId": ("clientOrderIdList", key.client_order_id),
            "order/getOrderById": ("orderIdList", key.order_id),
        }
        for name, (parameter, value) in list(names.items())[: 2 if key.order_id else 1]:
            answer = yield replace(
                query(name, self._account, {parameter: value}), answers=(OrderNotFound,)
            )
            rows = () if answer.error else _orders(answer.body).data
            for row in rows:
                return Found(_same(row.info(), key))
        past = {
            "size": LIMIT,
            "filterContractIdList": key.contract_id,
            "filterStartCreatedTimeInclusive": looked_for_since(key) // MS or None,
        }
        history = yield from self._pages(
            "order/getHistoryOrderPage", past, lambda rows: _among(rows, key) is not None
        )
        return _among(history, key) or NotYetKnown("neither open orders nor the past hold the id")

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return open orders of one market, oldest first."""
        params = {"size": ACTIVE_LIMIT, "filterContractIdList": contract_id}
        rows = yield from self._pages("order/getActiveOrderPage", params)
        orders = read_rows(rows, Order, Order.info, ORDER_IDS)
        asked = [
            row
            for row in orders
            if not isinstance(row, OrderInfo) or row.contract_id == contract_id
        ]
        return oldest_first(asked)

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first.

        A row is written after its match, so that the venue is asked for no end.
        """
        params = {
            "size": LIMIT,
            "filterContractIdList": contract_id,
            "filterStartCreatedTimeInclusive": max(start_ns, 0) // MS or None,
        }
        rows = yield from self._pages("order/getHistoryOrderFillTransactionPage", params)
        fills = read_rows(reversed(rows), OwnFill, lambda row: row.fill({}), FILL_IDS)
        return fills_asked_for(fills, contract_id, start_ns, end_ns)

    def _pages(
        self,
        name: str,
        params: Mapping[str, object],
        enough: Callable[[Sequence[msgspec.Raw]], bool] = lambda rows: False,
    ) -> Flow[list[msgspec.Raw]]:
        return (
            yield from pages(
                lambda cursor: query(name, self._account, {**params, "offsetData": cursor}),
                enough,
            )
        )

    def _cancelling(self, order: OrderInfo) -> Request:
        """Name an order as the venue does, or by our id while its own is not known."""
        word, listed, name = (
            ("cancelOrderById", "orderIdList", order.order_id)
            if order.order_id
            else ("cancelOrderByClientOrderId", "clientOrderIdList", order.client_order_id)
        )
        return deed(f"order/{word}", self._account, urgent=True, **{listed: [str(name)]})

    def _intent(self, order: NewOrder) -> OrderIntent:
        refuse_absent(order, NAME, Feature.TRAILING_STOP)
        assert order.price is not None, "an order names the worst price that it signs for"
        terms = self._table.of_contract(order.contract_id).detail("signing", SigningTerms)
        # A market order is sent as a limit that is bounded and immediate, which the engine itself
        # keeps to; one that waits for a trigger cannot be, and only its signature bounds it.
        kind = OrderType.LIMIT if order.order_type is OrderType.MARKET else order.order_type
        immediate = not order.order_type.priced
        return OrderIntent(
            order=order,
            price=order.price if kind.priced else None,
            worst=order.price,
            order_type=TYPE_WORD[kind],
            time_in_force=TIME_IN_FORCE[TimeInForce.IOC if immediate else order.time_in_force],
            terms=terms,
            exits=self._exits(order) if order.take_profit_price or order.stop_loss_price else (),
        )

    def _exits(self, order: NewOrder) -> Sequence[tuple[str, OrderIntent]]:
        """Return what closes the position that an order opens, at market and bounded as ours are.

        A hyphen, which our own ids do not have, keeps their names apart.
        """
        triggers = (
            ("OpenTp", OrderType.TAKE_PROFIT_MARKET, order.take_profit_price),
            ("OpenSl", OrderType.STOP_MARKET, order.stop_loss_price),
        )
        side, market = order.side.opposite, self._table.of_contract(order.contract_id).market
        return [
            (
                name,
                self._intent(
                    NewOrder(
                        ClientOrderId(f"{order.client_order_id}-{name.lower()}"),
                        order.contract_id,
                        side,
                        order.size,
                        market.round_price(trigger * (1 + side.sign * MARKET_BOUND), side),
                        kind,
                        reduce_only=True,
                        trigger_price=trigger,
                    )
                ),
            )
            for name, kind, trigger in triggers
            if trigger is not None
        ]


_created = msgspec.json.Decoder(Answer[dict[str, Whole]]).decode
_cancelled = msgspec.json.Decoder(Answer[dict[str, dict[str, str]]]).decode
_orders = msgspec.json.Decoder(Answer[list[Order]]).decode


def _same(info: OrderInfo, key: OrderKey) -> OrderInfo:
    """Return what a lookup found, which must be what was looked for."""
    if info.client_order_id != key.client_order_id:
        raise MalformedPayload(f"asked for {key.client_order_id}, edgex told of another order")
    return info


def _among(rows: Sequence[msgspec.Raw], key: OrderKey) -> Found | None:
    return found_among(key, read_rows(rows, Order, Order.info, ORDER_IDS))
