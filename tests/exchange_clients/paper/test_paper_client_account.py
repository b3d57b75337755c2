"""What the client contract promises of positions, money and liquidations."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    ContractId,
    LiquidationEvent,
    Reason,
    Side,
    Symbol,
)
from exchange_clients.errors import ClientConfigError, NotConnectedError, VenueRejected
from exchange_clients.journal import MemoryJournal
from exchange_clients.liquidations import LIQUIDATION_EVENTS_MAX
from exchange_clients.paper.client import PaperClient, PaperClientOptions
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.feed import PaperFeed
from exchange_clients.paper.funding import FundingTerms
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.clock import to_datetime
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.exchange_clients.paper.client_stage import QUOTES, play
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    ETH,
    SELL,
    START_NS,
    ListSource,
    market,
    quote,
)

SYMBOL = Symbol("BTC")


@pytest.mark.parametrize(("side", "signed"), [(BUY, Decimal(3)), (SELL, Decimal(-3))])
def test_the_accounts_position_is_absolute_and_the_markets_is_signed(
    side: Side, signed: Decimal
) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert await client.get_position(SYMBOL) == 0
        assert await client.get_account_positions() == 0
        await client.place_market_order(BTC, Decimal(3), side)
        assert await client.get_position(SYMBOL) == signed
        assert await client.get_account_positions() == 3

    play(act)


def test_the_accounts_position_is_of_the_configured_ticker() -> None:
    events: list[SourceEvent] = [
        quote(second, 100.0, 100.1, contract_id=contract)
        for second in range(40)
        for contract in (BTC, ETH)
    ]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_market_order(BTC, Decimal(1), BUY)
        await client.place_market_order(ETH, Decimal(2), SELL)
        assert await client.get_account_positions() == 2

    play(act, events, markets=[market(), market(ETH)], options=PaperClientOptions("ETH"))


@pytest.mark.parametrize(
    ("side", "signed", "entry", "pnl"),
    [
        (BUY, Decimal(3), Decimal("100.1"), Decimal("-0.15")),
        (SELL, Decimal(-3), Decimal(100), Decimal("-0.15")),
    ],
)
def test_a_position_is_a_snapshot_with_a_signed_size_and_none_when_flat(
    side: Side, signed: Decimal, entry: Decimal, pnl: Decimal
) -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        assert await client.get_position_snapshot(SYMBOL) is None
        assert list(await client.get_detailed_positions()) == []
        await client.place_market_order(BTC, Decimal(3), side)
        snapshot = await client.get_position_snapshot(SYMBOL)
        assert snapshot is not None
        assert (snapshot.symbol, snapshot.contract_id) == (SYMBOL, BTC)
        assert (snapshot.quantity, snapshot.entry_price) == (signed, entry)
        assert (snapshot.mark_price, snapshot.unrealized_pnl) == (Decimal("100.05"), pnl)
        assert (snapshot.leverage, snapshot.margin_used) == (Decimal(10), Decimal("30.015"))
        assert snapshot.cumulative_funding == 0
        assert list(await client.get_detailed_positions()) == [snapshot]
        await client.place_market_order(BTC, Decimal(3), side.opposite, reduce_only=True)
        assert await client.get_position_snapshot(SYMBOL) is None

    play(act)


def test_funding_of_a_position_counts_from_when_it_was_opened() -> None:
    terms = FundingTerms(interval_ns=20 * NS)

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_market_order(BTC, Decimal(3), BUY)
        await asyncio.sleep(50)
        now_ns = loop.epoch_ns + loop.now_ns
        whole = await client.get_position_snapshot(SYMBOL)
        last = await client.get_position_snapshot(SYMBOL, now_ns - 20 * NS)
        after = await client.get_position_snapshot(SYMBOL, to_datetime(now_ns))
        assert whole is not None
        assert last is not None
        assert after is not None
        assert whole.cumulative_funding is not None
        assert whole.cumulative_funding < 0, "a long pays a positive rate"
        assert last.cumulative_funding is not None
        assert whole.cumulative_funding < last.cumulative_funding < 0
        assert after.cumulative_funding == 0

    play(act, config=PaperConfig(funding=terms))


def test_a_position_that_cannot_be_read_is_an_error_and_not_flat() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_market_order(BTC, Decimal(1), BUY)
        with pytest.raises(ClientConfigError, match="DOGE is not listed on paper"):
            await client.get_position_snapshot(Symbol("DOGE"))
        await client.disconnect()
        for read in (client.get_position_snapshot, client.get_position):
            with pytest.raises(NotConnectedError):
                await read(SYMBOL)

    play(act)


def test_orders_bind_what_they_may_cost_and_money_is_never_below_zero() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_limit_order(BTC, Decimal(100), Decimal(99), "buy")
        assert await client.get_account_balance() == Decimal(10_000) - Decimal(990)
        assert await client.get_total_asset_value() == 10_000
        assert await client.get_account_pnl() == 0
        refused = await client.place_limit_order(BTC, Decimal(1_000), Decimal(99), "buy")
        assert (refused.success, refused.reason) == (False, Reason.INSUFFICIENT_MARGIN)

    play(act)


def test_leverage_below_one_or_above_the_markets_is_refused_and_changes_nothing() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        for wanted in ("0.5", "21"):
            with pytest.raises(VenueRejected, match=f"from 1 to 20, got {wanted}"):
                await client.set_leverage(SYMBOL, Decimal(wanted))
        await client.place_limit_order(BTC, Decimal(10), Decimal(100), "buy")
        assert await client.get_account_balance() == Decimal(10_000) - Decimal(100)

    play(act)


# Liquidations -------------------------------------------------------------------------------------


def test_a_liquidation_tells_the_market_it_happened_in() -> None:
    events: list[SourceEvent] = [
        quote(0, 100.0, 100.1, size=5_000.0),
        quote(0, 50.0, 50.1, size=5_000.0, contract_id=ETH),
        *(quote(second, 150.0, 150.1, size=5_000.0) for second in range(2, 20)),
    ]

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        await client.place_market_order(ETH, Decimal(1), BUY)
        await client.place_market_order(BTC, Decimal(500), SELL)
        await VirtualClock(loop).sleep(5)
        event = client.liquidation_events_queue.get_nowait()
        assert (event.contract_id, event.symbol, event.side) == (BTC, SYMBOL, BUY)
        assert (event.size, event.ours) == (Decimal(500), True)

    play(act, events, markets=[market(), market(ETH)])


def test_a_full_queue_of_liquidations_drops_the_oldest() -> None:
    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        for number in range(LIQUIDATION_EVENTS_MAX + 1):
            client.emit_liquidation_event(
                LiquidationEvent(
                    ContractId(f"c{number}"),
                    SYMBOL,
                    SELL,
                    Decimal(1),
                    Decimal(1),
                    number,
                    ours=True,
                )
            )
        assert client.liquidation_events_queue.qsize() == LIQUIDATION_EVENTS_MAX
        assert client.liquidation_events_queue.get_nowait().contract_id == "c1"

    play(act)


# Several venues -----------------------------------------------------------------------------------


def test_two_paper_venues_stand_side_by_side_with_accounts_of_their_own() -> None:
    async def main(loop: VirtualLoop) -> None:
        journal = MemoryJournal()
        clients = []
        for name, balance in (("paper:one", 10_000), ("paper:two", 500)):
            config = PaperConfig(starting_balance=Decimal(balance))
            exchange = PaperExchange(ListSource(QUOTES), config)
            loop.add_feed(PaperFeed(exchange, loop))
            clock = VirtualClock(loop)
            clients.append(PaperClient(exchange, clock=clock, journal=journal, name=name))
        one, two = clients
        for client in clients:
            await client.connect()
            assert await client.stream.prepare_market_feed("BTC")
        await one.place_market_order(BTC, Decimal(2), BUY)
        await two.place_limit_order(BTC, Decimal(1), Decimal(99), BUY)
        assert [await each.get_position(SYMBOL) for each in clients] == [2, 0]
        assert [len(await each.get_active_orders(BTC)) for each in clients] == [0, 1]
        assert [each.get_exchange_name() for each in clients] == ["paper:one", "paper:two"]
        await one.disconnect()
        assert await two.get_total_asset_value() == 500
        with pytest.raises(NotConnectedError, match="paper:one is not connected"):
            await one.get_total_asset_value()

    run_virtual(main, epoch_ns=START_NS)
