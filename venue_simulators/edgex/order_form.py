"""How an order is read and judged before it is taken in; refusals change nothing.

What comes with the book (whether a post-only order would cross, whether there is margin enough,
whether there is anything to reduce) is not asked here: that verdict follows the answer.

Conditional orders name the price that they watch. Here all of them watch the oracle's, the mark:
the engine has one trigger for all. One that would fire at once is refused. An order may carry two
that close what it opens (``openTp``, ``openSl``), each with a name, a trigger and a signature of
its own; a price of zero means that it closes at market.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Decimal

from exchange_clients.base_models import ONE, ZERO, ContractId, OrderType, Side, TimeInForce
from exchange_clients.paper.funding import HOUR_NS
from venue_simulators.edgex.errors import EdgexError, invalid
from venue_simulators.edgex.fields import Fields
from venue_simulators.edgex.listing import PRICE_RATIO, Contract
from venue_simulators.edgex.wording import MS, SIDES
from venue_simulators.world import Wanted

LIMIT, MARKET = "LIMIT", "MARKET"
GTC, IOC = "GOOD_TIL_CANCEL", "IMMEDIATE_OR_CANCEL"
TYPES: Mapping[str, OrderType] = {
    LIMIT: OrderType.LIMIT,
    MARKET: OrderType.MARKET,
    "STOP_LIMIT": OrderType.STOP,
    "STOP_MARKET": OrderType.STOP_MARKET,
    "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT,
    "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT_MARKET,
}
_BOUNDED: Mapping[str, OrderType] = {
    MARKET: OrderType.LIMIT,
    "STOP_MARKET": OrderType.STOP,
    "TAKE_PROFIT_MARKET": OrderType.TAKE_PROFIT,
}
"""What market orders are to the engine: within the price that was signed, and without rest."""
TIMES: Mapping[str, TimeInForce] = {
    GTC: TimeInForce.GTC,
    IOC: TimeInForce.IOC,
    "FILL_OR_KILL": TimeInForce.FOK,
    "POST_ONLY": TimeInForce.GTX,
}
TRIGGER_PRICES = ("LAST_PRICE", "ORACLE_PRICE", "INDEX_PRICE")
ATTACHED = {"openTp": ("isSetOpenTp", "TAKE_PROFIT"), "openSl": ("isSetOpenSl", "STOP")}
"""By which word each is announced, and of which types it is."""
L2_MARGIN_MS = 8 * 24 * HOUR_NS // MS
"""By how much a signature must outlive its order."""
_CLIENT_ID = re.compile(r"[0-9A-Za-z-]{1,40}")
"""What public clients keep to; the venue does not say what it takes."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What was signed of an order, as the request states it."""

    nonce: int
    value: Decimal
    size: Decimal
    limit_fee: Decimal
    expire_ms: int
    signature: str


@dataclass(frozen=True, slots=True)
class OrderForm:
    """An order in its sender's words; numbers keep the digits they came with."""

    contract: Contract
    side: Side
    size: Decimal
    price: Decimal
    """Zero of a market order."""
    client_order_id: str
    type: str = LIMIT
    time_in_force: str = GTC
    reduce_only: bool = False
    expire_ms: int = 0
    trigger_price: Decimal | None = None
    trigger_price_type: str = ""
    position_tpsl: bool = False
    exits: tuple[tuple[OrderForm, Seal], ...] = ()
    """Orders that begin to wait once this one has traded."""

    @property
    def market(self) -> bool:
        """Whether it takes what price there is."""
        return self.type.endswith(MARKET)

    def wanted(self, worst_price: Decimal, tag: str) -> Wanted:
        """Return the order as the world takes it.

        Args:
            worst_price: Within which a market order trades; no fill may be worse than what was
                signed, so to the engine it is a limit order that does not rest.
            tag: The name to find it by.
        """
        return Wanted(
            contract_id=self.contract.contract_id,
            side=self.side,
            size=self.size,
            price=worst_price if self.market else self.price,
            order_type=_BOUNDED.get(self.type) or TYPES[self.type],
            time_in_force=TIMES[self.time_in_force],
            reduce_only=self.reduce_only,
            trigger_price=self.trigger_price,
            tag=tag,
        )


def read_form(fields: Fields, contracts: Mapping[ContractId, Contract]) -> OrderForm:
    """Return the order that was sent.

    Raises:
        EdgexError: it is not worded as an order.
    """
    contract_id = fields.text("contractId")
    contract = contracts.get(ContractId(contract_id))
    if contract is None:
        raise EdgexError("CONTRACT_NOT_FOUND", f"invalid contractId:{contract_id}")
    kind = fields.choice("type", tuple(TYPES))
    conditional = TYPES[kind].conditional
    form = OrderForm(
        contract,
        SIDES[fields.choice("side", tuple(SIDES))],
        fields.decimal("size"),
        fields.decimal("price", "0"),
        fields.text("clientOrderId"),
        kind,
        fields.choice("timeInForce", tuple(TIMES)),
        fields.truth("reduceOnly"),
        fields.whole("expireTime"),
        fields.decimal("triggerPrice") if conditional else None,
        fields.choice("triggerPriceType", TRIGGER_PRICES, "LAST_PRICE") if conditional else "",
        fields.truth("isPositionTpsl"),
    )
    _check_parts(form)
    return replace(form, exits=tuple(_exits(fields, form)))


