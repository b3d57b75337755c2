"""The contracts that are simulated, as the venue's metadata lists them.

A thousand PEPE are one unit of its contract. The metadata also lists contracts that are hidden or
closed, one of them under a name that is not ASCII, as the venue's does: nobody can trade those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zlib import crc32

from exchange_clients.base_models import ContractId, LeverageBracket, Market, Symbol
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from venue_simulators.edgex.rates import VENUE_FUNDING
from venue_simulators.edgex.terms import EdgexTerms
from venue_simulators.edgex.wording import COLLATERAL, COLLATERAL_ID, Words, plain

MAKER_FEE = Decimal("0.0004")
TAKER_FEE = Decimal("0.00045")
LIQUIDATION_FEE = Decimal("0.01")
DEFAULT_LEVERAGE = Decimal(10)
PRICE_RATIO = Decimal("0.2")
"""How far above the oracle a buy may be priced, and a sell below it."""
COLLATERAL_RESOLUTION = 1_000_000
FUNDING_MAX = Decimal("0.002")
FUNDING_INTEREST = Decimal("0.0003")
"""Of a day."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What the engine's market does not say; sizes are base units."""

    contract_id: str
    name: str
    coin_id: str
    coin_name: str
    resolution: int
    """Units of a size as it is signed, in one base unit."""
    max_size: Decimal
    max_position: Decimal
    stock: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """One contract that can be traded."""

    market: Market
    listing: Listing

    @property
    def contract_id(self) -> ContractId:
        """Its id, a string of digits."""
        return self.market.contract_id

    @property
    def name(self) -> str:
        """Its name: ``BTCUSDC``."""
        return self.listing.name


LISTINGS: Mapping[str, Listing] = {
    listing.contract_id: listing
    for listing in (
        Listing("30000001", "BTCUSDC", "1001", "BTC", 10**10, Decimal(100), Decimal(900)),
        Listing("30000002", "ETHUSDC", "1002", "ETH", 10**9, Decimal(2000), Decimal(20_000)),
        Listing("30000003", "SOLUSDC", "1003", "SOL", 10**7, Decimal(20_000), Decimal(200_000)),
        Listing("30000005", "XAUUSDC", "1005", "XAU", 10**9, Decimal(500), Decimal(5000)),
        Listing(
            "30000012",
            "AAPLUSDC",
            "1012",
            "AAPL",
            10**8,
            Decimal(5000),
            Decimal(50_000),
            stock=True,
        ),
        Listing(
            "30000046", "1000PEPEUSDC", "1046", "1000PEPE", 10**6, Decimal(10**9), Decimal(10**10)
        ),
    )
}


def contract_of(market: Market) -> Contract:
    """Return a market with its listing; a recording may tell of one that is not listed here."""
    known = LISTINGS.get(market.contract_id)
    if known is None:
        number = crc32(market.contract_id.encode()) % 10_000
        base = f"1000{market.symbol}" if market.multiplier == 1000 else str(market.symbol)
        known = Listing(
            market.contract_id,
            f"{base}{COLLATERAL}",
            str(10_000 + number),
            base,
            10**10,
            Decimal(10**6),
            Decimal(10**7),
        )
    return Contract(market, known)


def _brackets(max_leverage: int, rate: str, first_usd: int) -> list[LeverageBracket]:
    """Return tiers: each allows half the leverage of the one before, at twice its rate."""
    return [
        LeverageBracket(Decimal(first_usd), Decimal(max_leverage), Decimal(rate)),
        LeverageBracket(Decimal(5 * first_usd), Decimal(max_leverage) / 2, 2 * Decimal(rate)),
        LeverageBracket(None, Decimal(max_leverage) / 4, 4 * Decimal(rate)),
    ]


BRACKETS = {
    ContractId("30000001"): _brackets(100, "0.005", 200_000),
    ContractId("30000002"): _brackets(100, "0.005", 200_000),
    ContractId("30000003"): _brackets(50, "0.01", 100_000),
    ContractId("30000005"): _brackets(50, "0.01", 100_000),
    ContractId("30000012"): _brackets(20, "0.025", 50_000),
    ContractId("30000046"): _brackets(20, "0.025", 50_000),
}
PAPER = PaperConfig(
    leverage=DEFAULT_LEVERAGE,
    maker_fee=MAKER_FEE,
    taker_fee=TAKER_FEE,
    liquidation_fee=LIQUIDATION_FEE,
    funding=VENUE_FUNDING,
    brackets=BRACKETS,
)


def _market(
    contract: tuple[str, str, int], grid: tuple[str, str, str], price: float, volatility: float
) -> SyntheticMarket:
    """Return a market from (contract id, symbol, multiplier) and (tick, step, least size)."""
    contract_id, symbol, multiplier = contract
    tick, step, least = grid
    first = BRACKETS[ContractId(contract_id)][0]
    market = Market(
        Symbol(symbol),
        ContractId(contract_id),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(least),
        max_leverage=first.max_leverage,
        maintenance_margin=first.maintenance_margin,
        multiplier=Decimal(multiplier),
        maker_fee=MAKER_FEE,
        taker_fee=TAKER_FEE,
    )
    return SyntheticMarket(market, price, volatility)


