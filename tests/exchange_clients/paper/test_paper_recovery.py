from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, Fill, OrderInfo, Symbol
from exchange_clients.events import (
    BestBidOffer,
    FundingPayment,
    PublicTrade,
    Signal,
    StreamSignal,
)
from exchange_clients.journal import IntentKind, JournalError, MemoryJournal, OrderIntent
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.feed import PaperFeed
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from exchange_clients.paper.latency import Latency
from exchange_clients.paper.recovery import last_instant_ns, recorded_commands, resume_ns
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    SELL,
    START_NS,
    ListSource,
    Stage,
    order,
    quote,
)

WAVE = (100.0, 99.8, 99.5, 99.2, 99.6, 100.0, 100.4, 100.8, 100.3)
HOURLY = PaperConfig(
    latency=Latency(0, 0, 0), funding=FundingTerms(HOUR_NS, ConstantFunding(Decimal("0.0001")))
)
SOURCE = ListSource([quote(n / 10, WAVE[n % 9], WAVE[n % 9] + 0.1) for n in range(3000)])


class LoggingJournal(MemoryJournal):
    """A journal that can be cut after any of its writes."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[tuple[str, OrderIntent | OrderInfo | Fill]] = []

    def record_intent(self, intent: OrderIntent) -> None:
        super().record_intent(intent)
        self.writes.append((intent.venue, intent))

    def record_outcome(self, venue: str, info: OrderInfo, at_ns: int) -> None:
        super().record_outcome(venue, info, at_ns)
        self.writes.append((venue, info))

    def record_fill(self, venue: str, fill: Fill) -> bool:
        fresh = super().record_fill(venue, fill)
        self.writes.append((venue, fill))
        return fresh

    def cut(self, count: int) -> MemoryJournal:
        """Return what was durable when the process died after ``count`` writes."""
        journal = MemoryJournal()
        for venue, record in self.writes[:count]:
            if isinstance(record, OrderIntent):
                journal.record_intent(record)
                journal.next_order_number()
            elif isinstance(record, Fill):
                journal.record_fill(venue, record)
            else:
                journal.record_outcome(venue, record, 0)
        return journal


def config(acknowledge: Acknowledge) -> PaperConfig:
    return PaperConfig(
        acknowledge=acknowledge, latency=Latency(30_000_000, 20_000_000, 40_000_000), seed=5
    )


async def connected(loop: VirtualLoop, journal: MemoryJournal, how: PaperConfig) -> PaperClient:
    exchange = PaperExchange(SOURCE, how)
    loop.add_feed(PaperFeed(exchange, loop))
    client = PaperClient(exchange, clock=VirtualClock(loop), journal=journal)
    await client.connect()
    assert await client.stream.prepare_market_feed("BTC")
    return client


def a_life(how: PaperConfig) -> LoggingJournal:
    """Trade a little: fills at once and later, cancels, an amendment, a leverage."""
    journal = LoggingJournal()

    async def main(loop: VirtualLoop) -> None:
        client = await connected(loop, journal, how)
        await client.set_leverage(Symbol("BTC"), Decimal(5))
        await client.place_market_order(BTC, Decimal(1), BUY)
        low = await client.place_limit_order(BTC, Decimal(1), Decimal("99.3"), BUY)
        high = await client.place_limit_order(BTC, Decimal(2), Decimal("100.7"), SELL)
        assert low.client_order_id
        assert high.client_order_id
        await client.await_order_update(low.client_order_id, 5)
        await client.cancel_order(high.client_order_id)
        far = await client.place_limit_order(BTC, Decimal(1), Decimal(90), BUY)
        assert far.client_order_id
        await client.amend_order(far.client_order_id, price=Decimal(91))
        await client.disconnect()

    run_virtual(main, epoch_ns=START_NS)
    return journal


@pytest.mark.parametrize("acknowledge", list(Acknowledge))
def test_killed_after_any_journal_write_a_client_finds_everything(
    acknowledge: Acknowledge,
) -> None:
    how = config(acknowledge)
    life = a_life(how)
    assert len(life.writes) > 12

    for count in range(1, len(life.writes) + 1):
        journal = life.cut(count)

        async def main(loop: VirtualLoop, journal: MemoryJournal = journal) -> None:
            client = await connected(loop, journal, how)
            await VirtualClock(loop).sleep(2)
            placed = [each for each in journal.intents("paper") if each.kind is IntentKind.PLACE]
            for intent in placed:
                known = await client.get_order_info(intent.client_order_id)
                at_venue = client.exchange.records.get("paper", intent.client_order_id)
                assert at_venue is not None, "what the journal holds was accepted"
                assert known is not None
                assert (known.status, known.filled_size) == (at_venue.status, at_venue.filled_size)
            fills = journal.fills("paper")
            assert {fill.trade_id for fill in fills} == {
                fill.trade_id for fill in client.exchange.records.fills("paper")
            }
            total = sum((fill.side.sign * fill.size for fill in fills), Decimal(0))
            assert total == await client.get_position(Symbol("BTC"))
            await client.disconnect()

        run_virtual(main, epoch_ns=resume_ns(journal, {"paper": SOURCE}))


def test_an_observer_sees_the_prices_of_the_past_and_nobody_else() -> None:
    how = config(Acknowledge.IMMEDIATE)
    journal = a_life(how)
    commands = recorded_commands(journal, "paper")
    assert [command.number for command in commands] == sorted(c.number for c in commands)
    until_ns = last_instant_ns(journal, "paper")
    assert until_ns is not None
    exchange = PaperExchange(SOURCE, how)
    heard: list[object] = []
    seen: list[object] = []
    exchange.open_account("paper")
    exchange.mail.add_listener("paper", heard.append)
    exchange.markets[BTC].quote_listeners.append(heard.append)
    for _ in exchange.restoring(commands, until_ns, seen.append):
        assert not heard
    assert heard == []
    prices = [event for event in seen if isinstance(event, BestBidOffer | PublicTrade)]
    assert len(prices) == exchange.events
    assert exchange.now_ns == until_ns


def test_an_observer_of_the_past_sees_holes_and_the_funding_of_its_account() -> None:
    events = [quote(0, 100.0, 100.1), quote(5, 100.1, 100.0), quote(9, 100.0, 100.1)]
    source = ListSource([*events, quote(2900, 100.0, 100.1)])
    lived = Stage(PaperExchange(source, HOURLY))
    lived.exchange.open_account("another")
    lived.place(order("long", BUY, "2"))
    lived.run_to(2900)
    (paid,) = [event for event in lived.heard if isinstance(event, FundingPayment)]

    seen: list[object] = []
    again = PaperExchange(source, HOURLY)
    for _ in again.restoring(lived.commands, START_NS + 2900 * NS, seen.append, "me"):
        assert not again.opened

    assert [event for event in seen if isinstance(event, FundingPayment)] == [paid]
    assert [event.signal for event in seen if isinstance(event, StreamSignal)] == [
        Signal.READY,
        Signal.GAP,
        Signal.READY,
        Signal.ENDED,
    ]


def test_an_empty_journal_starts_where_the_earliest_source_does() -> None:
    assert last_instant_ns(MemoryJournal(), "paper") is None
    assert resume_ns(MemoryJournal(), {"paper": SOURCE}) == START_NS


def test_a_reference_that_is_no_command_is_said_with_what_to_do() -> None:
    journal = MemoryJournal()
    intent = a_life(config(Acknowledge.IMMEDIATE)).intents("paper")[0]
    journal.record_intent(
        OrderIntent(
            intent.venue,
            intent.kind,
            intent.contract_id,
            intent.client_order_id,
            intent.order,
            intent.at_ns,
            reference="0xabc",
        )
    )
    with pytest.raises(JournalError, match="is not a paper command"):
        recorded_commands(journal, "paper")
