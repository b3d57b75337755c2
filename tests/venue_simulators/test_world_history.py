"""Candles, rates and tickers of a world, also of the time before it began."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    NS,
    Side,
)
from exchange_clients.paper.funding import HOUR_NS
from tests.support.scripted_world import (
    BTC,
    ME,
    limit,
    scripted_market,
    scripted_world,
)
from venue_simulators.scripted_source import START_NS

D = Decimal


def test_rates_before_the_world_began_follow_the_rule() -> None:
    world = scripted_world()
    world.advance(START_NS + 8 * HOUR_NS)
    rates = world.funding_rates(BTC, START_NS - 16 * HOUR_NS, START_NS + 100 * HOUR_NS)
    assert [(rate.at_ns - START_NS) // HOUR_NS for rate in rates] == [-16, -8, 0, 8]
    assert {rate.rate for rate in rates} == {D("0.0001")}


def test_candles_of_own_time_are_made_of_the_trades() -> None:
    market = scripted_market()
    world = scripted_world(market)
    for offset_s, price, size in (
        (1, 1000, "1"),
        (30, 1003, "2"),
        (59, 1001, "3"),
        (130, 999, "1"),
    ):
        market.print_trade(BTC, D(price), D(size), Side.BUY, START_NS + offset_s * NS)
    world.advance(START_NS + 150 * NS)
    first, empty, third = world.candles(BTC, 60, START_NS, START_NS + 600 * NS)
    assert (first.open, first.high, first.low, first.close) == (D(1000), D(1003), D(1000), D(1001))
    assert (first.volume, first.quote_volume, first.trades) == (D(6), D(6009), 3)
    assert (empty.open, empty.close, empty.volume, empty.trades) == (D(1001), D(1001), D(0), 0)
    assert (third.open, third.close) == (D(1001), D(999))


def test_made_up_candles_are_the_same_each_time_and_join_the_world() -> None:
    start_ns = START_NS - 600 * NS
    once = scripted_world().candles(BTC, 60, start_ns, START_NS)
    again = scripted_world().candles(BTC, 60, start_ns, START_NS)
    assert once == again
    assert len(once) == 10
    assert [a.close for a in once[:-1]] == [b.open for b in once[1:]]
    assert once[-1].close == D(1000)
    assert all(c.low <= min(c.open, c.close) <= max(c.open, c.close) <= c.high for c in once)


def test_longer_candles_agree_with_their_minutes() -> None:
    world = scripted_world()
    minutes = world.candles(BTC, 60, START_NS - 3600 * NS, START_NS)
    (hour,) = world.candles(BTC, 3600, START_NS - 3600 * NS, START_NS)
    assert (hour.open, hour.close) == (minutes[0].open, minutes[-1].close)
    assert hour.high == max(minute.high for minute in minutes)
    assert hour.volume == sum(minute.volume for minute in minutes)
    assert hour.interval_s == 3600


@pytest.mark.parametrize("passed_ns", [0, 5 * 60 * NS, 30 * HOUR_NS])
def test_a_days_figures_are_those_of_its_minutes(passed_ns: int) -> None:
    world = scripted_world()
    now_ns = START_NS + passed_ns
    world.advance(now_ns)
    minutes = world.candles(BTC, 60, now_ns - 24 * HOUR_NS + 60 * NS, now_ns + 1)
    ticker = world.ticker(BTC)
    assert len(minutes) == 1440
    assert ticker.open_24h == minutes[0].open
    assert ticker.high_24h == max(minute.high for minute in minutes)
    assert ticker.low_24h == min(minute.low for minute in minutes)
    assert ticker.quote_volume_24h == sum(minute.quote_volume for minute in minutes)
    assert ticker.trades_24h == sum(minute.trades for minute in minutes)


def test_candles_are_whole_minutes() -> None:
    with pytest.raises(ValueError, match="multiple of 60"):
        scripted_world().candles(BTC, 90, START_NS, START_NS)


def test_ticker_keeps_mark_index_and_last_apart() -> None:
    market = scripted_market()
    world = scripted_world(market)
    market.set_quote(BTC, (D(100_000), D(1)), (D(100_001), D(1)))
    market.print_trade(BTC, D(100_001), D(1), Side.BUY)
    ticker = world.ticker(BTC)
    assert ticker.mark == D("100000.5")
    assert ticker.index == D(99_990)
    assert ticker.last == D(100_001)
    assert ticker.next_funding_ns == START_NS + 8 * HOUR_NS


def test_open_interest_counts_our_longs() -> None:
    world = scripted_world()
    before = world.ticker(BTC).open_interest
    world.place(ME, limit(Side.BUY, "0.5", "1001"))
    assert world.ticker(BTC).open_interest - before == D("0.5")
