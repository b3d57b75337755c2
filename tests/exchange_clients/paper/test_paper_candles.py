"""Candles of the paper venue are made of the trades that its source told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest

from exchange_clients.base_models import NS, Candle
from exchange_clients.errors import ClientConfigError
from exchange_clients.paper.candles import KEPT_MINUTES, MINUTE_NS, CandleKeeper
from exchange_clients.paper.client import PaperClient
from exchange_clients.paper.sources.base import SourceEvent
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop
from exchange_clients.unified_adapter import ClientAdapter
from exchange_clients.unified_words import instant
from tests.exchange_clients.paper.client_stage import QUOTES, play
from tests.exchange_clients.paper.venue_stage import BUY, SELL, START_NS, market, trade

D = Decimal
FIRST_S = 100
"""When the next five minutes begin, after the start."""
FIRST_NS = START_NS + FIRST_S * NS


def candle(minute: int, *prices: str, volume: str) -> Candle:
    start_ns = FIRST_NS + minute * MINUTE_NS
    first, high, low, last = map(D, prices)
    return Candle(start_ns, first, high, low, last, D(volume))


def kept(*trades: tuple[float, float, float]) -> CandleKeeper:
    keeper = CandleKeeper(market())
    for at_s, price, size in trades:
        keeper.on_trade(trade(FIRST_S + at_s, price, size, BUY))
    return keeper


def told(keeper: CandleKeeper, minutes: int = 1) -> Sequence[Candle]:
    return keeper.candles(minutes, 0, 1 << 62)


def test_a_minute_without_a_trade_has_no_candle() -> None:
    keeper = kept((1, 100.0, 1), (2, 100.5, 0.5), (3, 99.9, 1), (130, 100.1, 2))
    assert told(keeper) == [
        candle(0, "100", "100.5", "99.9", "99.9", volume="2.5"),
        candle(2, "100.1", "100.1", "100.1", "100.1", volume="2"),
    ]


def test_longer_candles_agree_with_the_minutes_that_they_are_made_of() -> None:
    keeper = kept((1, 100.0, 1), (70, 101.0, 1), (130, 99.0, 1), (301, 98.0, 1))
    first, second = told(keeper, 5)
    assert first == candle(0, "100", "101", "99", "99", volume="3")
    assert second == candle(5, "98", "98", "98", "98", volume="1")
    assert keeper.candles(5, first.start_ns + 1, second.start_ns + 1) == [second]
    assert keeper.candles(5, first.start_ns, second.start_ns) == [first]


def test_a_week_is_kept() -> None:
    keeper = kept(*((minute * 60.0, 100.0, 1.0) for minute in range(KEPT_MINUTES + 2)))
    candles = told(keeper)
    assert (len(candles), candles[0].start_ns) == (KEPT_MINUTES, FIRST_NS + 2 * MINUTE_NS)


def test_the_unified_view_shows_them_up_to_the_minute_that_runs() -> None:
    trades = [trade(each * 25 + 5, 100.0 + each / 10, 1.0, SELL) for each in range(6)]
    events: list[SourceEvent] = sorted([*QUOTES, *trades], key=lambda event: event.local_ns)

    async def act(client: PaperClient, loop: VirtualLoop) -> None:
        exchange = ClientAdapter(client, clock=VirtualClock(loop))
        await asyncio.sleep(140)
        klines = await exchange.get_klines("BTC", "1m", limit=2)
        assert [(each.open, each.close, each.volume) for each in klines] == [
            (D("100.2"), D("100.3"), D(2)),
            (D("100.4"), D("100.5"), D(2)),
        ]
        assert klines[1].open_time == instant(FIRST_NS)
        with pytest.raises(ClientConfigError, match="interval '7m' is not known; use one of 1m"):
            await exchange.get_klines("BTC", "7m")

    play(act, events)
