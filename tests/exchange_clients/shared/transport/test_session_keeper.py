"""Logins are shared, early, and never a storm."""

from __future__ import annotations

import asyncio
import logging

import pytest

from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    NotConnectedError,
    OutcomeUnknown,
)
from exchange_clients.shared.flow import Response
from exchange_clients.shared.signing import Session
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.transport.ports import AnswerLost
from exchange_clients.shared.transport.session_keeper import SessionKeeper
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.support.scripted_transport import (
    ScriptedLogins,
    ScriptedTransport,
    Sent,
    Stage,
    act,
    ok,
    outcome_of,
    refusal,
    stage,
)

LIFE_MS = 100_000


class Logins:
    """A venue's login: takes a second, fails as scripted."""

    def __init__(self, loop: VirtualLoop, *failures: ExchangeError) -> None:
        self.loop = loop
        self.failures = list(failures)
        self.at: list[float] = []
        self.scope = TaskScope()
        clock = VirtualClock(loop)
        self.keeper = SessionKeeper(
            self.login, self.now_ms, clock, self.scope, logging.getLogger("exchange_clients.test")
        )

    def now_ms(self) -> int:
        return self.loop.now_ns // 1_000_000

    async def login(self) -> Session:
        self.at.append(self.loop.time())
        await asyncio.sleep(1.0)
        if self.failures:
            raise self.failures.pop(0)
        now_ms = self.now_ms()
        return Session(
            {"cookie": f"{len(self.at)}"},
            refresh_at_ms=now_ms + LIFE_MS * 3 // 4,
            expires_at_ms=now_ms + LIFE_MS,
        )

    async def close(self) -> None:
        self.keeper.close()
        await self.scope.close()


def test_callers_at_the_same_time_share_one_login() -> None:
    async def main(loop: VirtualLoop) -> None:
        logins = Logins(loop)
        tasks = [asyncio.ensure_future(logins.keeper.get()) for _ in range(5)]
        await asyncio.sleep(0.5)
        tasks[0].cancel()  # one who leaves takes nobody's login along
        sessions = [await task for task in tasks[1:]]
        assert all(session is sessions[0] for session in sessions)
        assert logins.at == [0.0]
        await logins.close()

    run_virtual(main)


def test_a_session_is_renewed_before_its_end_while_the_old_one_serves() -> None:
    """H16: refresh early, though nobody asks."""

    async def main(loop: VirtualLoop) -> None:
        logins = Logins(loop)
        first = await logins.keeper.get()
        await asyncio.sleep(75.5)  # in the middle of the renewal
        assert await logins.keeper.get() is first
        await asyncio.sleep(1.0)
        assert await logins.keeper.get() is not first
        assert logins.at == [0.0, 76.0]
        await logins.close()

    run_virtual(main)


def test_a_session_that_never_ends_is_kept() -> None:
    async def main(loop: VirtualLoop) -> None:
        logins = Logins(loop)
        keeper = SessionKeeper(
            lambda: asyncio.sleep(0, Session()),
            logins.now_ms,
            VirtualClock(loop),
            logins.scope,
            logging.getLogger("exchange_clients.test"),
        )
        first = await keeper.get()
        await asyncio.sleep(1e6)
        assert await keeper.get() is first

    run_virtual(main)


def test_a_refused_login_is_told_at_once_and_not_tried_again_at_once() -> None:
    async def main(loop: VirtualLoop) -> None:
        logins = Logins(loop, *[AuthenticationFailed("no")] * 99)
        for _ in range(1000):
            with pytest.raises(AuthenticationFailed):
                await logins.keeper.get()
            await asyncio.sleep(0.1)
        assert len(logins.at) <= 8
        await logins.close()

    run_virtual(main)


def test_a_login_that_was_lost_is_no_refusal() -> None:
    async def main(loop: VirtualLoop) -> None:
        logins = Logins(loop, AnswerLost("cut"))
        with pytest.raises(AnswerLost):
            await logins.keeper.get()
        with pytest.raises(NotConnectedError):
            await logins.keeper.get()
        await asyncio.sleep(1.1)
        assert (await logins.keeper.get()).headers == {"cookie": "2"}
        await logins.close()

    run_virtual(main)


