"""The instruments that are simulated, each as the row in which the venue lists it.

Sizes on the wire are contracts: a contract is ``ctVal * ctMult`` of the base coin.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from exchange_clients.base_models import ContractId, LeverageBracket, Market, Symbol
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.rules import PostOnlyMode, SelfTrade, VenueRules
from exchange_clients.paper.sources.synthetic import SyntheticMarket
from venue_simulators.okx.funding import VENUE_FUNDING
from venue_simulators.okx.wording import Row, plain
from venue_simulators.rule_table import RuleTable

MAKER_FEE = Decimal("0.0002")
TAKER_FEE = Decimal("0.0005")
LISTED_MS = "1573557408000"
BAND = Decimal("0.05")
"""How far above the mark a buy and below it a sell may be priced."""
PENDING_MAX = 500
"""Pending orders of an account in one instrument."""
ALGOS_MAX = 100
"""Waiting algo orders of an account in one instrument."""
_FIRST_CODE = 20_001


@dataclass(frozen=True, slots=True)
class Instrument:
    """One perpetual swap; ``unit`` is the base size of one contract."""

    market: Market
    code: int
    """The number by which WebSocket orders name it."""
    unit: Decimal
    lot: Decimal
    """In contracts."""

    @property
    def inst_id(self) -> ContractId:
        """The name: ``BTC-USDT-SWAP``."""
        return self.market.contract_id

    @property
    def family(self) -> str:
        """The name without the kind of contract: ``BTC-USDT``."""
        return self.market.contract_id.removesuffix("-SWAP")

    def contracts(self, size: Decimal) -> Decimal:
        """Return a base size in contracts."""
        return size / self.unit

    def wire(self, size: Decimal) -> str:
        """Write a base size in contracts."""
        return plain(size / self.unit)


@dataclass(frozen=True, slots=True)
class _Listing:
    base: str
    unit: str
    lot: str
    tick: str
    price: float
    volatility: float
    leverage: int = 100


_LISTINGS = (
    _Listing("BTC", "0.01", "0.01", "0.1", 90_000.0, 0.5),
    _Listing("ETH", "0.1", "0.01", "0.01", 3_800.0, 0.65),
    _Listing("SOL", "1", "0.01", "0.01", 180.0, 0.9),
    _Listing("PEPE", "10000000", "0.1", "0.000000001", 0.000009, 1.1, 50),
)
_TIERS = (
    (Decimal(2_000_000), 1, Decimal("0.004")),
    (Decimal(10_000_000), 2, Decimal("0.01")),
    (None, 5, Decimal("0.02")),
)
"""Largest notional, by what the leverage is divided, and the maintenance margin."""


def _synthetic(listing: _Listing) -> SyntheticMarket:
    step = Decimal(listing.unit) * Decimal(listing.lot)
    market = Market(
        Symbol(listing.base),
        ContractId(f"{listing.base}-USDT-SWAP"),
        tick=Decimal(listing.tick),
        step=step,
        min_size=step,
        max_leverage=Decimal(listing.leverage),
        maintenance_margin=_TIERS[0][2],
        maker_fee=MAKER_FEE,
        taker_fee=TAKER_FEE,
    )
    return SyntheticMarket(market, listing.price, listing.volatility)


MARKETS = tuple(_synthetic(listing) for listing in _LISTINGS)


def brackets_of(market: Market) -> tuple[LeverageBracket, ...]:
    """Return the tiers of a market, smallest positions first."""
    return tuple(
        LeverageBracket(limit, market.max_leverage / divisor, maintenance)
        for limit, divisor, maintenance in _TIERS
    )


PAPER = PaperConfig(
    leverage=Decimal(10),
    maker_fee=MAKER_FEE,
    taker_fee=TAKER_FEE,
    funding=VENUE_FUNDING,
    rules=VenueRules(
        post_only=PostOnlyMode.EXPIRE,
        self_trade=SelfTrade.CANCEL_OLDEST,
        max_open_orders=PENDING_MAX * len(MARKETS),
        history_max=10_000,
    ),
    brackets={one.market.contract_id: brackets_of(one.market) for one in MARKETS},
)


class Listing:
    """The instruments of a world, by name and by number.

    Args:
        rules: The markets by the rules that are announced.
    """

    def __init__(self, rules: Mapping[ContractId, Market]) -> None:
        units = {f"{one.base}-USDT-SWAP": Decimal(one.unit) for one in _LISTINGS}
        codes = {name: _FIRST_CODE + index for index, name in enumerate(units)}
        for index, inst_id in enumerate(rules):
            codes.setdefault(inst_id, _FIRST_CODE + len(units) + index)

        def listed(market: Market) -> Instrument:
            # A recorded market that is not listed here trades in contracts of one base unit.
            unit = units.get(market.contract_id, Decimal(1))
            return Instrument(market, codes[market.contract_id], unit, market.step / unit)

        self.by_id: Mapping[ContractId, Instrument] = RuleTable(rules, listed)
        self._names = {codes[inst_id]: inst_id for inst_id in rules}

    def of_code(self, code: int) -> Instrument | None:
        """Return an instrument by its number."""
        return self.find(self._names.get(code))

    def find(self, inst_id: str | None) -> Instrument | None:
        """Return an instrument by its name."""
        return None if inst_id is None else self.by_id.get(ContractId(inst_id))


def instrument_row(instrument: Instrument, *, tradable: bool) -> Row:
    """Return an instrument as it is listed; of a swap, base and quote are empty."""
    market = instrument.market
    return {
        "instType": "SWAP",
        "instId": instrument.inst_id,
        "instIdCode": instrument.code,
        "instFamily": instrument.family,
        "uly": instrument.family,
        "alias": "",
        "baseCcy": "",
        "quoteCcy": "",
        "settleCcy": "USDT",
        "ctType": "linear",
        "ctVal": plain(instrument.unit),
        "ctValCcy": instrument.family.partition("-")[0],
        "ctMult": "1",
        "tickSz": plain(market.tick),
        "lotSz": plain(instrument.lot),
        "minSz": instrument.wire(market.min_size),
        "lever": plain(market.max_leverage),
        **_LIMITS,
        "category": "1",
        "instCategory": "1",
        "ruleType": "normal",
        "state": "live" if tradable else "suspend",
        "listTime": LISTED_MS,
        "expTime": "",
        "contTdSwTime": "",
        "openType": "",
        "optType": "",
        "stk": "",
        "groupId": "1",
        "initPxLmtPct": plain(BAND),
        "floatPxLmtPct": plain(BAND),
        "maxPxLmtPct": plain(BAND),
        "maxPlatOILmt": "",
        "maxPlatOICoinLmt": "",
        "tradeQuoteCcyList": [],
        "upcChg": [],
    }


LIMIT_MAX = Decimal(100_000_000)
MARKET_MAX = Decimal(12_000)
"""Contracts in one order."""
_LIMITS: Row = {
    "maxLmtSz": plain(LIMIT_MAX),
    "maxMktSz": plain(MARKET_MAX),
    "maxLmtAmt": "20000000",
    "maxMktAmt": "",
    "maxTwapSz": plain(LIMIT_MAX),
    "maxIcebergSz": plain(LIMIT_MAX),
    "maxTriggerSz": plain(LIMIT_MAX),
    "maxStopSz": plain(MARKET_MAX),
}


def tier_rows(instrument: Instrument, mark: Decimal) -> list[Row]:
    """Return the position tiers of an instrument, sizes in contracts at the mark price."""
    rows: list[Row] = []
    below = Decimal(0)
    for number, (limit, divisor, maintenance) in enumerate(_TIERS, 1):
        top = LIMIT_MAX if limit is None else limit / mark / instrument.unit
        lever = instrument.market.max_leverage / divisor
        rows.append(
            {
                "uly": instrument.family,
                "instFamily": instrument.family,
                "instId": "",
                "tier": str(number),
                "minSz": plain(below.quantize(Decimal(1))),
                "maxSz": plain(top.quantize(Decimal(1))),
                "mmr": plain(maintenance),
                "imr": plain((1 / lever).quantize(Decimal("1e-6"))),
                "maxLever": plain(lever),
                "optMgnFactor": "0",
                "quoteMaxLoan": "",
                "baseMaxLoan": "",
            }
        )
        below = top
    return rows
