"""What the venue remembers of orders: each state with its instant, so that reads may trail.

A state is a value; a record is the list of the states that a trailing read may still ask for.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_models import ZERO, Market, OrderInfo, VenueOrderId
from venue_simulators.lighter import wording
from venue_simulators.lighter.transaction_bodies import OrderFields

WAITING = "mark-price"
"""How the trigger of an order stands that waits for it."""
ENDED_MAX = 5_000
"""Ended orders that an account still lists."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """One order at one instant; sizes in base units, money in USDC, instants in epoch ns."""

    order_index: int
    account: int
    market: Market
    fields: OrderFields
    nonce: int
    created_ns: int
    updated_ns: int
    status: str = "pending"
    trigger_status: str = ""
    """Empty until the order is accepted."""
    trigger_ns: int = 0
    filled: Decimal = ZERO
    quote: Decimal = ZERO
    remaining: Decimal = ZERO
    type_word: str = ""
    """What type it is listed as where the client did not choose it: ``liquidation``."""
    parent: int = 0
    """The order that has to fill first, by its number."""
    partner: int = 0
    """The order that ends when this one fills."""

    @property
    def live(self) -> bool:
        """Whether it can still trade."""
        return self.status in ("open", "pending")

    @property
    def waits(self) -> bool:
        """Whether it waits for its trigger."""
        return self.trigger_status == WAITING

    @property
    def initial(self) -> Decimal:
        """What was asked for."""
        return self.fields.base_amount * self.market.step


class OrderStore:
    """The orders of one account, oldest first."""

    def __init__(self, lag_ns: int) -> None:
        self._lag_ns = lag_ns
        self._records: dict[int, list[OrderState]] = {}
        self._numbers: dict[VenueOrderId, int] = {}
        self._names: dict[int, VenueOrderId] = {}
        self._clients: dict[int, int] = {}
        """The last order of each client index."""
        self._ended: dict[int, None] = {}
        self.live: dict[int, OrderState] = {}

    def put(self, state: OrderState) -> None:
        """Remember a new state."""
        record = self._records.setdefault(state.order_index, [])
        if not record and state.fields.client_index:
            self._clients[state.fields.client_index] = state.order_index
        record.append(state)
        seen = bisect_right(record, state.updated_ns - self._lag_ns, key=_instant)
        del record[: max(seen - 1, 0)]
        if state.live:
            self.live[state.order_index] = state
        else:
            self.live.pop(state.order_index, None)
            self._ended[state.order_index] = None
            self._forget_oldest()

    def name(self, order_index: int, world_id: VenueOrderId) -> None:
        """Note under which name the world knows an order."""
        self._numbers[world_id] = order_index
        self._names[order_index] = world_id

    def world_id(self, order_index: int) -> VenueOrderId | None:
        """Return the world's name of an order; None while the world has not seen it."""
        return self._names.get(order_index)

    def of_world(self, world_id: VenueOrderId) -> OrderState | None:
        """Return the order that the world speaks of."""
        number = self._numbers.get(world_id)
        return None if number is None else self.get(number)

    def get(self, order_index: int) -> OrderState | None:
        """Return an order by the venue's number."""
        record = self._records.get(order_index)
        return record[-1] if record else None

    def of_client(self, client_index: int) -> OrderState | None:
        """Return the last order of a client index."""
        number = self._clients.get(client_index)
        return None if number is None else self.get(number)

    def find(self, index: int) -> OrderState | None:
        """Return an order by either number."""
        return self.get(index) or self.of_client(index)

    def seen(self, now_ns: int) -> Iterator[OrderState]:
        """Yield every order as a trailing read shows it, oldest first."""
        limit_ns = now_ns - self._lag_ns
        for record in self._records.values():
            count = bisect_right(record, limit_ns, key=_instant)
            if count:
                yield record[count - 1]

    def _forget_oldest(self) -> None:
        if len(self._ended) <= ENDED_MAX:
            return
        number = next(iter(self._ended))
        del self._ended[number]
        fields = self._records.pop(number)[-1].fields
        if self._clients.get(fields.client_index) == number:
            del self._clients[fields.client_index]
        name = self._names.pop(number, None)
        if name is not None:
            del self._numbers[name]


def after(state: OrderState, info: OrderInfo, now_ns: int) -> OrderState:
    """Return an order after the world has reported on it."""
    trigger = _trigger_after(state, info)
    status = wording.status_of(info, state.fields.order_type)
    fired = trigger == "ready" and state.trigger_status != "ready"
    return replace(
        state,
        updated_ns=now_ns,
        status="pending" if trigger == WAITING and not info.status.terminal else status,
        trigger_status=trigger,
        trigger_ns=now_ns if fired else state.trigger_ns,
        filled=info.filled_size,
        quote=wording.quote(info.filled_size, info.average_price),
        remaining=info.remaining_size,
    )


def _trigger_after(state: OrderState, info: OrderInfo) -> str:
    """Return how the trigger stands.

    What waits for a trigger is reported once when it is accepted, and again when it has fired.
    """
    if state.fields.order_type not in wording.TRIGGERED_TYPES:
        return "na"
    if not state.trigger_status or info.status.terminal:
        return state.trigger_status or WAITING
    return "ready"


def order_row(state: OrderState, unit_ns: int) -> dict[str, object]:
    """Return an order as the venue lists it; ``unit_ns`` is that of its time stamps.

    Of an ended order the amounts that remain are zero and, when it was canceled, the side is empty,
    as the venue has it: neither tells what was filled.
    """
    market, fields = state.market, state.fields
    client = fields.client_index
    canceled = state.status.startswith("canceled")
    return {
        "order_index": state.order_index,
        "client_order_index": client,
        "order_id": str(state.order_index),
        "client_order_id": str(client),
        "market_index": fields.market,
        "owner_account_index": state.account,
        "initial_base_amount": wording.amount(market, state.initial),
        "price": wording.price(market, fields.price * market.tick),
        "nonce": state.nonce,
        "remaining_base_amount": wording.amount(market, state.remaining),
        "is_ask": bool(fields.is_ask),
        "base_size": wording.scaled(market, state.remaining),
        "base_price": fields.price,
        "filled_base_amount": wording.amount(market, state.filled),
        "filled_quote_amount": wording.money(state.quote),
        "side": "" if canceled else ("sell" if fields.is_ask else "buy"),
        "type": state.type_word or wording.ORDER_TYPES[fields.order_type],
        "time_in_force": wording.TIMES_IN_FORCE[fields.time_in_force],
        "reduce_only": bool(fields.reduce_only),
        "trigger_price": wording.price(market, fields.trigger_price * market.tick),
        "order_expiry": fields.expiry_ms,
        "status": state.status,
        "trigger_status": state.trigger_status,
        "trigger_time": state.trigger_ns // unit_ns,
        "order_version": 0,
        **_relations(state),
        "block_height": block_height(state.updated_ns),
        "timestamp": state.updated_ns // unit_ns,
        "created_at": state.created_ns // unit_ns,
        "updated_at": state.updated_ns // unit_ns,
        "transaction_time": wording.microseconds(state.updated_ns),
    }


def block_height(at_ns: int) -> int:
    """Return the block of an instant; there is one each second."""
    return at_ns // 1_000_000_000 - 1_600_000_000


def _relations(state: OrderState) -> dict[str, object]:
    return {
        "parent_order_index": state.parent,
        "parent_order_id": str(state.parent),
        "to_trigger_order_id_0": "0",
        "to_trigger_order_id_1": "0",
        "to_cancel_order_id_0": str(state.partner),
    }


def _instant(state: OrderState) -> int:
    return state.updated_ns
