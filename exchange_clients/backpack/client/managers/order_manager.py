"""Orders and fills, as Backpack words them: the answer to a placement shows how it was matched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from exchange_clients import errors
from exchange_clients.backpack.client.utils import converters
from exchange_clients.backpack.client.utils.converters import NEWEST_FIRST, Order, read_back
from exchange_clients.backpack.client.utils.errors import error_of
from exchange_clients.backpack.common import NAME, SIDE_WORD
from exchange_clients.base_models import (
    ContractId,
    Feature,
    Fill,
    NewOrder,
    OrderInfo,
)
from exchange_clients.events import Unreadable
from exchange_clients.shared.client.gateway import Found, Lookup
from exchange_clients.shared.encoding import present, text_of
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.order_rows import (
    fills_within,
    looked_for_since,
    refuse_absent,
    told_by_the_past,
)
from exchange_clients.shared.rows import read_rows, told_apart
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

ORDER, ORDERS, HISTORY = "/api/v1/order", "/api/v1/orders", "/wapi/v1/history/orders"
FILLS = "/wapi/v1/history/fills"
BATCH_MAX = 20

_ORDER = msgspec.json.Decoder(Order)


TRIGGERED_BY = "MarkPrice"
"""What stops and exits wait for; the venue's own choice would be the last price."""


class _Outcome(msgspec.Struct):
    """How an order of a batch fared; beside ``Ok`` stand the order's own fields."""

    operation: str
    code: str = ""
    message: str = ""


