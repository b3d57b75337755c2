"""The markets GRVT lists, with what is signed about them and when they settle funding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from zlib import crc32

from exchange_clients.base_models import ContractId, Market, Symbol
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from venue_simulators.grvt.body import Body
from venue_simulators.grvt.errors import GrvtError
from venue_simulators.rule_table import RuleTable

INVALID_INSTRUMENT = 3000
BASE_DECIMALS = 9
QUOTE_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Listing:
    """What the engine's market does not say."""

    contract_id: str
    instrument_hash: str
    """The asset as orders are signed with it, in hexadecimal."""
    funding_interval_hours: int
    max_position_size: Decimal


LISTINGS: Mapping[str, Listing] = {
    listing.contract_id: listing
    for listing in (
        Listing("BTC_USDT_Perp", "0x030501", 8, Decimal(500)),
        Listing("ETH_USDT_Perp", "0x030401", 8, Decimal(10_000)),
        Listing("SOL_USDT_Perp", "0x030601", 4, Decimal(100_000)),
        Listing("KPEPE_USDT_Perp", "0x030c01", 8, Decimal(1_000_000_000)),
    )
}


@dataclass(frozen=True, slots=True)
class Instrument:
    """One listed market."""

    market: Market
    listing: Listing

    @property
    def contract_id(self) -> ContractId:
        """The market's name on the wire."""
        return self.market.contract_id

    @property
    def base(self) -> str:
        """The base currency as GRVT names it: ``KPEPE`` for a thousand PEPE."""
        return self.contract_id.partition("_")[0]

    @property
    def asset_id(self) -> int:
        """The asset as a signature holds it."""
        return int(self.listing.instrument_hash, 16)

    def trade_id(self, number: int | str) -> str:
        """Return the venue-wide name of the market's trade of that number."""
        return f"{self.asset_id}{int(number):09}-1"


class Instruments:
    """The listed markets, by name.

    Args:
        rules: The markets by the rules that are announced.
    """

    def __init__(self, rules: Mapping[ContractId, Market]) -> None:
        self._by_name = RuleTable(rules, instrument_of)

    @property
    def all(self) -> Sequence[Instrument]:
        """Every market."""
        return list(self._by_name.values())

    def get(self, name: str) -> Instrument:
        """Return the market of that exact name, refusing any other (3000)."""
        known = self._by_name.get(ContractId(name))
        if known is None:
            raise GrvtError(INVALID_INSTRUMENT)
        return known

    def of(self, body: Body) -> Instrument:
        """Return the market that a request names."""
        return self.get(body.text("instrument", ""))

    def selected(self, body: Body) -> list[Instrument]:
        """Return the markets that ``kind``, ``base`` and ``quote`` choose; an empty list is all."""
        kinds, bases, quotes = body.texts("kind"), body.texts("base"), body.texts("quote")
        return [
            each
            for each in self.all
            if (not kinds or "PERPETUAL" in kinds)
            and (not bases or each.base in bases)
            and (not quotes or "USDT" in quotes)
        ]


def instrument_of(market: Market) -> Instrument:
    """Return a market with its listing."""
    name = market.contract_id
    return Instrument(market, LISTINGS.get(name) or _unlisted(name))


def _unlisted(contract_id: str) -> Listing:
    # A recording may tell of a market that GRVT's table here lacks: it gets an asset of its own.
    asset = f"0x{0x040001 + (crc32(contract_id.encode()) & 0xFFFF) * 256:06x}"
    return Listing(contract_id, asset, 8, Decimal(1_000_000))


def _invented(
    market: tuple[Symbol, str, int], grid: tuple[str, str, int], leverage: int, price: float
) -> SyntheticMarket:
    """Return a market from (symbol, base, multiplier) and (tick, step, least notional)."""
    symbol, base, multiplier = market
    tick, step, least = grid
    rules = Market(
        symbol,
        ContractId(f"{base}_USDT_Perp"),
        tick=Decimal(tick),
        step=Decimal(step),
        min_size=Decimal(step),
        min_notional=Decimal(least),
        max_leverage=Decimal(leverage),
        maintenance_margin=Decimal(1) / leverage / 2,
        multiplier=Decimal(multiplier),
        maker_fee=Decimal("-0.000001"),
        taker_fee=Decimal("0.00045"),
    )
    return SyntheticMarket(rules, price, 0.7)


MARKETS = (
    _invented((Symbol("BTC"), "BTC", 1), ("0.1", "0.001", 100), 50, 62_000.0),
    _invented((Symbol("ETH"), "ETH", 1), ("0.01", "0.01", 20), 50, 2_600.0),
    _invented((Symbol("SOL"), "SOL", 1), ("0.01", "0.01", 5), 20, 150.0),
    # One KPEPE is a thousand PEPE: the market's sizes and prices are those of the thousand.
    _invented((Symbol("PEPE"), "KPEPE", 1000), ("0.000001", "1", 5), 10, 0.0112),
)
"""What is listed, with where its price starts."""
