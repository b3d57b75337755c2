from __future__ import annotations

from collections import Counter
from decimal import Decimal
from hashlib import sha256
from itertools import islice, pairwise
from math import log, sqrt

import msgspec
import pytest

from exchange_clients.base_models import ContractId, Side
from exchange_clients.events import BookDelta, BookSnapshot, PublicTrade, Signal, StreamSignal
from exchange_clients.paper.sources.base import Liquidity, SourceEvent
from exchange_clients.paper.sources.synthetic import (
    DEFAULT_MARKETS,
    SECONDS_A_YEAR,
    SyntheticConfig,
    SyntheticSource,
)
from exchange_clients.shared.decimal_grid import DecimalGrid
from exchange_clients.shared.websocket.order_book import Applied, OrderBook

HOUR_S = 3600.0
EXPECTED_DIGEST = "6ae555e221d1239ce9f932da0bb0eba57649080754a37fa9cdfaf90d08da3bba"
BTC = ContractId("BTC-PERP")


def digest(config: SyntheticConfig) -> str:
    total = sha256()
    for event in SyntheticSource(config).events():
        total.update(msgspec.json.encode(event))
    return total.hexdigest()


def replay(source: SyntheticSource) -> tuple[dict[ContractId, OrderBook], list[float]]:
    """Read a source into books, checking each event; return BTC's middles too."""
    books = {contract_id: OrderBook(market) for contract_id, market in source.markets.items()}
    middles = []
    for event in source.events():
        if isinstance(event, BookSnapshot | BookDelta):
            book = books[event.contract_id]
            assert book.apply(event) is Applied.APPLIED
            assert book.ready
            if event.contract_id == BTC:
                middles.append((book.best_bid + book.best_ask) / 2)
        elif isinstance(event, PublicTrade):
            book = books[event.contract_id]
            taken = book.best_ask if event.aggressor is Side.BUY else book.best_bid
            assert event.price == taken
    return books, middles


def test_the_books_follow_without_a_gap_and_are_never_crossed() -> None:
    books, _ = replay(SyntheticSource(SyntheticConfig(duration_s=300)))

    assert len(books) == 3
    for book in books.values():
        assert book.gaps == 0
        assert book.last_update == 1501
        assert 20 <= len(book.levels(Side.BUY, 99)) <= 50
        assert 20 <= len(book.levels(Side.SELL, 99)) <= 50


def test_one_seed_gives_the_same_bytes_on_every_machine() -> None:
    assert digest(SyntheticConfig(seed=7, duration_s=60)) == EXPECTED_DIGEST


def test_another_seed_is_another_market() -> None:
    assert digest(SyntheticConfig(seed=1, duration_s=5)) != digest(
        SyntheticConfig(seed=2, duration_s=5)
    )


def test_a_source_reads_the_same_twice() -> None:
    source = SyntheticSource(SyntheticConfig(duration_s=5))

    assert list(source.events()) == list(source.events())


def test_a_symbol_is_not_moved_by_the_presence_of_another() -> None:
    def btc(config: SyntheticConfig) -> list[list[tuple[float, float]]]:
        return [
            event.bids
            for event in SyntheticSource(config).events()
            if isinstance(event, BookDelta) and event.contract_id == BTC
        ]

    alone = SyntheticConfig(markets=DEFAULT_MARKETS[:1], duration_s=20)
    assert btc(alone) == btc(SyntheticConfig(duration_s=20))


def test_prices_and_sizes_are_on_the_grid() -> None:
    source = SyntheticSource(SyntheticConfig(duration_s=60))
    grids = {
        contract_id: (DecimalGrid(market.tick), DecimalGrid(market.step))
        for contract_id, market in source.markets.items()
    }
    for event in source.events():
        if isinstance(event, BookSnapshot | BookDelta):
            rows = [*event.bids, *event.asks]
        elif isinstance(event, PublicTrade):
            rows = [(event.price, event.size)]
            assert event.size > 0
        else:
            continue
        prices, sizes = grids[event.contract_id]
        assert all(prices.holds(price) and price > 0 and sizes.holds(size) for price, size in rows)


