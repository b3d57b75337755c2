"""Orders, as Paradex words them.

The answer to a placement or a change is a receipt: the risk check comes after it, and its verdict
by the stream, or by asking. A cancel is queued in the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import msgspec

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Feature,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderType,
    Side,
    TimeInForce,
    VenueOrderId,
)
from exchange_clients.errors import (
    ClientConfigError,
    ExchangeError,
    OrderNotFound,
    OutcomeUnknown,
    UnsupportedFeature,
)
from exchange_clients.events import Unreadable, VoidedFill
from exchange_clients.paradex.client.utils.converters import (
    FILL_IDS,
    ORDER_IDS,
    PAGE,
    Bust,
    Order,
    OwnFill,
    pages,
)
from exchange_clients.paradex.client.utils.errors import TABLE, Refusal
from exchange_clients.paradex.client.utils.signing import BatchIntent, OrderIntent
from exchange_clients.paradex.common import NAME, ORDER, ORDER_TYPE, SIDE, SIDE_WORD, get
from exchange_clients.shared.client.gateway import Found, Lookup
from exchange_clients.shared.flow import Flow, Method, Request
from exchange_clients.shared.instants import MS
from exchange_clients.shared.order_rows import (
    fills_within,
    oldest_first,
    refuse_absent,
    told_by_the_past,
)
from exchange_clients.shared.rows import as_is, read_rows, told_apart
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

ORDERS, BATCH = "/v1/orders", "/v1/orders/batch"
BATCH_MAX = 10
RECV_WINDOW_MS = 5000
"""How long after its signing an order may still be admitted. The venue's usual five minutes would
let an order come to life long after it was given up for lost."""
INSTRUCTION = MappingProxyType(
    {TimeInForce.GTC: "GTC", TimeInForce.IOC: "IOC", TimeInForce.GTX: "POST_ONLY"}
)
KIND = MappingProxyType(
    {
        (kind, reduce_only): word
        for word, kind in ORDER_TYPE.items()
        for reduce_only in (False, True)
        # A stop that reduces is a stop-loss; the venue has take-profits only for positions.
        if reduce_only or not word.startswith("TAKE_PROFIT")
        if reduce_only == word.startswith("STOP_LOSS") or not word.startswith("STOP")
    }
)
"""The venue's word of an order's type, by whether it reduces."""
ENDED = MappingProxyType({"ALREADY_CLOSED": "ORDER_IS_CLOSED", "NOT_FOUND": "ORDER_ID_NOT_FOUND"})
"""What a batch of cancels says of an order that it did not queue, as single cancels say it."""

_ORDER = msgspec.json.Decoder(Order)


class _Placed(msgspec.Struct):
    orders: list[msgspec.Raw]
    errors: list[Refusal] = []


class _Sided(msgspec.Struct):
    id: VenueOrderId
    side: str


class _Canceled(msgspec.Struct):
    status: str
    id: str = ""
    client_id: str = ""


class _Cancels(msgspec.Struct):
    results: list[_Canceled]


class ParadexOrders:
    """Orders of one account."""

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Place; a trailing stop, a fill-or-kill and a take-profit that opens do not exist here."""
        answer = yield Request(
            Method.POST,
            ORDERS,
            scope=ORDER,
            private=True,
            intent=intent_of(order),
            repeatable=False,
            urgent=order.reduce_only,
        )
        return _ORDER.decode(answer.body).info()

    def place_many(self, orders: Sequence[NewOrder]) -> Flow[Sequence[OrderInfo | ExchangeError]]:
        """Place up to ten; refusals name no order, so that what is missing is what was refused."""
        if len(orders) > BATCH_MAX:
            raise ClientConfigError(f"{len(orders)} orders in a batch: at most {BATCH_MAX}")
        request = Request(
            Method.POST,
            BATCH,
            scope=ORDER,
            private=True,
            intent=BatchIntent(tuple(intent_of(order) for order in orders)),
            repeatable=False,
        )
        answer = yield request
        placed = msgspec.json.decode(answer.body, type=_Placed)
        infos = read_rows(placed.orders, Order, Order.info)
        told = {info.client_order_id: info for info in infos if isinstance(info, OrderInfo)}
        missing = sum(order.client_order_id not in told for order in orders)
        # Whether refusals stand in the order of asking is unconfirmed: another's reason may be
        # told, but as many as are missing were refused.
        refusals = iter(
            [TABLE.error(each.error, each.message, request) for each in placed.errors]
            if len(placed.errors) == missing
            else [OutcomeUnknown("the answer to the batch does not tell")] * missing
        )
        return [told.get(order.client_order_id) or next(refusals) for order in orders]

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; the answer says only that it was queued."""
        path, params = f"{ORDERS}/{order.order_id}", {}
        if not order.order_id:
            path = f"{ORDERS}/by_client_id/{order.client_order_id}"
            params = {"market": order.contract_id}
        yield Request(Method.DELETE, path, params, scope=ORDER, private=True, urgent=True)
        return order

    def cancel_many(self, orders: Sequence[OrderInfo]) -> Flow[Sequence[OrderInfo | ExchangeError]]:
        """Cancel several at once."""
        body = {
            "order_ids": [each.order_id for each in orders if each.order_id],
            "client_order_ids": [each.client_order_id for each in orders if not each.order_id],
        }
        request = Request(Method.DELETE, BATCH, body=body, scope=ORDER, private=True, urgent=True)
        answer = yield request
        rows = msgspec.json.decode(answer.body, type=_Cancels).results
        told = {name: row.status for row in rows for name in (row.id, row.client_id) if name}
        return [
            _canceled(each, told.get(each.order_id or each.client_order_id or "", ""), request)
            for each in orders
        ]

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel what is open, of one market or of the account."""
        params = {"market": contract_id}
        yield Request(Method.DELETE, ORDERS, params, scope=ORDER, private=True, urgent=True)

    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        """Change a resting order; the size is the total, what has filled included (unconfirmed).

        Raises:
            UnsupportedFeature: it is no limit order; a trigger would have to be said again.
        """
        wanted = order.price if price is None else price
        if order.order_type is not OrderType.LIMIT or wanted is None:
            raise UnsupportedFeature(NAME, "changing an order that is no limit order")
        answer = yield Request(
            Method.PUT,
            f"{ORDERS}/{order.order_id}",
            scope=ORDER,
            private=True,
            intent=OrderIntent(
                market=order.contract_id,
                side=SIDE_WORD[order.side],
                kind="LIMIT",
                size=order.size if size is None else size,
                price=wanted,
                body={"id": order.order_id},
                order_id=order.order_id,
            ),
            repeatable=False,
        )
        return _ORDER.decode(answer.body).info()

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask for the order by each name, then look through the history and the fills.

        By our name only an open order is found, by the venue's one that is queued as well.
        """
        names = [f"by_client_id/{key.client_order_id}"]
        names += [key.order_id] if key.order_id else []
        for name in names:
            answer = yield get(f"orders/{name}", OrderNotFound, private=True)
            if answer.error is None:
                return Found(_ORDER.decode(answer.body).info())
        history = get(
            "orders-history",
            private=True,
            client_id=key.client_order_id,
            market=key.contract_id,
            page_size=PAGE,
        )
        ended = read_rows((yield from pages(history)), Order, Order.info, ORDER_IDS)
        return (yield from told_by_the_past(key, ended, self.fills, now_ns))

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return open orders of one market, oldest first."""
        found = yield from pages(get("orders", private=True, market=contract_id))
        rows = read_rows(found, Order, Order.info, ORDER_IDS)
        return oldest_first(rows)

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first, each with the side of its order."""
        request = get(
            "fills",
            private=True,
            market=contract_id,
            start_at=start_ns // MS,
            end_at=-(-end_ns // MS),
            page_size=PAGE,
        )
        rows = read_rows((yield from pages(request)), OwnFill, OwnFill.fill, FILL_IDS)
        within = fills_within(rows, start_ns, end_ns, numbered=False)
        made = {row.order_id for row in told_apart(within)[0] if row.liquidity is Liquidity.MAKER}
        sides = (yield from _sides(contract_id, made)) if made else {}
        return [row if isinstance(row, Unreadable) else _sided(row, sides) for row in within]

    def voided(self, start_ns: int, end_ns: int) -> Flow[Sequence[VoidedFill | Unreadable]]:
        """Return which fills did not settle on the chain; those of all markets are listed."""
        request = get(
            "tradebusts",
            private=True,
            start_at=start_ns // MS,
            end_at=-(-end_ns // MS),
            page_size=PAGE,
        )
        return read_rows((yield from pages(request)), Bust, Bust.event)


def intent_of(order: NewOrder) -> OrderIntent:
    """Return an order as it is signed and sent.

    Raises:
        UnsupportedFeature: the venue has no such order.
    """
    refuse_absent(order, NAME, Feature.TRAILING_STOP, Feature.HEDGE_MODE, Feature.ATTACHED_EXITS)
    if order.time_in_force is TimeInForce.FOK:
        raise UnsupportedFeature(NAME, "fill or kill")
    kind = KIND.get((order.order_type, order.reduce_only))
    if kind is None:
        raise UnsupportedFeature(NAME, "a take-profit that is not reduce-only")
    market = not order.order_type.priced
    body: dict[str, object] = {
        "instruction": "GTC" if market else INSTRUCTION[order.time_in_force],
        "client_id": order.client_order_id,
        "recv_window": RECV_WINDOW_MS,
    }
    if order.reduce_only:
        body["flags"] = ["REDUCE_ONLY"]
    if order.trigger_price is not None:
        body["trigger_price"] = format(order.trigger_price, "f")
    return OrderIntent(
        market=order.contract_id,
        side=SIDE_WORD[order.side],
        kind=kind,
        size=order.size,
        price=ZERO if market or order.price is None else order.price,
        body=body,
    )


def _sides(
    contract_id: ContractId, names: AbstractSet[VenueOrderId]
) -> Flow[Mapping[VenueOrderId, Side]]:
    """Return the sides of orders: of the open ones, and back through the history."""
    found = yield from pages(get("orders", private=True, market=contract_id))
    if not names <= _told(found).keys():
        history = get("orders-history", private=True, market=contract_id, page_size=PAGE)
        found += yield from pages(history, lambda rows: names <= _told([*found, *rows]).keys())
    return _told(found)


def _told(rows: Sequence[msgspec.Raw]) -> dict[VenueOrderId, Side]:
    told, _ = told_apart(read_rows(rows, _Sided, as_is))
    return {row.id: SIDE[row.side] for row in told if row.side in SIDE}


def _sided(fill: Fill, sides: Mapping[VenueOrderId, Side]) -> Fill | Unreadable:
    """Return a fill with its order's side: of a maker's, the taker's is documented to be told."""
    if fill.liquidity is Liquidity.TAKER:
        return fill
    side = sides.get(fill.order_id)
    if side is None:
        ids = (fill.order_id, fill.client_order_id or "")
        return Unreadable(ids, "the side of its order is not told")
    return replace(fill, side=side)


def _canceled(order: OrderInfo, status: str, request: Request) -> OrderInfo | ExchangeError:
    if status == "QUEUED_FOR_CANCELLATION":
        return order
    if status not in ENDED:
        return OutcomeUnknown(f"the answer to a cancel says {status!r}")
    return TABLE.error(ENDED[status], status, request)
