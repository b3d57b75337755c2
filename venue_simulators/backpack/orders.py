"""An order as Backpack knows it: what the client asked for, and what has become of it.

The client id is a number here and in every answer about orders; fills alone write it as a text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
)
from venue_simulators.backpack.wording import (
    MS_NS,
    SIDE_WORDS,
    STATUS_WORDS,
    US_NS,
    as_given,
    iso,
    plain,
)

USER = "USER"
LIQUIDATION = "LIQUIDATION_AUTOCLOSE"


@dataclass(frozen=True, slots=True)
class Exit:
    """An order that comes with another and closes what that one has opened."""

    order_type: OrderType
    trigger_price: Decimal
    price: Decimal | None
    trigger_by: str | None


@dataclass(frozen=True, slots=True)
class Asked:
    """An order in the client's own words."""

    symbol: ContractId
    side: Side
    market: bool
    price: Decimal | None = None
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    time_in_force: str = "GTC"
    post_only: bool = False
    reduce_only: bool | None = None
    client_id: int | None = None
    self_trade: str = "RejectTaker"
    trigger_price: Decimal | None = None
    trigger_quantity: str | None = None
    """A size, or a part of the position as ``80%``."""
    trigger_by: str | None = None
    slippage: Decimal | None = None
    slippage_type: str | None = None
    exits: tuple[Exit, ...] = ()

    @property
    def conditional(self) -> bool:
        """Whether the order waits for a price."""
        return self.trigger_price is not None


@dataclass(slots=True, eq=False)
class OrderRecord:
    """One order from its acceptance on; ``info`` is the world's latest word on it."""

    asked: Asked
    info: OrderInfo
    origin: str = USER
    quote_filled: Decimal = ZERO
    announced: bool = False
    """Whether the stream has told of the order."""
    triggered_ns: int | None = None
    held_fills: list[Fill] = field(default_factory=list)
    """Fills whose effect on the order's state the world has not told yet."""

    @property
    def waits(self) -> bool:
        """Whether the order is held back by its trigger."""
        return self.asked.conditional and self.triggered_ns is None

    @property
    def status(self) -> str:
        """The venue's word for the order's state."""
        if self.waits and not self.info.status.terminal:
            return "TriggerPending"
        if self.trigger_failed:
            return "TriggerFailed"
        if self.info.status is OrderStatus.CANCELED and self.expiry_reason is not None:
            return "Expired"
        return STATUS_WORDS[self.info.status]

    @property
    def trigger_failed(self) -> bool:
        """Whether the trigger fired and found no position that the order could reduce."""
        info = self.info
        return (
            self.asked.conditional
            and info.status is OrderStatus.CANCELED
            and info.reason is Reason.REDUCE_ONLY_REJECTED
            and info.filled_size == 0
        )

    @property
    def expiry_reason(self) -> str | None:
        """Why the venue ended the order; None while it lives, was filled, or was cancelled."""
        reason = self.info.reason
        if not self.info.status.terminal or reason is None:
            return None
        if reason is Reason.NOT_FILLED_IN_FULL:
            return "FillOrKill" if self.asked.time_in_force == "FOK" else self._remainder_reason
        if reason is Reason.REDUCE_ONLY_REJECTED and self.trigger_failed:
            return "StopWithoutPosition"
        return _EXPIRY_REASONS.get(reason)

    @property
    def _remainder_reason(self) -> str:
        return (
            "SlippageToleranceExceeded" if self.asked.slippage is not None else "ImmediateOrCancel"
        )


_EXPIRY_REASONS = {
    Reason.NO_LIQUIDITY: "PriceImpact",
    Reason.REDUCE_ONLY_REJECTED: "ReduceOnlyNotReduced",
    Reason.LIQUIDATED: "Liquidation",
    Reason.SELF_TRADE: "SelfTradePrevention",
    Reason.POST_ONLY_WOULD_CROSS: "PostOnlyTaker",
    Reason.INSUFFICIENT_MARGIN: "InsufficientMargin",
    Reason.INVALID_ORDER: "InvalidPrice",
    Reason.OTHER: "Unknown",
}
"""A cancellation by the user has no entry: it is no expiry."""

