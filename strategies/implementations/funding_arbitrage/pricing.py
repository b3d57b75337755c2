"""The two limit prices of a pair, chosen together.

The pair never pays more for its opening than ``max_entry_basis``: whatever the two fills are, the
long's price less the short's stays within the bound, because the limits do and a limit fills at its
price or better. Both orders rest: each price lies between the touch of its own side and the last
tick before the far one.

Prices are USD per token inside, and on each market's own grid outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import Market, Side


@dataclass(frozen=True, slots=True)
class Quote:
    """The best prices of one leg's market, as the venue spells them."""

    market: Market
    bid: Decimal
    ask: Decimal

    @property
    def mid(self) -> Decimal:
        """USD per token."""
        return (self.bid + self.ask) / 2 / self.market.multiplier

    def room(self, side: Side) -> tuple[Decimal, Decimal]:
        """Return the lowest and highest price per token at which an order of ``side`` rests.

        A buy rests from the bid up to a tick below the ask, a sell from a tick above the bid up to
        the ask. Behind the touch it would wait for the market to come; beyond it would take.
        """
        tick, multiplier = self.market.tick, self.market.multiplier
        low, high = self.bid, self.ask - tick
        if side is Side.SELL:
            low, high = self.bid + tick, self.ask
        return low / multiplier, high / multiplier

    def on_grid(self, token_price: Decimal, side: Side) -> Decimal:
        """Return a price per token as the venue spells it, rounded in our favour."""
        return self.market.round_price(token_price * self.market.multiplier, side)


@dataclass(frozen=True, slots=True)
class EntryPrices:
    """Both limits, on each market's grid, and what they keep."""

    long: Decimal
    short: Decimal
    gap_max: Decimal
    """How much more the long may cost than the short brings, in USD per token."""


def gap_bound(long: Quote, short: Quote, max_entry_basis: Decimal) -> Decimal:
    """Return the bound in USD per token, of the mean mid."""
    return max_entry_basis * (long.mid + short.mid) / 2


def entry_prices(long: Quote, short: Quote, max_entry_basis: Decimal) -> EntryPrices | None:
    """Choose both prices: as near to filling as the bound lets them be.

    Each leg begins at the price that fills soonest. What the two together exceed the bound by is
    taken back from each in proportion to its room. None where even two orders at the touch would
    pay more than the bound, or a spread leaves no room to rest in.

    Args:
        long: the market that is bought.
        short: the market that is sold.
        max_entry_basis: as a fraction of mid; below zero it demands a gain.
    """
    long_low, long_high = long.room(Side.BUY)
    short_low, short_high = short.room(Side.SELL)
    long_room, short_room = long_high - long_low, short_high - short_low
    if long_room < 0 or short_room < 0:
        return None
    bound = gap_bound(long, short, max_entry_basis)
    excess = long_high - short_low - bound
    if excess > long_room + short_room:
        return None
    buy, sell = long_high, short_low
    if excess > 0:
        buy -= excess * long_room / (long_room + short_room)
        sell += excess * short_room / (long_room + short_room)
    bought, sold = long.on_grid(buy, Side.BUY), short.on_grid(sell, Side.SELL)
    paid = bought / long.market.multiplier - sold / short.market.multiplier
    assert paid <= bound, f"{bought} and {sold} pay {paid} a token, more than {bound}"
    return EntryPrices(bought, sold, bound)
