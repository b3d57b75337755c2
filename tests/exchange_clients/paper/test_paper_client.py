from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    ContractId,
    Fill,
    LiquidationEvent,
    OrderInfo,
    OrderStatus,
    Reason,
    Symbol,
)
from exchange_clients.errors import (
    ClientConfigError,
    InvalidOrder,
    NotConnectedError,
    StaleData,
    VenueRejected,
)
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.journal import MemoryJournal
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.config import Acknowledge, PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.feed import PaperFeed
from exchange_clients.paper.recovery import resume_ns
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.exchange_clients.paper.client_stage import QUOTES, play
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    SELL,
    START_NS,
    ListSource,
    quote,
    state_of,
)

BOTH = pytest.mark.parametrize("acknowledge", list(Acknowledge))


@BOTH
def test_an_order_is_placed_filled_and_heard_of_once(acknowledge: Acknowledge) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        fills: list[Fill] = []
        changes: list[OrderInfo] = []
        client.setup_fill_handler(fills.append)
        client.setup_order_update_handler(changes.append)
        contract_id, tick = await client.get_contract_attributes("BTC")
        assert (contract_id, tick) == (BTC, Decimal("0.1"))
        result = await client.place_market_order(BTC, Decimal(1), "buy")
        assert result.success
        assert result.client_order_id is not None
        info = await client.await_order_update(result.client_order_id)
        assert info.status is OrderStatus.FILLED
        assert [fill.size for fill in fills] == [Decimal(1)]
        assert changes[-1].status is OrderStatus.FILLED
        assert await client.get_position(Symbol("BTC")) == 1

    play(act, config=PaperConfig(acknowledge=acknowledge))


@BOTH
def test_a_post_only_order_that_would_take_is_refused(acknowledge: Acknowledge) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        result = await client.place_limit_order(
            BTC, Decimal(1), Decimal("100.1"), BUY, post_only=True
        )
        assert result.client_order_id is not None
        info = await client.await_order_update(result.client_order_id)
        assert (info.status, info.reason) == (
            OrderStatus.REJECTED,
            Reason.POST_ONLY_WOULD_CROSS,
        )
        assert await client.get_active_orders(BTC) == []

    play(act, config=PaperConfig(acknowledge=acknowledge))


@BOTH
def test_cancel_proves_how_the_order_ended(acknowledge: Acknowledge) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        resting = await client.place_limit_order(BTC, Decimal(1), Decimal(99), "buy")
        assert resting.client_order_id is not None
        canceled = await client.cancel_order(resting.client_order_id)
        assert (canceled.success, canceled.status) == (True, OrderStatus.CANCELED)
        taken = await client.place_limit_order(BTC, Decimal(1), Decimal(101), "buy")
        assert taken.client_order_id is not None
        late = await client.cancel_order(taken.client_order_id)
        assert (late.status, late.filled_size) == (OrderStatus.FILLED, Decimal(1))

    play(act, config=PaperConfig(acknowledge=acknowledge))


@BOTH
def test_an_order_is_amended_in_place(acknowledge: Acknowledge) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        placed = await client.place_limit_order(BTC, Decimal(2), Decimal(99), "buy")
        assert placed.client_order_id is not None
        await client.await_order_update(placed.client_order_id, 0.5)
        result = await client.amend_order(
            placed.client_order_id, price=Decimal(98), quantity=Decimal(1)
        )
        assert result.success
        await client.await_order_update(placed.client_order_id, 0.5)
        [info] = await client.get_active_orders(BTC)
        assert (info.price, info.size) == (Decimal(98), Decimal(1))

    play(act, config=PaperConfig(acknowledge=acknowledge))


def test_a_call_before_connect_names_what_to_call() -> None:
    async def main(loop: VirtualLoop) -> None:
        exchange = PaperExchange(ListSource(QUOTES))
        client = PaperClient(exchange, clock=VirtualClock(loop), journal=MemoryJournal())
        with pytest.raises(NotConnectedError, match=r"await connect\(\) first"):
            await client.get_account_balance()
        with pytest.raises(NotConnectedError, match=r"await connect\(\) first"):
            await client.place_market_order(BTC, Decimal(1), BUY)

    run_virtual(main, epoch_ns=START_NS)


def test_prices_of_a_book_that_is_not_ready_or_too_old_are_stale() -> None:
    end = StreamSignal(Signal.ENDED, None, START_NS + 900 * NS)

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert await client.fetch_bbo_prices(BTC) == (Decimal(100), Decimal("100.1"))
        clock = VirtualClock(loop)
        await clock.sleep(61)
        with pytest.raises(StaleData, match=r"61\.0 s old"):
            await client.fetch_bbo_prices(BTC)
        await clock.sleep(1000)
        with pytest.raises(StaleData, match="not ready"):
            await client.fetch_bbo_prices(BTC)

    play(act, [quote(0, 100.0, 100.1), end])


def test_an_unknown_market_is_said_with_near_names() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        with pytest.raises(ValueError, match="Ticker is empty"):
            await client.get_contract_attributes(" ")
        with pytest.raises(ValueError, match="Market DOGE not found or not tradeable on paper"):
            await client.get_contract_attributes("DOGE")
        with pytest.raises(ClientConfigError, match="near: BTC-PERP"):
            client.market(ContractId("BTC-PRP"))

    play(act)


