"""Orders and fills, in the dialect: the answer to a placement shows how it was matched.

A post-only order that would trade is an order that expired at once; some venues refuse it instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec

from exchange_clients.base_models import ContractId, Fill, NewOrder, OrderInfo
from exchange_clients.errors import (
    ClientConfigError,
    ExchangeError,
    MalformedPayload,
    OrderNotFound,
    OutcomeUnknown,
    UnsupportedFeature,
)
from exchange_clients.events import Unreadable
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.dialects.fapi.converters import (
    ORDER_IDS,
    ROWS,
    SPAN_NS,
    Order,
    Trade,
    listed,
)
from exchange_clients.shared.dialects.fapi.dialect import ORDER_TYPE_WORD, SIDE_WORD, Fapi
from exchange_clients.shared.dialects.fapi.errors import SUCCESS, Refusal
from exchange_clients.shared.encoding import json_of, text_of
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.order_rows import fills_within, oldest_first
from exchange_clients.shared.rows import as_is, read_rows, readable
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

PLACE_MAX, CANCEL_MAX, FILLS_MAX = 5, 10, 1000

_ORDER = msgspec.json.Decoder(Order)


class FapiOrders:
    """Orders of one account, which holds its positions one way."""

    def __init__(self, dialect: Fapi) -> None:
        self._dialect = dialect

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Place; the answer waits for the matching."""
        answer = yield Request(
            Method.POST,
            self._dialect.path("order"),
            self.wording(order),
            scope="place",
            private=True,
            repeatable=False,
            urgent=order.reduce_only,
            entry=self._dialect.entries.get((Method.POST, "order"), ""),
        )
        return _ORDER.decode(answer.body).info()

    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        """Change a resting limit order; price and total size must both be sent.

        Raises:
            UnsupportedFeature: the order names no price, or waits for a trigger.
        """
        wanted = order.price if price is None else price
        if order.order_type.conditional or wanted is None:
            raise UnsupportedFeature(self._dialect.name, "changing an order that is no limit order")
        params = {
            "symbol": order.contract_id,
            "side": SIDE_WORD[order.side] if self._dialect.amend_tells_side else None,
            **_name(order.order_id, order.client_order_id),
            "quantity": text_of(order.size if size is None else size),
            "price": text_of(wanted),
        }
        answer = yield replace(
            self._dialect.ask_privately("order", params, Method.PUT, scope="place"),
            repeatable=False,
        )
        return _ORDER.decode(answer.body).info()

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; an order that has ended is not found."""
        params = {"symbol": order.contract_id, **_name(order.order_id, order.client_order_id)}
        answer = yield self._dialect.ask_privately("order", params, Method.DELETE, urgent=True)
        return _ORDER.decode(answer.body).info()

    def place_many(self, orders: Sequence[NewOrder]) -> Flow[Sequence[OrderInfo | ExchangeError]]:
        """Place up to five, answered in the order of asking."""
        if len(orders) > PLACE_MAX:
            raise ClientConfigError(f"{len(orders)} orders in a batch: at most {PLACE_MAX}")
        batch = json_of([self.wording(order) for order in orders]).decode()
        request = Request(
            Method.POST,
            self._dialect.path("batchOrders"),
            {"batchOrders": batch},
            scope="place_many",
            private=True,
            repeatable=False,
        )
        answer = yield request
        return self._outcomes(request, answer.body, len(orders))

    def cancel_many(self, orders: Sequence[OrderInfo]) -> Flow[Sequence[OrderInfo | ExchangeError]]:
        """Cancel several, ten of a contract by each request, told in the order of asking."""
        outcomes: dict[int, OrderInfo | ExchangeError] = {}
        waiting = list(enumerate(orders))
        while waiting:
            contract_id = waiting[0][1].contract_id
            batch = [each for each in waiting if each[1].contract_id == contract_id][:CANCEL_MAX]
            params = {"symbol": contract_id, **_names([order for _, order in batch])}
            request = self._dialect.ask_privately(
                "batchOrders", params, Method.DELETE, urgent=True, scope="cancel"
            )
            answer = yield replace(request, answers=(ExchangeError,))
            told = (
                [answer.error] * len(batch)
                if answer.error
                else self._outcomes(request, answer.body, len(batch))
            )
            outcomes |= {at: each for (at, _), each in zip(batch, told, strict=True)}
            waiting = [each for each in waiting if each[0] not in outcomes]
        return [outcomes[at] for at in range(len(orders))]

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything of a contract; of the account, contract by contract."""
        contracts = [contract_id] if contract_id else (yield from self._traded())
        for each in contracts:
            yield self._dialect.ask_privately(
                "allOpenOrders", {"symbol": each}, Method.DELETE, urgent=True
            )

    def arm_dead_man(self, seconds: float) -> Flow[None]:
        """Arm the switch of each contract that has an open order now; there is none of the account.

        Armed again and again it covers what was placed meanwhile. A contract whose orders have all
        ended keeps its countdown, which then finds nothing to cancel.
        """
        for each in (yield from self._traded()):
            params = {"symbol": each, "countdownTime": max(0, int(seconds * 1000))}
            yield self._dialect.ask_privately(
                "countdownCancelAll", params, Method.POST, urgent=True
            )

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask for the order itself, which is told while it rests and for days after it ended."""
        params = {"symbol": key.contract_id, **_name(key.order_id, key.client_order_id)}
        answer = yield replace(
            self._dialect.ask_privately("order", params), answers=(OrderNotFound,)
        )
        if answer.error is not None:
            return NotYetKnown("no order is told by its id")
        return Found(_ORDER.decode(answer.body).info())

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return every open order of one contract; the venue does not page them."""
        answer = yield self._dialect.ask_privately("openOrders", {"symbol": contract_id})
        return oldest_first(_orders(answer.body))

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first; then the unreadable.

        Times find the first of them, in steps of a week; from there on they are asked for by
        number, since one millisecond may fill pages.
        """
        since_ns, told = start_ns, list[Fill | Unreadable]()
        if end_ns - start_ns > SPAN_NS:
            oldest = readable((yield from self._trades(contract_id, fromId=1, limit=1)))
            since_ns = max(start_ns, *(fill.venue_ns for fill in oldest)) if oldest else end_ns
        while since_ns < end_ns and not told:
            until_ns = min(since_ns + SPAN_NS, end_ns)
            span = {"startTime": since_ns // MS, "endTime": -(-until_ns // MS)}
            told = yield from self._trades(contract_id, **span, limit=FILLS_MAX)
            since_ns = until_ns
        more = since_ns < end_ns or len(told) == FILLS_MAX
        while told and more:
            last = max(int(fill.trade_id) for fill in told if isinstance(fill, Fill))
            page = yield from self._trades(contract_id, fromId=last + 1, limit=FILLS_MAX)
            told += page
            more = len(page) == FILLS_MAX
        return fills_within(told, start_ns, end_ns)

    def wording(self, order: NewOrder) -> dict[str, object]:
        """Return an order as it is sent; what has its default is left out.

        In hedge mode its two sides say whether it reduces.
        """
        words: dict[str, object] = {
            "symbol": order.contract_id,
            "side": SIDE_WORD[order.side],
            "type": ORDER_TYPE_WORD[order.order_type],
            "quantity": text_of(order.size),
        }
        if order.order_type.priced:
            assert order.price is not None, "only the market types name no price"
            words |= {"price": text_of(order.price), "timeInForce": order.time_in_force.upper()}
        if order.trailing_fraction is not None:
            words["callbackRate"] = text_of((order.trailing_fraction * 100).normalize())
            words["activationPrice"] = order.trigger_price
        elif order.trigger_price is not None:
            words["stopPrice"] = text_of(order.trigger_price)
        if order.order_type.conditional:
            words["workingType"] = "MARK_PRICE"
        if order.position_side is not None:
            words["positionSide"] = order.position_side.upper()
        elif order.reduce_only:
            words["reduceOnly"] = "true"
        return words | {"newClientOrderId": order.client_order_id, "newOrderRespType": "RESULT"}

    def _trades(self, contract_id: ContractId, **which: int) -> Flow[list[Fill | Unreadable]]:
        params = {"symbol": contract_id, **which}
        answer = yield self._dialect.ask_privately("userTrades", params)
        return read_rows(listed(answer.body), Trade, Trade.fill, ("orderId",))

    def _traded(self) -> Flow[Sequence[ContractId]]:
        """Return the contracts that have open orders."""
        answer = yield self._dialect.ask_privately("openOrders", {}, scope="openOrders/all")
        return list(dict.fromkeys(row.contract_id for row in readable(_orders(answer.body))))

    def _outcomes(
        self, request: Request, body: bytes, count: int
    ) -> Sequence[OrderInfo | ExchangeError]:
        """Return what became of each order of a batch: a row is an order or a refusal."""
        rows = ROWS.decode(body)
        if len(rows) != count:
            raise MalformedPayload(f"{count} orders were answered by {len(rows)}")
        refusals = read_rows(rows, Refusal, as_is)
        return [
            self._dialect.errors.of(refusal, request)
            if isinstance(refusal, Refusal) and int(refusal.code) != SUCCESS
            else OutcomeUnknown(info.reason)
            if isinstance(info, Unreadable)
            else info
            for refusal, info in zip(refusals, _orders(body), strict=True)
        ]


def _name(order_id: str | None, client_order_id: str | None) -> dict[str, object]:
    return {"orderId": order_id} if order_id else {"origClientOrderId": client_order_id}


def _names(orders: Sequence[OrderInfo]) -> dict[str, object]:
    """Name orders by the venue's ids, or all by ours where one has none of the venue's."""
    if all(order.order_id for order in orders):
        return {"orderIdList": f"[{','.join(order.order_id for order in orders)}]"}
    return {"origClientOrderIdList": json_of([order.client_order_id for order in orders]).decode()}


def _orders(body: bytes) -> Rows:
    return read_rows(listed(body), Order, Order.info, ORDER_IDS)
