"""What goes wrong with a book's stream, and what listeners hear of it: only sound books."""

from __future__ import annotations

from typing import Any

import pytest

from exchange_clients.base_websocket import FeedKind
from exchange_clients.events import BestBidOffer
from exchange_clients.shared.stream import FrameKind, PingRule
from exchange_clients.shared.venue import BookSource
from exchange_clients.shared.virtual_time import VirtualClock
from exchange_clients.shared.websocket.book_sync import STALE_RUN_MAX
from exchange_clients.shared.websocket.feed_age import AgeLimits
from tests.exchange_clients.shared.websocket.stream_stage import (
    BTC,
    ETH,
    StreamStage,
    book,
    change,
    play,
    stage,
)
from tests.support.scripted_sockets import ScriptedSocket
from tests.support.scripted_transport import ok

ASKED = "subscribe book:BTC-PERP"
ANEW = ["unsubscribe book:BTC-PERP", ASKED]
QUICK = AgeLimits(first_data_s=5.0, silence_s=10.0, behind_s=5.0)


def seeding(last: int = 10) -> Any:
    """Return a venue that begins each book subscription with a snapshot."""

    def answer(socket: ScriptedSocket, text: str) -> None:
        for contract in (BTC, ETH):
            if text == f"subscribe book:{contract}":
                socket.says(book(contract, last))

    return answer


async def ready(clock: VirtualClock, **settings: Any) -> StreamStage:
    """Return a stage whose book of BTC is ready at update 10."""
    scene = stage(clock, **settings)
    scene.sockets.on_sent = seeding()
    await scene.manager.connect()
    assert await scene.prepare()
    scene.signals.clear()
    return scene


def test_a_silent_channel_on_a_live_socket_is_stale_and_subscribed_anew() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock, limits=QUICK)
        for number in range(12):  # the socket lives: trades go on
            await clock.sleep(1)
            scene.market.says({"trade": BTC, "id": str(number)})
        assert scene.told() == ["stale BTC-PERP", "ready BTC-PERP"]
        assert scene.market.sent[-2:] == ANEW
        assert len(scene.sockets.opened) == 1
        await scene.manager.disconnect()

    play(scenario)


def test_a_subscription_that_is_ignored_is_repeated() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock, limits=QUICK)
        await scene.manager.connect()
        assert not await scene.prepare(timeout=7)
        assert scene.told() == ["connected", "stale BTC-PERP"]
        assert scene.market.sent[-2:] == ANEW
        scene.market.says(book(BTC, 3))
        assert scene.manager.best_bid_offer(BTC) is not None
        await scene.manager.disconnect()

    play(scenario)


def test_a_subscription_that_stays_ignored_is_repeated_ever_more_rarely() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock, limits=QUICK)
        await scene.manager.connect()
        await scene.prepare(timeout=600)
        asked = scene.market.sent.count(ASKED)
        assert 20 < asked < 100
        await scene.manager.disconnect()

    play(scenario)


@pytest.mark.parametrize("source", BookSource)
def test_a_lost_delta_closes_the_book_until_it_is_seeded_anew(source: BookSource) -> None:
    async def scenario(clock: VirtualClock) -> None:
        numbers = iter((10, 15))
        scene = stage(clock, source=source, depth=lambda: book(BTC, next(numbers)))
        if source is BookSource.STREAM:
            scene.sockets.on_sent = lambda socket, text: (
                socket.says(book(BTC, next(numbers))) if text == ASKED else None
            )
        await scene.manager.connect()
        await scene.prepare()
        scene.signals.clear()
        scene.market.says(change(BTC, 11, 100.1), change(BTC, 13, 100.1))
        assert scene.manager.best_bid_offer(BTC) is None
        assert scene.manager.get_order_book(BTC) is None
        scene.market.says(change(BTC, 14, 100.1))
        await clock.sleep(1)
        scene.market.says(change(BTC, 16, 99.0))
        assert scene.told() == ["gap BTC-PERP", "ready BTC-PERP"]
        best = scene.manager.best_bid_offer(BTC)
        assert best is not None
        assert (best.bid, best.sequence) == (100.0, 16)  # what came after the hole is gone
        resubscribed = scene.market.sent[-2:] == ANEW
        assert resubscribed is (source is BookSource.STREAM)
        await scene.manager.disconnect()

    play(scenario)


