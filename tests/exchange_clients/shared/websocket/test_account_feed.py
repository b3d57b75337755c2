"""The account's feed: logins, tokens, refusals, and when it may be trusted."""

from __future__ import annotations

from typing import Any

import pytest

from exchange_clients.base_models import Symbol
from exchange_clients.base_websocket import FeedKind
from exchange_clients.errors import (
    AuthenticationFailed,
)
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.signing import Session
from exchange_clients.shared.virtual_time import VirtualClock
from tests.exchange_clients.shared.websocket.stream_stage import (
    BTC,
    connected,
    own_ready,
    play,
    stage,
    venue,
)
from tests.support.scripted_sockets import ScriptedSocket


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


def test_a_subscription_of_the_account_that_goes_unheard_is_made_on_another_connection() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True)

        def deaf(socket: ScriptedSocket, text: str) -> None:
            if not text.startswith("subscribe orders"):
                venue(socket, text)

        scene.sockets.on_sent = deaf
        scene.own.cut()
        await clock.sleep(10)
        assert own_ready(scene)  # an acknowledgement may be late
        before = len(scene.sockets.opened)
        scene.sockets.on_sent = venue
        await clock.sleep(15)
        assert len(scene.sockets.opened) == before + 1
        assert own_ready(scene)
        await clock.sleep(60)
        assert len(scene.sockets.opened) == before + 1
        await scene.manager.disconnect()

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


def test_a_listener_that_fails_takes_no_event_from_the_others() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, private=True)
        heard: list[object] = []

        def fail(event: object) -> None:
            raise ZeroDivisionError

        scene.manager.add_private_listener(fail)
        scene.manager.add_private_listener(heard.append)
        scene.own.says({"balance": "1"}, {"balance": "2"})
        assert len(heard) == 2
        await scene.manager.disconnect()

    play(scenario)
