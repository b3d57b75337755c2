"""What goes with a private request: what its signer says, then what the session says."""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.shared.clock import Rng
from exchange_clients.shared.encoding import plain_wire
from exchange_clients.shared.flow import Method, Request, Response
from exchange_clients.shared.limits import RateLimits
from exchange_clients.shared.signing import Session, SigningContext, WireRequest
from exchange_clients.shared.transport.dispatch import Dispatcher, Passport
from exchange_clients.shared.transport.ports import Timeouts
from exchange_clients.shared.transport.rate_limit import Owner, RateLimiter
from exchange_clients.shared.venue import Environment
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual


class _LoginSigner:
    blocking = False

    def lane(self, request: Request) -> str | None:
        return None

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        return plain_wire(request, {"authorization": "the new token"})


class _Wires:
    def __init__(self) -> None:
        self.sent: list[WireRequest] = []

    async def send(
        self, base_url: str, request: WireRequest, timeouts: Timeouts, *, urgent: bool = False
    ) -> Response:
        self.sent.append(request)
        return Response(200, b"")

    async def close(self) -> None:
        return None


class _NotingSigner(_LoginSigner):
    def __init__(self) -> None:
        self.stamps: list[int] = []

    def prepare(self, request: Request, context: SigningContext) -> WireRequest:
        self.stamps.append(context.unique_ms)
        return plain_wire(request)


def _dispatcher(
    loop: VirtualLoop, passport: Passport, now_ms: Callable[[], int], wires: _Wires
) -> tuple[Dispatcher, RateLimiter]:
    limiter = RateLimiter(RateLimits(), VirtualClock(loop))
    dispatcher = Dispatcher(
        Environment("prod", {"rest": "https://venue"}, {}),
        lambda request, response: None,
        http=wires,
        limiter=limiter,
        now_ms=now_ms,
        rng=Rng("seed"),
        timeouts=Timeouts(),
        passport=passport,
    )
    return dispatcher, limiter


def test_a_login_carries_what_it_signed_and_not_what_the_old_session_says() -> None:
    async def main(loop: VirtualLoop) -> _Wires:
        wires = _Wires()
        old = Session(headers={"authorization": "the old token", "x-account": "7"})
        passport = Passport(signer=_LoginSigner(), session=lambda: old)
        dispatcher, limiter = _dispatcher(loop, passport, lambda: 0, wires)
        request = Request(Method.GET, "/login", private=True)
        await dispatcher.send(request, limiter.toll("", "", Owner()))
        return wires

    (wire,) = run_virtual(main).sent
    assert wire.headers == {"authorization": "the new token", "x-account": "7"}


def test_stamps_ascend_within_a_millisecond_and_when_the_clock_steps_back() -> None:
    async def main(loop: VirtualLoop) -> list[int]:
        times = iter([1000, 1000, 1000, 990, 1001, 1005])
        signer = _NotingSigner()
        passport = Passport(signer=signer)
        dispatcher, limiter = _dispatcher(loop, passport, lambda: next(times), _Wires())
        for _ in range(6):
            request = Request(Method.GET, "/order", private=True)
            await dispatcher.send(request, limiter.toll("", "", Owner()))
        return signer.stamps

    assert run_virtual(main) == [1000, 1001, 1002, 1003, 1004, 1005]
