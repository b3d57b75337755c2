"""Connections come and go: logins, rotation, backoff, the account's feed, what is carried."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest

from exchange_clients.base_models import Symbol
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import (
    AuthenticationFailed,
    ClientConfigError,
    ExchangeError,
    NotConnectedError,
    UnsupportedFeature,
)
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.signing import Session
from exchange_clients.shared.stream import FrameKind, PingRule
from exchange_clients.shared.virtual_time import VirtualClock
from exchange_clients.shared.websocket.feed_age import AgeLimits
from tests.exchange_clients.shared.websocket import stream_stage
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

OWN = ("orders:", "balances:")


def venue(socket: ScriptedSocket, text: str) -> None:
    """Seed books, acknowledge the account's topics and accept logins."""
    verb, _, rest = text.partition(" ")
    topic = rest.partition(" ")[0]
    kind, _, contract = topic.partition(":")
    if verb == "subscribe" and kind == "book":
        socket.says(book(BTC if contract == BTC else ETH, 10))
    elif verb == "subscribe" and topic in OWN:
        socket.says({"ack": topic})
    elif verb == "login":
        socket.says({"welcome": 1})


async def connected(clock: VirtualClock, **settings: Any) -> StreamStage:
    """Return a stage that is connected, with a venue that answers."""
    scene = stage(clock, **settings)
    scene.sockets.on_sent = venue
    await scene.manager.connect()
    return scene


def own_ready(scene: StreamStage) -> bool:
    """Whether the account's feeds are ready, asked anew."""
    return scene.manager.private_ready


# What is carried ----------------------------------------------------------------------------------


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


# The account --------------------------------------------------------------------------------------


class Tokens:
    """Sessions whose tokens go into subscriptions."""

    def __init__(self) -> None:
        self.given = 0

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        yield from ()
        self.given += 1
        return Session(
            tokens={"ws": f"token-{self.given}"},
            refresh_at_ms=now_ms + 60_000,
            expires_at_ms=now_ms + 90_000,
        )


def test_the_accounts_feed_is_ready_once_everything_is_acknowledged() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock, private=True)
        await scene.manager.connect()
        assert own_ready(scene)
        assert clock.monotonic_ns() > 1e9  # a venue that acknowledges nothing is given a second
        scene.sockets.on_sent = venue
        scene.own.cut()
        await clock.sleep(3)
        assert own_ready(scene)
        assert (scene.manager.age_s(BTC, FeedKind.PRIVATE) or 0.0) < 3
        await scene.manager.disconnect()
        assert not own_ready(scene)

    play(scenario)


def test_subscriptions_with_a_token_are_repeated_before_it_expires() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True, session=Tokens())
        assert "subscribe orders: token-1" in scene.own.sent
        await clock.sleep(70)
        assert "subscribe orders: token-2" in scene.own.sent
        assert len(scene.sockets.opened) == 1
        numbers = [each.request_id for each in scene.words.subscriptions]
        assert numbers == sorted(set(numbers))
        await scene.manager.disconnect()

    play(scenario)


def test_subscriptions_wait_for_the_login() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock, private=True, login=("login k",))

        def slow(socket: ScriptedSocket, text: str) -> None:
            clock.call_later(2.0 if text.startswith("login") else 0.0, lambda: venue(socket, text))

        scene.sockets.on_sent = slow
        await scene.manager.connect()
        assert scene.own.sent == ["login k", "subscribe orders:", "subscribe balances:"]
        assert clock.monotonic_ns() > 2e9
        await scene.manager.disconnect()

    play(scenario)


def test_a_refused_login_is_told_by_connect() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock, private=True, login=("login k",))
        scene.sockets.on_sent = lambda socket, text: socket.says({"unwelcome": "bad_key"})
        with pytest.raises(AuthenticationFailed, match="bad_key"):
            await scene.manager.connect()
        assert scene.own.closed
        scene.sockets.refusals = [AuthenticationFailed("401")]
        with pytest.raises(AuthenticationFailed, match="401"):
            await scene.manager.connect()
        assert scene.http.closed == 2

    play(scenario)


def test_a_login_refused_later_is_tried_again_without_a_storm() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True, login=("login k",))
        scene.sockets.on_sent = lambda socket, text: socket.says({"unwelcome": "bad_key"})
        scene.own.cut()
        await clock.sleep(300)
        assert not own_ready(scene)
        assert 3 < len(scene.sockets.opened) < 30
        scene.sockets.on_sent = venue
        await clock.sleep(65)
        assert own_ready(scene)
        await scene.manager.disconnect()

    play(scenario)


@pytest.mark.parametrize("ending", ["cut", "silence"])
def test_a_connection_lost_in_its_login_is_opened_again(ending: str) -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = stage(clock, private=True, login=("login k",))
        first: list[ScriptedSocket] = []

        def once(socket: ScriptedSocket, text: str) -> None:
            if not first:
                first.append(socket)
                if ending == "cut":
                    socket.cut()
            elif socket is not first[0]:
                venue(socket, text)

        scene.sockets.on_sent = once
        await scene.manager.connect()
        await clock.sleep(5)
        assert own_ready(scene)
        assert first[0].closed
        assert first[0].sent == ["login k"]
        await scene.manager.disconnect()

    play(scenario)


def test_a_refused_subscription_of_the_account_closes_its_connection() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True)
        scene.signals.clear()
        first = scene.own
        first.says({"refused": "30005"})
        await clock.sleep(3)
        assert first.closed
        assert scene.told() == ["disconnected", "connected"]
        await scene.manager.disconnect()

    play(scenario)


def test_a_refused_market_feed_leaves_its_connection() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        await scene.prepare("BTC")
        scene.market.says({"refused": "30005"})
        await clock.sleep(3)
        assert len(scene.sockets.opened) == 1
        await scene.manager.disconnect()

    play(scenario)


def test_every_event_of_the_account_is_told_in_order() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True)
        events: list[Any] = []
        scene.manager.add_private_listener(events.append)
        scene.own.says({"balance": "1"}, {"balance": "2"})
        scene.manager.remove_listener(events.append)
        scene.own.says({"balance": "3"})
        assert [str(event.total) for event in events] == ["1", "2"]
        await scene.manager.disconnect()

    play(scenario)


def test_symbols_are_found_in_any_spelling() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock)
        for spelling in ("BTC", "btc", "BTC-PERP", Symbol("BTC")):
            assert await scene.manager.prepare_market_feed(spelling)
        await scene.manager.disconnect()

    play(scenario)
