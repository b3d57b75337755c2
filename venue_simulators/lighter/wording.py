"""How the venue writes numbers, states and rows.

Amounts and prices are strings with all the decimals of their market; integers beside them carry the
same scaled. Streams stamp orders in milliseconds where REST stamps them in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    Market,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    Side,
    TimeInForce,
)
from venue_simulators.lighter.listing import decimals
from venue_simulators.lighter.terms import MS
from venue_simulators.lighter.transaction_bodies import OrderFields

LIMIT, MARKET, STOP_LOSS, STOP_LOSS_LIMIT, TAKE_PROFIT, TAKE_PROFIT_LIMIT, TWAP = range(7)
IOC, GOOD_TILL_TIME, POST_ONLY = range(3)

ORDER_TYPES = (
    "limit",
    "market",
    "stop-loss",
    "stop-loss-limit",
    "take-profit",
    "take-profit-limit",
    "twap",
)
TIMES_IN_FORCE = ("immediate-or-cancel", "good-till-time", "post-only")
PRICELESS_TYPES = (MARKET, STOP_LOSS, TAKE_PROFIT)
TRIGGERED_TYPES = (STOP_LOSS, STOP_LOSS_LIMIT, TAKE_PROFIT, TAKE_PROFIT_LIMIT)

WORLD_TYPES: Mapping[int, OrderType] = {
    LIMIT: OrderType.LIMIT,
    # A market order states its worst price, so it is a limit order that does not rest.
    MARKET: OrderType.LIMIT,
    STOP_LOSS: OrderType.STOP,
    STOP_LOSS_LIMIT: OrderType.STOP,
    TAKE_PROFIT: OrderType.TAKE_PROFIT,
    TAKE_PROFIT_LIMIT: OrderType.TAKE_PROFIT,
}
WORLD_TIMES_IN_FORCE = (TimeInForce.IOC, TimeInForce.GTC, TimeInForce.GTX)

_LIVE = {
    OrderStatus.PENDING: "pending",
    OrderStatus.OPEN: "open",
    OrderStatus.PARTIALLY_FILLED: "open",
    OrderStatus.FILLED: "filled",
}
_ENDED = {
    Reason.POST_ONLY_WOULD_CROSS: "canceled-post-only",
    Reason.INSUFFICIENT_MARGIN: "canceled-margin-not-allowed",
    Reason.REDUCE_ONLY_REJECTED: "canceled-reduce-only",
    Reason.SELF_TRADE: "canceled-self-trade",
    Reason.LIQUIDATED: "canceled-liquidation",
    Reason.MARKET_UNAVAILABLE: "canceled-position-not-allowed",
}


def status_of(info: OrderInfo, order_type: int) -> str:
    """Return the venue's word for what has become of an order."""
    word = _LIVE.get(info.status)
    if word is not None:
        return word
    # The engine calls it expired when what does not rest has met too little.
    if info.status is OrderStatus.EXPIRED or info.reason is Reason.NO_LIQUIDITY:
        return _leftover(info, order_type)
    return refused_status(info.reason)


def refused_status(reason: Reason | None) -> str:
    """Return how an order ends for a reason."""
    return "canceled" if reason is None else _ENDED.get(reason, "canceled")


def _leftover(info: OrderInfo, order_type: int) -> str:
    """Return how an order ends that does not rest and met too little at its price."""
    if info.filled_size > 0:
        return "canceled"
    return "canceled-too-much-slippage" if order_type in PRICELESS_TYPES else "canceled"


def amount(market: Market, size: Decimal) -> str:
    """Return a size with all the decimals of its market: ``0.1336``."""
    return f"{size:.{decimals(market.step)}f}"


def price(market: Market, value: Decimal) -> str:
    """Return a price with all the decimals of its market: ``2064.48``."""
    return f"{value:.{decimals(market.tick)}f}"


def money(value: Decimal) -> str:
    """Return USDC with its six decimals."""
    return f"{value:.6f}"


def percent(fraction: Decimal) -> str:
    """Return a fraction as a percent string: ``0.000012 -> 0.0012``."""
    return f"{fraction * 100:.4f}"


def scaled(market: Market, size: Decimal) -> int:
    """Return a size in the market's integers."""
    return int(size / market.step)


def scaled_price(market: Market, value: Decimal) -> int:
    """Return a price in the market's integers."""
    return int(value / market.tick)


def side_of(fields: OrderFields) -> Side:
    """Return the side of an order."""
    return Side.SELL if fields.is_ask else Side.BUY


def milliseconds(at_ns: int) -> int:
    """Return an instant in ms."""
    return at_ns // MS


def microseconds(at_ns: int) -> int:
    """Return an instant in us."""
    return at_ns // 1000


def levels(market: Market, rows: list[tuple[Decimal, Decimal]]) -> list[dict[str, str]]:
    """Return levels of a book; a size of zero removes one."""
    return [{"price": price(market, value), "size": amount(market, size)} for value, size in rows]


def best_level(market: Market, level: tuple[Decimal, Decimal] | None) -> dict[str, str]:
    """Return the best level of a side; an empty side has empty strings."""
    if level is None:
        return {"price": "", "size": ""}
    return {"price": price(market, level[0]), "size": amount(market, level[1])}


def quote(filled: Decimal, average: Decimal | None) -> Decimal:
    """Return what an order has traded in USDC."""
    return ZERO if average is None else filled * average
