"""An order in the client's own words, read strictly from the body of a create."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId, Side
from venue_simulators.bybit.errors import invalid
from venue_simulators.bybit.fields import Fields
from venue_simulators.bybit.wording import SIDES

LAST, MARK, INDEX = "LastPrice", "MarkPrice", "IndexPrice"
TRIGGER_PRICES = (LAST, MARK, INDEX)
RISING, FALLING = 1, 2
TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "PostOnly", "RPI")
SMP_TYPES = ("None", "CancelTaker", "CancelMaker", "CancelBoth")
LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")
LEVELS_MAX = 5


@dataclass(frozen=True, slots=True)
class Attached:
    """Take profit and stop loss that come with an order, for the position it makes."""

    take_profit: Decimal | None = None
    stop_loss: Decimal | None = None
    tp_trigger_by: str = LAST
    sl_trigger_by: str = LAST
    tp_limit: Decimal | None = None
    sl_limit: Decimal | None = None

    @property
    def given(self) -> bool:
        """Whether there is any."""
        return self.take_profit is not None or self.stop_loss is not None


@dataclass(frozen=True, slots=True)
class OrderForm:
    """One order as it was asked for."""

    symbol: ContractId
    side: Side
    market: bool
    qty: Decimal
    price: Decimal | None = None
    time_in_force: str = "GTC"
    position_idx: int = 0
    link_id: str = ""
    reduce_only: bool = False
    close_on_trigger: bool = False
    trigger_price: Decimal | None = None
    trigger_direction: int = 0
    trigger_by: str = ""
    attached: Attached = Attached()
    smp_type: str = "None"
    slippage_type: str = ""
    slippage: Decimal | None = None
    bbo_side: str = ""
    bbo_level: int = 0
    trailing: Decimal | None = None
    """The distance of a trailing stop, which only the venue itself makes orders of."""
    active_price: Decimal | None = None
    """Where a trailing stop begins to trail."""

    @property
    def conditional(self) -> bool:
        """Whether the order waits for a price."""
        return self.trigger_price is not None or self.trailing is not None

    @property
    def closes_all(self) -> bool:
        """Whether the order is for whatever the position holds then."""
        return self.qty == 0


def read_form(fields: Fields) -> OrderForm:
    """Return the order that was sent.

    Raises:
        Refusal: it is not worded as an order.
    """
    market = fields.required_choice("orderType", ("Market", "Limit")) == "Market"
    given_time = fields.choice("timeInForce", TIMES_IN_FORCE)
    qty = fields.decimal("qty")
    if qty is None or qty < 0:
        raise invalid("Qty invalid" if qty is not None else "qty is required")
    form = OrderForm(
        symbol=ContractId(fields.required("symbol")),
        side=SIDES[fields.required_choice("side", tuple(SIDES))],
        market=market,
        qty=qty,
        price=None if market else fields.price("price"),
        time_in_force="IOC" if market else given_time or "GTC",
        position_idx=fields.whole("positionIdx") or 0,
        link_id=fields.text("orderLinkId") or "",
        reduce_only=fields.flag("reduceOnly"),
        close_on_trigger=fields.flag("closeOnTrigger"),
        trigger_price=fields.price("triggerPrice"),
        trigger_direction=fields.whole("triggerDirection") or 0,
        trigger_by=fields.choice("triggerBy", TRIGGER_PRICES) or "",
        attached=read_attached(fields),
        smp_type=fields.choice("smpType", SMP_TYPES) or "None",
        slippage_type=fields.choice("slippageToleranceType", ("TickSize", "Percent")) or "",
        slippage=fields.price("slippageTolerance"),
        bbo_side=fields.choice("bboSideType", ("Queue", "Counterparty")) or "",
        bbo_level=_level(fields),
    )
    _check_parts(form)
    return form


def read_attached(fields: Fields) -> Attached:
    """Return the take profit and the stop loss of a body."""
    tp_limit, sl_limit = fields.price("tpLimitPrice"), fields.price("slLimitPrice")
    mode = fields.choice("tpslMode", ("Full", "Partial")) or "Full"
    types = [fields.choice(f"{leg}OrderType", ("Market", "Limit")) for leg in ("tp", "sl")]
    if mode == "Full" and (tp_limit or sl_limit or "Limit" in types):
        raise invalid("tpslMode Full takes market orders only")
    return Attached(
        take_profit=fields.price("takeProfit"),
        stop_loss=fields.price("stopLoss"),
        tp_trigger_by=fields.choice("tpTriggerBy", TRIGGER_PRICES) or LAST,
        sl_trigger_by=fields.choice("slTriggerBy", TRIGGER_PRICES) or LAST,
        tp_limit=tp_limit,
        sl_limit=sl_limit,
    )


def _level(fields: Fields) -> int:
    """Return the level of a best-price order, which is sent as a text."""
    value = fields.text("bboLevel")
    if value is None:
        return 0
    if value not in [str(level) for level in range(1, LEVELS_MAX + 1)]:
        raise invalid("bboLevel invalid")
    return int(value)


def _check_parts(form: OrderForm) -> None:
    if form.link_id and LINK_ID.fullmatch(form.link_id) is None:
        raise invalid("OrderLinkId invalid")
    if form.position_idx not in (0, 1, 2):
        raise invalid("positionIdx invalid")
    _check_pricing(form)
    if form.closes_all and not (form.reduce_only and form.close_on_trigger):
        raise invalid("Qty invalid")
    if form.reduce_only and form.attached.given:
        raise invalid("a reduce-only order takes no takeProfit and no stopLoss")
    if form.trigger_price is not None and form.trigger_direction not in (RISING, FALLING):
        raise invalid("triggerDirection invalid")


def _check_pricing(form: OrderForm) -> None:
    if form.time_in_force == "RPI":
        raise invalid("timeInForce RPI is for market makers only")
    if not form.market and form.price is None and not form.bbo_side:
        raise invalid("price is required")
    if bool(form.bbo_side) is not bool(form.bbo_level):
        raise invalid("bboSideType and bboLevel go together")
    if (form.slippage is None) is not (not form.slippage_type):
        raise invalid("slippageToleranceType and slippageTolerance go together")
    if form.slippage is not None and not form.market:
        raise invalid("slippageTolerance is for market orders")
