"""One order as edgeX tells of it.

``cumMatch`` is what the engine has matched, ``cumFill`` what has passed the check that follows; the
second runs a moment behind the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ZERO, Fill, OrderStatus, Reason, VenueOrderId
from venue_simulators.edgex.listing import MAKER_FEE, TAKER_FEE
from venue_simulators.edgex.order_form import OrderForm
from venue_simulators.edgex.wording import COLLATERAL_ID, MS, Words, money, ms, plain, side_word

ENDED = ("FILLED", "CANCELED")
CANCEL_REASONS: Mapping[Reason, str] = {
    Reason.POST_ONLY_WOULD_CROSS: "COULD_NOT_FILL",
    Reason.NOT_FILLED_IN_FULL: "COULD_NOT_FILL",
    Reason.NO_LIQUIDITY: "COULD_NOT_FILL",
    Reason.INSUFFICIENT_MARGIN: "MARGIN_NOT_ENOUGH",
    Reason.REDUCE_ONLY_REJECTED: "REDUCE_ONLY_CANCELED",
    Reason.LIQUIDATED: "LIQUIDATE_CANCELED",
    Reason.USER_CANCELED: "USER_CANCELED",
    Reason.RATE_LIMITED: "SYSTEM_LIMIT_EVICTED",
}
"""Others are INTERNAL_FAILED."""


@dataclass(slots=True)
class Tally:
    """What has traded of an order: base units and USD."""

    size: Decimal = ZERO
    value: Decimal = ZERO
    fee: Decimal = ZERO

    def add(self, fill: Fill) -> None:
        """Take in a fill."""
        self.size += fill.size
        self.value += fill.size * fill.price
        self.fee += fill.fee


@dataclass(slots=True, eq=False)
class OrderRecord:
    """One order of one account; ``number`` counts over all of them."""

    number: int
    order_id: str
    account: str
    account_id: str
    form: OrderForm
    worst_price: Decimal
    """What a market order is bounded by."""
    created_ns: int
    updated_ns: int
    leverage: Decimal
    liquidation: bool = False
    exits: list[tuple[OrderForm, Decimal]] = field(default_factory=list)
    """What begins to wait once this one has traded, and what each is bounded by."""
    parent: OrderRecord | None = None
    """The order that this one came with."""
    status: str = "PENDING"
    cancel_reason: str = ""
    canceling: bool = False
    """Whether a cancel was accepted that has not acted yet."""
    end_reason: str = ""
    """Why it is about to be cancelled, where the venue itself does it."""
    world_id: VenueOrderId | None = None
    matched: Tally = field(default_factory=Tally)
    filled: Tally = field(default_factory=Tally)
    profit: Decimal = ZERO
    best_and_worst: tuple[Decimal, Decimal] = (ZERO, ZERO)
    """Highest and lowest price of its fills."""

    @property
    def active(self) -> bool:
        """Whether the order can still trade."""
        return self.status not in ENDED

    @property
    def told_status(self) -> str:
        """The venue's word for the order's state."""
        return "CANCELING" if self.canceling and self.active else self.status

    def match(self, fill: Fill) -> None:
        """Take in a match."""
        self.matched.add(fill)
        highest, lowest = self.best_and_worst
        self.best_and_worst = max(highest, fill.price), min(lowest or fill.price, fill.price)

    def words(self) -> Words:
        """Return the order as REST tells of it."""
        form = self.form
        highest, lowest = self.best_and_worst
        return {
            "id": self.order_id,
            "accountId": self.account_id,
            "coinId": COLLATERAL_ID,
            "contractId": form.contract.contract_id,
            "side": side_word(form.side),
            "price": format(form.price, "f"),
            "size": format(form.size, "f"),
            "clientOrderId": form.client_order_id,
            "type": form.type,
            "timeInForce": form.time_in_force,
            "reduceOnly": form.reduce_only,
            "triggerPrice": format(form.trigger_price or ZERO, "f"),
            "triggerPriceType": form.trigger_price_type or "UNKNOWN_PRICE_TYPE",
            "expireTime": str(form.expire_ms),
            "status": self.told_status,
            "cancelReason": self.cancel_reason or "UNKNOWN_ORDER_CANCEL_REASON",
            "cumFillSize": plain(self.filled.size),
            "cumFillValue": plain(self.filled.value),
            "cumFillFee": plain(self.filled.fee),
            "cumMatchSize": plain(self.matched.size),
            "cumMatchValue": plain(self.matched.value),
            "cumMatchFee": plain(self.matched.fee),
            "cumFailSize": "0",
            "cumRealizePnl": money(self.profit),
            "maxFillPrice": plain(highest),
            "minFillPrice": plain(lowest),
            "marketLimitPrice": plain(self.worst_price if form.market else ZERO),
            "isLiquidate": self.liquidation,
            "isDeleverage": False,
            "isPositionTpsl": form.position_tpsl,
            "openTpslParentOrderId": "0" if self.parent is None else self.parent.order_id,
            "matchSequenceId": str(self.number),
            "takerFeeRate": plain(TAKER_FEE),
            "makerFeeRate": plain(MAKER_FEE),
            "maxLeverage": plain(self.leverage),
            "createdTime": ms(self.created_ns),
            "updatedTime": ms(self.updated_ns),
        }


def status_of(world_status: OrderStatus, record: OrderRecord) -> str:
    """Return the venue's word for what the world says of an order.

    The world tells of a conditional order when it begins to wait, and again when it has fired.
    """
    if world_status.terminal:
        return "FILLED" if world_status is OrderStatus.FILLED else "CANCELED"
    waits = record.form.trigger_price is not None and record.status == "PENDING"
    return "UNTRIGGERED" if waits else "OPEN"


def created_ms(record: OrderRecord) -> int:
    """Return when an order was created, by which pages go."""
    return record.created_ns // MS
