"""With what a simulated venue is built: the same few choices for every venue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from exchange_clients.base_models import Fill, Symbol
from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.funding import HOUR_NS, FundingTerms, InventedFunding
from exchange_clients.paper.latency import NO_LATENCY
from exchange_clients.paper.sources.base import MarketSource
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_MARKETS,
    DEFAULT_START_NS,
    SyntheticConfig,
    SyntheticMarket,
    SyntheticSource,
)
from venue_simulators.fee_coin import FeeCoin
from venue_simulators.living_funding import LivingFunding
from venue_simulators.world import World

DEFAULT_SYMBOLS = ("BTC", "ETH", "SOL")
_COMMON = {each.market.symbol: (each.price, each.annual_volatility) for each in DEFAULT_MARKETS}
_COMMON[Symbol("PEPE")] = (0.000009, 1.2)
"""USD of one token and its volatility, where venues have them in common."""


class SignatureDepth(StrEnum):
    """How closely a simulator looks at signatures."""

    FULL = "full"
    """The signature is verified with the public key."""
    DIGEST = "digest"
    """The digest over the real fields is compared; curves are left out, for runs by the million."""


@dataclass(frozen=True, slots=True)
class SharedWorld:
    """Several simulated venues of one world: one price of each symbol, funding of their own."""

    seed: int
    """The same for all of them."""
    place: int
    """Which one of them a venue is: 0, 1, 2 ..."""

    def market(self, listed: SyntheticMarket) -> SyntheticMarket:
        """Return a venue's market with the world's price and course."""
        symbol = listed.market.symbol
        if symbol not in _COMMON:
            return replace(listed, course=symbol)
        token, volatility = _COMMON[symbol]
        price = token * float(listed.market.multiplier)
        return replace(listed, price=price, annual_volatility=volatility, course=symbol)

    def funding(self) -> FundingTerms:
        """Return what the venue pays, each hour."""
        return FundingTerms(HOUR_NS, InventedFunding(self.seed + self.place, HOUR_NS))


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """What to simulate; every venue's ``build`` takes one."""

    seed: int = 1
    """Of the market, of made-up history and of the venue's own draws (keys, account numbers)."""
    symbols: tuple[str, ...] = DEFAULT_SYMBOLS
    """Plain symbols to list: ``("BTC", "ETH")``."""
    balance: Decimal = Decimal(10_000)
    """USD on each account at the beginning."""
    accounts: tuple[str, ...] = ("main",)
    """The accounts to open; ``environment`` tells how to trade on the first."""
    source: MarketSource | None = None
    """Where the market comes from; its contract ids are the venue's. None invents one."""
    start_ns: int | None = None
    """Wall time (epoch ns) at which the world begins; None takes the source's own."""
    acknowledge: Acknowledge | None = None
    """Whether answers to orders tell the verdict; None does as the venue does."""
    signatures: SignatureDepth = SignatureDepth.FULL
    paper: PaperConfig | None = None
    """Fees, margin and engine rules for a test that needs its own; None takes the venue's."""
    shared: SharedWorld | None = None
    """The world that this venue has in common with others; None for one of its own."""
    living: bool = False
    """Whether funding rates, premiums and open interest move by themselves, at the venue's own
    hours; what is traded by rates that are known before has them stand still."""
    book_interval_ns: int = 50_000_000
    """How often changes of a book are published at most."""
    coin: FeeCoin | None = None
    """What accounts pay fees in; None for dollars. Of these venues Binance takes one, BNB."""

    def __post_init__(self) -> None:
        if not self.symbols:
            raise ClientConfigError("symbols must name at least one symbol, as BTC")
        if not self.accounts:
            raise ClientConfigError("accounts must name at least one account")
        if self.balance < 0:
            raise ClientConfigError(f"balance must not be negative, got {self.balance}")


def listed(
    options: SimulatorOptions, all_markets: Sequence[SyntheticMarket]
) -> list[SyntheticMarket]:
    """Return those of a venue's markets that the options name, in the order of the options.

    Raises:
        ClientConfigError: a symbol is none of the venue's.
    """
    known: dict[str, SyntheticMarket] = {one.market.symbol: one for one in all_markets}
    missing = [symbol for symbol in options.symbols if symbol not in known]
    if missing:
        raise ClientConfigError(
            f"symbols {', '.join(missing)} are not simulated: choose from {', '.join(known)}"
        )
    return [known[symbol] for symbol in options.symbols if symbol in known]


def config_of(options: SimulatorOptions, paper: PaperConfig) -> PaperConfig:
    """Return fees, margin, funding and engine rules: what the options say, else the venue's own."""
    config = options.paper or paper
    if isinstance(config.funding.rule, LivingFunding):
        return config  # of these options already
    if options.living:
        moving = LivingFunding(config.funding.rule, options.seed)
        return replace(config, funding=replace(config.funding, rule=moving))
    if options.shared is None:
        return config
    return replace(config, funding=options.shared.funding())


def build_world(
    options: SimulatorOptions, all_markets: Sequence[SyntheticMarket], paper: PaperConfig
) -> World:
    """Return a world with its accounts opened.

    Args:
        options: What to simulate.
        all_markets: What the venue lists, with the price and volatility to invent.
        paper: The venue's own fees, margin and engine rules; ``options.paper`` goes before it.
    """
    source = options.source
    if source is None:
        markets = tuple(listed(options, all_markets))
        if options.shared is not None:
            markets = tuple(options.shared.market(one) for one in markets)
        start_ns = DEFAULT_START_NS if options.start_ns is None else options.start_ns
        seed = options.seed if options.shared is None else options.shared.seed
        source = SyntheticSource(SyntheticConfig(seed, markets, start_ns))
    told = replace(config_of(options, paper), latency=NO_LATENCY, seed=options.seed)
    config, listed_now, coin = told, source.markets, options.coin
    if coin is not None:
        config = coin.engine(told, listed_now)

    def charged(fill: Fill) -> Fill:
        if coin is None:
            return fill
        return coin.charged(fill, told.fees(listed_now[fill.contract_id]))

    world = World(
        source,
        config,
        start_ns=options.start_ns,
        book_interval_ns=options.book_interval_ns,
        charged=charged,
    )
    for name in options.accounts:
        world.open_account(name, options.balance)
    return world
