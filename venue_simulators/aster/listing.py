"""The markets that are simulated, with what Aster tells of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from exchange_clients.base_models import ContractId, LeverageBracket, Market, Symbol
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.funding import ConstantFunding, FundingTerms
from exchange_clients.paper.rules import PostOnlyMode, SelfTrade, VenueRules
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from venue_simulators.fapi.filters import Filters
from venue_simulators.fapi.orders import CONDITIONAL, LIMIT, MARKET
from venue_simulators.fapi.wording import NEVER_DELIVERED_MS, Row, decimals
from venue_simulators.world import World

MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.0004")
LEVERAGE = Decimal(20)
"""Of every market until an account chooses another."""
MARKET_BOUND = Decimal("0.05")
TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "GTX", "RPI", "HIDDEN")
_LISTED_MS = 1_598_252_400_000


def paper_config(post_only: PostOnlyMode) -> PaperConfig:
    """Return fees, margin and engine rules of the venue."""
    return PaperConfig(
        leverage=LEVERAGE,
        fee_step=Decimal("1e-8"),
        liquidation_fee=Decimal("0.025"),
        funding=FundingTerms(rule=ConstantFunding(Decimal("0.0001"))),
        rules=VenueRules(
            self_trade=SelfTrade.CANCEL_NEWEST, post_only=post_only, market_bound=MARKET_BOUND
        ),
        brackets={one.market.contract_id: brackets_of(one.market) for one in MARKETS},
    )


def brackets_of(market: Market) -> Sequence[LeverageBracket]:
    """Return what leverage a market allows, smallest notional first."""
    most = market.max_leverage
    return (
        LeverageBracket(Decimal(50_000), most, market.maintenance_margin),
        LeverageBracket(Decimal(1_000_000), most / 2, market.maintenance_margin * 2),
        LeverageBracket(None, most / 5, market.maintenance_margin * 5),
    )


def filters_of(market: Market) -> Filters:
    """Return what a market's orders must meet."""
    # The tick of most markets is coarser than the precision of their prices.
    precision = decimals(market.tick) + (0 if market.symbol == "BTC" else 1)
    narrow = market.symbol == "BTC"
    return Filters(
        market,
        min_price=market.tick,
        max_price=market.tick * 10**8,
        max_size=market.step * 10**7,
        max_market_size=market.step * 10**6,
        price_precision=precision,
        multiplier_up=Decimal("1.02") if narrow else Decimal("1.05"),
        multiplier_down=Decimal("0.98") if narrow else Decimal("0.95"),
        market_bound=MARKET_BOUND,
    )


def symbol_row(world: World, filters: Filters) -> Row:
    """Return a market as ``exchangeInfo`` lists it."""
    market = filters.market
    contract_id = market.contract_id
    return {
        "symbol": contract_id,
        "pair": contract_id,
        "contractType": "PERPETUAL",
        "deliveryDate": NEVER_DELIVERED_MS,
        "onboardDate": _LISTED_MS,
        "status": "TRADING" if world.tradable(contract_id) else "SETTLING",
        "baseAsset": contract_id.removesuffix("USDT"),
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": filters.price_precision,
        "quantityPrecision": decimals(market.step),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "settlePlan": 0,
        "triggerProtect": "0.0200",
        "liquidationFee": "0.025000",
        "marketTakeBound": format(filters.market_bound, "f"),
        "symbolType": 0,
        "orderTypes": [LIMIT, MARKET, *CONDITIONAL],
        "timeInForce": list(TIMES_IN_FORCE),
        "filters": filters.rows(),
    }


INFO: Mapping[str, object] = {
    "futuresType": "U_MARGINED",
    "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": 0}],
}


def _market(
    symbol: str, multiplier: int, grid: tuple[str, str], leverage: int, price: float
) -> SyntheticMarket:
    """Return a market from its tick and step."""
    tick, step = grid
    base = symbol if multiplier == 1 else f"{multiplier}{symbol}"
    market = Market(
        Symbol(symbol),
        ContractId(f"{base}USDT"),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        min_notional=Decimal(5),
        max_leverage=Decimal(leverage),
        maintenance_margin=Decimal(1) / leverage / 2,
        multiplier=Decimal(multiplier),
        maker_fee=MAKER_FEE,
        taker_fee=TAKER_FEE,
    )
    return SyntheticMarket(market, price, 0.7)


MARKETS = (
    _market("BTC", 1, ("0.1", "0.001"), 125, 90_000.0),
    _market("ETH", 1, ("0.01", "0.001"), 100, 3_000.0),
    _market("SOL", 1, ("0.01", "0.01"), 100, 180.0),
    # One base unit is a thousand PEPE: sizes and prices are those of the thousand.
    _market("PEPE", 1000, ("0.0000001", "1"), 50, 0.009),
)
