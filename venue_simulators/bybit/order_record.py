"""An order as Bybit knows it: what was asked for, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, VenueOrderId
from venue_simulators.bybit.order_form import OrderForm
from venue_simulators.bybit.wording import SIDE_WORDS, Row, given, money, ms_text, plain

CREATED, UNTRIGGERED, TRIGGERED = "Created", "Untriggered", "Triggered"
NEW, PARTLY, FILLED = "New", "PartiallyFilled", "Filled"
CANCELLED, REJECTED, DEACTIVATED = "Cancelled", "Rejected", "Deactivated"
ENDED = (FILLED, CANCELLED, REJECTED, DEACTIVATED)
OPEN = (NEW, PARTLY, UNTRIGGERED, TRIGGERED)
BY_USER, BY_LIQUIDATION = "CreateByUser", "CreateByLiq"
TAKE_PROFIT, STOP_LOSS, TRAILING_STOP = "TakeProfit", "StopLoss", "TrailingStop"
POSITION_STOPS = (
    TAKE_PROFIT,
    STOP_LOSS,
    TRAILING_STOP,
    "PartialTakeProfit",
    "PartialStopLoss",
)
"""Kinds of orders that hang on a position and are dropped with it."""
NO_ERROR = "EC_NoError"


@dataclass(slots=True, eq=False)
class OrderRecord:
    """One order from its acknowledgement on; ``CREATED`` says that the engine has not seen it."""

    number: int
    order_id: str
    account: str
    form: OrderForm
    created_ns: int
    updated_ns: int
    qty: Decimal
    price: Decimal | None
    trigger_price: Decimal | None
    status: str = CREATED
    reject_reason: str = NO_ERROR
    cancel_type: str = "UNKNOWN"
    stop_order_type: str = ""
    create_type: str = BY_USER
    world_id: VenueOrderId | None = None
    filled: Decimal = ZERO
    value: Decimal = ZERO
    fee: Decimal = ZERO
    closed_size: Decimal = ZERO
    closed_entry_value: Decimal = ZERO
    closed_exit_value: Decimal = ZERO
    closed_pnl: Decimal = ZERO
    open_fee: Decimal = ZERO
    close_fee: Decimal = ZERO
    fills: int = 0
    amending: bool = False
    ending_type: str = "CancelByUser"
    """The cancelType of an end that the desk brings about."""
    attached_done: bool = False
    """Whether what came with the order stands at its position already."""
    best_price: Decimal | None = None
    """The best price that a trailing stop has seen since it trails."""

    @property
    def ended(self) -> bool:
        """Whether the order can no longer trade."""
        return self.status in ENDED

    @property
    def leaves(self) -> Decimal:
        """What could still trade; zero once ended."""
        return ZERO if self.ended else max(self.qty - self.filled, ZERO)

    @property
    def waits(self) -> bool:
        """Whether it waits for its price, or did so to its end."""
        return self.form.conditional and self.status in (CREATED, UNTRIGGERED, DEACTIVATED)

    @property
    def hangs_on_position(self) -> bool:
        """Whether it is dropped when its position closes."""
        return self.stop_order_type in POSITION_STOPS

    @property
    def link_id(self) -> str:
        """The client's name of it, empty if it has none."""
        return self.form.link_id

    @property
    def key(self) -> str:
        """What a cursor names it by."""
        return f"{self.order_id}:{ms_text(self.created_ns)}"


def order_row(record: OrderRecord) -> Row:
    """Return an order as the stream and the lists have it."""
    form, filled = record.form, record.filled
    average = plain((record.value / filled).quantize(Decimal("1e-8"))) if filled else ""
    price = record.price
    attached = form.attached
    return {
        "category": "linear",
        "symbol": form.symbol,
        "orderId": record.order_id,
        "orderLinkId": form.link_id,
        "blockTradeId": "",
        "side": SIDE_WORDS[form.side],
        "orderType": "Market" if form.market else "Limit",
        "price": given(price, "0"),
        "qty": given(record.qty),
        "timeInForce": form.time_in_force,
        "orderStatus": record.status,
        "cancelType": record.cancel_type,
        "rejectReason": record.reject_reason,
        "avgPrice": average,
        "leavesQty": plain(record.leaves),
        "leavesValue": plain(record.leaves * price) if price is not None else "0",
        "cumExecQty": plain(filled),
        "cumExecValue": plain(record.value),
        "cumExecFee": money(record.fee),
        "cumFeeDetail": {"USDT": money(record.fee)} if filled else {},
        "closedPnl": money(record.closed_pnl),
        "positionIdx": form.position_idx,
        "reduceOnly": form.reduce_only,
        "closeOnTrigger": form.close_on_trigger,
        "stopOrderType": record.stop_order_type,
        "triggerPrice": given(record.trigger_price),
        "triggerDirection": form.trigger_direction,
        "triggerBy": form.trigger_by,
        "takeProfit": given(attached.take_profit),
        "stopLoss": given(attached.stop_loss),
        "tpTriggerBy": attached.tp_trigger_by if attached.take_profit else "",
        "slTriggerBy": attached.sl_trigger_by if attached.stop_loss else "",
        "tpLimitPrice": given(attached.tp_limit),
        "slLimitPrice": given(attached.sl_limit),
        "smpType": form.smp_type,
        "smpGroup": 0,
        "smpOrderId": "",
        "createType": record.create_type,
        "isLeverage": "",
        "placeType": "",
        "lastPriceOnCreated": "",
        "createdTime": ms_text(record.created_ns),
        "updatedTime": ms_text(record.updated_ns),
    }


def closed_pnl_row(record: OrderRecord, leverage: Decimal) -> Row:
    """Return what an order that closed a position earned, its fees included."""
    size = record.closed_size
    form = record.form
    return {
        "symbol": form.symbol,
        "orderId": record.order_id,
        "side": SIDE_WORDS[form.side],
        "qty": given(record.qty),
        "orderPrice": given(record.price, "0"),
        "orderType": "Market" if form.market else "Limit",
        "execType": "BustTrade" if record.create_type == BY_LIQUIDATION else "Trade",
        "closedSize": plain(size),
        "cumEntryValue": money(record.closed_entry_value),
        "avgEntryPrice": money(record.closed_entry_value / size),
        "cumExitValue": money(record.closed_exit_value),
        "avgExitPrice": money(record.closed_exit_value / size),
        "closedPnl": money(record.closed_pnl),
        "fillCount": str(record.fills),
        "leverage": plain(leverage),
        "openFee": money(record.open_fee),
        "closeFee": money(record.close_fee),
        "createdTime": ms_text(record.created_ns),
        "updatedTime": ms_text(record.updated_ns),
    }
