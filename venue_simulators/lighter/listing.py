"""The markets that are simulated, under the integers by which the venue knows them."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from exchange_clients.paper.rules import PostOnlyMode, ReduceOnlyMode, SelfTrade, VenueRules
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from venue_simulators.lighter.terms import LighterTerms

LEVERAGE = Decimal(20)
"""Until an account chooses another: default_initial_margin_fraction 500."""
MARGIN_UNIT = 10_000
"""Margin fractions are integers of a ten-thousandth."""
HOURLY_FUNDING = Decimal("0.000012")
"""0.0012 % an hour, as in the venue's recorded rows."""


def paper_config(terms: LighterTerms) -> PaperConfig:
    """Return fees, margin and engine rules of the venue."""
    return PaperConfig(
        leverage=LEVERAGE,
        maker_fee=terms.of_tier.maker_fee,
        taker_fee=terms.of_tier.taker_fee,
        liquidation_fee=Decimal("0.01"),
        funding=FundingTerms(HOUR_NS, ConstantFunding(HOURLY_FUNDING)),
        rules=VenueRules(
            reduce_only=ReduceOnlyMode.STRICT,
            self_trade=SelfTrade.CANCEL_OLDEST,
            post_only=PostOnlyMode.REJECT,
        ),
    )


def market_id(contract_id: ContractId) -> int:
    """Return the integer of a contract; the world spells it in digits."""
    return int(contract_id)


def contract(market: int) -> ContractId:
    """Return the world's spelling of a market's integer."""
    return ContractId(str(market))


@lru_cache(maxsize=256)
def decimals(increment: Decimal) -> int:
    """Return the decimals of a tick or step: ``0.01 -> 2``, ``10 -> 0``."""
    exponent = increment.normalize().as_tuple().exponent
    assert isinstance(exponent, int), f"an increment is finite, got {increment}"
    return max(-exponent, 0)


def venue_symbol(market: Market) -> str:
    """Return the symbol as the venue lists it: of 1,000 tokens with the number before it."""
    return market.symbol if market.multiplier == 1 else f"{market.multiplier}{market.symbol}"


def _market(market: int, symbol: str, price_decimals: int, size_decimals: int) -> Market:
    figures = _FIGURES[symbol]
    return Market(
        Symbol(symbol),
        ContractId(str(market)),
        tick=Decimal(1).scaleb(-price_decimals),
        step=Decimal(1).scaleb(-size_decimals),
        min_size=Decimal(figures[0]),
        min_notional=Decimal(10),
        max_leverage=Decimal(figures[1]),
        maintenance_margin=Decimal(figures[2]),
        multiplier=Decimal(1000 if symbol == "PEPE" else 1),
    )


_FIGURES = {
    "ETH": ("0.0050", 50, "0.0120"),
    "BTC": ("0.00020", 50, "0.0120"),
    "SOL": ("0.050", 25, "0.0240"),
    "PEPE": ("500", 10, "0.0600"),
}
"""Minimum size, maximum leverage and maintenance margin fraction."""

MARKETS = (
    SyntheticMarket(_market(1, "BTC", 1, 5), 64_000.0, 0.5),
    SyntheticMarket(_market(0, "ETH", 2, 4), 2_060.0, 0.65),
    SyntheticMarket(_market(2, "SOL", 3, 3), 150.0, 0.9),
    SyntheticMarket(_market(4, "PEPE", 6, 0), 0.009, 1.1),
)