def test_leverage_is_set_read_back_and_bounded() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert await client.set_leverage(Symbol("BTC"), Decimal(5)) == 5
        with pytest.raises(VenueRejected, match="from 1 to 20, got 50"):
            await client.set_leverage(Symbol("BTC"), Decimal(50))
        await client.place_market_order(BTC, Decimal(10), BUY)
        snapshot = await client.get_position_snapshot(Symbol("BTC"))
        assert snapshot is not None
        assert (snapshot.leverage, snapshot.quantity) == (Decimal(5), Decimal(10))
        info = await client.get_leverage_info(Symbol("BTC"))
        assert info["max_leverage"] == 20
        assert (await client.get_leverage_info(Symbol("DOGE"))).error is not None

    play(act)


def test_balance_pnl_and_asset_value_agree() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_market_order(BTC, Decimal(10), BUY)
        # Bought at 100.1, the mark is 100.05.
        assert await client.get_account_pnl() == Decimal("-0.5")
        assert await client.get_total_asset_value() == Decimal("9999.5")
        assert await client.get_account_balance() == Decimal("9999.5") - Decimal("100.05")
        assert await client.get_account_positions() == 10

    play(act)


def test_orders_below_the_minimum_are_refused_before_they_are_sent() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        with pytest.raises(InvalidOrder):
            await client.place_limit_order(BTC, Decimal("0.0001"), Decimal(100), BUY)

    play(act)


def test_place_open_order_waits_for_its_fill() -> None:
    events: list[SourceEvent] = [quote(0, 100.0, 100.3), quote(3, 99.9, 100.0)]
    events += [quote(4 + second, 99.9, 100.0) for second in range(30)]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        result = await client.place_open_order(BTC, Decimal(1), "buy")
        assert (result.status, result.average_price) == (OrderStatus.FILLED, Decimal("100.2"))

    play(act, events)


def test_a_liquidation_is_put_into_the_queue() -> None:
    events: list[SourceEvent] = [quote(0, 100.0, 100.1, size=5000.0)]
    events += [quote(second, 80.0, 80.1, size=5000.0) for second in range(1, 9)]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_market_order(BTC, Decimal(900), BUY)
        await VirtualClock(loop).sleep(2)
        event = client.liquidation_events_queue.get_nowait()
        assert isinstance(event, LiquidationEvent)
        assert (event.side, event.size, event.price) == (SELL, Decimal(900), Decimal(80))
        assert await client.get_position(Symbol("BTC")) == 0
        assert await client.get_total_asset_value() == 0

    play(act, events)


def test_two_paper_venues_share_a_loop_and_a_journal() -> None:
    async def main(loop: VirtualLoop) -> None:
        journal = MemoryJournal()
        clients = []
        for name, price in (("paper:one", 100.0), ("paper:two", 200.0)):
            events = [quote(second, price, price + 0.1) for second in range(30)]
            exchange = PaperExchange(ListSource(events))
            loop.add_feed(PaperFeed(exchange, loop))
            clients.append(
                PaperClient(exchange, clock=VirtualClock(loop), journal=journal, name=name)
            )
        for client in clients:
            await client.connect()
            assert await client.stream.prepare_market_feed("BTC")
        for client in clients:
            await client.place_market_order(BTC, Decimal(1), BUY)
        values = [
            fill.price for client in clients for fill in journal.fills(client.get_exchange_name())
        ]
        assert values == [Decimal("100.1"), Decimal("200.1")]
        assert [intent.venue for intent in journal.intents("paper:one")] == ["paper:one"]

    run_virtual(main, epoch_ns=START_NS)


def test_a_restart_finds_orders_position_and_cash_as_they_were() -> None:
    journal = MemoryJournal()
    seen: dict[str, object] = {}

    async def first(client: PaperClient, loop: VirtualLoop) -> None:
        await client.set_leverage(Symbol("BTC"), Decimal(7))
        await client.place_market_order(BTC, Decimal(1), BUY)
        await client.place_limit_order(BTC, Decimal(1), Decimal(101), SELL, reduce_only=True)
        await client.place_limit_order(BTC, Decimal(2), Decimal("99.9"), BUY)
        seen.update(state_of(client.exchange))
        seen["equity"] = await client.get_total_asset_value()

    play(first, journal=journal)

    async def second(client: PaperClient, loop: VirtualLoop) -> None:
        assert client.reconciliation is not None
        assert client.reconciliation.positions == {BTC: Decimal(1)}
        assert client.reconciliation.unresolved == ()
        assert await client.get_total_asset_value() == seen["equity"]
        state = state_of(client.exchange)
        assert state["orders"] == seen["orders"]
        assert state["owners"] == seen["owners"]
        assert len(await client.get_active_orders(BTC)) == 2
        result = await client.place_limit_order(BTC, Decimal(1), Decimal(98), BUY)
        assert result.status is OrderStatus.OPEN

    source = ListSource(QUOTES)
    play(second, journal=journal, epoch_ns=resume_ns(journal, {"paper": source}))


def test_a_clock_before_the_journal_is_refused_with_the_epoch_to_use() -> None:
    journal = MemoryJournal()

    async def first(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_market_order(BTC, Decimal(1), BUY)

    play(first, journal=journal)
    with pytest.raises(ClientConfigError, match="start the loop with epoch_ns="):
        play(first, journal=journal)
