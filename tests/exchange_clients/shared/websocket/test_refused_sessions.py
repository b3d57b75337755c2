"""A session that the venue ended before its time is replaced by one login, never by a storm."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from exchange_clients.errors import AuthenticationFailed
from exchange_clients.shared.flow import Flow
from exchange_clients.shared.signing import Session
from exchange_clients.shared.virtual_time import VirtualClock
from tests.exchange_clients.shared.websocket.stream_stage import (
    StreamStage,
    connected,
    own_ready,
    play,
    stage,
    venue,
)
from tests.support.scripted_sockets import ScriptedSocket


class Cookies:
    """A venue that lets the newest session in, and none while it is shut."""

    def __init__(self) -> None:
        self.logins = 0
        self.valid = 0
        self.shut = False

    def login(self, now_ms: int, entropy: int) -> Flow[Session]:
        yield from ()
        self.logins += 1
        self.valid = self.logins
        name = f"session-{self.logins}"
        return Session(headers={"cookie": name}, tokens={"ws": name})

    def revoke(self) -> None:
        self.valid = 0

    def accepts(self, name: str) -> bool:
        return not self.shut and name == f"session-{self.valid}"

    def door(self, headers: Mapping[str, str]) -> None:
        """Judge a handshake; that of public feeds carries no cookie."""
        if "cookie" in headers and not self.accepts(headers["cookie"]):
            raise AuthenticationFailed("401")

    def answer(self, socket: ScriptedSocket, text: str) -> None:
        """Judge the token of each subscription of the account."""
        if text.startswith("subscribe orders:") and not self.accepts(text.rpartition(" ")[2]):
            socket.says({"refused": "unauthorized"})
        else:
            venue(socket, text)


async def behind(cookies: Cookies, clock: VirtualClock) -> StreamStage:
    """Return a connected stage whose handshakes the venue judges."""
    scene = await connected(clock, private=True, session=cookies)
    scene.sockets.door = cookies.door
    assert cookies.logins == 1
    return scene


def test_a_handshake_refused_for_its_session_is_tried_again_after_one_login() -> None:
    async def scenario(clock: VirtualClock) -> None:
        cookies = Cookies()
        scene = await behind(cookies, clock)
        cookies.revoke()
        scene.own.cut()
        await clock.sleep(5)
        assert own_ready(scene)
        assert scene.own.headers == {"cookie": "session-2"}
        assert (cookies.logins, len(scene.sockets.attempts_ns)) == (2, 3)
        await scene.manager.disconnect()

    play(scenario)


def test_connecting_with_a_session_that_was_ended_succeeds_after_one_login() -> None:
    async def scenario(clock: VirtualClock) -> None:
        cookies = Cookies()
        scene = stage(clock, private=True, session=cookies)
        scene.sockets.on_sent = venue

        def door(headers: Mapping[str, str]) -> None:
            if len(scene.sockets.attempts_ns) == 1:
                cookies.revoke()
            cookies.door(headers)

        scene.sockets.door = door
        await scene.manager.connect()
        assert own_ready(scene)
        assert cookies.logins == 2
        await scene.manager.disconnect()

    play(scenario)


def test_a_subscription_refused_for_its_token_is_said_again_with_a_new_one() -> None:
    async def scenario(clock: VirtualClock) -> None:
        cookies = Cookies()
        scene = await connected(clock, private=True, session=cookies)
        scene.sockets.on_sent = cookies.answer
        cookies.revoke()
        scene.own.cut()
        await clock.sleep(5)
        assert own_ready(scene)
        assert "subscribe orders: session-2" in scene.own.sent
        assert (cookies.logins, len(scene.sockets.opened)) == (2, 3)
        await scene.manager.disconnect()

    play(scenario)


def test_a_login_refused_in_the_midst_of_service_ends_the_connection() -> None:
    async def scenario(clock: VirtualClock) -> None:
        cookies = Cookies()
        scene = await behind(cookies, clock)
        first = scene.own
        cookies.revoke()
        first.says({"unwelcome": "session_ended"})
        await clock.sleep(5)
        assert first.closed
        assert own_ready(scene)
        assert scene.own.headers == {"cookie": "session-2"}
        assert cookies.logins == 2
        await scene.manager.disconnect()

    play(scenario)


def test_a_venue_that_refuses_every_session_is_logged_in_to_ever_more_rarely() -> None:
    async def scenario(clock: VirtualClock) -> None:
        cookies = Cookies()
        scene = await behind(cookies, clock)
        cookies.shut = True
        scene.own.cut()
        await clock.sleep(600)
        assert not own_ready(scene)
        assert 2 < cookies.logins < 18
        assert len(scene.sockets.attempts_ns) < 70
        cookies.shut = False
        await clock.sleep(65)
        assert own_ready(scene)
        await scene.manager.disconnect()

    play(scenario)


def test_connect_tells_that_every_session_is_refused() -> None:
    async def scenario(clock: VirtualClock) -> None:
        cookies = Cookies()
        cookies.shut = True
        scene = stage(clock, private=True, session=cookies)
        scene.sockets.door = cookies.door
        with pytest.raises(AuthenticationFailed, match="401"):
            await scene.manager.connect()
        assert cookies.logins <= 4
        await scene.manager.disconnect()

    play(scenario)


def test_a_public_feed_that_is_refused_logs_nobody_in() -> None:
    async def scenario(clock: VirtualClock) -> None:
        scene = await connected(clock, session=Cookies())
        scene.sockets.refusals = [AuthenticationFailed("403")]
        assert await scene.prepare("BTC", timeout=30.0)
        assert "/login" not in scene.http.paths()
        await scene.manager.disconnect()

    play(scenario)