def test_times_never_run_backwards_and_the_end_is_said() -> None:
    source = SyntheticSource(SyntheticConfig(duration_s=30))
    events = list(source.events())

    assert all(one.local_ns <= other.local_ns for one, other in pairwise(events))
    assert source.info.liquidity is Liquidity.DEPTH
    assert source.info.end_ns is not None
    assert events[-1] == StreamSignal(Signal.ENDED, None, source.info.end_ns)
    assert source.info.end_ns - source.info.start_ns == 30_000_000_000


def test_without_a_duration_it_goes_on() -> None:
    events = SyntheticSource(SyntheticConfig()).events()

    assert len(list(islice(events, 2000))) == 2000


def test_volatility_is_the_stated_one_over_an_hour_and_more_in_a_moment() -> None:
    _, middles = replay(SyntheticSource(SyntheticConfig(seed=3, duration_s=1.5 * HOUR_S)))
    stated = DEFAULT_MARKETS[0].annual_volatility

    assert 0.6 * stated < annual_volatility(middles, seconds=120) < 1.6 * stated
    # The noise that reverts is what a grid trades on.
    assert annual_volatility(middles, seconds=1) > 1.2 * stated


def annual_volatility(middles: list[float], *, seconds: int) -> float:
    sampled = middles[:: seconds * 5]
    returns = [log(later / earlier) for earlier, later in pairwise(sampled)]
    return sqrt(sum(one * one for one in returns) / len(returns) * SECONDS_A_YEAR / seconds)


def test_spreads_and_trades_are_believable() -> None:
    source = SyntheticSource(SyntheticConfig(seed=4, duration_s=HOUR_S / 3))
    books = {contract_id: OrderBook(market) for contract_id, market in source.markets.items()}
    spreads: Counter[int] = Counter()
    trades: list[PublicTrade] = []
    for event in source.events():
        if isinstance(event, BookSnapshot | BookDelta):
            book = books[event.contract_id]
            book.apply(event)
            spreads[round((book.best_ask - book.best_bid) / float(book.market.tick))] += 1
        elif isinstance(event, PublicTrade):
            trades.append(event)

    assert min(spreads) == 1
    assert max(spreads) <= 7
    assert spreads[1] > sum(spreads.values()) / 2
    assert 0.2 < len(trades) / sum(spreads.values()) < 2
    buys = sum(trade.aggressor is Side.BUY for trade in trades)
    assert 0.4 < buys / len(trades) < 0.6
    sizes = sorted(trade.size for trade in trades if trade.contract_id == BTC)
    assert sizes[-1] > 8 * sizes[len(sizes) // 2]


def test_symbols_move_together() -> None:
    source = SyntheticSource(SyntheticConfig(seed=5, duration_s=HOUR_S / 2))
    tops: dict[ContractId, list[float]] = {contract_id: [] for contract_id in source.markets}
    books = {contract_id: OrderBook(market) for contract_id, market in source.markets.items()}
    for event in source.events():
        if isinstance(event, BookSnapshot | BookDelta):
            books[event.contract_id].apply(event)
            tops[event.contract_id].append(books[event.contract_id].best_bid)
    one, other = (
        [later / earlier - 1 for earlier, later in pairwise(prices[::150])]
        for prices in list(tops.values())[:2]
    )
    shared = sum(left * right for left, right in zip(one, other, strict=True))
    scale = sqrt(sum(left * left for left in one) * sum(right * right for right in other))

    assert 0.2 < shared / scale < 0.9


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"markets": ()}, "markets"),
        ({"updates_per_s": 0}, "updates_per_s"),
        ({"duration_s": 0}, "duration_s"),
    ],
)
def test_a_wrong_setting_is_named(change: dict[str, float], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        SyntheticConfig(**change)  # type: ignore[arg-type]  # that is the point


def test_a_price_near_zero_stays_above_it() -> None:
    listed = DEFAULT_MARKETS[2]
    falling = type(listed)(listed.market, price=0.5, annual_volatility=50.0)
    config = SyntheticConfig(markets=(falling,), duration_s=600)
    events: list[SourceEvent] = list(SyntheticSource(config).events())
    prices = [price for one in events if isinstance(one, BookDelta) for price, _ in one.bids]

    assert min(prices) >= float(Decimal(listed.market.tick))
