"""Connections are lost and opened again, replaced in time, and never heard twice."""

from __future__ import annotations

import logging

import pytest

from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import ExchangeError, RateLimited
from exchange_clients.shared.stream import FrameKind, PingRule
from exchange_clients.shared.virtual_time import VirtualClock
from exchange_clients.shared.websocket.feed_age import AgeLimits
from tests.exchange_clients.shared.websocket.stream_stage import (
    BTC,
    change,
    connected,
    own_ready,
    play,
    stage,
    venue,
)
from tests.support.scripted_sockets import ScriptedSocket

# Reconnecting -------------------------------------------------------------------------------------


def test_an_outage_of_minutes_is_survived_without_a_storm() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True)
        reconnected: list[bool] = []
        scene.manager.add_reconnect_listener(
            lambda: reconnected.append(scene.manager.private_ready)
        )
        await scene.prepare("BTC")
        assert own_ready(scene)
        scene.sockets.refusals = [ExchangeError("down")] * 1000
        scene.market.cut()
        scene.own.cut()
        await clock.sleep(600)
        assert not own_ready(scene)
        assert scene.manager.age_s(BTC, FeedKind.PRIVATE) is None
        attempts = len(scene.sockets.attempts_ns) - 2
        assert 40 < attempts < 120
        scene.sockets.refusals.clear()
        await clock.sleep(65)
        assert reconnected == [True]
        assert scene.manager.is_connected
        assert scene.manager.best_bid_offer(BTC) is not None
        await scene.manager.disconnect()

    play(scenario)


def test_a_venue_that_cuts_at_once_is_asked_ever_more_rarely(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock)
        scene.sockets.on_sent = lambda socket, text: socket.cut(1009, "message too big")
        await scene.manager.connect()
        await scene.prepare("BTC", timeout=600)
        assert len(scene.sockets.opened) < 60
        await scene.manager.disconnect()

    play(scenario)
    assert "1009" in caplog.text
    assert any(record.levelno == logging.ERROR for record in caplog.records)


def test_a_venue_that_asks_to_wait_is_not_asked_before() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        await scene.prepare("BTC")
        scene.sockets.refusals = [RateLimited("slow down", retry_after_s=40.0)]
        scene.market.cut()
        await clock.sleep(60)
        asked, told_to_wait, again = scene.sockets.attempts_ns
        assert again - told_to_wait > 40e9
        assert told_to_wait - asked < 2e9
        await scene.manager.disconnect()

    play(scenario)


def test_what_an_old_socket_still_delivers_is_told_to_nobody() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True)
        events: list[object] = []
        scene.manager.add_private_listener(events.append)
        await scene.prepare("BTC")
        old, old_market = scene.own, scene.market
        for _ in range(2):
            scene.own.cut()
            scene.market.cut()
            await clock.sleep(5)
        old.on_frame(b'{"balance":"1"}', FrameKind.TEXT)
        old_market.on_frame(b'{"delta":"BTC-PERP","number":11,"bids":[[100.1,1]]}', FrameKind.TEXT)
        scene.own.says({"balance": "2"})
        assert len(events) == 1
        assert scene.quotes[-1].bid == 100.0
        await scene.manager.disconnect()

    play(scenario)


# Rotation -----------------------------------------------------------------------------------------


def test_a_rotated_connection_serves_until_its_successor_is_sound() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, rotate_after_s=100.0, limits=AgeLimits(silence_s=1e4))
        await scene.prepare("BTC")
        scene.signals.clear()
        first = scene.market

        def slow(socket: ScriptedSocket, text: str) -> None:
            clock.call_later(0.5, lambda: venue(socket, text))

        scene.sockets.on_sent = slow
        while len(scene.sockets.opened) == 1:
            await clock.sleep(0.1)
        assert 70 < clock.monotonic_ns() / 1e9 < 96
        first.says(change(BTC, 11, 100.1))
        assert scene.quotes[-1].bid == 100.1
        await clock.sleep(2)
        assert (first.closed, scene.market.closed, scene.told()) == (True, False, [])
        assert scene.manager.best_bid_offer(BTC) is not None
        await scene.manager.disconnect()

    play(scenario)


def test_connections_are_not_rotated_in_one_instant() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True, rotate_after_s=1000.0)
        reconnected: list[int] = []
        scene.manager.add_reconnect_listener(lambda: reconnected.append(1))
        await scene.prepare("BTC")
        await clock.sleep(990)
        market, own = (
            [each for each in scene.sockets.opened if each.url.endswith("/own") is private]
            for private in (False, True)
        )
        assert (len(market), len(own), reconnected) == (2, 2, [])
        rotated = scene.sockets.attempts_ns[2:]
        assert abs(rotated[1] - rotated[0]) > 1e9
        await scene.manager.disconnect()

    play(scenario)


def test_a_venue_that_says_it_will_close_is_left_in_time() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        await scene.prepare("BTC")
        scene.signals.clear()
        first = scene.market
        first.says({"closing": 30.0})
        await clock.sleep(3)
        assert (first.closed, len(scene.sockets.opened), scene.told()) == (True, 2, [])
        await scene.manager.disconnect()

    play(scenario)


def test_a_successor_that_cannot_be_opened_costs_nothing_while_the_old_one_lives() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, ping=PingRule(every_s=2))
        await scene.prepare("BTC")
        scene.signals.clear()
        scene.sockets.refusals = [ExchangeError("full")] * 3
        first = scene.market
        first.says({"closing": None})
        await clock.sleep(2)
        pings = first.pings
        assert not first.closed
        await clock.sleep(20)
        assert first.pings > pings
        assert (first.closed, scene.told()) == (True, [])
        await scene.manager.disconnect()

    play(scenario)


def test_what_was_missed_between_a_lost_connection_and_its_successor_is_told() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True)
        missed: list[int] = []
        scene.manager.add_reconnect_listener(lambda: missed.append(1))
        scene.signals.clear()
        first = scene.own

        def slow(socket: ScriptedSocket, text: str) -> None:
            clock.call_later(2.0, lambda: venue(socket, text))

        scene.sockets.on_sent = slow
        first.says({"closing": 30.0})
        await clock.sleep(0.5)
        first.cut()
        assert not scene.manager.private_ready
        await clock.sleep(4)
        assert (missed, scene.told()) == ([1], ["disconnected", "connected"])
        await scene.manager.disconnect()

    play(scenario)


def test_a_connection_that_is_lost_while_another_is_opened_is_not_ready() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True)
        scene.sockets.latency_s = 5.0
        scene.own.says({"closing": 30.0})
        await clock.sleep(1)
        assert own_ready(scene)
        scene.own.cut()
        assert not own_ready(scene)
        await scene.manager.disconnect()

    play(scenario)
