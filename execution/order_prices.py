"""What a limit order is priced at: at the touch, inside the spread, or through it.

The touch is the best price of the order's own side. Prices are on the market's tick, and rounding
never costs: a buy is rounded down, a sell up.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import Market, Side
from execution.execution_values import BPS


@dataclass(frozen=True, slots=True)
class Quote:
    """Best bid and ask of one instant (USD), uncrossed."""

    bid: Decimal
    ask: Decimal

    @property
    def mid(self) -> Decimal:
        """The price in the middle."""
        return (self.bid + self.ask) / 2

    @property
    def spread_bps(self) -> Decimal:
        """The distance of ask and bid, in basis points of the mid."""
        return (self.ask - self.bid) * BPS / self.mid

    def own(self, side: Side) -> Decimal:
        """Return the best price that orders of ``side`` rest at."""
        return self.bid if side is Side.BUY else self.ask

    def other(self, side: Side) -> Decimal:
        """Return the best price that an order of ``side`` would take."""
        return self.ask if side is Side.BUY else self.bid


def touch_price(quote: Quote, side: Side, market: Market, offset_bps: Decimal) -> Decimal:
    """Return the touch bettered by ``offset_bps``, at least a tick short of trading at once.

    >>> # bid 99, ask 100, tick 0.01, a buy bettered by 1 bp: 99.00 * 1.0001 = 99.0099 -> 99.00
    """
    own = quote.own(side)
    wanted = market.round_price(own * (1 + side.sign * offset_bps / BPS), side)
    return _not_taking(wanted, quote, side, market)


def inside_price(quote: Quote, side: Side, market: Market) -> Decimal:
    """Return the mid, at least a tick short of trading at once and never behind the touch."""
    middle = _not_taking(market.round_price(quote.mid, side), quote, side, market)
    return _further(middle, quote.own(side), side)


def through_price(quote: Quote, side: Side, market: Market, offset_bps: Decimal) -> Decimal:
    """Return a price ``offset_bps``, and at least a tick, beyond the best price of the other side.

    An order at it takes what there is up to there and rests with what is left.
    """
    other = quote.other(side)
    beyond = market.round_price(other * (1 + side.sign * offset_bps / BPS), side)
    return _further(beyond, other + side.sign * market.tick, side)


def within(price: Decimal, bound: Decimal | None, side: Side) -> Decimal:
    """Return ``price``, but never worse than ``bound`` for us; None bounds nothing."""
    if bound is None:
        return price
    return min(price, bound) if side is Side.BUY else max(price, bound)


def _not_taking(price: Decimal, quote: Quote, side: Side, market: Market) -> Decimal:
    return within(price, quote.other(side) - side.sign * market.tick, side)


def _further(one: Decimal, another: Decimal, side: Side) -> Decimal:
    """Return the price that gives more to get the trade."""
    return max(one, another) if side is Side.BUY else min(one, another)
