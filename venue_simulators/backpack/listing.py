"""The markets that are simulated, each as the row in which the venue lists it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import ConstantFunding, FundingTerms
from exchange_clients.paper.rules import VenueRules
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from venue_simulators.backpack.wording import plain

FUNDING_INTERVAL_MS = 3_600_000
MAKER_FEE = Decimal("0.0002")
TAKER_FEE = Decimal("0.0005")
INITIAL_FRACTION = Decimal("0.02")
MAINTENANCE_FRACTION = Decimal("0.0125")
MAX_LEVERAGE = 1 / INITIAL_FRACTION
MAX_MULTIPLIER = Decimal("1.25")
MIN_MULTIPLIER = Decimal("0.75")
"""How far a limit price may be from the last active one."""
IMPACT = Decimal("0.05")
"""How far a market order may run past the best price."""

PAPER = PaperConfig(
    leverage=Decimal(10),
    maker_fee=MAKER_FEE,
    taker_fee=TAKER_FEE,
    liquidation_fee=Decimal("0.01"),
    funding=FundingTerms(FUNDING_INTERVAL_MS * 1_000_000, ConstantFunding(Decimal("0.0000125"))),
    rules=VenueRules(market_bound=IMPACT),
)


@dataclass(frozen=True, slots=True)
class MarginFactors:
    """How the margin fractions of a market grow with the root of a position's notional."""

    initial: str
    maintenance: str
    open_interest_limit: str
    created_at: str


def _market(base: str, tick: str, step: str, price: float, volatility: float) -> SyntheticMarket:
    thousands = base.startswith("k")
    market = Market(
        Symbol(base[1:] if thousands else base),
        ContractId(f"{base}_USDC_PERP"),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        max_leverage=MAX_LEVERAGE,
        maintenance_margin=MAINTENANCE_FRACTION,
        multiplier=Decimal(1000 if thousands else 1),
        maker_fee=MAKER_FEE,
        taker_fee=TAKER_FEE,
    )
    return SyntheticMarket(market, price, volatility)


MARKETS = (
    _market("BTC", "0.1", "0.00001", 90_000.0, 0.5),
    _market("ETH", "0.01", "0.0001", 3_800.0, 0.65),
    _market("SOL", "0.01", "0.01", 180.0, 0.9),
    _market("kPEPE", "0.000001", "100", 0.009, 1.1),
)

_FACTORS: Mapping[str, MarginFactors] = {
    "BTC_USDC_PERP": MarginFactors(
        "0.0001275", "0.0000765", "4000000", "2025-01-21T06:34:54.691858"
    ),
    "ETH_USDC_PERP": MarginFactors(
        "0.0000935", "0.0000561", "4000000", "2025-01-21T06:34:54.691858"
    ),
}
_OTHER_FACTORS = MarginFactors("0.0001667", "0.0001", "2000000", "2025-03-12T08:00:12.104233")


def base_symbol(contract_id: str) -> str:
    """Return the base of a contract as the venue writes it: ``kPEPE_USDC_PERP -> kPEPE``."""
    return contract_id.removesuffix("_USDC_PERP")


def initial_function(contract_id: str) -> dict[str, str]:
    """Return how the initial margin fraction of a market is computed."""
    factors = _FACTORS.get(contract_id, _OTHER_FACTORS)
    return {"type": "sqrt", "base": plain(INITIAL_FRACTION), "factor": factors.initial}


def maintenance_function(contract_id: str) -> dict[str, str]:
    """Return how the maintenance margin fraction of a market is computed."""
    factors = _FACTORS.get(contract_id, _OTHER_FACTORS)
    return {"type": "sqrt", "base": plain(MAINTENANCE_FRACTION), "factor": factors.maintenance}


def market_row(market: Market, *, tradable: bool) -> dict[str, object]:
    """Return a market as ``/api/v1/markets`` lists it."""
    contract_id = market.contract_id
    factors = _FACTORS.get(contract_id, _OTHER_FACTORS)
    return {
        "symbol": contract_id,
        "baseSymbol": base_symbol(contract_id),
        "quoteSymbol": "USDC",
        "marketType": "PERP",
        "rwaMarketType": None,
        "filters": {"price": _price_filter(market), "quantity": _quantity_filter(market)},
        "imfFunction": initial_function(contract_id),
        "mmfFunction": maintenance_function(contract_id),
        "fundingInterval": FUNDING_INTERVAL_MS,
        "fundingRateUpperBound": "150",
        "fundingRateLowerBound": "-150",
        "openInterestLimit": factors.open_interest_limit,
        "orderBookState": "Open" if tradable else "Closed",
        "createdAt": factors.created_at,
        "visible": True,
        "positionLimitWeight": None,
    }


def asset_row(symbol: str) -> dict[str, object]:
    """Return an asset as ``/api/v1/assets`` lists it; nothing but USDC can be moved."""
    token = {
        "blockchain": "Solana",
        "contractAddress": "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
        "depositEnabled": True,
        "displayName": "USD Coin",
        "maximumWithdrawal": None,
        "minimumDeposit": "1",
        "minimumWithdrawal": "2",
        "withdrawEnabled": True,
        "withdrawalFee": "1",
    }
    collateral = symbol == "USDC"
    return {
        "coingeckoId": None,
        "displayName": token["displayName"] if collateral else symbol,
        "symbol": symbol,
        "tokens": [token] if collateral else [],
    }


def _price_filter(market: Market) -> dict[str, object]:
    return {
        "minPrice": plain(market.tick),
        "maxPrice": None,
        "tickSize": plain(market.tick),
        "maxMultiplier": plain(MAX_MULTIPLIER),
        "minMultiplier": plain(MIN_MULTIPLIER),
        "maxImpactMultiplier": plain(1 + IMPACT),
        "minImpactMultiplier": plain(1 - IMPACT),
        "meanMarkPriceBand": {"maxMultiplier": "1.1", "minMultiplier": "0.9"},
        "meanPremiumBand": {"tolerancePct": "0.05"},
        "borrowEntryFeeMaxMultiplier": None,
        "borrowEntryFeeMinMultiplier": None,
        "maxPriceUpdateMultiplier": "1.0025",
        "minPriceUpdateMultiplier": "0.9975",
    }


def _quantity_filter(market: Market) -> dict[str, object]:
    return {
        "minQuantity": plain(market.min_size),
        "maxQuantity": None,
        "stepSize": plain(market.step),
    }