def _exits(fields: Fields, opening: OrderForm) -> Iterator[tuple[OrderForm, Seal]]:
    for name, (flag, kind) in ATTACHED.items():
        if fields.truth(flag) is not fields.has(name):
            raise invalid(flag, fields.truth(flag))
        if not fields.has(name):
            continue
        told = fields.values[name]
        if not isinstance(told, Mapping):
            raise invalid(name, told)
        own = Fields(told)
        price = own.decimal("price", "0")
        form = replace(
            opening,
            side=SIDES[own.choice("side", tuple(SIDES))],
            size=own.decimal("size"),
            price=price,
            client_order_id=own.text("clientOrderId"),
            type=f"{kind}_{LIMIT if price else MARKET}",
            time_in_force=GTC if price else IOC,
            reduce_only=True,
            expire_ms=own.whole("expireTime"),
            trigger_price=own.decimal("triggerPrice"),
            trigger_price_type=own.choice("triggerPriceType", TRIGGER_PRICES, "LAST_PRICE"),
        )
        _check_parts(form)
        if form.side is opening.side:
            raise invalid(f"{name}.side", form.side.name)
        yield form, read_seal(own)


def read_seal(fields: Fields) -> Seal:
    """Return what the order says of its signature."""
    return Seal(
        fields.whole("l2Nonce"),
        fields.decimal("l2Value"),
        fields.decimal("l2Size"),
        fields.decimal("l2LimitFee"),
        fields.whole("l2ExpireTime"),
        fields.text("l2Signature"),
    )


def _check_parts(form: OrderForm) -> None:
    if not _CLIENT_ID.fullmatch(form.client_order_id):
        raise invalid("clientOrderId", form.client_order_id)
    if form.market and form.time_in_force != IOC:
        raise invalid("timeInForce", form.time_in_force)
    if form.market is not (form.price == 0):
        raise invalid("price", form.price)


# Within the contract's rules ----------------------------------------------------------------------


def check_numbers(form: OrderForm, oracle: Decimal) -> None:
    """Refuse sizes and prices off the grid or out of bounds."""
    market, listing = form.contract.market, form.contract.listing
    if form.size <= 0 or form.size % market.step:
        raise EdgexError("INVALID_ORDER_SIZE_STEP_SIZE", f"size {form.size}")
    if form.size < market.min_size:
        raise EdgexError("ORDER_SIZE_LESS_THAN_MIN_ORDER_SIZE", f"size {form.size}")
    if form.size > listing.max_size:
        raise EdgexError("ORDER_SIZE_MORE_THAN_MAX_ORDER_SIZE", f"size {form.size}")
    for price in (form.price, form.trigger_price or ZERO):
        if price % market.tick:
            raise EdgexError("INVALID_ORDER_PRICE_TICK_SIZE", f"price {price}")
    if form.trigger_price is not None:
        _check_trigger(form, form.trigger_price, oracle)
    elif not form.market and not _within_ratio(form.side, form.price, oracle):
        raise EdgexError("ORDER_PRICE_OUT_OF_RANGE", f"price {form.price} oracle {oracle}")


def _check_trigger(form: OrderForm, trigger: Decimal, oracle: Decimal) -> None:
    stops = form.type.startswith("STOP")
    above = trigger > oracle
    if trigger <= 0 or (above is (form.side is Side.BUY)) is not stops:
        raise EdgexError("INVALID_TRIGGER_PRICE", f"trigger {trigger} would fire at once")


def _within_ratio(side: Side, price: Decimal, oracle: Decimal) -> bool:
    if side is Side.BUY:
        return price <= oracle * (ONE + PRICE_RATIO)
    return price >= oracle * (ONE - PRICE_RATIO)


# What was signed ----------------------------------------------------------------------------------


def check_seal(form: OrderForm, seal: Seal, rate: Decimal, now_ms: int) -> None:
    """Refuse a signature that covers less than the order, or not for long enough.

    Args:
        form: The order.
        seal: What was signed.
        rate: The higher of the account's two fee rates.
        now_ms: The venue's time.
    """
    if form.expire_ms <= now_ms:
        raise EdgexError("INVALID_EXPIRE_TIME", f"expireTime {form.expire_ms}")
    if seal.expire_ms < form.expire_ms + L2_MARGIN_MS:
        raise EdgexError("INVALID_L2_EXPIRE_TIME", f"l2ExpireTime {seal.expire_ms}")
    if seal.size != form.size:
        raise EdgexError("INVALID_L2_SIZE", f"l2Size {seal.size}")
    if not form.market and seal.value != form.price * form.size:
        raise EdgexError("INVALID_L2_VALUE", f"l2Value {seal.value}")
    if seal.value <= 0:
        raise EdgexError("INVALID_L2_VALUE", f"l2Value {seal.value}")
    # The fee that is signed is a limit in whole dollars, rounded up.
    if seal.limit_fee < (seal.value * rate).to_integral_value(ROUND_CEILING):
        raise EdgexError("INVALID_L2_LIMIT_FEE", f"l2LimitFee {seal.limit_fee}")


def worst_price(form: OrderForm, seal: Seal, oracle: Decimal) -> Decimal:
    """Return the worst price, on the grid, at which a market order may trade.

    The oracle bounds it too, but that of one which waits is not known yet.
    """
    market = form.contract.market
    bound = seal.value / seal.size
    if form.trigger_price is None and form.side is Side.BUY:
        bound = min(bound, oracle * (ONE + PRICE_RATIO))
    elif form.trigger_price is None:
        bound = max(bound, oracle * (ONE - PRICE_RATIO))
    return max(market.round_price(bound, form.side), market.tick)
