"""Who listens to the depth of a book can build the same book."""

from __future__ import annotations

from exchange_clients.events import BookDelta, BookSnapshot
from exchange_clients.shared.virtual_time import VirtualClock
from exchange_clients.shared.websocket.order_book import Applied, OrderBook
from tests.exchange_clients.shared.websocket.stream_stage import (
    BTC,
    change,
    connected,
    play,
    stage,
    venue,
)
from tests.support.scripted_transport import BTC as LISTED


def test_the_whole_book_comes_first_then_every_change_and_the_whole_again_after_a_loss() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock)
        scene.sockets.on_sent = venue
        heard: list[BookSnapshot | BookDelta] = []
        await scene.manager.connect()
        scene.manager.add_depth_listener(BTC, heard.append)
        await scene.prepare()
        scene.market.says(change(BTC, 11, 100.1))
        assert [type(event) for event in heard] == [BookSnapshot, BookDelta]
        copy = OrderBook(LISTED.market)
        assert [copy.apply(event) for event in heard] == [Applied.APPLIED, Applied.APPLIED]
        assert copy.depth(10) == scene.manager.get_order_book(BTC, 10)
        scene.market.cut()
        await clock.sleep(5)
        assert [type(event) for event in heard] == [BookSnapshot, BookDelta, BookSnapshot]
        scene.manager.remove_listener(heard.append)
        scene.market.says(change(BTC, 11, 100.1))
        assert len(heard) == 3
        await scene.manager.disconnect()

    play(scenario)


def test_a_listener_that_comes_later_hears_the_whole_book_with_the_next_change() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        await scene.prepare()
        heard: list[BookSnapshot | BookDelta] = []
        scene.manager.add_depth_listener(BTC, heard.append)
        scene.market.says(change(BTC, 11, 100.1))
        whole = heard[0]
        assert isinstance(whole, BookSnapshot)
        assert whole.bids[0][0] == 100.1
        await scene.manager.disconnect()

    play(scenario)
