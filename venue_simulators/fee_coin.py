"""Fees in a coin of the venue's own: cheaper, and paid from another balance than the dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from exchange_clients.base_models import ONE, ZERO, ContractId, Fill, Liquidity, Market
from exchange_clients.paper.config import PaperConfig

D = Decimal
PRICE, DISCOUNT = D(600), D("0.1")
DIGITS = 8
"""Behind the point, of an amount of the coin."""


@dataclass(frozen=True, slots=True)
class FeeCoin:
    """What pays an account's fees where it has chosen so; a rebate comes in dollars all the same.

    The price stands still: what a fee in the coin is worth is no venue's to say here.
    """

    asset: str = "BNB"
    price: Decimal = PRICE
    """USD of one."""
    discount: Decimal = DISCOUNT
    """Which part of a fee is let off."""

    def engine(self, config: PaperConfig, markets: Mapping[ContractId, Market]) -> PaperConfig:
        """Return what the engine takes in dollars: rebates alone."""
        makers = [config.fees(market)[0] for market in markets.values()]
        return replace(config, maker_fee=min(ZERO, *makers), taker_fee=ZERO)

    def charged(self, fill: Fill, rates: tuple[Decimal, Decimal]) -> Fill:
        """Return a fill with its fee in the coin.

        Args:
            fill: As the engine tells it.
            rates: Of the market: (maker, taker), fractions of notional.
        """
        rate = rates[0] if fill.liquidity is Liquidity.MAKER else rates[1]
        if rate <= 0:
            return fill
        paid = fill.price * fill.size * rate * (ONE - self.discount) / self.price
        return replace(fill, fee=round(paid, DIGITS), fee_asset=self.asset)
