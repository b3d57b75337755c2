"""An exchange on a clock that goes on by itself, and what a second reading makes of its past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from exchange_clients.base_models import (
    NS,
    ContractId,
    Fill,
    Market,
    OrderStatus,
    Side,
    Symbol,
)
from exchange_clients.events import BookSnapshot, PublicTrade, Signal, StreamSignal
from exchange_clients.journal import MemoryJournal
from exchange_clients.paper import PaperClient, PaperConfig
from exchange_clients.paper.clocked import ClockedExchange
from exchange_clients.paper.sources.base import Liquidity, SourceEvent, SourceInfo
from exchange_clients.paper.timeline import NEVER_NS
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual

BTC = Market(Symbol("BTC"), ContractId("BTC-PERP"), tick=Decimal("0.1"), step=Decimal("0.001"))
START_NS = 1_700_000_000 * NS
JOURNAL_NAME = "paper"


class Heard:
    """What was heard so far, then an instant that never comes."""

    def __init__(self, past: list[SourceEvent]) -> None:
        self._past = past
        self.markets: Mapping[ContractId, Market] = {BTC.contract_id: BTC}
        self.info = SourceInfo("live", Liquidity.DEPTH, START_NS, None, None)

    def events(self) -> Iterator[SourceEvent]:
        yield from self._past
        yield StreamSignal(Signal.CONNECTED, None, NEVER_NS)


class Life:
    """One process on a market that is moved by hand."""

    def __init__(self, clock: Clock, past: list[SourceEvent], journal: MemoryJournal) -> None:
        self.clock = clock
        self.heard = list(past)
        self.exchange = ClockedExchange(Heard(past), PaperConfig(), clock)
        self.client = PaperClient(self.exchange, clock=clock, journal=journal, name=JOURNAL_NAME)
        self.number = len(past)

    def at(self) -> int:
        """Return the stamp of something that is heard now."""
        return max(self.clock.now_ns(), self.exchange.not_before())

    def hear(self, event: SourceEvent) -> None:
        """Take an event in, and remember it as a tape does."""
        self.heard.append(event)
        self.exchange.hear(event)

    def book(self, bid: float, ask: float) -> None:
        """Show a whole book of a level a side."""
        self.number += 1
        at_ns = self.at()
        self.hear(
            BookSnapshot(BTC.contract_id, [(bid, 5.0)], [(ask, 5.0)], self.number, at_ns, at_ns)
        )

    def trade(self, price: float, size: float) -> None:
        """Let strangers sell."""
        at_ns = self.at()
        self.hear(PublicTrade(BTC.contract_id, price, size, Side.SELL, at_ns, at_ns))


def test_orders_travel_and_fill_while_time_goes_on_by_itself() -> None:
    async def main(loop: VirtualLoop) -> None:
        life = Life(VirtualClock(loop), [], MemoryJournal())
        fills: list[Fill] = []
        life.client.setup_fill_handler(fills.append)
        await life.client.connect()
        life.book(100.0, 100.1)
        assert await life.client.stream.prepare_market_feed("BTC")
        before_ns = life.clock.now_ns()
        order = await life.client.place_limit_order(
            BTC.contract_id, Decimal(1), Decimal(100), Side.BUY
        )
        assert order.status is OrderStatus.OPEN
        config = life.exchange.config.latency
        assert life.clock.now_ns() - before_ns == config.up_ns + config.down_ns
        life.trade(100.0, 6.0)
        await life.clock.sleep(1)
        assert [(fill.price, fill.size) for fill in fills] == [(Decimal(100), Decimal(1))]
        life.exchange.close()

    run_virtual(main, epoch_ns=START_NS)


def test_what_was_heard_is_never_earlier_than_what_was_done() -> None:
    async def main(loop: VirtualLoop) -> None:
        life = Life(VirtualClock(loop), [], MemoryJournal())
        await life.client.connect()
        life.book(100.0, 100.1)
        first_ns = life.exchange.now_ns
        life.book(100.0, 100.2)
        assert life.exchange.now_ns == first_ns + 1
        life.exchange.close()

    run_virtual(main, epoch_ns=START_NS)


def test_a_second_process_computes_the_same_past_from_what_was_heard() -> None:
    journal = MemoryJournal()
    tape: list[SourceEvent] = []
    first_fills: list[Fill] = []
    cash: list[Decimal] = []

    async def first(loop: VirtualLoop) -> None:
        life = Life(VirtualClock(loop), [], journal)
        life.client.setup_fill_handler(first_fills.append)
        await life.client.connect()
        life.book(100.0, 100.1)
        for step in range(20):
            await life.client.place_limit_order(
                BTC.contract_id, Decimal("0.5"), Decimal(100) - step % 3, Side.BUY
            )
            life.trade(98.0 + step % 3, 3.0)
            await life.clock.sleep(0.25)
            life.book(99.0 + step % 2, 100.1 + step % 2)
        await life.clock.sleep(1)
        tape.extend(life.heard)
        cash.append(life.exchange.cash_of(JOURNAL_NAME))
        life.exchange.close()

    async def second(loop: VirtualLoop) -> None:
        life = Life(VirtualClock(loop), tape, journal)
        await life.client.connect()
        fills = await life.client.get_user_trade_history(Symbol("BTC"), 0, 1 << 62)
        assert [fill.trade_id for fill in fills] == [fill.trade_id for fill in first_fills]
        assert life.exchange.cash_of(JOURNAL_NAME) == cash[0]
        life.exchange.close()

    run_virtual(first, epoch_ns=START_NS)
    assert len(first_fills) > 5
    run_virtual(second, epoch_ns=START_NS + 60 * NS)


def test_a_closed_exchange_does_nothing_more() -> None:
    async def main(loop: VirtualLoop) -> None:
        life = Life(VirtualClock(loop), [], MemoryJournal())
        await life.client.connect()
        life.book(100.0, 100.1)
        life.exchange.close()
        done_ns = life.exchange.now_ns
        await life.clock.sleep(9 * 3600)
        assert life.exchange.now_ns == done_ns

    run_virtual(main, epoch_ns=START_NS)
