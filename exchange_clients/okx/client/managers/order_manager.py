"""Orders and fills, as OKX words them. Conditional orders are of another kind, with other names."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import msgspec

from exchange_clients import errors
from exchange_clients.base_models import (
    ContractId,
    NewOrder,
    OrderInfo,
    OrderType,
    VenueOrderId,
)
from exchange_clients.okx.client.utils import converters
from exchange_clients.okx.client.utils.converters import (
    ALGO,
    BY_ALGO,
    BY_BILL,
    BY_ORDER,
    FILL_IDS,
    MARKET_PRICE,
    ORDER_IDS,
    TRAILING_WORD,
    Algo,
    Listed,
    Named,
    Order,
    pages,
)
from exchange_clients.okx.common import (
    CROSS,
    NAME,
    ORDER_WORD,
    POSITION_WORD,
    SIDE_WORD,
    SWAP,
    ask,
    contract_size,
    tell,
)
from exchange_clients.shared.client.gateway import Found, Lookup
from exchange_clients.shared.encoding import text_of
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import (
    OVERLAP_NS,
    acknowledged,
    fills_within,
    found_among,
    in_no_list,
    looked_for_since,
    oldest_first,
)
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

ALGO_WORDS = ("trigger", TRAILING_WORD)
"""The kinds of conditional orders that are placed here; each is listed by itself."""
TRIGGERED_BY = "mark"
"""The price that stops and exits wait for; the venue's own choice would be the last one traded."""

_NAMED = msgspec.json.Decoder(Listed[Named])
_ALGOS = msgspec.json.Decoder(Listed[Algo])


