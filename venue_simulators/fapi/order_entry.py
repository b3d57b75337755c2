"""How an order is read and judged before the engine sees it: form first, then the filters.

The engine judges the rest: margin, crossing, reduce-only. Every trigger watches the mark, which is
the price that the engine's conditional orders follow, whatever ``workingType`` names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from exchange_clients.base_models import ContractId, OrderType, Side, TimeInForce
from venue_simulators.fapi.errors import (
    BAD_SYMBOL,
    INVALID_CLIENT_ID,
    INVALID_ORDER_TYPE,
    INVALID_SIDE,
    INVALID_TIME_IN_FORCE,
    UNWANTED_PARAMETER,
    WOULD_TRIGGER,
    FapiError,
    invalid,
    missing,
)
from venue_simulators.fapi.filters import Filters
from venue_simulators.fapi.orders import (
    BY_LAST,
    BY_MARK,
    CONDITIONAL,
    LIMIT,
    MARKET,
    PRICED,
    SIDES,
    STOP,
    STOP_MARKET,
    TAKE_PROFIT,
    TAKE_PROFIT_MARKET,
    TRAILING,
    Asked,
)
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.world import Ticker, Wanted, World

CLIENT_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
LOWEST_CALLBACK = Decimal("0.1")
_TYPES: Mapping[str, OrderType] = {
    LIMIT: OrderType.LIMIT,
    MARKET: OrderType.MARKET,
    STOP: OrderType.STOP,
    STOP_MARKET: OrderType.STOP_MARKET,
    TAKE_PROFIT: OrderType.TAKE_PROFIT,
    TAKE_PROFIT_MARKET: OrderType.TAKE_PROFIT_MARKET,
    TRAILING: OrderType.TRAILING_STOP,
}
_FROM_BELOW = (
    (STOP, Side.BUY),
    (STOP_MARKET, Side.BUY),
    (TAKE_PROFIT, Side.SELL),
    (TAKE_PROFIT_MARKET, Side.SELL),
)
_CLOSERS = (STOP_MARKET, TAKE_PROFIT_MARKET)
TIMES_IN_FORCE: Mapping[str, TimeInForce] = {
    "GTC": TimeInForce.GTC,
    "IOC": TimeInForce.IOC,
    "FOK": TimeInForce.FOK,
    "GTX": TimeInForce.GTX,
}


@dataclass(frozen=True, slots=True)
class EntryRules:
    """What a venue of this dialect takes."""

    times_in_force: Mapping[str, TimeInForce] = field(default_factory=lambda: TIMES_IN_FORCE)
    """The venue's words, with what each is to the engine."""
    refused_types: Mapping[str, int] = field(default_factory=dict)
    """Types that belong elsewhere, with the code that says so."""
    self_trade_parameter: str = "stpMode"
    self_trade: str = "EXPIRE_TAKER"
    """What the engine does when an account meets itself; orders may ask for nothing else."""
    highest_callback: Decimal = Decimal(5)
    """Of trailing orders, in percent."""
    position_sides: Sequence[str] = ("BOTH",)
    """Where longs and shorts can be kept apart, their words too."""


def read(fields: Parameters, rules: EntryRules, spare_id: str) -> Asked:
    """Return the order that was sent; without a name of its own it is called ``spare_id``.

    Raises:
        FapiError: it is not worded as an order.
    """
    symbol = ContractId(fields.required("symbol"))
    side = _word(fields, "side", tuple(SIDES), INVALID_SIDE)
    kind = _word(fields, "type", tuple(_TYPES), INVALID_ORDER_TYPE)
    if kind in rules.refused_types:
        raise FapiError(rules.refused_types[kind])
    _check_form(fields, kind)
    position_side = fields.choice("positionSide", ("BOTH", "LONG", "SHORT")) or "BOTH"
    if position_side not in rules.position_sides:
        raise FapiError(-4061)
    # Modes that the engine does not have would be silently another mode.
    fields.choice(rules.self_trade_parameter, (rules.self_trade,))
    client_id = fields.text("newClientOrderId")
    if client_id is not None and CLIENT_ID.fullmatch(client_id) is None:
        raise FapiError(INVALID_CLIENT_ID)
    return Asked(
        symbol=symbol,
        side=SIDES[side],
        type=kind,
        client_id=client_id or spare_id,
        price=fields.decimal("price"),
        quantity=fields.decimal("quantity"),
        time_in_force=_time_in_force(fields, kind, rules),
        reduce_only=fields.flag("reduceOnly") or False,
        close_position=fields.flag("closePosition") or False,
        stop_price=fields.decimal("stopPrice"),
        activation_price=fields.decimal("activationPrice"),
        callback_rate=_callback(fields, rules),
        working_type=fields.choice("workingType", (BY_LAST, BY_MARK)) or BY_LAST,
        price_protect=(fields.text("priceProtect") or "false").lower() == "true",
        wants_result=fields.choice("newOrderRespType", ("ACK", "RESULT")) == "RESULT",
        position_side=position_side,
    )


