"""The markets that are simulated, each as the row in which the venue lists it.

Besides the perpetuals there is one dated future: it stands in the lists of instruments and tickers,
as such contracts do among the venue's own, and cannot be traded here.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from exchange_clients.paper.rules import (
    ReduceOnlyMode,
    SelfTrade,
    VenueRules,
)
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from venue_simulators.bybit.wording import Row, on_grid, plain

FUNDING_MINUTES = 480
FUNDING_CAP = Decimal("0.005")
MAKER_FEE = Decimal("0.0002")
TAKER_FEE = Decimal("0.00055")
MIN_NOTIONAL = Decimal(5)
PRICE_BAND = Decimal("0.1")
"""How far above the mark a buy and below it a sell may be priced, as a fraction."""
MARKET_BAND = Decimal("0.05")
LISTED_MS = "1700000000000"
RISK_TIERS = 5
RISK_PAGE = 15
DATED_OF = ContractId("BTCUSDT")
DATED = "BTCUSDT-25JUN27"
DATED_DELIVERY_MS = "1814256000000"

PAPER = PaperConfig(
    leverage=Decimal(10),
    funding=FundingTerms(FUNDING_MINUTES * HOUR_NS // 60, ConstantFunding(Decimal("0.0001"))),
    rules=VenueRules(
        reduce_only=ReduceOnlyMode.STRICT,
        # Without a group for self-match prevention, orders of one account trade with each other.
        self_trade=SelfTrade.NONE,
        market_bound=MARKET_BAND,
        # The desk counts orders itself, those that wait for a trigger among them.
        max_open_orders=100_000,
    ),
)


def _invented(
    names: tuple[str, str, int], grid: tuple[str, str], leverage: int, price: float, wild: float
) -> SyntheticMarket:
    """Return a market from (symbol, base, multiplier) and (tick, step)."""
    symbol, base, multiplier = names
    tick, step = grid
    market = Market(
        Symbol(symbol),
        ContractId(f"{base}USDT"),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        min_notional=MIN_NOTIONAL,
        max_leverage=Decimal(leverage),
        maintenance_margin=Decimal(1) / leverage / 2,
        multiplier=Decimal(multiplier),
        maker_fee=MAKER_FEE,
        taker_fee=TAKER_FEE,
    )
    return SyntheticMarket(market, price, wild)


MARKETS = (
    _invented(("BTC", "BTC", 1), ("0.10", "0.001"), 100, 90_000.0, 0.5),
    _invented(("ETH", "ETH", 1), ("0.01", "0.01"), 100, 3_800.0, 0.65),
    _invented(("SOL", "SOL", 1), ("0.010", "0.1"), 50, 180.0, 0.9),
    # The number stands in the base coin: one 1000PEPE is a thousand PEPE.
    _invented(("PEPE", "1000PEPE", 1000), ("0.0000010", "100"), 50, 0.009, 1.1),
)


def base_coin(contract_id: str) -> str:
    """Return the base of a contract: ``1000PEPEUSDT -> 1000PEPE``."""
    return contract_id.removesuffix("USDT")


def largest_size(market: Market) -> Decimal:
    """Return the most that one limit order may be for."""
    return market.step * 1_190_000


def largest_market_size(market: Market) -> Decimal:
    """Return the most that one market order may be for."""
    return market.step * 500_000


def highest_price(market: Market) -> Decimal:
    """Return the highest price that any order may name."""
    return market.tick * 20_000_000


def instrument_row(
    market: Market, number: int, *, tradable: bool, funding_minutes: int = FUNDING_MINUTES
) -> Row:
    """Return a market as the instruments list has it."""
    step = market.step
    return {
        "symbol": market.contract_id,
        "symbolId": 1000 + number,
        "contractType": "LinearPerpetual",
        "status": "Trading" if tradable else "Closed",
        "baseCoin": base_coin(market.contract_id),
        "quoteCoin": "USDT",
        "settleCoin": "USDT",
        "symbolType": "",
        "launchTime": LISTED_MS,
        "deliveryTime": "0",
        "deliveryFeeRate": "",
        "priceScale": str(-int(market.tick.as_tuple().exponent)),
        "leverageFilter": {
            "minLeverage": "1",
            "maxLeverage": format(market.max_leverage, ".2f"),
            "leverageStep": "0.01",
        },
        "priceFilter": {
            "minPrice": format(market.tick, "f"),
            "maxPrice": on_grid(highest_price(market), market.tick),
            "tickSize": format(market.tick, "f"),
        },
        "lotSizeFilter": {
            "minNotionalValue": plain(market.min_notional),
            "minOrderQty": format(market.min_size, "f"),
            "qtyStep": format(step, "f"),
            "maxOrderQty": on_grid(largest_size(market), step),
            "maxMktOrderQty": on_grid(largest_market_size(market), step),
            "postOnlyMaxOrderQty": on_grid(largest_size(market), step),
        },
        "unifiedMarginTrade": True,
        "fundingInterval": funding_minutes,
        "copyTrading": "both",
        "upperFundingRate": plain(FUNDING_CAP),
        "lowerFundingRate": plain(-FUNDING_CAP),
        "displayName": "",
        "isPreListing": False,
        "preListingInfo": None,
        "riskParameters": {
            "priceLimitRatioX": plain(MARKET_BAND),
            "priceLimitRatioY": plain(PRICE_BAND),
        },
        "fullName": base_coin(market.contract_id),
        "marketRegion": "",
        "underlyingTicker": "",
    }


def dated_row(market: Market) -> Row:
    """Return the dated future on a perpetual's coin."""
    return instrument_row(market, 999, tradable=True) | {
        "symbol": DATED,
        "contractType": "LinearFutures",
        "deliveryTime": DATED_DELIVERY_MS,
        "deliveryFeeRate": "0.0005",
        "fundingInterval": 0,
        "upperFundingRate": "",
        "lowerFundingRate": "",
    }


def risk_rows(market: Market) -> list[Row]:
    """Return the risk tiers of a market; its margin rates are fractions.

    The engine carries all positions at the first tier.
    """
    return [_risk_row(market, tier) for tier in range(1, RISK_TIERS + 1)]


def _risk_row(market: Market, tier: int) -> Row:
    leverage = market.max_leverage / tier
    return {
        "id": tier,
        "symbol": market.contract_id,
        "riskLimitValue": str(2_000_000 * tier),
        "maintenanceMargin": plain((1 / leverage / 2).quantize(Decimal("0.00001"))),
        "initialMargin": plain((1 / leverage).quantize(Decimal("0.00001"))),
        "isLowestRisk": 1 if tier == 1 else 0,
        "maxLeverage": format(leverage, ".2f"),
        "mmDeduction": "",
    }


def price_bounds(market: Market, mark: Decimal) -> tuple[Decimal, Decimal]:
    """Return the highest price of a buy and the lowest of a sell."""
    highest = market.nearest_tick(mark * (1 + PRICE_BAND))
    lowest = market.nearest_tick(mark * (1 - PRICE_BAND))
    return highest, max(lowest, market.tick)


def numbers_of(markets: Mapping[ContractId, Market]) -> Mapping[ContractId, int]:
    """Return each market's place in the listing."""
    return {name: number for number, name in enumerate(markets, 1)}
