"""A world of two contracts whose market a test moves by hand."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import (
    ContractId,
    Market,
    OrderType,
    Side,
    Symbol,
    TimeInForce,
)
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.latency import NO_LATENCY
from venue_simulators.scripted_source import ScriptedMarket
from venue_simulators.world import Wanted, World

D = Decimal
BTC = ContractId("BTC-X")
ETH = ContractId("ETH-X")
ME = "main"
OTHER = "other"


def market_of(contract_id: ContractId) -> Market:
    """Return a contract on whole dollars and hundredths, with fees of 1 and 5 bp."""
    return Market(
        Symbol(contract_id.partition("-")[0]),
        contract_id,
        tick=D(1),
        step=D("0.01"),
        maker_fee=D("0.0001"),
        taker_fee=D("0.0005"),
    )


def scripted_market() -> ScriptedMarket:
    """Return a market with 1 bid at 1000 and 2 at 999, 1 asked at 1001 and 2 at 1002."""
    bids = [(D(1000), D(1)), (D(999), D(2))]
    asks = [(D(1001), D(1)), (D(1002), D(2))]
    return ScriptedMarket({market_of(BTC): (bids, asks), market_of(ETH): (bids, asks)})


def scripted_world(
    market: ScriptedMarket | None = None,
    config: PaperConfig | None = None,
    book_interval_ns: int = 0,
    start_ns: int | None = None,
) -> World:
    """Return a world with two accounts of 10,000 USD."""
    world = World(
        market or scripted_market(),
        config or PaperConfig(latency=NO_LATENCY),
        start_ns=start_ns,
        book_interval_ns=book_interval_ns,
    )
    for name in (ME, OTHER):
        world.open_account(name, D(10_000))
    return world


def limit(
    side: Side,
    size: str,
    price: str,
    time_in_force: TimeInForce = TimeInForce.GTC,
    *,
    reduce_only: bool = False,
) -> Wanted:
    """Return a limit order for BTC."""
    return Wanted(
        BTC,
        side,
        D(size),
        D(price),
        time_in_force=time_in_force,
        reduce_only=reduce_only,
    )


def market_order(side: Side, size: str) -> Wanted:
    """Return a market order for BTC."""
    return Wanted(BTC, side, D(size), None, OrderType.MARKET, TimeInForce.IOC)