def test_a_renewal_that_fails_is_tried_again_while_the_old_session_serves() -> None:
    async def main(loop: VirtualLoop) -> None:
        logins = Logins(loop)
        first = await logins.keeper.get()
        logins.failures = [AnswerLost("cut"), AnswerLost("cut")]
        await asyncio.sleep(90)
        assert len(logins.at) == 4
        assert logins.keeper.present is not first
        await logins.close()

    run_virtual(main)


def test_a_refused_session_is_renewed_once_and_others_use_that_renewal() -> None:
    async def main(loop: VirtualLoop) -> None:
        logins = Logins(loop)
        refused = await logins.keeper.get()
        tasks = [asyncio.ensure_future(logins.keeper.renewed_after(refused)) for _ in range(3)]
        assert [await task for task in tasks] == [True] * 3
        assert await logins.keeper.renewed_after(refused)
        assert len(logins.at) == 2
        await logins.close()

    run_virtual(main)


# Through a link -----------------------------------------------------------------------------------


class Door:
    """Accepts the newest session alone; none once the key is revoked."""

    def __init__(self) -> None:
        self.logins = 0
        self.orders = 0
        self.newest = 0
        self.revoked = False

    def login(self, sent: Sent) -> Response:
        self.logins += 1
        self.newest = self.logins
        return ok([self.logins, LIFE_MS])

    def order(self, sent: Sent) -> Response:
        if self.revoked or sent.headers["cookie"] != f"session-{self.newest}":
            return refusal(401)
        self.orders += 1
        return ok("placed")


async def behind(door: Door, loop: VirtualLoop) -> Stage:
    """Return an open link to the door."""
    clock = VirtualClock(loop)
    http = ScriptedTransport(clock, latency_s=0.05)
    http.default = {"/login": door.login, "/order": door.order}
    scene = stage(clock, http=http, session=ScriptedLogins())
    await scene.link.open()
    return scene


def test_orders_refused_for_an_expired_session_go_once_more_after_one_login() -> None:
    """H16: the session was ended early; the refusal proves that the order did nothing."""

    async def main(loop: VirtualLoop) -> None:
        door = Door()
        scene = await behind(door, loop)
        door.newest = 99
        tasks = [asyncio.ensure_future(scene.link.run(act())) for _ in range(4)]
        assert [await task for task in tasks] == ["placed"] * 4
        assert (door.logins, door.orders) == (2, 4)
        await scene.link.close()

    run_virtual(main)


def test_a_revoked_key_is_told_and_makes_no_storm_of_logins() -> None:
    """H16: revoked while a position is held."""

    async def main(loop: VirtualLoop) -> None:
        door = Door()
        scene = await behind(door, loop)
        door.revoked = True
        for _ in range(600):
            result = await outcome_of(asyncio.ensure_future(scene.link.run(act())))
            assert isinstance(result, AuthenticationFailed)
            await asyncio.sleep(0.05)
        assert door.logins <= 7
        door.revoked = False
        assert await scene.link.run(act()) == "placed"
        await scene.link.close()

    run_virtual(main)


def test_an_order_lost_with_its_session_is_not_sent_again() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = await behind(Door(), loop)
        scene.http.answers["/order"] = [refusal(401), AnswerLost("cut")]
        result = await outcome_of(asyncio.ensure_future(scene.link.run(act())))
        assert isinstance(result, OutcomeUnknown)
        assert scene.http.paths().count("/order") == 2
        await scene.link.close()

    run_virtual(main)


def test_without_a_session_an_order_is_not_sent() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = await behind(Door(), loop)
        scene.http.answers["/login"] = [refusal(500)] * 99
        await asyncio.sleep(LIFE_MS / 1000 + 1)
        result = await outcome_of(asyncio.ensure_future(scene.link.run(act())))
        assert isinstance(result, NotConnectedError)
        assert "/order" not in scene.http.paths()
        await scene.link.close()

    run_virtual(main)
