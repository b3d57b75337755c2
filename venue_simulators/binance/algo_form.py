"""How a conditional order is read and judged: its price first, its margin only when that comes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import ContractId
from venue_simulators.binance.order_form import check_modes, good_till, matched_price
from venue_simulators.binance.orders import NO_MATCH, BinanceAsked
from venue_simulators.fapi.errors import (
    BAD_SYMBOL,
    INVALID_CLIENT_ID,
    INVALID_ORDER_TYPE,
    INVALID_SIDE,
    INVALID_TIME_IN_FORCE,
    FapiError,
    invalid,
    missing,
)
from venue_simulators.fapi.filters import Filters
from venue_simulators.fapi.legs import LONG, SHORT
from venue_simulators.fapi.order_entry import CLIENT_ID, LOWEST_CALLBACK, unwanted
from venue_simulators.fapi.orders import (
    BY_LAST,
    BY_MARK,
    CONDITIONAL,
    PRICED,
    SIDES,
    STOP_MARKET,
    TAKE_PROFIT_MARKET,
    TRAILING,
)
from venue_simulators.fapi.parameters import Parameters
from venue_simulators.world import World

HIGHEST_CALLBACK = Decimal(20)
_TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "GTX", "GTD")
_CLOSERS = (STOP_MARKET, TAKE_PROFIT_MARKET)


def read_algo(fields: Parameters, world: World, spare_id: str, *, dual_side: bool) -> BinanceAsked:
    """Return the conditional order that was sent.

    Raises:
        FapiError: it is not worded as one.
    """
    fields.required("algoType")
    fields.choice("algoType", ("CONDITIONAL",))
    symbol = ContractId(fields.required("symbol"))
    if symbol not in world.markets:
        raise FapiError(BAD_SYMBOL)
    side = SIDES.get(fields.required("side"))
    if side is None:
        raise FapiError(INVALID_SIDE)
    kind = fields.required("type")
    if kind not in CONDITIONAL:
        raise FapiError(INVALID_ORDER_TYPE)
    mode = fields.text("selfTradePreventionMode")
    if mode not in (None, "NONE"):
        check_modes(fields, dual_side=dual_side)
    elif dual_side and fields.has("reduceOnly"):
        raise unwanted("reduceOnly")
    match = fields.text("priceMatch") or NO_MATCH
    if match != NO_MATCH:
        if kind not in PRICED:
            raise FapiError(-5038)
        matched_price(world, symbol, side, match)
    position_side = fields.choice("positionSide", ("BOTH", LONG, SHORT)) or "BOTH"
    if dual_side is (position_side == "BOTH"):
        raise FapiError(-4061)
    _check_form(fields, kind, matched=match != NO_MATCH)
    time_in_force = fields.choice("timeInForce", _TIMES_IN_FORCE, INVALID_TIME_IN_FORCE) or "GTC"
    return BinanceAsked(
        symbol=symbol,
        side=side,
        type=kind,
        client_id=_client_id(fields, spare_id),
        price=fields.decimal("price"),
        quantity=fields.decimal("quantity"),
        time_in_force=time_in_force,
        reduce_only=fields.flag("reduceOnly") or False,
        close_position=fields.flag("closePosition") or False,
        stop_price=fields.decimal("triggerPrice"),
        activation_price=fields.decimal("activatePrice"),
        callback_rate=_callback(fields),
        working_type=fields.choice("workingType", (BY_LAST, BY_MARK)) or BY_LAST,
        price_protect=(fields.text("priceProtect") or "false").lower() == "true",
        position_side=position_side,
        price_match=match,
        good_till_ms=good_till(fields, world.now_ns),
    )


def check_algo(asked: BinanceAsked, world: World, filters: Mapping[ContractId, Filters]) -> None:
    """Refuse an order that the market does not take.

    Raises:
        FapiError: it does not.
    """
    limits = filters[asked.symbol]
    if not world.tradable(asked.symbol):
        raise FapiError(-4140)
    if asked.quantity is not None:
        limits.check_size(asked.quantity, market_order=asked.type not in PRICED)
    for price in (asked.price, asked.stop_price, asked.activation_price):
        if price is not None:
            limits.check_price(price)
    if asked.quantity is not None and not asked.reduce_only:
        at = asked.price or asked.stop_price or world.prices(asked.symbol).mark
        limits.check_notional(asked.quantity * at)


def _check_form(fields: Parameters, kind: str, *, matched: bool) -> None:
    """Check that every parameter of a type is there, and none of another."""
    closes = fields.flag("closePosition") or False
    if closes and kind not in _CLOSERS:
        raise unwanted("closePosition")
    needs = {
        "quantity": not closes,
        "price": kind in PRICED and not matched,
        "triggerPrice": kind != TRAILING,
        "callbackRate": kind == TRAILING,
    }
    for name, needed in needs.items():
        if needed and not fields.has(name):
            raise missing(name)
        if fields.has(name) and not needed:
            raise unwanted(name)
    if kind != TRAILING and fields.has("activatePrice"):
        raise unwanted("activatePrice")
    # The names of the older path would otherwise be taken for nothing at all.
    for name in ("stopPrice", "activationPrice", "newClientOrderId"):
        if fields.has(name):
            raise unwanted(name)
    if closes:
        _check_closing(fields)


def _check_closing(fields: Parameters) -> None:
    if fields.has("reduceOnly"):
        raise unwanted("reduceOnly")
    words = (fields.text("side"), fields.text("positionSide"))
    if words in (("BUY", LONG), ("SELL", SHORT)):
        raise invalid("positionSide")


def _client_id(fields: Parameters, spare_id: str) -> str:
    client_id = fields.text("clientAlgoId")
    if client_id is None:
        return spare_id
    if CLIENT_ID.fullmatch(client_id) is None:
        raise FapiError(INVALID_CLIENT_ID)
    return client_id


def _callback(fields: Parameters) -> Decimal | None:
    rate = fields.decimal("callbackRate")
    if rate is not None and not LOWEST_CALLBACK <= rate <= HIGHEST_CALLBACK:
        raise invalid("callbackRate")
    return rate
