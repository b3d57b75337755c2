"""The markets Paradex lists: perpetuals that trade here, and others that only share the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ONE, ContractId, Market, Symbol
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from venue_simulators.paradex.terms import MS
from venue_simulators.paradex.wording import Words, number

QUOTE, SETTLEMENT = "USD", "USDC"
INTEREST_8H = Decimal("0.0001")
MAX_SLIPPAGE = Decimal("0.05")


@dataclass(frozen=True, slots=True)
class Listing:
    """What the engine's market does not say."""

    funding_hours: int
    position_limit: Decimal
    max_order_size: Decimal
    max_funding: Decimal = Decimal("0.05")
    """The most that a rate may be, per 8 hours."""


LISTINGS: Mapping[str, Listing] = {
    "BTC-USD-PERP": Listing(8, Decimal(1000), Decimal(100), Decimal("0.02")),
    "ETH-USD-PERP": Listing(8, Decimal(20_000), Decimal(5000), Decimal("0.02")),
    "SOL-USD-PERP": Listing(4, Decimal(200_000), Decimal(50_000), Decimal("0.02")),
    "kPEPE-USD-PERP": Listing(1, Decimal(5_000_000_000), Decimal(1_000_000_000)),
}
_UNLISTED = Listing(8, Decimal(1_000_000), Decimal(1_000_000))
STRANGERS: tuple[tuple[str, str], ...] = (
    ("BTC-USD-120000-C", "PERP_OPTION"),
    ("ETH-USDC", "SPOT"),
)
"""Rows of other kinds that share the list; their symbols trade nowhere here."""


_OPTION: Words = {"option_type": "CALL", "strike_price": "120000", "iv_bands_width": "0.05"}


def listing_of(contract_id: str) -> Listing:
    """Return what is listed about a market; a recording may bring one that is not."""
    return LISTINGS.get(contract_id, _UNLISTED)


def base_of(contract_id: str) -> str:
    """Return the base currency as the venue names it: ``kPEPE`` for a thousand PEPE."""
    return contract_id.partition("-")[0]


def market_row(market: Market, fees: tuple[Decimal, Decimal], opened_ns: int) -> Words:
    """Return a market as it is listed; ``fees`` are (maker, taker)."""
    listing = listing_of(market.contract_id)
    return _row(str(market.contract_id), "PERP", opened_ns) | {
        "settlement_currency": SETTLEMENT,
        "order_size_increment": number(market.step),
        "price_tick_size": number(market.tick),
        "min_notional": number(market.min_notional),
        "max_order_size": number(listing.max_order_size),
        "position_limit": number(listing.position_limit),
        "funding_period_hours": listing.funding_hours,
        "max_funding_rate": number(listing.max_funding),
        "delta1_cross_margin_params": {
            "imf_base": number(ONE / market.max_leverage),
            "imf_factor": "0",
            "imf_shift": "0",
            "mmf_factor": "0.5",
        },
        "fee_config": _fee_config(*fees),
    }


def stranger_rows(opened_ns: int) -> list[Words]:
    """Return the rows of other kinds."""
    return [
        _row(symbol, kind, opened_ns) | (_OPTION if kind == "PERP_OPTION" else {})
        for symbol, kind in STRANGERS
    ]


def _row(symbol: str, kind: str, opened_ns: int) -> Words:
    return {
        "symbol": symbol,
        "base_currency": base_of(symbol),
        "quote_currency": SETTLEMENT if kind == "SPOT" else QUOTE,
        "settlement_currency": SETTLEMENT,
        "asset_kind": kind,
        "market_kind": "cross",
        "order_size_increment": "0.001",
        "price_tick_size": "0.1",
        "min_notional": "10",
        "max_order_size": "100",
        "position_limit": "1000",
        "max_open_orders": 100,
        "price_bands_width": "0.05",
        "max_slippage": number(MAX_SLIPPAGE),
        "funding_period_hours": 8,
        "funding_multiplier": 1,
        "interest_rate": number(INTEREST_8H),
        "clamp_rate": "0.0005",
        "max_funding_rate": "0.05",
        "max_tob_spread": "0.2",
        "trading_mode": "STANDARD",
        "open_at": opened_ns // MS,
        "expiry_at": 0,
        "oracle_ewma_factor": "0.2",
        "chain_details": {"oracle_address": "0x0", "symbol": symbol},
        "tags": [],
    }


def _fee_config(maker: Decimal, taker: Decimal) -> Words:
    def rates(maker: Decimal, taker: Decimal) -> Words:
        return {
            "maker_fee": {"fee": number(maker), "fee_cap": "0", "fee_floor": "0"},
            "taker_fee": {"fee": number(taker), "fee_cap": "0", "fee_floor": "0"},
        }

    return {
        "api_fee": rates(maker, taker),
        "interactive_fee": rates(Decimal(0), Decimal(0)),
        "rpi_fee": rates(Decimal(0), Decimal(0)),
    }


def _invented(
    market: tuple[Symbol, str, int], grid: tuple[str, str], leverage: int, price: float
) -> SyntheticMarket:
    """Return a market from (symbol, base, multiplier) and (tick, step)."""
    symbol, base, multiplier = market
    tick, step = grid
    rules = Market(
        symbol,
        ContractId(f"{base}-USD-PERP"),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        min_notional=Decimal(10),
        max_leverage=Decimal(leverage),
        maintenance_margin=ONE / leverage / 2,
        multiplier=Decimal(multiplier),
        maker_fee=Decimal("0.00003"),
        taker_fee=Decimal("0.00045"),
    )
    return SyntheticMarket(rules, price, 0.7)


MARKETS = (
    _invented((Symbol("BTC"), "BTC", 1), ("0.1", "0.00001"), 50, 62_000.0),
    _invented((Symbol("ETH"), "ETH", 1), ("0.01", "0.0001"), 50, 2_600.0),
    _invented((Symbol("SOL"), "SOL", 1), ("0.001", "0.01"), 20, 150.0),
    # One kPEPE is a thousand PEPE: the market's sizes and prices are those of the thousand.
    _invented((Symbol("PEPE"), "kPEPE", 1000), ("0.0000001", "1"), 10, 0.0112),
)
"""What is listed, with where its price starts."""
