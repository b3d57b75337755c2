"""How large the orders of a grid are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_models import Market, Rounding, round_to_increment


@dataclass(frozen=True, slots=True)
class Least:
    """What a venue's least order was when a grid began; a restart has not agreed to another."""

    step: Decimal
    min_size: Decimal
    min_notional: Decimal

    @classmethod
    def of(cls, market: Market) -> Least:
        """Return what is in force in a market."""
        return cls(market.step, market.min_size, market.min_notional)

    def on(self, market: Market) -> Market:
        """Return a market with these rules; the market itself where it has no others."""
        if self == self.of(market):
            return market
        return replace(
            market, step=self.step, min_size=self.min_size, min_notional=self.min_notional
        )


def order_size(
    market: Market, price: Decimal, quantity: Decimal | None, notional_usd: Decimal | None
) -> Decimal:
    """Return the size in base units, on the step, at least the venue's minimum.

    Args:
        market: Where the order goes.
        price: What a notional is divided by.
        quantity: What the user wants, in base units; None where it is told as a notional.
        notional_usd: The same in USD.
    """
    if quantity is None:
        assert notional_usd is not None, "checked with the settings"
        quantity = notional_usd / price
    return max(market.round_size(quantity), market.smallest_size(price))


def grown(
    begun: Market,
    market: Market,
    price: Decimal,
    quantity: Decimal | None,
    notional_usd: Decimal | None,
) -> Decimal | None:
    """Return the size that the venue's least order has grown to beyond what a run began with.

    Nobody has agreed to it: a person sees the size before a start, and not when rules change. None
    where orders are as large as they were, or smaller.

    Args:
        begun: The market as it was at the start.
        market: The market as it is.
        price: What a notional is divided by.
        quantity: What the user wants, in base units; None where it is told as a notional.
        notional_usd: The same in USD.
    """
    if begun is market:
        return None
    size = order_size(market, price, quantity, notional_usd)
    return size if size > order_size(begun, price, quantity, notional_usd) else None


def smallest_close(market: Market) -> Decimal:
    """Return the least size of a close; reduce-only orders have no minimum notional."""
    return round_to_increment(max(market.min_size, market.step), market.step, Rounding.UP)