class BackpackOrders:
    """Orders of one account. Positions are one-way and orders cannot be amended."""

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Place; what is refused while matching is no error but an order that expired."""
        body, urgent = wording(order), order.reduce_only
        answer = yield Request(
            Method.POST, ORDER, body=body, private=True, repeatable=False, urgent=urgent
        )
        return _ORDER.decode(answer.body).info()

    def place_many(
        self, orders: Sequence[NewOrder]
    ) -> Flow[Sequence[OrderInfo | errors.ExchangeError]]:
        """Place up to 20, answered in the order of asking."""
        if len(orders) > BATCH_MAX:
            raise errors.ClientConfigError(f"{len(orders)} orders in a batch: at most {BATCH_MAX}")
        body = [wording(order) for order in orders]
        request = Request(Method.POST, ORDERS, body=body, private=True, repeatable=False)
        answer = yield request
        rows = converters.ROWS.decode(answer.body)
        if len(rows) != len(orders):
            raise errors.MalformedPayload(f"{len(orders)} orders were answered by {len(rows)}")
        refusals = read_rows(rows, _Outcome, lambda row: _refusal(row, request))
        infos = read_rows(rows, Order, Order.info)
        return [
            refusal if isinstance(refusal, errors.ExchangeError) else _known(info)
            for refusal, info in zip(refusals, infos, strict=True)
        ]

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; cancelling twice is cancelling once, and an order that has ended is not found."""
        answer = yield _cancellation(order)
        # 202 is an acknowledgement: the order may still rest.
        return order if answer.status == 202 else _ORDER.decode(answer.body).info()

    def cancel_many(
        self, orders: Sequence[OrderInfo]
    ) -> Flow[Sequence[OrderInfo | errors.ExchangeError]]:
        """Cancel several one by one: the venue has no batch of cancels."""
        outcomes: list[OrderInfo | errors.ExchangeError] = []
        for order in orders:
            answer = yield replace(_cancellation(order), answers=(errors.ExchangeError,))
            rows = [] if answer.error or answer.status == 202 else [msgspec.Raw(answer.body)]
            told = [_known(row) for row in read_rows(rows, Order, Order.info)]
            outcomes += told or [answer.error or order]
        return outcomes

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything of a contract; of the account, contract by contract."""
        contracts: list[ContractId | None] = [contract_id]
        if contract_id is None:
            rows = yield from self.active(None)
            contracts = list(dict.fromkeys(_readable(row).contract_id for row in rows))
        for each in contracts:
            yield Request(Method.DELETE, ORDERS, body={"symbol": each}, private=True, urgent=True)

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Look an order up where it rests, in the history, among open orders and in fills."""
        params = {"symbol": key.contract_id, **_name(key.order_id, key.client_order_id)}
        answer = yield Request(
            Method.GET, ORDER, params, private=True, answers=(errors.OrderNotFound,)
        )
        if answer.error is None:
            return Found(_ORDER.decode(answer.body).info())
        # It is shown there only while it rests; afterwards the history tells, with a delay.
        since_ns = looked_for_since(key)
        params = {"symbol": key.contract_id, "orderId": key.order_id, **NEWEST_FIRST}
        request = Request(Method.GET, HISTORY, params, private=True)
        ended = yield from read_back(
            request, Order, Order.info, converters.ORDER_IDS, _created_ns, since_ns
        )
        # Whether an armed order can be asked for alone is unconfirmed: the open ones are listed.
        resting = yield from self.active(key.contract_id)
        return (yield from told_by_the_past(key, [*ended, *resting], self.fills, now_ns))

    def active(self, contract_id: ContractId | None) -> Flow[Rows]:
        """Return every open order, of one contract or of all; the venue does not page them."""
        params = {"symbol": contract_id, "marketType": "PERP"}
        answer = yield Request(Method.GET, ORDERS, params, private=True)
        rows = read_rows(
            converters.ROWS.decode(answer.body), Order, Order.info, converters.ORDER_IDS
        )
        infos, unread = told_apart(rows)
        return [*sorted(infos, key=_created_ns), *unread]

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return the fills of our own orders in [start, end); other kinds are liquidations."""
        span = {"from": start_ns // MS, "to": -(-end_ns // MS), "fillType": "User"}
        params = {"symbol": contract_id, **span, **NEWEST_FIRST}
        request = Request(Method.GET, FILLS, params, private=True)
        rows = yield from read_back(
            request, converters.Fill, converters.Fill.fill, converters.FILL_IDS, _venue_ns, start_ns
        )
        return fills_within(rows, start_ns, end_ns)


def wording(order: NewOrder) -> dict[str, object]:
    """Return an order as it is sent; what has its default is left out."""
    refuse_absent(order, NAME, Feature.TRAILING_STOP)
    market = not order.order_type.priced
    words: dict[str, object] = {
        "symbol": order.contract_id,
        "side": SIDE_WORD[order.side],
        "orderType": "Market" if market else "Limit",
        "clientId": int(order.client_order_id),
        "reduceOnly": order.reduce_only or None,
        "postOnly": order.post_only or None,
    }
    if order.price is not None and not market:
        words["price"] = text_of(order.price)
        words["timeInForce"] = "GTC" if order.post_only else order.time_in_force.upper()
    if order.trigger_price is None:
        words["quantity"] = text_of(order.size)
    else:
        # The quantity of an armed order stands in place of the plain one.
        words |= {"triggerPrice": text_of(order.trigger_price), "triggerBy": TRIGGERED_BY}
        words["triggerQuantity"] = text_of(order.size)
    exits = {"takeProfit": order.take_profit_price, "stopLoss": order.stop_loss_price}
    for exit_, trigger in exits.items():
        if trigger is not None:
            words |= {f"{exit_}TriggerPrice": trigger, f"{exit_}TriggerBy": TRIGGERED_BY}
    return present(words)


def _name(order_id: str | None, client_order_id: str | None) -> dict[str, object]:
    """Name an order by exactly one id; a client id is a number, for as text its signature fails."""
    return {"orderId": order_id} if order_id else {"clientId": int(client_order_id or "")}


def _cancellation(order: OrderInfo) -> Request:
    body = {"symbol": order.contract_id, **_name(order.order_id, order.client_order_id)}
    return Request(Method.DELETE, ORDER, body=body, private=True, urgent=True)


def _refusal(row: _Outcome, request: Request) -> errors.ExchangeError | None:
    return None if row.operation == "Ok" else error_of(row.code, row.message, request)


def _known(row: OrderInfo | Unreadable) -> OrderInfo | errors.ExchangeError:
    return errors.OutcomeUnknown(row.reason) if isinstance(row, Unreadable) else row


def _readable(row: OrderInfo | Unreadable) -> OrderInfo:
    if isinstance(row, Unreadable):
        raise errors.MalformedPayload(f"order {row.ids}: {row.reason}")
    return row


def _created_ns(info: OrderInfo) -> int:
    return info.created_ns or 0


def _venue_ns(fill: Fill) -> int:
    return fill.venue_ns