MARKETS = (
    _market(("30000001", "BTC", 1), ("0.1", "0.001", "0.001"), 79_031.2, 0.5),
    _market(("30000002", "ETH", 1), ("0.01", "0.01", "0.02"), 2_600.0, 0.65),
    _market(("30000003", "SOL", 1), ("0.01", "0.1", "0.3"), 150.0, 0.9),
    _market(("30000005", "XAU", 1), ("0.1", "0.001", "0.005"), 4_100.0, 0.2),
    _market(("30000012", "AAPL", 1), ("0.01", "0.01", "0.05"), 270.0, 0.3),
    _market(("30000046", "PEPE", 1000), ("0.0000001", "100", "15000"), 0.0089, 1.1),
)
"""What can be listed, with where its price starts."""

_HIDDEN = (
    Listing("30000031", "LUNAUSDC", "1031", "LUNA", 10**6, Decimal(10**6), Decimal(10**7)),
    Listing(
        "30000077",
        "\u54c8\u57fa\u7c73USDC",
        "1077",
        "HAJIMI",
        10**6,
        Decimal(10**6),
        Decimal(10**7),
    ),
)


def metadata(contracts: Mapping[ContractId, Contract], terms: EdgexTerms, hours: Decimal) -> Words:
    """Return the metadata: the venue, its coins and its contracts."""
    hidden = [_hidden(listing) for listing in _HIDDEN if listing.contract_id not in contracts]
    listed = [*contracts.values(), *hidden]
    chain = "chainId" if terms.documents_spelling else "nativeChainId"
    return {
        "global": {
            "appEnv": "mainnet",
            chain: str(terms.chain_id),
            "contractAddress": terms.contract_address,
            "maintenanceReason": "",
        },
        "coinList": [_collateral_row(), *(_coin_row(each.listing) for each in listed)],
        "contractList": [
            _contract_row(each, hours, shown=each.contract_id in contracts) for each in listed
        ],
        "multiChain": {"coinId": COLLATERAL_ID, "chainList": []},
    }


def tiers(contract: Contract) -> list[LeverageBracket]:
    """Return the leverage tiers of a contract, smallest positions first."""
    market = contract.market
    single = LeverageBracket(None, market.max_leverage, market.maintenance_margin)
    return BRACKETS.get(contract.contract_id, [single])


def _hidden(listing: Listing) -> Contract:
    grid = Decimal("0.0001"), Decimal(1)
    market = Market(Symbol(listing.coin_name), ContractId(listing.contract_id), *grid, Decimal(10))
    return Contract(market, listing)


def _collateral_row() -> Words:
    return {
        "coinId": COLLATERAL_ID,
        "coinName": COLLATERAL,
        "stepSize": "0.000001",
        "showStepSize": "0.0001",
        "assetId": f"0x{COLLATERAL_RESOLUTION:x}",
        "resolution": f"0x{COLLATERAL_RESOLUTION:x}",
        "iconUrl": "",
    }


def _coin_row(listing: Listing) -> Words:
    return {
        "coinId": listing.coin_id,
        "coinName": listing.coin_name,
        "stepSize": "0.001",
        "showStepSize": "0.001",
        "assetId": None,
        "resolution": None,
        "iconUrl": "",
    }


def _contract_row(contract: Contract, hours: Decimal, *, shown: bool) -> Words:
    market, listing = contract.market, contract.listing
    return {
        "contractId": contract.contract_id,
        "contractName": listing.name,
        "baseCoinId": listing.coin_id,
        "quoteCoinId": COLLATERAL_ID,
        "tickSize": plain(market.tick),
        "stepSize": plain(market.step),
        "minOrderSize": plain(market.min_size),
        "maxOrderSize": plain(listing.max_size),
        "maxOrderBuyPriceRatio": plain(PRICE_RATIO),
        "minOrderSellPriceRatio": plain(PRICE_RATIO),
        "maxPositionSize": plain(listing.max_position),
        "maxMarketPositionSize": plain(listing.max_size),
        "riskTierList": _tier_rows(contract),
        "defaultTakerFeeRate": plain(TAKER_FEE),
        "defaultMakerFeeRate": plain(MAKER_FEE),
        "defaultLeverage": plain(min(DEFAULT_LEVERAGE, market.max_leverage)),
        "liquidateFeeRate": plain(LIQUIDATION_FEE),
        "enableTrade": shown,
        "enableDisplay": shown,
        "enableOpenPosition": shown,
        "fundingInterestRate": plain(FUNDING_INTEREST),
        "fundingMaxRate": plain(FUNDING_MAX),
        "fundingMinRate": plain(-FUNDING_MAX),
        "fundingRateIntervalMin": plain(hours * 60),
        "displayMaxLeverage": plain(market.max_leverage),
        "displayDigitMerge": ",".join(plain(market.tick * 10**power) for power in range(3)),
        "syntheticAssetId": f"0x{int(contract.contract_id):x}",
        "resolution": str(listing.resolution),
        "oraclePriceSignedAssetIds": [f"{listing.coin_name}USD"],
        "isStock": listing.stock,
        "isFx": False,
    }


def _tier_rows(contract: Contract) -> list[Words]:
    return [
        {
            "tier": number,
            "positionValueUpperBound": plain(tier.max_notional or Decimal(10**9)),
            "maxLeverage": plain(tier.max_leverage),
            "maintenanceMarginRate": plain(tier.maintenance_margin),
        }
        for number, tier in enumerate(tiers(contract), 1)
    ]