# Answers ------------------------------------------------------------------------------------------


def order_row(record: OrderRecord) -> dict[str, object]:
    """Return an order as ``/api/v1/order`` answers; market orders lack price and postOnly."""
    asked, info = record.asked, record.info
    row: dict[str, object] = {
        "orderType": "Market" if asked.market else "Limit",
        "id": info.order_id,
        "clientId": asked.client_id,
        "symbol": asked.symbol,
        "side": SIDE_WORDS[asked.side],
    }
    if not asked.market:
        row["price"] = as_given(asked.price)
    row |= {
        "quantity": _quantity(record),
        "executedQuantity": plain(info.filled_size),
        "executedQuoteQuantity": plain(record.quote_filled),
    }
    if asked.market:
        row["quoteQuantity"] = as_given(asked.quote_quantity)
    row["timeInForce"] = asked.time_in_force
    if not asked.market:
        row["postOnly"] = asked.post_only
    row |= {
        "reduceOnly": asked.reduce_only,
        "selfTradePrevention": asked.self_trade,
        "status": record.status,
        "createdAt": (info.created_ns or 0) // MS_NS,
        "triggerPrice": as_given(asked.trigger_price),
        "triggerQuantity": asked.trigger_quantity,
        "triggeredAt": None if record.triggered_ns is None else record.triggered_ns // MS_NS,
        "relatedOrderId": None,
        "strategyId": None,
    }
    if asked.trigger_by is not None:
        row["triggerBy"] = asked.trigger_by
    return row


def history_row(record: OrderRecord) -> dict[str, object]:
    """Return an order as the history lists it: with the expiry reason, and its time in words."""
    row = order_row(record)
    row["createdAt"] = iso(record.info.created_ns or 0)
    row["expiryReason"] = record.expiry_reason
    row["systemOrderType"] = None if record.origin == USER else "LiquidatePositionOnBook"
    return row


def _quantity(record: OrderRecord) -> str | None:
    """Return the size as it was sent, unless the venue has changed it since."""
    if record.waits:
        return None
    asked = record.asked.quantity
    return as_given(asked) if asked == record.info.size else plain(record.info.size)


# Frames -------------------------------------------------------------------------------------------


def order_data(record: OrderRecord, event: str, fill: Fill | None = None) -> dict[str, object]:
    """Return an order event with every key that applies."""
    asked, info = record.asked, record.info
    at_ns = (info.updated_ns or 0) if fill is None else fill.venue_ns
    data: dict[str, object] = {
        "e": event,
        "E": at_ns // US_NS,
        "T": at_ns // US_NS,
        "s": asked.symbol,
        "S": SIDE_WORDS[asked.side],
        "o": "MARKET" if asked.market else "LIMIT",
        "f": asked.time_in_force,
        "q": "0" if record.waits else _quantity(record),
        "Q": as_given(asked.quote_quantity) or "0",
        "X": record.status,
        "i": info.order_id,
        "t": None,
        "z": plain(info.filled_size),
        "Z": plain(record.quote_filled),
        "V": asked.self_trade,
        "O": record.origin,
        "y": asked.post_only,
        "r": bool(asked.reduce_only),
    }
    if asked.client_id is not None:
        data["c"] = asked.client_id
    if asked.price is not None:
        data["p"] = as_given(asked.price)
    if record.expiry_reason is not None:
        data["R"] = record.expiry_reason
    if asked.conditional:
        data |= {
            "P": as_given(asked.trigger_price),
            "Y": asked.trigger_quantity,
            "B": asked.trigger_by or "LastPrice",
        }
    return data if fill is None else data | _fill_keys(fill)


def _fill_keys(fill: Fill) -> dict[str, object]:
    return {
        "t": int(fill.trade_id),
        "l": plain(fill.size),
        "L": plain(fill.price),
        "m": fill.liquidity.value == "maker",
        "n": plain(fill.fee),
        "N": "USDC",
    }