class OkxOrders:
    """Orders of one account, in net or in long/short mode."""

    def __init__(self, table: MarketTable) -> None:
        self._table = table

    def place(self, order: NewOrder) -> Flow[OrderInfo]:
        """Place; that it is taken says nothing of its verdict, which comes by the stream."""
        conditional = order.order_type.conditional
        path = "trade/order-algo" if conditional else "trade/order"
        answer = yield tell(
            path,
            "algo" if conditional else "create",
            self._algo_wording(order) if conditional else self._wording(order),
            instrument=order.contract_id,
            repeatable=False,
            urgent=order.reduce_only,
        )
        (named,) = _NAMED.decode(answer.body).data
        if not (named.algo_id if conditional else named.ord_id):
            raise errors.MalformedPayload(f"{path} names no order: {answer.body!r}")
        name = ALGO + named.algo_id if conditional else named.ord_id
        return acknowledged(order, VenueOrderId(name))

    def cancel(self, order: OrderInfo) -> Flow[OrderInfo]:
        """Cancel; the answer only acknowledges."""
        contract_id, order_id = order.contract_id, order.order_id
        waits = order.order_type.conditional and (not order_id or order_id.startswith(ALGO))
        key = ("algoId", "algoClOrdId") if waits else ("ordId", "clOrdId")
        named: dict[str, object] = {"instId": contract_id}
        if order_id:
            named[key[0]] = order_id.removeprefix(ALGO)
        else:
            named[key[1]] = order.client_order_id
        if waits:
            yield tell("trade/cancel-algos", "algo", [named], instrument=contract_id, urgent=True)
        else:
            yield tell("trade/cancel-order", "cancel", named, instrument=contract_id, urgent=True)
        return order

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything of a contract, or of the account: what is open is listed first."""
        rows = yield from self._pending(contract_id)
        for order in rows:
            if isinstance(order, OrderInfo):
                yield from self.cancel(order)

    def arm_dead_man(self, seconds: float) -> Flow[None]:
        """Arm the switch; it takes 10 to 120 seconds, 0 disarms it."""
        within = 0 if seconds <= 0 else min(max(10, int(seconds)), 120)
        yield tell("trade/cancel-all-after", "switch", {"timeOut": str(within)}, urgent=True)

    def amend(
        self, order: OrderInfo, *, price: Decimal | None, size: Decimal | None
    ) -> Flow[OrderInfo]:
        """Change price or total size; what came of it is told by the stream."""
        if order.order_id.startswith(ALGO):
            raise errors.VenueRejected(f"conditional order {order.order_id} cannot be amended")
        changed: dict[str, object] = {"instId": order.contract_id, "ordId": order.order_id}
        if price is not None:
            changed["newPx"] = text_of(price)
        if size is not None:
            changed["newSz"] = self._contracts(order.contract_id, size)
        contract_id = order.contract_id
        yield tell("trade/amend-order", "amend", changed, instrument=contract_id, repeatable=False)
        return order

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask for the order, for a conditional one of that name, then look through the history."""
        order_id = key.order_id or ""
        if not order_id.startswith(ALGO):
            found = yield from self._order(key, key.order_id)
            if found is not None:
                return found
        if not order_id or order_id.startswith(ALGO):
            found = yield from self._algo(key)
            if found is not None:
                return found
        since_ms, until_ns = looked_for_since(key) // MS, now_ns + OVERLAP_NS
        request = ask("trade/orders-history", "history", instType=SWAP, instId=key.contract_id,
                      begin=since_ms)  # fmt: skip
        ended = read_rows((yield from pages(request, BY_ORDER)), Order, self._info, ORDER_IDS)
        found = found_among(key, ended)
        if found is not None:
            return found
        return in_no_list(key, (yield from self.fills(key.contract_id, since_ms * MS, until_ns)))

    def active(self, contract_id: ContractId) -> Flow[Rows]:
        """Return open orders of one contract, conditional ones too, oldest first."""
        return (yield from self._pending(contract_id))

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first: of three days, and of three months."""
        rows: list[msgspec.Raw] = []
        for path, scope in (("trade/fills", "pending"), ("trade/fills-history", "account")):
            request = ask(
                path, scope, instType=SWAP, instId=contract_id,
                begin=start_ns // MS, end=-(-end_ns // MS),
            )  # fmt: skip
            rows += yield from pages(request, BY_BILL)
        read = read_rows(rows, converters.Fill, lambda row: row.fill(self._table), FILL_IDS)
        return fills_within(read, start_ns, end_ns)

    # Inside ---------------------------------------------------------------------------------------

    def _order(self, key: OrderKey, order_id: str | None) -> Flow[Found | None]:
        request = ask(
            "trade/order", "order", errors.OrderNotFound,
            instrument=key.contract_id, instId=key.contract_id, ordId=order_id or None,
            clOrdId=None if order_id else key.client_order_id,
        )  # fmt: skip
        answer = yield request
        if answer.error is not None:
            return None
        (order,) = msgspec.json.decode(answer.body, type=Listed[Order]).data
        return Found(replace(self._info(order), client_order_id=key.client_order_id))

    def _algo(self, key: OrderKey) -> Flow[Found | None]:
        """Return a conditional order, or the order that it set off."""
        request = ask(
            "trade/order-algo", "algo", errors.OrderNotFound, algoClOrdId=key.client_order_id
        )
        answer = yield request
        if answer.error is not None:
            return None
        (algo,) = _ALGOS.decode(answer.body).data
        if algo.child:
            return (yield from self._order(key, algo.child))
        return Found(algo.info(self._table))

    def _pending(self, contract_id: ContractId | None) -> Flow[Rows]:
        request = ask("trade/orders-pending", "pending", instType=SWAP, instId=contract_id)
        rows = yield from pages(request, BY_ORDER)
        found = read_rows(rows, Order, self._info, ORDER_IDS)
        for word in ALGO_WORDS:
            request = ask(
                "trade/orders-algo-pending", "algo",
                ordType=word, instType=SWAP, instId=contract_id,
            )  # fmt: skip
            rows = yield from pages(request, BY_ALGO)
            found += read_rows(rows, Algo, lambda row: row.info(self._table), ORDER_IDS)
        return oldest_first(found)

    def _info(self, row: Order) -> OrderInfo:
        return row.info(self._table)

    def _contracts(self, contract_id: ContractId, size: Decimal) -> str:
        return text_of((size / contract_size(self._table, contract_id)).normalize())

    def _wording(self, order: NewOrder) -> dict[str, object]:
        market = order.order_type is OrderType.MARKET
        words = {
            **self._common(order),
            "ordType": "market" if market else ORDER_WORD[order.time_in_force],
            "clOrdId": order.client_order_id,
        }
        if order.price is not None and not market:
            words["px"] = text_of(order.price)
        exits = _exits(order)
        return {**words, "attachAlgoOrds": [exits]} if exits else words

    def _algo_wording(self, order: NewOrder) -> dict[str, object]:
        if _exits(order):
            raise errors.UnsupportedFeature(NAME, "exits of a conditional order")
        words = {**self._common(order), "algoClOrdId": order.client_order_id}
        if order.order_type is OrderType.TRAILING_STOP:
            assert order.trailing_fraction is not None, "a trailing stop has a fraction"
            words |= {"ordType": TRAILING_WORD, "callbackRatio": text_of(order.trailing_fraction)}
            active = order.trigger_price
            return words if active is None else {**words, "activePx": text_of(active)}
        assert order.trigger_price is not None, "a conditional order has a trigger"
        market = not order.order_type.priced or order.price is None
        return {
            **words,
            "ordType": "trigger",
            "triggerPx": text_of(order.trigger_price),
            "triggerPxType": TRIGGERED_BY,
            "orderPx": MARKET_PRICE if market else text_of(order.price),
        }

    def _common(self, order: NewOrder) -> dict[str, object]:
        words: dict[str, object] = {
            "instId": order.contract_id,
            "tdMode": CROSS,
            "side": SIDE_WORD[order.side],
            "posSide": POSITION_WORD[order.position_side],
            "sz": self._contracts(order.contract_id, order.size),
        }
        # In long/short mode direction and position say whether an order reduces.
        reduces = order.reduce_only and order.position_side is None
        return {**words, "reduceOnly": True} if reduces else words


def _exits(order: NewOrder) -> dict[str, str]:
    words: dict[str, str] = {}
    for exit_, trigger in (("tp", order.take_profit_price), ("sl", order.stop_loss_price)):
        if trigger is not None:
            words |= {
                f"{exit_}TriggerPx": text_of(trigger),
                f"{exit_}TriggerPxType": TRIGGERED_BY,
                f"{exit_}OrdPx": MARKET_PRICE,
            }
    return words
