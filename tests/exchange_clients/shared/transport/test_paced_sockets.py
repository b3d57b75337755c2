"""A venue that takes few handshakes is asked for no more."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from exchange_clients.errors import RateLimited
from exchange_clients.shared.limits import Bucket, RateLimits
from exchange_clients.shared.transport.paced_sockets import CONNECT, PacedSockets
from exchange_clients.shared.transport.ports import OnClose, OnFrame, OnPong, Socket
from exchange_clients.shared.transport.rate_limit import Owner, RateLimiter
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual


class _Sockets:
    def __init__(self, clock: VirtualClock) -> None:
        self.opened_s: list[int] = []
        self._clock = clock
        self._start_ns = clock.now_ns()

    async def open(
        self,
        url: str,
        headers: Mapping[str, str],
        on_frame: OnFrame,
        on_close: OnClose,
        on_pong: OnPong,
    ) -> Socket:
        self.opened_s.append((self._clock.now_ns() - self._start_ns) // 10**9)
        raise ConnectionError("nobody is there")


def _limits(a_second: int) -> RateLimits:
    return RateLimits((Bucket("dial", a_second, 1.0),), {CONNECT: {"dial": 1}})


async def _try_to_open(sockets: PacedSockets) -> None:
    await sockets.open("ws://venue", {}, lambda *_: None, lambda *_: None, lambda: None)


def test_handshakes_wait_for_their_turn_and_those_that_fail_count() -> None:
    async def main(loop: VirtualLoop) -> list[int]:
        clock = VirtualClock(loop)
        bare = _Sockets(clock)
        sockets = PacedSockets(bare, RateLimiter(_limits(2), clock), Owner())
        for _ in range(6):
            with pytest.raises(ConnectionError):
                await _try_to_open(sockets)
        return bare.opened_s

    assert run_virtual(main) == [0, 0, 1, 1, 2, 2]


def test_a_turn_that_does_not_come_is_told() -> None:
    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        limiter = RateLimiter(_limits(1), clock)
        limiter.refused(limiter.toll(CONNECT, "", Owner()), 60.0, urgent=True)
        with pytest.raises(RateLimited):
            await _try_to_open(PacedSockets(_Sockets(clock), limiter, Owner()))

    run_virtual(main)
