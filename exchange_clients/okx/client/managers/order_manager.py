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
    archived,
    listed,
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
from exchange_clients.shared.encoding import present, text_of
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.instants import MS
from exchange_clients.shared.market_table import MarketTable
from exchange_clients.shared.order_rows import (
    acknowledged,
    fills_within,
    looked_for_since,
    oldest_first,
    told_by_the_past,
)
from exchange_clients.shared.rows import read_rows
from exchange_clients.shared.venue import FillRows, OrderKey, Rows

ALGO_WORDS = ("trigger", TRAILING_WORD)
"""The kinds of conditional orders that are placed here; each is listed by itself."""
TRIGGERED_BY = "mark"
"""The price that stops and exits wait for; the venue's own choice would be the last one traded."""

ORDER_CANCEL = ("trade/cancel-order", "cancel", "ordId", "clOrdId")
ALGO_CANCEL = ("trade/cancel-algos", "algo", "algoId", "algoClOrdId")
"""Path, scope, and by which names an order is told of: the venue's, or ours."""

_NAMED = msgspec.json.Decoder(Listed[Named])


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
        path, scope, *key = ALGO_CANCEL if waits else ORDER_CANCEL
        name = order_id.removeprefix(ALGO) if order_id else order.client_order_id
        named: dict[str, object] = {"instId": contract_id, key[0 if order_id else 1]: name}
        yield tell(path, scope, [named] if waits else named, instrument=contract_id, urgent=True)
        return order

    def cancel_all(self, contract_id: ContractId | None) -> Flow[None]:
        """Cancel everything of a contract, or of the account: what is open is listed first."""
        rows = yield from self.active(contract_id)
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
        contract_id = order.contract_id
        changed = present(
            {
                "instId": contract_id,
                "ordId": order.order_id,
                "newPx": price,
                "newSz": None if size is None else self._contracts(contract_id, size),
            }
        )
        yield tell("trade/amend-order", "amend", changed, instrument=contract_id, repeatable=False)
        return order

    def find(self, key: OrderKey, now_ns: int) -> Flow[Lookup]:
        """Ask for the order, for a conditional one of that name, then look through the history."""
        order_id = key.order_id or ""
        found: Found | None = None
        if not order_id.startswith(ALGO):
            found = yield from self._order(key, key.order_id)
        if found is None and (not order_id or order_id.startswith(ALGO)):
            found = yield from self._algo(key)
        if found is not None:
            return found
        request = ask(
            "trade/orders-history", "history", instType=SWAP, instId=key.contract_id,
            begin=looked_for_since(key) // MS,
        )  # fmt: skip
        ended = read_rows((yield from pages(request, BY_ORDER)), Order, self._info, ORDER_IDS)
        return (yield from told_by_the_past(key, ended, self.fills, now_ns))

    def active(self, contract_id: ContractId | None) -> Flow[Rows]:
        """Return open orders of one contract or of all, conditional ones too, oldest first."""
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

    def fills(self, contract_id: ContractId, start_ns: int, end_ns: int) -> Flow[FillRows]:
        """Return our fills in [start, end), oldest first: of three days, and of three months."""
        rows = yield from archived(
            {"trade/fills": "pending", "trade/fills-history": "account"}, BY_BILL,
            instId=contract_id, begin=start_ns // MS, end=-(-end_ns // MS),
        )  # fmt: skip
        read = read_rows(rows, converters.Fill, lambda row: row.fill(self._table), FILL_IDS)
        return fills_within(read, start_ns, end_ns)

    # Inside ---------------------------------------------------------------------------------------

    def _order(self, key: OrderKey, order_id: str | None) -> Flow[Found | None]:
        answer = yield ask(
            "trade/order", "order", errors.OrderNotFound,
            instrument=key.contract_id, instId=key.contract_id, ordId=order_id or None,
            clOrdId=None if order_id else key.client_order_id,
        )  # fmt: skip
        if answer.error is not None:
            return None
        (order,) = listed(answer.body, Order)
        return Found(replace(self._info(order), client_order_id=key.client_order_id))

    def _algo(self, key: OrderKey) -> Flow[Found | None]:
        """Return a conditional order, or the order that it set off."""
        answer = yield ask(
            "trade/order-algo", "algo", errors.OrderNotFound, algoClOrdId=key.client_order_id
        )
        if answer.error is not None:
            return None
        (algo,) = listed(answer.body, Algo)
        if algo.child:
            return (yield from self._order(key, algo.child))
        return Found(algo.info(self._table))

    def _info(self, row: Order) -> OrderInfo:
        return row.info(self._table)

    def _contracts(self, contract_id: ContractId, size: Decimal) -> str:
        return text_of((size / contract_size(self._table, contract_id)).normalize())

    def _wording(self, order: NewOrder) -> dict[str, object]:
        market = order.order_type is OrderType.MARKET
        return present(
            {
                **self._common(order),
                "ordType": "market" if market else ORDER_WORD[order.time_in_force],
                "clOrdId": order.client_order_id,
                "px": None if market else order.price,
                "attachAlgoOrds": _exits(order),
            }
        )

    def _algo_wording(self, order: NewOrder) -> dict[str, object]:
        if _exits(order):
            raise errors.UnsupportedFeature(NAME, "exits of a conditional order")
        words = {**self._common(order), "algoClOrdId": order.client_order_id}
        if order.order_type is OrderType.TRAILING_STOP:
            assert order.trailing_fraction is not None, "a trailing stop has a fraction"
            trailing = {"ordType": TRAILING_WORD, "callbackRatio": order.trailing_fraction}
            return present({**words, **trailing, "activePx": order.trigger_price})
        assert order.trigger_price is not None, "a conditional order has a trigger"
        market = not order.order_type.priced or order.price is None
        return present(
            {
                **words,
                "ordType": "trigger",
                "triggerPx": order.trigger_price,
                "triggerPxType": TRIGGERED_BY,
                "orderPx": MARKET_PRICE if market else order.price,
            }
        )

    def _common(self, order: NewOrder) -> dict[str, object]:
        # In long/short mode direction and position say whether an order reduces.
        reduces = order.reduce_only and order.position_side is None
        return {
            "instId": order.contract_id,
            "tdMode": CROSS,
            "side": SIDE_WORD[order.side],
            "posSide": POSITION_WORD[order.position_side],
            "sz": self._contracts(order.contract_id, order.size),
            "reduceOnly": True if reduces else None,
        }


def _exits(order: NewOrder) -> list[dict[str, object]] | None:
    """Return what closes the position that an order opens; None where nothing does."""
    exits = {"tp": order.take_profit_price, "sl": order.stop_loss_price}
    words: dict[str, object] = {}
    for exit_, trigger in exits.items():
        if trigger is not None:
            words |= {
                f"{exit_}TriggerPx": text_of(trigger),
                f"{exit_}TriggerPxType": TRIGGERED_BY,
                f"{exit_}OrdPx": MARKET_PRICE,
            }
    return [words] if words else None
