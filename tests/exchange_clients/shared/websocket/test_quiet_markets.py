"""A channel that says nothing: its market is quiet, or it has died; the venue is asked which."""

from __future__ import annotations

import pytest

from exchange_clients.base_models import NS
from exchange_clients.base_websocket import FeedKind
from exchange_clients.shared.venue import BookSource
from exchange_clients.shared.virtual_time import VirtualClock
from exchange_clients.shared.websocket.feed_age import AgeLimits
from tests.exchange_clients.shared.websocket.stream_stage import (
    BTC,
    StreamStage,
    book,
    change,
    play,
    stage,
    venue,
)

HOUR_S = 3600
LIMITS = AgeLimits()
SOURCES = pytest.mark.parametrize("source", BookSource)


class QuietVenue:
    """What the venue answers when it is asked; its stream says only what tests let it say."""

    def __init__(self) -> None:
        self.bid = 100.0
        self.asked: list[int] = []

    async def open(self, clock: VirtualClock, source: BookSource) -> StreamStage:
        """Return a stage whose book of BTC is ready, and of which nothing was told yet."""

        def answer() -> object:
            self.asked.append(clock.now_ns())
            return book(BTC, 10, bid=self.bid)

        scene = stage(clock, source=source, depth=answer)
        scene.sockets.on_sent = venue if source is BookSource.STREAM else lambda *_: None
        await scene.manager.connect()
        assert await scene.prepare()
        scene.signals.clear()
        self.asked.clear()
        return scene


@SOURCES
def test_an_hour_without_a_change_is_asked_about_and_stays_shown(source: BookSource) -> None:
    async def scenario(clock: VirtualClock) -> None:
        quiet = QuietVenue()
        scene = await quiet.open(clock, source)
        oldest_s = 0.0
        for _ in range(HOUR_S):
            await clock.sleep(1)
            age_s = scene.manager.age_s(BTC, FeedKind.BOOK)
            assert age_s is not None
            oldest_s = max(oldest_s, age_s)
            assert scene.manager.best_bid_offer(BTC) is not None
        assert scene.told() == [], "it does not flap"
        assert len(quiet.asked) <= HOUR_S / LIMITS.quiet_s, "nor ask all the time"
        assert oldest_s <= LIMITS.quiet_s + 2, "and its prices are known to be right"
        await scene.manager.disconnect()

    play(scenario)


@SOURCES
def test_a_channel_that_missed_a_change_is_found_dead(source: BookSource) -> None:
    async def scenario(clock: VirtualClock) -> None:
        quiet = QuietVenue()
        scene = await quiet.open(clock, source)
        quiet.bid = 99.0
        scene.sockets.on_sent = lambda *_: None
        await clock.sleep(LIMITS.quiet_s + 4)
        assert scene.told()[0] == "stale BTC-PERP"
        assert scene.market.sent[-1] == "subscribe book:BTC-PERP"
        assert len(quiet.asked) <= 2
        await scene.manager.disconnect()

    play(scenario)


def test_a_change_that_is_on_its_way_while_it_is_asked_about_is_no_silence() -> None:
    async def scenario(clock: VirtualClock) -> None:
        quiet = QuietVenue()
        scene = await quiet.open(clock, BookSource.STREAM)
        quiet.bid = 100.1
        while not quiet.asked:
            await clock.sleep(0.1)
        await clock.sleep(0.5)
        scene.market.says(change(BTC, 11, 100.1))
        await clock.sleep(5)
        assert scene.told() == []
        await scene.manager.disconnect()

    play(scenario)


def test_a_venue_that_does_not_answer_leaves_the_age_to_grow_until_nothing_is_shown() -> None:
    async def scenario(clock: VirtualClock) -> None:
        quiet = QuietVenue()
        scene = await quiet.open(clock, BookSource.STREAM)
        began_ns = clock.now_ns()
        scene.http.default = {}
        while scene.manager.best_bid_offer(BTC) is not None:
            await clock.sleep(0.5)
        assert (clock.now_ns() - began_ns) / NS == pytest.approx(LIMITS.silence_s, abs=2)
        assert scene.told()[0] == "stale BTC-PERP"
        await scene.manager.disconnect()

    play(scenario)
