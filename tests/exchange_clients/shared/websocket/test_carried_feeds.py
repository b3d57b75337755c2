"""Markets come and go on connections that stay, and their events are told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import (
    ClientConfigError,
    NotConnectedError,
    UnsupportedFeature,
)
from exchange_clients.shared.stream import PingRule
from exchange_clients.shared.virtual_time import VirtualClock
from tests.exchange_clients.shared.websocket import stream_stage
from tests.exchange_clients.shared.websocket.stream_stage import (
    BTC,
    ETH,
    change,
    connected,
    play,
    stage,
    venue,
)


def test_markets_are_added_and_released_while_running() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        assert await scene.prepare("BTC")
        assert await scene.prepare("ETH")
        assert len(scene.sockets.opened) == 1
        await scene.manager.release_market_feed("ETH")
        assert scene.market.sent[-2:] == [
            "unsubscribe book:ETH-PERP",
            "unsubscribe trades:ETH-PERP",
        ]
        assert scene.manager.best_bid_offer(ETH) is None
        scene.market.says(change(ETH, 11, 99.0))
        assert scene.manager.best_bid_offer(BTC) is not None
        await scene.manager.release_market_feed("BTC")
        await clock.sleep(1)
        assert scene.market.closed
        assert await scene.prepare("ETH")
        await scene.manager.disconnect()

    play(scenario)


def test_a_market_is_kept_until_its_last_holder_releases_it() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        assert await scene.prepare("BTC")
        assert await scene.manager.prepare_market_feed("BTC-PERP")
        assert scene.market.sent.count("subscribe book:BTC-PERP") == 1
        await scene.manager.release_market_feed("BTC")
        assert scene.manager.best_bid_offer(BTC) is not None
        await scene.manager.disconnect()

    play(scenario)


def test_a_market_that_is_not_listed_or_not_streamed_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        with pytest.raises(ClientConfigError, match="DOGE"):
            await scene.manager.prepare_market_feed("DOGE")
        monkeypatch.setattr(stream_stage, "CARRIED", ())
        with pytest.raises(UnsupportedFeature, match="order book depth"):
            await scene.prepare("BTC")
        await scene.manager.disconnect()

    play(scenario)


def test_markets_wait_for_the_connection() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock)
        with pytest.raises(NotConnectedError):
            await scene.manager.prepare_market_feed("BTC")
        assert not scene.manager.is_connected
        scene.sockets.on_sent = venue
        await scene.manager.connect()
        await scene.manager.connect()
        assert await scene.prepare("BTC")
        await scene.manager.disconnect()
        await scene.manager.disconnect()
        assert scene.http.closed == 1
        await scene.manager.connect()
        assert await scene.manager.prepare_market_feed("BTC")
        await scene.manager.disconnect()

    play(scenario)


def test_trades_and_levels_are_told() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        trades: list[str] = []
        await scene.prepare("BTC")
        scene.manager.add_trade_listener(BTC, lambda trade: trades.append(trade.trade_id))
        assert scene.manager.age_s(BTC, FeedKind.TRADES) is None
        scene.market.says({"trade": BTC, "id": "a"}, {"trade": ETH, "id": "b"})
        await clock.sleep(2)
        assert trades == ["a"]
        assert scene.manager.age_s(BTC, FeedKind.TRADES) == 2.0
        scene.market.says(change(BTC, 11, 99.9, size=50.0))
        bid, ask = scene.manager.get_best_levels(BTC, Decimal(1000))
        assert (bid and float(bid.price), ask) == (99.9, None)
        await scene.manager.disconnect()
        assert scene.manager.get_best_levels(BTC) == (None, None)

    play(scenario)


def test_the_venues_ping_is_answered_and_ours_is_as_it_wants() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, ping=PingRule(text="beat", every_s=5))
        await scene.prepare("BTC")
        scene.market.says({"ping": 7})
        assert scene.market.sent[-1] == "pong 7"
        await clock.sleep(11)
        assert scene.market.sent.count("beat") == 2
        await scene.manager.disconnect()

    play(scenario)