def test_repeated_deltas_are_ignored() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        for number in range(11, 60):
            frame = change(BTC, number, 99.9, size=number)
            scene.market.says(frame, frame)
        assert scene.told() == []
        assert scene.market.sent.count(ASKED) == 1
        await scene.manager.disconnect()

    play(scenario)


def test_gaps_without_end_cause_no_storm() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        for number in range(600):
            scene.market.says(change(BTC, 12 + 2 * number, 99.9))
            await clock.sleep(0.1)
        assert scene.market.sent.count(ASKED) < 20
        await scene.manager.disconnect()

    play(scenario)


def test_the_snapshot_after_a_reconnect_replaces_everything() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        scene.market.says(change(BTC, 11, 100.1), change(BTC, 12, 50.0))
        scene.market.cut()
        await clock.sleep(5)
        depth = scene.manager.get_order_book(BTC)
        assert depth is not None
        assert [float(level.price) for level in depth.bids] == [100.0]
        await scene.manager.disconnect()

    play(scenario)


def test_a_snapshot_behind_the_stream_is_fetched_again_until_it_joins() -> None:
    async def scenario(clock: VirtualClock) -> None:
        numbers = iter((5, 8, 12))
        scene = stage(clock, source=BookSource.REST, depth=lambda: book(BTC, next(numbers)))
        scene.sockets.on_sent = lambda socket, text: (
            socket.says(change(BTC, 11, 100.1), change(BTC, 12, 99.8)) if text == ASKED else None
        )
        await scene.manager.connect()
        assert await scene.prepare()
        assert next(numbers, None) is None
        assert scene.manager.best_bid_offer(BTC) is not None
        await scene.manager.disconnect()

    play(scenario)


def test_a_snapshot_ahead_of_the_stream_waits_for_it() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock, source=BookSource.REST, depth=lambda: book(BTC, 50))
        scene.sockets.on_sent = lambda socket, text: (
            socket.says(change(BTC, 11, 100.1)) if text == ASKED else None
        )
        await scene.manager.connect()
        assert await scene.prepare()
        for number in range(12, 53):
            scene.market.says(change(BTC, number, 99.0 + number / 10, size=0.0))
        assert scene.told() == ["connected", "ready BTC-PERP"]
        await scene.manager.disconnect()

    play(scenario)


def test_a_venue_that_counts_anew_is_noticed() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        scene.sockets.on_sent = seeding(last=2)
        scene.market.says(change(BTC, 11, 100.1))
        scene.market.says(*(change(BTC, 1, 99.0) for _ in range(STALE_RUN_MAX + 1)))
        assert scene.manager.best_bid_offer(BTC) is None
        await clock.sleep(1)
        scene.market.says(change(BTC, 3, 99.9))
        assert scene.told() == ["gap BTC-PERP", "ready BTC-PERP"]
        await scene.manager.disconnect()

    play(scenario)


def test_a_heartbeat_with_equal_numbers_is_no_gap() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        scene.market.says(change(BTC, 11, 100.1, previous=10))
        for _ in range(3 * STALE_RUN_MAX):
            scene.market.says({"delta": BTC, "number": 11, "previous": 11})
        scene.market.says(change(BTC, 12, 100.0, previous=11))
        assert scene.told() == []
        await scene.manager.disconnect()

    play(scenario)


def test_a_snapshot_without_a_number_takes_the_one_of_its_acknowledgement() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock)
        await scene.manager.connect()
        await scene.prepare(timeout=0.1)
        snapshot = {key: value for key, value in book(BTC, 0).items() if key != "last"}
        scene.market.says(snapshot)
        assert scene.manager.best_bid_offer(BTC) is None
        scene.market.says({"ack": "book:BTC-PERP", "resume": 40})
        scene.market.says(change(BTC, 41, 100.1, previous=40))
        best = scene.manager.best_bid_offer(BTC)
        assert best is not None
        assert (best.bid, best.sequence) == (100.1, 41)
        await scene.manager.disconnect()

    play(scenario)


def test_a_crossed_or_empty_book_is_not_shown() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        scene.market.says(change(BTC, 11, 101.0))
        assert scene.manager.best_bid_offer(BTC) is None
        scene.market.says(change(BTC, 12, 101.0, size=0.0))
        scene.market.says(change(BTC, 13, 100.0, size=0.0))
        assert scene.manager.best_bid_offer(BTC) is None
        scene.market.says(change(BTC, 14, 100.1))
        assert scene.told() == ["gap BTC-PERP", "ready BTC-PERP"] * 2
        await scene.manager.disconnect()

    play(scenario)


