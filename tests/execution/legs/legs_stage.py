"""Two embedded paper venues, a client of each and an executor over both, on virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    Fill,
    Market,
    OrderInfo,
    Side,
    Symbol,
)
from exchange_clients.journal import MemoryJournal
from exchange_clients.paper.client import PaperClient, PaperClientOptions
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.feed import PaperFeed
from exchange_clients.paper.sources.base import Liquidity, SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.legs.executor import AtomicMultiOrderExecutor
from execution.legs.values import LegLimits, LegRequest
from tests.exchange_clients.paper.venue_stage import BTC, START_NS, ListSource, market, snapshot
from tests.support.bot_stage import MemoryStore

D = Decimal
SYMBOL = Symbol("BTC")
Levels = list[tuple[float, float]]
Book = tuple[Levels, Levels]
"""Bids and asks, best first."""
Script = Mapping[float, Book]
"""The book from each second on."""
EVERY_S = 0.25
LAST_S = 120.0
FLAT: Book = ([(99.8, 100.0)], [(100.0, 100.0)])
"""What venue ``a`` shows unless a test says otherwise."""
ABOVE: Book = ([(100.1, 100.0)], [(100.2, 100.0)])
"""What venue ``b`` shows unless a test says otherwise."""


def told(script: Script) -> list[SourceEvent]:
    """Return the script as snapshots, each repeated until the next book."""
    events: list[SourceEvent] = []
    at_s, number = 0.0, 1
    while at_s <= LAST_S:
        bids, asks = script[max(second for second in script if second <= at_s)]
        events.append(snapshot(at_s, bids, asks, number))
        at_s += EVERY_S
        number += 1
    return events


class Venue:
    """One paper venue with a client of it."""

    def __init__(
        self, name: str, script: Script, spec: Market, config: PaperConfig, loop: VirtualLoop
    ) -> None:
        self.exchange = PaperExchange(
            ListSource(told(script), spec, liquidity=Liquidity.DEPTH), config
        )
        loop.add_feed(PaperFeed(self.exchange, loop))
        self.client = PaperClient(
            self.exchange,
            clock=VirtualClock(loop),
            journal=MemoryJournal(),
            name=name,
            options=PaperClientOptions(max_book_age_s=5.0),
        )
        self.orders: list[OrderInfo] = []
        self.fills: list[Fill] = []
        self.client.setup_order_update_handler(self.orders.append)
        self.client.setup_fill_handler(self.fills.append)

    async def position(self) -> Decimal:
        """Return the signed position as the venue has it."""
        return await self.client.get_position(SYMBOL)

    async def open_orders(self, contract_id: ContractId = BTC) -> list[OrderInfo]:
        """Return what is open."""
        return await self.client.get_active_orders(contract_id)


class Stage:
    """Two venues, ``a`` and ``b``."""

    def __init__(
        self,
        loop: VirtualLoop,
        scripts: Sequence[Script],
        specs: Sequence[Market],
        config: PaperConfig,
        limits: LegLimits,
    ) -> None:
        self.clock = VirtualClock(loop)
        self.venues = {
            name: Venue(name, script, spec, config, loop)
            for name, script, spec in zip("abc", scripts, specs, strict=False)
        }
        self.a, self.b = self.venues["a"], self.venues["b"]
        self.store = MemoryStore()
        self.limits = limits
        self.executor = self.new_executor()

    def new_executor(self) -> AtomicMultiOrderExecutor:
        """Return an executor over the stage's clients and store."""
        clients = {name: venue.client for name, venue in self.venues.items()}
        return AtomicMultiOrderExecutor(clients, self.clock, self.store, self.limits)

    async def positions(self) -> dict[str, Decimal]:
        """Return the position of each venue."""
        return {name: await venue.position() for name, venue in self.venues.items()}

    async def check_no_order_is_open(self) -> None:
        """Check that nothing is left at any venue."""
        for venue in self.venues.values():
            assert await venue.open_orders() == []


Play = Callable[[Stage], Awaitable[None]]
BOTH = [Acknowledge.IMMEDIATE, Acknowledge.ASYNCHRONOUS]
LIMITS = LegLimits(max_unhedged_usd=D(2_000))


def on_stage(
    play: Play,
    *scripts: Script,
    specs: Sequence[Market] | None = None,
    acknowledge: Acknowledge = Acknowledge.IMMEDIATE,
    limits: LegLimits = LIMITS,
    config: PaperConfig | None = None,
) -> None:
    """Run a play with both clients connected, half a second after the market has begun."""
    given = scripts or ({0: FLAT}, {0: ABOVE})

    async def main(loop: VirtualLoop) -> None:
        stage = Stage(
            loop,
            given,
            specs or [market() for _ in given],
            config or PaperConfig(acknowledge=acknowledge),
            limits,
        )
        for venue in stage.venues.values():
            await venue.client.connect()
        await stage.clock.sleep(0.5)
        await play(stage)
        await stage.executor.close()
        for venue in stage.venues.values():
            await venue.client.disconnect()

    run_virtual(main, epoch_ns=START_NS)


def pair(
    quantity: str = "10",
    buy: str | None = "100",
    sell: str | None = "100.1",
    other: str | None = None,
) -> list[LegRequest]:
    """Return a buy on ``a`` and a sell on ``b``; a price of None takes what there is."""
    return [
        LegRequest("a", SYMBOL, Side.BUY, D(quantity), None if buy is None else D(buy)),
        LegRequest("b", SYMBOL, Side.SELL, D(other or quantity), None if sell is None else D(sell)),
    ]


def total(values: Sequence[Decimal]) -> Decimal:
    """Return an exact sum."""
    return sum(values, ZERO)
