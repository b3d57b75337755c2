"""The life of a feed: connected, subscribed, lost, found again."""

from __future__ import annotations

from exchange_clients.shared.venue import BookSource
from exchange_clients.shared.virtual_time import VirtualClock
from tests.exchange_clients.shared.websocket.stream_stage import (
    BTC,
    book,
    change,
    connected,
    play,
    stage,
)


def test_a_market_is_ready_once_its_book_is() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        assert await scene.prepare()
        scene.market.says(change(BTC, 11, 100.1))
        assert [(quote.bid, quote.ask) for quote in scene.quotes] == [
            (100.0, 100.2),
            (100.1, 100.2),
        ]
        assert scene.manager.is_connected
        await scene.manager.disconnect()
        assert scene.market.closed

    play(scenario)


def test_a_lost_connection_is_opened_again_and_the_book_begins_anew() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        await scene.prepare()
        scene.market.cut()
        await clock.sleep(0)
        assert scene.manager.best_bid_offer(BTC) is None
        await clock.sleep(5)
        assert len(scene.sockets.opened) == 2
        assert scene.manager.best_bid_offer(BTC) is not None
        assert scene.told() == [
            "connected",
            "ready BTC-PERP",
            "gap BTC-PERP",
            "disconnected",
            "connected",
            "ready BTC-PERP",
        ]
        await scene.manager.disconnect()

    play(scenario)


def test_a_book_that_is_seeded_apart_joins_what_was_buffered() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock, source=BookSource.REST, depth=lambda: book(BTC, 10))
        scene.sockets.on_sent = lambda socket, text: (
            socket.says(change(BTC, 10, 99.9), change(BTC, 11, 100.1))
            if text == "subscribe book:BTC-PERP"
            else None
        )
        await scene.manager.connect()
        assert await scene.prepare()
        assert scene.quotes[-1].bid == 100.1
        await scene.manager.disconnect()

    play(scenario)
