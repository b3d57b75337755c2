from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path

import pytest

from exchange_clients import paper
from exchange_clients.base_models import NS, ContractId, Level, Symbol
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import ClientConfigError, NotConnectedError
from exchange_clients.events import Signal, StreamSignal
from exchange_clients.paper.common import get_paper_symbol_format, normalize_symbol
from exchange_clients.paper.config import PaperConfig
from exchange_clients.paper.exchange import PaperExchange
from exchange_clients.paper.feed import PaperFeed
from exchange_clients.paper.funding import HOUR_NS, ConstantFunding, FundingTerms
from exchange_clients.paper.funding_adapter import PaperFundingAdapter
from exchange_clients.paper.sources.base import Liquidity, SourceEvent
from exchange_clients.paper.sources.binance_raw import BinanceRawSource
from exchange_clients.paper.websocket import PaperWebSocketManager
from exchange_clients.shared.clock import to_datetime
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.exchange_clients.paper.venue_stage import (
    BTC,
    BUY,
    INSTANT,
    SELL,
    START_NS,
    Limit,
    ListSource,
    Stage,
    order,
    quote,
    snapshot,
    trade,
)

Act = Callable[[PaperWebSocketManager, PaperExchange, VirtualClock], Awaitable[None]]


def watch(act: Act, events: list[SourceEvent], liquidity: Liquidity = Liquidity.QUOTES) -> None:
    async def main(loop: VirtualLoop) -> None:
        exchange = PaperExchange(ListSource(events, liquidity=liquidity))
        loop.add_feed(PaperFeed(exchange, loop))
        exchange.open()
        clock = VirtualClock(loop)
        manager = PaperWebSocketManager(exchange, clock)
        await manager.connect()
        await act(manager, exchange, clock)
        await manager.disconnect()

    run_virtual(main, epoch_ns=START_NS)


def test_a_feed_is_prepared_once_its_book_is_ready() -> None:
    async def act(
        manager: PaperWebSocketManager, exchange: PaperExchange, clock: VirtualClock
    ) -> None:
        assert manager.best_bid_offer(BTC) is None
        assert manager.get_order_book(BTC) is None
        assert not await manager.prepare_market_feed("BTC", timeout=2)
        assert await manager.prepare_market_feed("BTC", timeout=2)
        assert clock.now_ns() == START_NS + 3 * NS
        assert manager.age_s(BTC, FeedKind.TRADES) is None
        await clock.sleep(1.5)
        assert manager.age_s(BTC, FeedKind.BOOK) == 1.5

    watch(act, [quote(3, 100.0, 100.1, 2.0), quote(60, 100.0, 100.1)])


def test_a_book_of_quotes_has_one_level_and_one_of_depth_all() -> None:
    async def one(
        manager: PaperWebSocketManager, exchange: PaperExchange, clock: VirtualClock
    ) -> None:
        await manager.prepare_market_feed("BTC")
        book = manager.get_order_book(BTC)
        assert book is not None
        assert book.bids == [Level(Decimal("100.0"), Decimal(2))]

    watch(one, [quote(3, 100.0, 100.1, 2.0), quote(60, 100.0, 100.1)])

    async def many(
        manager: PaperWebSocketManager, exchange: PaperExchange, clock: VirtualClock
    ) -> None:
        await manager.prepare_market_feed("BTC")
        book = manager.get_order_book(BTC, levels=2)
        assert book is not None
        assert [level.price for level in book.asks] == [Decimal("100.1"), Decimal("100.3")]
        bid, ask = manager.get_best_levels(BTC, min_size_usd=Decimal(250))
        assert bid is None
        assert ask == Level(Decimal("100.3"), Decimal(3))

    depth: list[SourceEvent] = [
        snapshot(1, [(100.0, 2.0)], [(100.1, 1.0), (100.3, 3.0), (101.0, 9.0)]),
        trade(60, 100.0, 1.0, SELL),
    ]
    watch(many, depth, Liquidity.DEPTH)


def test_listeners_hear_in_order_until_they_are_removed() -> None:
    async def act(
        manager: PaperWebSocketManager, exchange: PaperExchange, clock: VirtualClock
    ) -> None:
        heard: list[object] = []
        manager.add_quote_listener(BTC, heard.append)
        manager.add_trade_listener(BTC, heard.append)
        manager.add_signal_listener(heard.append)
        await clock.sleep(2.5)
        assert [type(event).__name__ for event in heard] == [
            "StreamSignal",
            "BestBidOffer",
            "PublicTrade",
        ]
        manager.remove_listener(heard.append)
        await clock.sleep(10)
        assert len(heard) == 3

    watch(act, [quote(1, 100.0, 100.1), trade(2, 100.0, 1.0, SELL), quote(3, 100.0, 100.1)])


