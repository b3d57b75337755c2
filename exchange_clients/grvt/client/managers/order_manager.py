"""Orders, as GRVT words them.

The answer to a creation is a receipt, PENDING without an id; the verdict comes by the stream, or by
asking. There is no change in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import (
    ContractId,
    Feature,
    NewOrder,
    OrderInfo,
    OrderType,
    Side,
    TimeInForce,
)
from exchange_clients.errors import OrderNotFound
from exchange_clients.grvt.client.utils.converters import (
    Order,
    OwnFill,
    Page,
    pages,
    wire_id,
)
from exchange_clients.grvt.client.utils.signing import OrderIntent
from exchange_clients.grvt.common import NAME, TRADES, call, market_filter
from exchange_clients.shared.client.gateway import Found, Lookup, NotYetKnown
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import (
    OVERLAP_NS,
    fills_asked_for,
    found_among,
    looked_for_since,
    oldest_first,
    refuse_absent,
)
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

TIME_IN_FORCE = MappingProxyType(
    {
        TimeInForce.GTC: "GOOD_TILL_TIME",
        TimeInForce.GTX: "GOOD_TILL_TIME",
        TimeInForce.IOC: "IMMEDIATE_OR_CANCEL",
        TimeInForce.FOK: "FILL_OR_KILL",
    }
)
_TRIGGER = MappingProxyType(
    {
        OrderType.STOP: "STOP_LOSS",
        OrderType.STOP_MARKET: "STOP_LOSS",
        OrderType.TAKE_PROFIT: "TAKE_PROFIT",
        OrderType.TAKE_PROFIT_MARKET: "TAKE_PROFIT",
    }
)
CANCEL_WAITS_MS = "100"
"""How long a cancel that overtakes its order waits for it at the venue."""
LIMIT = 1000

_ORDER = msgspec.json.Decoder(Page[Order])


class GrvtOrders:
    """Orders of one sub account."""

    def __init__(self, table: MarketTable, account_id: str) -> None:
        self._table = table
        self._account = account_id

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Create; a trailing stop does not exist here."""
        answer = yield Request(
            Method.POST,
            "/full/v1/create_order",
            service=TRADES,
            scope="create",
            private=True,
            intent=self._intent(order),
            repeatable=False,
            urgent=order.reduce_only,
        )
        return _ORDER.decode(answer.body).result.info()

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; the answer says only that it was received."""
        yield call(
            TRADES,
            "cancel_order",
            {**self._named(order), "time_to_live_ms": CANCEL_WAITS_MS},
            "create",
            private=True,
            urgent=True,
        )
        return order

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel what is open; an order that is still on its way may be missed."""
        narrowed = {} if contract_id is None else market_filter(contract_id)
        yield self._ask("cancel_all_orders", narrowed, "cancel_all", urgent=True)

    def arm_dead_man(self, seconds: float) -> Flow[None]:
        """Arm the switch; below two seconds the venue would take it for "off"."""
        countdown_ms = 0 if seconds <= 0 else max(2000, int(seconds * 1000))
        yield self._ask(
            "cancel_on_disconnect", {"countdown_time": str(countdown_ms)}, "cancel_all", urgent=True
        )

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask for the order itself, then look through the history since it was placed."""
        wanted = wire_id(key.client_order_id)
        request = self._ask("order", {"client_order_id": wanted}, "query", OrderNotFound)
        answer = yield request
        if answer.error is None:
            return Found(_ORDER.decode(answer.body).result.info())
        history = yield from self._pages(
            "order_history", key.contract_id, looked_for_since(key), now_ns + OVERLAP_NS
        )
        ended = read_rows(history, Order, Order.info)  # our id stands too deep to name a row by
        return found_among(key, ended) or NotYetKnown("no order of the history carries the id")

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return open orders of one market, oldest first."""
        answer = yield self._ask("open_orders", market_filter(contract_id), "query")
        rows = msgspec.json.decode(answer.body, type=Page[list[msgspec.Raw]]).result
        orders = read_rows(rows, Order, Order.info, ("order_id",))
        ours = [
            row
            for row in orders
            if not isinstance(row, OrderInfo) or row.contract_id == contract_id
        ]
        return oldest_first(ours)

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first."""
        rows = yield from self._pages("fill_history", contract_id, start_ns, end_ns)
        fills = read_rows(rows, OwnFill, OwnFill.fill, ("order_id", "client_order_id"))
        return fills_asked_for(fills, contract_id, start_ns, end_ns)

    def _pages(
        self, name: str, contract_id: ContractId, start_ns: int, end_ns: int
    ) -> Flow[Sequence[msgspec.Raw]]:
        body = {
            **market_filter(contract_id),
            "start_time": str(max(start_ns, 0)),
            "end_time": str(end_ns),
            "limit": LIMIT,
        }
        return (
            yield from pages(
                lambda cursor: self._ask(name, {**body, "cursor": cursor}, "query"),
                Page[list[msgspec.Raw]],
            )
        )

    def _ask(
        self,
        name: str,
        body: dict[str, object],
        scope: str,
        *answers: type[OrderNotFound],
        urgent: bool = False,
    ) -> Request:
        return Request(
            Method.POST,
            f"/full/v1/{name}",
            body={"sub_account_id": self._account, **body},
            service=TRADES,
            scope=scope,
            private=True,
            urgent=urgent,
            answers=answers,
        )

    def _named(self, order: OrderInfo) -> dict[str, object]:
        """Name an order by our id, which cancels it even before it is admitted."""
        if order.client_order_id is None:
            return {"sub_account_id": self._account, "order_id": order.order_id}
        return {
            "sub_account_id": self._account,
            "client_order_id": wire_id(order.client_order_id),
        }

    def _intent(self, order: NewOrder) -> OrderIntent:
        refuse_absent(order, NAME, Feature.TRAILING_STOP)
        details = self._table.of_contract(order.contract_id).details
        asset_id, base_scale = details["asset_id"], details["base_scale"]
        market = not order.order_type.priced
        word = "IMMEDIATE_OR_CANCEL" if market else TIME_IN_FORCE[order.time_in_force]
        return OrderIntent(
            instrument=order.contract_id,
            asset_id=asset_id,  # type: ignore[arg-type]  # as ``market_data`` put it there
            base_scale=base_scale,  # type: ignore[arg-type]  # as ``market_data`` put it there
            size=order.size,
            price=None if market else order.price,
            buying=order.side is Side.BUY,
            time_in_force=word,
            post_only=order.post_only,
            reduce_only=order.reduce_only,
            client_order_id=wire_id(order.client_order_id),
            trigger=_trigger(order),
        )


def _trigger(order: NewOrder) -> dict[str, object] | None:
    kind = _TRIGGER.get(order.order_type)
    if kind is None or order.trigger_price is None:
        return None
    return {
        "trigger_type": kind,
        "tpsl": {
            "trigger_by": "MARK",
            "trigger_price": format(order.trigger_price, "f"),
            "close_position": False,
        },
    }
