"""One order as GRVT tells of it, with every state it was in, so that reads can be late."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    OrderInfo,
    OrderStatus,
    Reason,
    VenueOrderId,
)
from venue_simulators.grvt.order_form import OrderForm
from venue_simulators.grvt.wording import Words, leg_number, number

UNSPECIFIED = "UNSPECIFIED"
NO_ORDER_ID = "0x00"
"""What an order is called until it has met the book."""

_REJECTIONS: Mapping[Reason, str] = {
    Reason.POST_ONLY_WOULD_CROSS: "FAIL_POST_ONLY",
    Reason.REDUCE_ONLY_REJECTED: "FAIL_REDUCE_ONLY",
    Reason.INSUFFICIENT_MARGIN: "BELOW_MARGIN",
    Reason.MARKET_UNAVAILABLE: "INSTRUMENT_DEACTIVATED",
    Reason.SELF_TRADE: "SELF_TRADE_PROTECTION",
    Reason.INVALID_ORDER: "INVALID_ORDER_TYPE",
    Reason.BELOW_MINIMUM: "INVALID_ORDER_TYPE",
    Reason.LIQUIDATED: "LIQUIDATION",
}
_STATUSES: Mapping[OrderStatus, str] = {
    OrderStatus.PENDING: "PENDING",
    OrderStatus.OPEN: "OPEN",
    OrderStatus.PARTIALLY_FILLED: "OPEN",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELED: "CANCELLED",
    OrderStatus.EXPIRED: "CANCELLED",
    OrderStatus.REJECTED: "REJECTED",
}


@dataclass(frozen=True, slots=True)
class OrderState:
    """How far an order has come."""

    status: str
    reject_reason: str
    book_size: Decimal
    traded_size: Decimal
    average_price: Decimal
    order_id: str
    updated_ns: int

    @property
    def active(self) -> bool:
        """Whether the order can still trade."""
        return self.status in ("PENDING", "OPEN")

    def words(self) -> Words:
        """Return the state; sizes and price come per leg."""
        return {
            "status": self.status,
            "reject_reason": self.reject_reason,
            "book_size": [leg_number(self.book_size)],
            "traded_size": [leg_number(self.traded_size)],
            "update_time": str(self.updated_ns),
            "avg_fill_price": [leg_number(self.average_price)],
        }


@dataclass(slots=True, eq=False)
class OrderRecord:
    """One order of one account. ``states`` is never empty, oldest first."""

    number: int
    account: str
    form: OrderForm
    created_ns: int
    states: list[OrderState] = field(default_factory=list)
    world_id: VenueOrderId | None = None
    """The world's number, once it is in the book."""
    end_reason: str = ""
    """Why it is about to be cancelled, where that is not by the client's plain wish."""

    @property
    def state(self) -> OrderState:
        """The present state."""
        return self.states[-1]

    @property
    def client_order_id(self) -> str:
        """The sender's name of it."""
        return self.form.client_order_id

    @property
    def order_id(self) -> str:
        """The venue's name of it, from the book's verdict on."""
        return f"0x0101{self.form.instrument.asset_id:06x}{self.number:022x}"

    def state_at(self, at_ns: int) -> OrderState | None:
        """Return the state at an instant, None before the order was known."""
        known = (state for state in reversed(self.states) if state.updated_ns <= at_ns)
        return next(known, None)

    def words(self, state: OrderState, *, numbers_as_text: bool = False) -> Words:
        """Return the whole order in one of its states."""
        trigger: Words = {"trigger_type": self.form.trigger_type or UNSPECIFIED}
        if self.form.trigger_type:
            price = number(self.form.trigger_price)
            trigger["tpsl"] = {"trigger_by": "MARK", "trigger_price": price}
        return {
            "order_id": state.order_id,
            **self.form.words(),
            "signature": self.form.signature.words(numbers_as_text=numbers_as_text),
            "metadata": {
                "client_order_id": self.client_order_id,
                "create_time": str(self.created_ns),
                "trigger": trigger,
                "broker": "",
            },
            "state": state.words(),
        }

    def state_words(self) -> Words:
        """Return what the state stream tells."""
        return {
            "order_id": self.state.order_id,
            "client_order_id": self.client_order_id,
            "order_state": self.state.words(),
        }


def first_state(form: OrderForm, now_ns: int) -> OrderState:
    """Return the state in which an order is acknowledged."""
    return OrderState("PENDING", UNSPECIFIED, form.size, ZERO, ZERO, NO_ORDER_ID, now_ns)


def ended(record: OrderRecord, status: str, reject_reason: str, now_ns: int) -> OrderState:
    """Return the state of an order that ends without the book's doing."""
    return replace(
        record.state,
        status=status,
        reject_reason=reject_reason,
        book_size=ZERO,
        order_id=record.order_id,
        updated_ns=now_ns,
    )


def next_state(record: OrderRecord, info: OrderInfo, now_ns: int) -> OrderState | None:
    """Return the state that a report of the world makes, None where it tells nothing to tell."""
    if not record.form.rests and not info.status.terminal:
        # What cannot rest is never shown open: it is pending until it has ended.
        return None
    status = _STATUSES[info.status]
    after = OrderState(
        status,
        reject_reason(record, info) if status in ("CANCELLED", "REJECTED") else UNSPECIFIED,
        ZERO if info.status.terminal else info.remaining_size,
        info.filled_size,
        info.average_price or ZERO,
        record.order_id,
        now_ns,
    )
    return None if replace(after, updated_ns=record.state.updated_ns) == record.state else after


def reject_reason(record: OrderRecord, info: OrderInfo) -> str:
    """Return GRVT's word for why an order was refused or ended."""
    if info.reason is Reason.USER_CANCELED:
        return record.end_reason or "CLIENT_CANCEL"
    if info.status is OrderStatus.REJECTED or info.reason in _REJECTIONS:
        return _REJECTIONS.get(info.reason or Reason.OTHER, "SYSTEM_FAILOVER")
    if record.form.market:
        return "MARKET_CANCEL"
    return "FOK_CANCEL" if record.form.time_in_force == "FILL_OR_KILL" else "IOC_CANCEL"
