"""Orders of Binance: the dialect's, and beside them those that wait for a trigger.

    POST /fapi/v1/order      LIMIT, MARKET
    POST /fapi/v1/algoOrder  STOP[_MARKET], TAKE_PROFIT[_MARKET], TRAILING_STOP_MARKET

A waiting order is in its own list until it fires. Then it sets off an order with another number,
which is in the usual lists and which is the one to cancel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import ContractId, NewOrder, OrderInfo
from exchange_clients.binance.client.utils.converters import ALGO_IDS, Algo
from exchange_clients.binance.common import ALGO
from exchange_clients.errors import (
    ExchangeError,
    OrderNotFound,
    OutcomeUnknown,
    UnsupportedFeature,
)
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.dialects.fapi.converters import listed
from exchange_clients.shared.dialects.fapi.order_manager import FapiOrders
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.order_rows import oldest_first
from exchange_clients.shared.rows import read_rows, readable
from exchange_clients.shared.venue import OrderKey, Rows

ALGO_NAMES = MappingProxyType(
    {
        "stopPrice": "triggerPrice",
        "activationPrice": "activatePrice",
        "newClientOrderId": "clientAlgoId",
    }
)
"""What a waiting order's fields are called; the others have the dialect's names."""

_ALGO = msgspec.json.Decoder(Algo)


class BinanceOrders(FapiOrders):
    """Orders of one account, in one-way or in hedge mode."""

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Place; the answer waits for the matching, or says that the order waits."""
        if not order.order_type.conditional:
            return (yield from super().place(order))
        words = {ALGO_NAMES.get(name, name): word for name, word in self.wording(order).items()}
        answer = yield Request(
            Method.POST,
            self._dialect.path("algoOrder"),
            {"algoType": "CONDITIONAL", **words},
            scope="place",
            private=True,
            repeatable=False,
            urgent=order.reduce_only,
            entry=self._dialect.entries[Method.POST, "algoOrder"],
        )
        return _ALGO.decode(answer.body).info()

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; that a waiting order is cancelled is only acknowledged."""
        if not _waits(order):
            return (yield from super().cancel(order))
        yield self._ending(order)
        return order

    def place_many(self, orders: Sequence[NewOrder]) -> Flow[Sequence[OrderInfo | ExchangeError]]:
        """Place up to five, answered in the order of asking.

        Raises:
            UnsupportedFeature: one of them waits for a trigger.
        """
        if any(order.order_type.conditional for order in orders):
            raise UnsupportedFeature(self._dialect.name, "conditional orders in a batch")
        return (yield from super().place_many(orders))

    def cancel_many(self, orders: Sequence[OrderInfo]) -> Flow[Sequence[OrderInfo | ExchangeError]]:
        """Cancel several, told in the order of asking; those that wait one by one."""
        plain = yield from super().cancel_many([each for each in orders if not _waits(each)])
        told, outcomes = iter(plain), list[OrderInfo | ExchangeError]()
        for order in orders:
            if _waits(order):
                answer = yield replace(self._ending(order), answers=(ExchangeError,))
                outcomes.append(answer.error or order)
            else:
                outcomes.append(next(told))
        return outcomes

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything of a contract, or of the account; the two lists are emptied apart."""
        contracts = [contract_id] if contract_id else (yield from self._traded())
        for each in contracts:
            yield from super().cancel_all(each)
            yield self._dialect.ask_privately(
                "algoOpenOrders", {"symbol": each}, Method.DELETE, urgent=True
            )

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask for the order, and for a waiting one of that name, and for what that set off."""
        waiting = (key.order_id or "").startswith(ALGO)
        if not waiting:
            found = yield from super().find(key, now_ns)
            if key.order_id or isinstance(found, Found):
                return _named(found, key)
        name: dict[str, object] = {"clientAlgoId": key.client_order_id}
        if waiting:
            name = {"algoId": (key.order_id or "").removeprefix(ALGO)}
        request = self._dialect.ask_privately("algoOrder", name)
        answer = yield replace(request, answers=(OrderNotFound,))
        if answer.error is not None:
            return NotYetKnown("no order is told by its name, waiting or not")
        algo = _ALGO.decode(answer.body)
        return (yield from self._set_off(algo, key, now_ns)) if algo.child else Found(algo.info())

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return every open order of one contract, waiting ones too, oldest first."""
        plain = yield from super().active(contract_id)
        waiting = yield from self._waiting({"symbol": contract_id}, "openAlgoOrders")
        return oldest_first([*plain, *waiting])

    # Inside ---------------------------------------------------------------------------------------

    def _set_off(self, algo: Algo, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Return the order that a waiting one has set off.

        Raises:
            OutcomeUnknown: it has ended, and the venue no longer shows how.
        """
        info = algo.info()
        child = yield from super().find(replace(key, order_id=info.order_id), now_ns)
        if isinstance(child, Found):
            return _named(child, key)
        if algo.algo_status == "FINISHED":
            raise OutcomeUnknown(f"order {info.order_id} has ended, how is not shown")
        return Found(info)

    def _waiting(self, params: dict[str, object], scope: str) -> Flow[Rows]:
        """Return orders that wait; one that has set an order off tells of itself by that."""
        answer = yield self._dialect.ask_privately("openAlgoOrders", params, scope=scope)
        rows = read_rows(listed(answer.body), Algo, Algo.info, ALGO_IDS)
        return [row for row in rows if not isinstance(row, OrderInfo) or _waits(row)]

    def _traded(self) -> Flow[Sequence[ContractId]]:
        """Return the contracts that have open orders, of either list."""
        plain = yield from super()._traded()
        waiting = yield from self._waiting({}, "openOrders/all")
        return list(dict.fromkeys([*plain, *(row.contract_id for row in readable(waiting))]))

    def _ending(self, order: OrderInfo) -> Request:
        """Return the request that cancels an order that waits."""
        number = order.order_id.removeprefix(ALGO)
        name = {"algoId": number} if number else {"clientAlgoId": order.client_order_id}
        return self._dialect.ask_privately("algoOrder", name, Method.DELETE, urgent=True)


def _waits(order: OrderInfo) -> bool:
    """Say whether an order is in the list of those that wait, as far as is known."""
    return order.order_id.startswith(ALGO) or (not order.order_id and order.order_type.conditional)


def _named(found: Lookup, key: OrderKey) -> Lookup:
    """Give an order our name: one that was set off may have another at the venue."""
    if not isinstance(found, Found):
        return found
    return Found(replace(found.info, client_order_id=key.client_order_id))
