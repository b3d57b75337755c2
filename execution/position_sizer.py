"""How much to trade: from USD to base units on the market's step, and alike over several venues.

A token is the asset itself; a base unit of a market may stand for many of them (``multiplier``:
1000 for 1000PEPE). Legs at several venues are of equal size when their tokens are. Sizes are
rounded down, so that no budget is exceeded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ZERO, Market, Rounding, round_to_increment

EXACT_SHARE_MIN = Decimal("0.95")
"""How much of the target legs that are exactly alike must reach."""


class SizeTooSmall(ValueError):
    """What was asked for is below the least order of a market; says which and what would do."""


@dataclass(frozen=True, slots=True)
class SizedLegs:
    """Quantities that are alike over several markets."""

    tokens: Decimal
    """What the smallest leg holds."""
    quantities: tuple[Decimal, ...]
    """In base units of each market, in the order of the markets."""
    imbalance_tokens: Decimal
    """How many more tokens the largest leg holds than the smallest; zero where steps agree."""


class PositionSizer:
    """Turns notionals into sizes and back."""

    def notional(self, quantity: Decimal, price: Decimal) -> Decimal:
        """Return what ``quantity`` base units are worth at the ``price`` of one (USD)."""
        return quantity * price

    def quantity(self, market: Market, notional_usd: Decimal, price: Decimal) -> Decimal:
        """Return the largest size on the step that is worth at most ``notional_usd``.

        Raises:
            SizeTooSmall: that is below the market's least order.
        """
        _check_above_zero("notional_usd", notional_usd)
        _check_above_zero("price", price)
        size = market.round_size(notional_usd / price)
        _check_minimum(market, size, price)
        return size

    def tokens(self, market: Market, quantity: Decimal) -> Decimal:
        """Return the tokens in ``quantity`` base units."""
        return quantity * market.multiplier

    def quantity_of_tokens(self, market: Market, tokens: Decimal) -> Decimal:
        """Return the largest size on the step that holds at most ``tokens``."""
        return market.round_size(tokens / market.multiplier)

    def common_quantity(
        self, markets: Sequence[Market], tokens: Decimal, price_of_token: Decimal
    ) -> SizedLegs:
        """Return the largest quantities of at most ``tokens`` each that are alike on all markets.

        Tokens are equal to the last digit where a common multiple of the steps comes within 5 % of
        the target. Elsewhere each leg is rounded to its own step, and the difference is told.

        Args:
            markets: One for each leg.
            tokens: The target of each leg.
            price_of_token: What one token is worth (USD), for the minimums.

        Raises:
            SizeTooSmall: a leg would be below its market's least order.
        """
        _check_above_zero("tokens", tokens)
        _check_above_zero("price_of_token", price_of_token)
        common = _common_multiple([market.step * market.multiplier for market in markets])
        alike = round_to_increment(tokens, common, Rounding.DOWN)
        if alike < tokens * EXACT_SHARE_MIN:
            coarsest = max(market.step * market.multiplier for market in markets)
            alike = round_to_increment(tokens, coarsest, Rounding.DOWN)
        quantities = tuple(self.quantity_of_tokens(market, alike) for market in markets)
        for market, quantity in zip(markets, quantities, strict=True):
            _check_minimum(market, quantity, price_of_token * market.multiplier)
        held = [self.tokens(*leg) for leg in zip(markets, quantities, strict=True)]
        return SizedLegs(min(held), quantities, max(held) - min(held))

    def common_notional(
        self, markets: Sequence[tuple[Market, Decimal]], notional_usd: Decimal
    ) -> SizedLegs:
        """Return the largest quantities alike on all markets that are worth ``notional_usd`` each.

        Args:
            markets: Each with the price of one of its base units (USD); the dearest token decides.
            notional_usd: What no leg is worth more than.

        Raises:
            SizeTooSmall: a leg would be below its market's least order.
        """
        _check_above_zero("notional_usd", notional_usd)
        dearest = max(price / market.multiplier for market, price in markets)
        listed = [market for market, _ in markets]
        return self.common_quantity(listed, notional_usd / dearest, dearest)


def _common_multiple(steps: Sequence[Decimal]) -> Decimal:
    """Return the least common multiple, exactly.

    >>> _common_multiple([Decimal("0.4"), Decimal("0.6")])
    Decimal('1.2')
    """
    exponents = [step.as_tuple().exponent for step in steps]
    digits = max([0, *(-each for each in exponents if isinstance(each, int))])
    scale = Decimal(10) ** digits
    return Decimal(math.lcm(*(int(step * scale) for step in steps))) / scale


def _check_minimum(market: Market, size: Decimal, price: Decimal) -> None:
    least = market.smallest_size(price)
    if size < least:
        raise SizeTooSmall(
            f"size {size} of {market.contract_id} is below the least order: use at least {least} "
            f"base units, or {least * price} USD at price {price}"
        )


def _check_above_zero(name: str, value: Decimal) -> None:
    if value <= ZERO:
        raise ValueError(f"{name} must be above zero, got {value}")
