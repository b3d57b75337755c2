"""How an order is read and judged before the engine sees it.

What has the wrong type is a payload that cannot be parsed; what is of the right type and makes no
sense is refused with a code. The engine judges the rest: margin, crossing, reduce-only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from exchange_clients.base_models import (
    ONE,
    ZERO,
    ContractId,
    Market,
    OrderType,
    Rounding,
    Side,
    TimeInForce,
    round_to_increment,
)
from venue_simulators.backpack import listing
from venue_simulators.backpack.errors import Refusal, invalid_order, invalid_request
from venue_simulators.backpack.fields import Fields
from venue_simulators.backpack.orders import Asked, Exit
from venue_simulators.backpack.wording import SIDES, decimals
from venue_simulators.world import Wanted, World

SELF_TRADE_WORDS = ("RejectTaker", "RejectMaker", "RejectBoth")
TRIGGER_PRICES = ("LastPrice", "MarkPrice", "IndexPrice")
_TRIGGER_QUANTITY = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?%?")
_ATTACHED = ("takeProfit", "stopLoss")
_TYPES = {
    (False, True): OrderType.STOP,
    (True, True): OrderType.STOP_MARKET,
    (False, False): OrderType.TAKE_PROFIT,
    (True, False): OrderType.TAKE_PROFIT_MARKET,
}
"""By whether the order is a market order, and whether its trigger is on the losing side."""


def read(fields: Fields) -> Asked:
    """Return the order that was sent.

    Raises:
        Refusal: it is not worded as an order.
    """
    asked = Asked(
        symbol=ContractId(fields.required("symbol")),
        side=SIDES[_required_choice(fields, "side", tuple(SIDES))],
        market=_required_choice(fields, "orderType", ("Limit", "Market")) == "Market",
        price=fields.decimal("price"),
        quantity=fields.decimal("quantity"),
        quote_quantity=fields.decimal("quoteQuantity"),
        time_in_force=fields.choice("timeInForce", ("GTC", "IOC", "FOK")) or "GTC",
        post_only=fields.flag("postOnly") or False,
        reduce_only=fields.flag("reduceOnly"),
        client_id=fields.whole("clientId"),
        self_trade=fields.choice("selfTradePrevention", SELF_TRADE_WORDS) or "RejectTaker",
        trigger_price=fields.decimal("triggerPrice"),
        trigger_quantity=fields.text("triggerQuantity"),
        trigger_by=fields.choice("triggerBy", TRIGGER_PRICES),
        slippage=fields.decimal("slippageTolerance"),
        slippage_type=fields.choice("slippageToleranceType", ("TickSize", "Percent")),
        exits=tuple(_exit(fields, name) for name in _ATTACHED if _attached(fields, name)),
    )
    quantity = asked.trigger_quantity
    if quantity is not None and _TRIGGER_QUANTITY.fullmatch(quantity) is None:
        raise fields.fault("triggerQuantity", "expected a size or a percentage")
    return asked


def _attached(fields: Fields, name: str) -> bool:
    return any(fields.has(f"{name}{part}") for part in ("TriggerPrice", "LimitPrice", "TriggerBy"))


def _exit(fields: Fields, name: str) -> Exit:
    """Return an order that closes what this one opens; without a limit price it is at market."""
    fields.required(f"{name}TriggerPrice")
    trigger, limit = fields.decimal(f"{name}TriggerPrice"), fields.decimal(f"{name}LimitPrice")
    assert trigger is not None, "it has just been asked for"
    by = fields.choice(f"{name}TriggerBy", TRIGGER_PRICES)
    return Exit(_TYPES[limit is None, name == "stopLoss"], trigger, limit, by)


def judge(asked: Asked, world: World, account: str) -> Wanted:
    """Return the order as the engine takes it.

    Raises:
        Refusal: the venue does not take such an order, or not now.
    """
    market = world.rules.get(asked.symbol)
    if market is None:
        raise Refusal("INVALID_SYMBOL", "Invalid symbol")
    if not world.tradable(asked.symbol):
        raise Refusal("TRADING_PAUSED", "Trading is paused")
    _check_parts(asked)
    _check_prices(asked, market, world.ticker(asked.symbol).last)
    size = _size(asked, market, world, account)
    return Wanted(
        contract_id=asked.symbol,
        side=asked.side,
        size=size,
        price=asked.price if asked.slippage is None else _slippage_bound(asked, market, world),
        order_type=_order_type(asked, world),
        time_in_force=_time_in_force(asked),
        reduce_only=asked.reduce_only or False,
        trigger_price=asked.trigger_price,
    )


def _required_choice(fields: Fields, name: str, words: Sequence[str]) -> str:
    fields.required(name)
    word = fields.choice(name, words)
    assert word is not None, "it has just been read"
    return word


# What belongs together ----------------------------------------------------------------------------


def _check_parts(asked: Asked) -> None:
    if (asked.trigger_price is None) is not (asked.trigger_quantity is None):
        raise invalid_request("Must specify both `triggerPrice` and `triggerQuantity` or neither")
    if (asked.slippage is None) is not (asked.slippage_type is None):
        raise invalid_request(
            "Must specify both `slippageTolerance` and `slippageToleranceType` or neither"
        )
    sizes = (asked.quantity, asked.quote_quantity, asked.trigger_quantity)
    if sum(size is not None for size in sizes) != 1:
        raise invalid_order("Must specify exactly one of `quantity` and `quoteQuantity`")
    if asked.market:
        _check_market_order(asked)
    elif asked.price is None or asked.quote_quantity is not None or asked.slippage is not None:
        raise invalid_order("A limit order needs `price` and `quantity`")
    if asked.post_only and asked.time_in_force != "GTC":
        raise invalid_order("A post only order cannot be IOC or FOK")


def _check_market_order(asked: Asked) -> None:
    if asked.price is not None or asked.post_only:
        raise invalid_order("A market order has neither `price` nor `postOnly`")


# Prices and sizes ---------------------------------------------------------------------------------


def _check_prices(asked: Asked, market: Market, last: Decimal) -> None:
    for price in (asked.price, asked.trigger_price):
        if price is None:
            continue
        if decimals(price) > decimals(market.tick):
            raise invalid_request("Price decimal too long")
        if price <= 0 or price % market.tick:
            raise Refusal("INVALID_PRICE", "Price is not a multiple of the tick size")
    price = asked.price
    if price is None or last == 0 or asked.conditional:
        return
    if not last * listing.MIN_MULTIPLIER <= price <= last * listing.MAX_MULTIPLIER:
        raise Refusal("INVALID_PRICE", "Price is too far from the last active price")


def _size(asked: Asked, market: Market, world: World, account: str) -> Decimal:
    if asked.quote_quantity is not None:
        size = market.round_size(_worth(asked.quote_quantity, asked, world))
    elif asked.trigger_quantity is not None:
        size = _trigger_size(asked.trigger_quantity, asked.symbol, market, world, account)
    else:
        assert asked.quantity is not None, "an order without a size was refused"
        size = asked.quantity
    if decimals(size) > decimals(market.step):
        raise invalid_request("Quantity decimal too long")
    if size % market.step:
        raise Refusal("INVALID_QUANTITY", "Quantity is not a multiple of the step size")
    if size < market.min_size or size <= 0:
        raise Refusal("INVALID_QUANTITY", "Quantity is below the minimum")
    return size


def _worth(quote: Decimal, asked: Asked, world: World) -> Decimal:
    """Return what a sum of quote buys, or what must be sold for it, down the book as it is."""
    view, _ = world.depth(asked.symbol)
    size, left = ZERO, quote
    for price, available in view.asks if asked.side is Side.BUY else view.bids:
        taken = min(available, left / price)
        size += taken
        left -= taken * price
        if left <= 0:
            break
    return size


def _trigger_size(
    text: str, symbol: ContractId, market: Market, world: World, account: str
) -> Decimal:
    """Return the size of a trigger order; a percentage is of the position at this moment."""
    if not text.endswith("%"):
        return Decimal(text)
    held = [one.size for one in world.positions(account) if one.contract_id == symbol]
    return market.round_size(abs(sum(held, ZERO)) * Decimal(text[:-1]) / 100)


# Types --------------------------------------------------------------------------------------------


def _order_type(asked: Asked, world: World) -> OrderType:
    """Return the engine's type; a trigger above the mark fires from below and the other way."""
    if asked.trigger_price is not None:
        above = asked.trigger_price > world.prices(asked.symbol).mark
        return _TYPES[asked.market, above is (asked.side is Side.BUY)]
    # A market order with a tolerance is to the engine a limit order that does not rest.
    return OrderType.MARKET if asked.market and asked.slippage is None else OrderType.LIMIT


def _time_in_force(asked: Asked) -> TimeInForce:
    if asked.post_only:
        return TimeInForce.GTX
    if asked.time_in_force == "FOK":
        return TimeInForce.FOK
    if asked.time_in_force == "IOC" or (asked.market and not asked.conditional):
        return TimeInForce.IOC
    return TimeInForce.GTC


def _slippage_bound(asked: Asked, market: Market, world: World) -> Decimal:
    """Return how far from the best price a market order with a tolerance may trade."""
    bid, ask, _ = world.best(asked.symbol)
    best = ask if asked.side is Side.BUY else bid
    if best is None or asked.slippage is None:
        raise Refusal("INVALID_ORDER", "Insufficient liquidity")
    if asked.slippage_type == "TickSize":
        return best[0] + asked.side.sign * asked.slippage * market.tick
    factor = ONE + asked.side.sign * asked.slippage / 100
    rounding = Rounding.DOWN if asked.side is Side.BUY else Rounding.UP
    return round_to_increment(best[0] * factor, market.tick, rounding)