def test_a_book_that_stays_crossed_is_seeded_anew() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        scene.market.says(change(BTC, 11, 101.0))
        await clock.sleep(5)
        assert scene.told() == ["gap BTC-PERP", "ready BTC-PERP"]
        assert scene.market.sent[-2:] == ANEW
        await scene.manager.disconnect()

    play(scenario)


def test_frames_far_behind_the_venues_time_are_left_in_their_socket() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock, limits=QUICK)
        first = scene.market
        for number in range(11, 31):
            stamp = clock.now_ns() - number * 10**9
            first.says({**change(BTC, number, 99.0), "at": stamp})
            await clock.sleep(0.1)
        await clock.sleep(2)
        assert first.closed
        assert scene.market is not first
        assert scene.told() == [
            "stale BTC-PERP",
            "disconnected",
            "connected",
            "ready BTC-PERP",
        ]
        await scene.manager.disconnect()

    play(scenario)


def test_the_age_of_a_book_counts_both_clocks() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        for number, late_s in ((11, 0), (12, 3)):
            scene.market.says({**change(BTC, number, 99.0), "at": clock.now_ns() - late_s * 10**9})
            await clock.sleep(2.5)
        age_s = scene.manager.age_s(BTC, FeedKind.BOOK)
        assert age_s == pytest.approx(5.5, abs=0.1)
        await scene.manager.disconnect()

    play(scenario)


def test_one_bad_frame_costs_its_book_and_not_the_reader() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        scene.market.on_frame(b'{"delta":"BTC-PERP","bi', FrameKind.TEXT)
        assert scene.manager.best_bid_offer(BTC) is None
        scene.market.on_frame(b"\xff\xfe", FrameKind.TEXT)
        scene.market.says({"delta": 7}, {"nothing": "known"})
        await clock.sleep(1)
        assert scene.told() == ["gap BTC-PERP", "ready BTC-PERP"]
        assert len(scene.sockets.opened) == 1
        await scene.manager.disconnect()

    play(scenario)


def test_a_bad_frame_of_one_book_leaves_the_others() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)
        assert await scene.prepare("ETH")
        scene.market.on_frame(b'{"delta":"ETH-PERP","bi', FrameKind.TEXT)
        assert scene.manager.best_bid_offer(BTC) is not None
        assert scene.manager.best_bid_offer(ETH) is None
        await scene.manager.disconnect()

    play(scenario)


def test_a_listener_that_fails_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock)

        def fail(quote: BestBidOffer) -> None:
            raise ZeroDivisionError

        scene.manager.add_quote_listener(BTC, fail)
        scene.market.says(change(BTC, 11, 100.1), change(BTC, 12, 100.1, size=2.0))
        assert scene.quotes[-1].bid_size == 2.0
        scene.manager.remove_listener(fail)
        await scene.manager.disconnect()

    play(scenario)
    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_half_a_connection_is_noticed_by_its_silence() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await ready(clock, ping=PingRule(every_s=2, silence_s=6))
        await clock.sleep(60)
        assert (len(scene.sockets.opened), scene.market.pings > 20) == (1, True)
        first = scene.market
        first.answers_pings = False
        scene.sockets.on_sent = lambda socket, text: None
        await clock.sleep(10)
        assert first.closed
        assert scene.manager.is_connected
        await scene.manager.disconnect()

    play(scenario)


def test_the_markets_of_a_venue_are_seeded_one_at_a_time() -> None:
    async def scenario(clock: VirtualClock) -> None:
        running = [0, 0]
        scene = stage(clock, source=BookSource.REST)

        async def slow(*args: Any, **keywords: Any) -> Any:
            running[0] += 1
            running[1] = max(running)
            await clock.sleep(0.5)
            running[0] -= 1
            return await send(*args, **keywords)

        await scene.manager.connect()
        send = scene.http.send
        scene.http.send = slow  # type: ignore[method-assign]
        contracts = iter((BTC, ETH))
        scene.http.default = {"/depth": lambda sent: ok(book(next(contracts), 1))}
        await scene.prepare("BTC", timeout=0.0)
        assert await scene.prepare("ETH")
        assert running == [0, 1]
        assert scene.manager.best_bid_offer(BTC) is not None
        await scene.manager.disconnect()

    play(scenario)