def test_a_listener_that_comes_after_the_end_hears_of_it() -> None:
    async def act(
        manager: PaperWebSocketManager, exchange: PaperExchange, clock: VirtualClock
    ) -> None:
        ended = [manager.ended]
        await clock.sleep(2)
        assert [*ended, manager.ended] == [False, True]
        heard: list[StreamSignal] = []
        manager.add_signal_listener(heard.append)
        assert [signal.signal for signal in heard] == [Signal.ENDED]
        assert not await manager.prepare_market_feed("BTC", timeout=2)

    watch(act, [quote(1, 100.0, 100.1)])


def test_wrong_markets_and_a_missing_connection_are_said() -> None:
    async def act(
        manager: PaperWebSocketManager, exchange: PaperExchange, clock: VirtualClock
    ) -> None:
        with pytest.raises(ClientConfigError, match="contract DOGE is not listed; listed: BTC"):
            await manager.prepare_market_feed("DOGE")
        await manager.disconnect()
        with pytest.raises(NotConnectedError, match=r"call connect\(\) first"):
            await manager.prepare_market_feed("BTC")

    watch(act, [quote(1, 100.0, 100.1)])


@pytest.mark.parametrize(
    ("spelled", "plain"),
    [
        ("BTC-PERP", "BTC"),
        ("BTC-USD-PERP", "BTC"),
        ("BTC_USDC_PERP", "BTC"),
        ("ETHUSDT", "ETH"),
        ("eth", "ETH"),
        ("BTCUSD_PERP", "BTC"),
        ("1000PEPEUSDT", "1000PEPE"),
        ("SOL-USDT-SWAP", "SOL"),
    ],
)
def test_spellings_of_a_market_are_understood(spelled: str, plain: str) -> None:
    assert normalize_symbol(spelled) == plain
    assert normalize_symbol(get_paper_symbol_format(spelled)) == plain


def test_the_package_exports_what_every_venue_exports() -> None:
    assert set(dir(paper)) >= set(paper.__all__)
    for name in paper.__all__:
        assert getattr(paper, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        _ = paper.nonsense


def test_rates_are_told_with_the_venues_own_interval() -> None:
    async def main(loop: VirtualLoop) -> None:
        terms = FundingTerms(HOUR_NS, ConstantFunding(Decimal("0.0000125")))
        events = [quote(second, 100.0, 100.2) for second in range(0, 9000, 60)]
        exchange = PaperExchange(ListSource(events), PaperConfig(funding=terms))
        loop.add_feed(PaperFeed(exchange, loop))
        exchange.open()
        clock = VirtualClock(loop)
        adapter = PaperFundingAdapter(exchange, clock)
        sample = (await adapter.fetch_funding_rates())[Symbol("BTC")]
        assert (sample.raw_rate, sample.interval_hours) == (Decimal("0.0000125"), Decimal(1))
        assert sample.normalized_rate == Decimal("0.0001")
        settles_ns = terms.next_settlement_ns(START_NS)
        assert sample.next_funding_time == to_datetime(settles_ns)
        await clock.sleep(8000)
        start, end = to_datetime(START_NS), to_datetime(START_NS + 8000 * NS)
        history = await adapter.fetch_funding_history(Symbol("BTC"), start, end)
        assert [each.next_funding_time for each in history] == [
            to_datetime(settles_ns),
            to_datetime(settles_ns + HOUR_NS),
        ]
        stats = (await adapter.fetch_market_data())[Symbol("BTC")]
        assert (stats.mark_price, stats.open_interest) == (Decimal("100.1"), Decimal(0))
        assert adapter.get_dex_symbol_format("btc") == "BTC-PERP"
        assert adapter.normalize_symbol("BTCUSDT") == "BTC"
        await adapter.close()

    run_virtual(main, epoch_ns=START_NS)


def test_a_recorded_market_is_replayed_without_a_gap_and_books_to_the_atom(
    market_data: Path,
) -> None:
    path = market_data / "l2_binance_raw" / "usdm_btcusdt_20240808.gz"
    exchange = PaperExchange(BinanceRawSource([path]), INSTANT)
    stage = Stage(exchange)
    contract_id = ContractId("BTCUSDT")
    book = exchange.markets[contract_id]
    limit = Limit(exchange.now_ns + 20 * NS)
    while exchange.next_ns() <= limit.until_ns:
        exchange.run(limit, 0)
    assert book.best is not None
    middle = Decimal(str(book.best.bid))
    for step in range(20):
        away = 5 + 10 * step
        for side, price in ((BUY, middle - away), (SELL, middle + away)):
            name = f"{side.value}-{step}"
            stage.place(order(name, side, "0.01", str(price), contract_id=contract_id))
    limit = Limit(1 << 61)
    while not exchange.ended:
        exchange.run(limit, 0)
    assert exchange.events == 93_955
    assert book.top_check is not None
    assert (book.gaps, book.top_check.mismatched) == (0, 0)
    assert book.top_check.checked == 629, "each quote whose update a depth message ends with"
    assert len(exchange.records.fills("me")) > 10
    assert exchange.ledger.grand_total(exchange.margin.marks()) == 10_000 * 10**12