def judge(asked: Asked, world: World, filters: Mapping[ContractId, Filters]) -> Wanted:
    """Return the order as the engine takes it.

    Raises:
        FapiError: the venue does not take such an order, or not now.
    """
    limits = filters.get(asked.symbol)
    if limits is None:
        raise FapiError(BAD_SYMBOL)
    if not world.tradable(asked.symbol):
        raise FapiError(-4140)
    ticker = world.ticker(asked.symbol)
    size = limits.max_market_size if asked.quantity is None else asked.quantity
    limits.check_size(size, market_order=asked.type not in PRICED)
    for price in (asked.price, asked.stop_price, asked.activation_price):
        if price is not None:
            limits.check_price(price)
    if asked.price is not None and not asked.conditional:
        limits.check_distance(asked.price, asked.side, ticker.mark)
    if not asked.reduce_only and not asked.close_position:
        at = asked.price or asked.stop_price or ticker.mark
        limits.check_notional(size * at)
    _check_trigger(asked, ticker)
    callback = asked.callback_rate
    return Wanted(
        contract_id=asked.symbol,
        side=asked.side,
        size=size,
        price=asked.price,
        order_type=_TYPES[asked.type],
        time_in_force=TIMES_IN_FORCE.get(asked.time_in_force, TimeInForce.GTC),
        reduce_only=asked.reduce_only or asked.close_position,
        trigger_price=asked.activation_price if callback is not None else asked.stop_price,
        trailing_fraction=None if callback is None else callback / 100,
        tag=asked.time_in_force,
    )


# What belongs together ----------------------------------------------------------------------------


def _check_form(fields: Parameters, kind: str) -> None:
    """Check that every parameter of a type is there, and none of another."""
    closes = fields.flag("closePosition") or False
    if closes and kind not in _CLOSERS:
        raise unwanted("closePosition")
    needs = {
        "quantity": not closes,
        "price": kind in PRICED,
        "stopPrice": kind in CONDITIONAL and kind != TRAILING,
        "callbackRate": kind == TRAILING,
    }
    for name, needed in needs.items():
        if needed and not fields.has(name):
            raise missing(name)
        if fields.has(name) and not needed:
            raise unwanted(name)
    if kind != TRAILING and fields.has("activationPrice"):
        raise unwanted("activationPrice")
    if closes and fields.has("reduceOnly"):
        raise unwanted("reduceOnly")


def _time_in_force(fields: Parameters, kind: str, rules: EntryRules) -> str:
    word = fields.choice("timeInForce", tuple(rules.times_in_force), INVALID_TIME_IN_FORCE)
    if kind == LIMIT and word is None:
        raise missing("timeInForce")
    if kind == MARKET and word is not None:
        raise unwanted("timeInForce")
    return word or "GTC"


def _callback(fields: Parameters, rules: EntryRules) -> Decimal | None:
    rate = fields.decimal("callbackRate")
    if rate is not None and not LOWEST_CALLBACK <= rate <= rules.highest_callback:
        raise invalid("callbackRate")
    return rate


def _check_trigger(asked: Asked, ticker: Ticker) -> None:
    """Refuse a trigger that has been reached already."""
    buys = asked.side is Side.BUY
    if asked.stop_price is not None:
        rising = (asked.type, asked.side) in _FROM_BELOW
        reached = ticker.mark >= asked.stop_price if rising else ticker.mark <= asked.stop_price
        if reached:
            raise FapiError(WOULD_TRIGGER)
    if asked.activation_price is not None:
        # A trailing order begins on the better side of the price: below it for a buy.
        wrong = (
            asked.activation_price >= ticker.mark if buys else asked.activation_price <= ticker.mark
        )
        if wrong:
            raise FapiError(WOULD_TRIGGER)


def _word(fields: Parameters, name: str, words: tuple[str, ...], code: int) -> str:
    fields.required(name)
    word = fields.choice(name, words, code)
    assert word is not None, "it has just been read"
    return word


def unwanted(name: str) -> FapiError:
    """Return the refusal of a parameter that its order has no use for."""
    return FapiError(UNWANTED_PARAMETER, f"Parameter '{name}' sent when not required.")
