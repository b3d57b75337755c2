"""The enum members that the engine compares with, bound once.

Python 3.11 looks ``OrderType.LIMIT`` up through the metaclass, which takes ten times as long as a
global; an operation makes a dozen such comparisons and takes about a microsecond in all.
"""

from __future__ import annotations

from exchange_clients.base_models import OrderStatus, OrderType, Side, TimeInForce

BUY = Side.BUY
SELL = Side.SELL

LIMIT = OrderType.LIMIT
MARKET = OrderType.MARKET

GTC = TimeInForce.GTC
IOC = TimeInForce.IOC
FOK = TimeInForce.FOK
GTX = TimeInForce.GTX

PENDING = OrderStatus.PENDING
OPEN = OrderStatus.OPEN
PARTIALLY_FILLED = OrderStatus.PARTIALLY_FILLED
FILLED = OrderStatus.FILLED
CANCELED = OrderStatus.CANCELED
EXPIRED = OrderStatus.EXPIRED
REJECTED = OrderStatus.REJECTED

LIVE = (OPEN, PARTIALLY_FILLED)
"""An accepted order that has not ended: it rests, waits for its trigger, or is delayed."""
MARKET_TYPES = (
    MARKET,
    OrderType.STOP_MARKET,
    OrderType.TAKE_PROFIT_MARKET,
    OrderType.TRAILING_STOP,
)
"""Orders without a limit of their own; they never rest."""
