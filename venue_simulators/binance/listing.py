"""The markets that are simulated, with what Binance tells of them."""

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

MAKER_FEE, TAKER_FEE = Decimal("0.0002"), Decimal("0.0005")
LEVERAGE = Decimal(20)
"""Of every market until an account chooses another."""
MARKET_BOUND = Decimal("0.05")
TRIGGER_PROTECT = Decimal("0.0500")
"""How far mark and last price may be apart where a trigger is protected, as a fraction."""
TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "GTX", "GTD")
_LISTED_MS = 1_569_398_400_000


def paper_config() -> PaperConfig:
    """Return fees, margin and engine rules of the venue."""
    return PaperConfig(
        leverage=LEVERAGE,
        fee_step=Decimal("1e-8"),
        liquidation_fee=Decimal("0.0125"),
        funding=FundingTerms(rule=ConstantFunding(Decimal("0.0001"))),
        rules=VenueRules(
            self_trade=SelfTrade.CANCEL_OLDEST,
            post_only=PostOnlyMode.REJECT,
            market_bound=MARKET_BOUND,
        ),
        brackets={one.market.contract_id: brackets_of(one.market) for one in MARKETS},
    )


def brackets_of(market: Market) -> Sequence[LeverageBracket]:
    """Return what leverage a market allows, smallest notional first."""
    most = market.max_leverage
    return (
        LeverageBracket(Decimal(300_000), most, market.maintenance_margin),
        LeverageBracket(Decimal(3_000_000), most / 2, market.maintenance_margin * 2),
        LeverageBracket(None, most / 5, market.maintenance_margin * 5),
    )


def filters_of(market: Market) -> Filters:
    """Return what a market's orders must meet."""
    return Filters(
        market,
        min_price=market.tick * 10,
        max_price=market.tick * 10**8,
        max_size=market.step * 10**7,
        max_market_size=market.step * 10**6,
        # Wider than the tick, so that whoever takes the precision for the tick is found out.
        price_precision=decimals(market.tick) + 1,
        multiplier_up=Decimal("1.05"),
        multiplier_down=Decimal("0.95"),
        market_bound=MARKET_BOUND,
        max_conditional=None,
    )


def symbol_row(world: World, filters: Filters) -> Row:
    """Return a market as ``exchangeInfo`` lists it."""
    market = filters.market
    contract_id = market.contract_id
    base, quote = contract_id[:-4], contract_id[-4:]
    return {
        "symbol": contract_id,
        "pair": contract_id,
        "contractType": "PERPETUAL",
        "deliveryDate": NEVER_DELIVERED_MS,
        "onboardDate": _LISTED_MS,
        "status": "TRADING" if world.tradable(contract_id) else "SETTLING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": base,
        "quoteAsset": quote,
        "marginAsset": quote,
        "pricePrecision": filters.price_precision,
        "quantityPrecision": decimals(market.step),
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [],
        "triggerProtect": format(TRIGGER_PROTECT, "f"),
        "liquidationFee": "0.012500",
        "marketTakeBound": format(filters.market_bound, "f"),
        "maxMoveOrderLimit": 10_000,
        "orderTypes": [LIMIT, MARKET, *CONDITIONAL],
        "timeInForce": list(TIMES_IN_FORCE),
        "filters": filters.rows(),
    }


def neighbours(rows: Sequence[Row]) -> list[Row]:
    """Return what stands in the list besides perpetuals of coins: a quarter's contract, a stock.

    Neither can be traded here; whoever takes the list without a look at types trips over them.
    """
    if not rows:
        return []
    pattern = rows[0]
    quarter = f"{pattern['symbol']}_261225"
    return [
        pattern
        | {
            "symbol": quarter,
            "contractType": "CURRENT_QUARTER",
            "deliveryDate": 1_798_185_600_000,
        },
        pattern
        | {
            "symbol": "TSLAUSDT",
            "pair": "TSLAUSDT",
            "contractType": "TRADIFI_PERPETUAL",
            "baseAsset": "TSLA",
            "underlyingType": "EQUITY",
        },
    ]


INFO: Mapping[str, object] = {
    "futuresType": "U_MARGINED",
    "exchangeFilters": [],
    "assets": [{"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"}],
}


def _market(
    symbol: str, base: str, grid: tuple[str, str, str], leverage: int, price: float
) -> SyntheticMarket:
    """Return a market from its tick, step and smallest notional."""
    tick, step, least = grid
    multiplier = 1000 if base == f"1000{symbol}" else 1
    market = Market(
        Symbol(symbol),
        ContractId(f"{base}USDT"),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        min_notional=Decimal(least),
        max_leverage=Decimal(leverage),
        maintenance_margin=Decimal(1) / leverage / 2,
        multiplier=Decimal(multiplier),
        maker_fee=MAKER_FEE,
        taker_fee=TAKER_FEE,
    )
    return SyntheticMarket(market, price, 0.7)


MARKETS = (
    _market("BTC", "BTC", ("0.1", "0.001", "50"), 125, 90_000.0),
    _market("ETH", "ETH", ("0.01", "0.001", "20"), 100, 3_000.0),
    _market("SOL", "SOL", ("0.01", "0.01", "5"), 100, 180.0),
    # One base unit is a thousand PEPE: sizes and prices are those of the thousand.
    _market("PEPE", "1000PEPE", ("0.0000001", "1", "5"), 50, 0.009),
    # A name beyond ASCII, which travels percent-encoded and is signed so.
    _market("币安人生", "币安人生", ("0.00001", "1", "5"), 50, 0.15),
)
