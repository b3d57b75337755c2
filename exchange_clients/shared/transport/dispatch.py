"""One attempt at one request: sign it, name it to the journal, send it, judge the answer.

Errors of the venue and of the transport come back as values, in ``Response.error``; only what ends
the program's own work (cancellation, a journal that cannot write) is raised.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from exchange_clients.errors import ClientConfigError, ExchangeError, RateLimited, VenueRejected
from exchange_clients.shared.clock import Rng
from exchange_clients.shared.encoding import plain_wire
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.signing import Session, Signer, SigningContext, WireRequest
from exchange_clients.shared.transport.outcome import UNREADABLE, NotSigned, caused, judge, named
from exchange_clients.shared.transport.ports import AnswerLost, HttpTransport, Timeouts
from exchange_clients.shared.transport.rate_limit import RateLimiter, Toll
from exchange_clients.shared.transport.signing_thread import PROCESS_SIGNING_THREAD
from exchange_clients.shared.venue import Environment, ReadError
from exchange_clients.shared.virtual_time import VirtualLoop

OnReference: TypeAlias = Callable[[str], None]

BANNED = 418
"""The status by which venues shut an address out that went on after a 429: for cancels too."""


class OrderEntry(Protocol):
    """A way besides HTTP, for requests that name their call."""

    @property
    def ready(self) -> bool:
        """Whether a call would go out now."""

    async def call(self, request: Request, context: SigningContext, timeouts: Timeouts) -> Response:
        """Send one call once and return its answer; AnswerLost where none comes."""


@dataclass(eq=False, slots=True)
class Passport:
    """What a private request needs and that may change while running."""

    signer: Signer | None = None
    session: Callable[[], Session | None] = lambda: None
    inline: bool = False
    """Whether slow signers sign in the loop's thread: where a seal stands for the curve."""
    entry: OrderEntry | None = None


class Dispatcher:
    """Sends requests, each once.

    Args:
        environment: Where to.
        read_error: The venue's reading of answers.
        http: Carries the bytes.
        limiter: Told of what came back; admission is asked for by the caller.
        now_ms: Venue time.
        rng: For signatures.
        timeouts: Of each attempt.
        passport: What private requests need.
    """

    def __init__(  # noqa: PLR0913 - everything that one attempt touches, and nothing else
        self,
        environment: Environment,
        read_error: ReadError,
        *,
        http: HttpTransport,
        limiter: RateLimiter,
        now_ms: Callable[[], int],
        rng: Rng,
        timeouts: Timeouts,
        passport: Passport,
    ) -> None:
        self._environment = environment
        self._read_error = read_error
        self._http = http
        self._limiter = limiter
        self._now_ms = now_ms
        self._rng = rng
        self._timeouts = timeouts
        self._passport = passport
        self._last_ms = 0

    async def send(
        self,
        request: Request,
        toll: Toll,
        *,
        nonce: int | None = None,
        on_reference: OnReference | None = None,
    ) -> Response:
        """Make one attempt with a request that was admitted, and give its toll back."""
        try:
            if request.entry and (entry := self._passport.entry) is not None and entry.ready:
                response = await self._called(entry, request, nonce)
                return response if response.error else self._judged(request, toll, response, "")
            base_url = self._base_url(request)
            try:
                wire = (
                    await self._signed(request, nonce) if request.private else plain_wire(request)
                )
            except (ExchangeError, *UNREADABLE) as error:
                return _unsigned(request, error)
            if on_reference is not None:
                on_reference(wire.reference)
            response = await self._carried(base_url, wire, urgent=request.urgent)
            if response.error is not None:
                return response
            # Before the toll is given back: a refusal must not let the next one in.
            return self._judged(request, toll, response, wire.reference)
        finally:
            self._limiter.leave(toll)

    def _base_url(self, request: Request) -> str:
        base_url = self._environment.urls.get(request.service)
        if base_url is None:
            raise ClientConfigError(
                f"environment {self._environment.name} has no URL of service {request.service!r}: "
                "add it, or use another environment"
            )
        return base_url

    async def _carried(self, base_url: str, wire: WireRequest, *, urgent: bool) -> Response:
        try:
            return await self._http.send(base_url, wire, self._timeouts, urgent=urgent)
        except ExchangeError as error:
            return Response(0, b"", error=error, reference=wire.reference)
        except Exception as error:  # noqa: BLE001 - whatever broke, the request may have left
            lost = AnswerLost(f"the transport failed with {type(error).__name__}")
            return Response(0, b"", error=caused(lost, error), reference=wire.reference)

    async def _called(self, entry: OrderEntry, request: Request, nonce: int | None) -> Response:
        try:
            return await entry.call(request, self._context(nonce), self._timeouts)
        except AnswerLost as error:
            return Response(0, b"", error=error)
        except (ExchangeError, *UNREADABLE) as error:
            return _unsigned(request, error)

    def _context(self, nonce: int | None) -> SigningContext:
        now_ms = self._now_ms()
        self._last_ms = max(now_ms, self._last_ms + 1)
        return SigningContext(
            now_ms,
            nonce,
            self._rng.getrandbits(64),
            self._passport.session(),
            unique_ms=self._last_ms,
        )

    async def _signed(self, request: Request, nonce: int | None) -> WireRequest:
        passport = self._passport
        signer = passport.signer
        assert signer is not None, f"{named(request)} is private and nobody signs"
        context = self._context(nonce)
        session = context.session
        if signer.blocking and not passport.inline and not _virtual():
            wire = await PROCESS_SIGNING_THREAD.run(lambda: signer.prepare(request, context))
        else:
            wire = signer.prepare(request, context)
        if session is None or not session.headers:
            return wire
        # What the signer itself says counts: a login carries the new token, not the old one.
        headers = {**session.headers, **wire.headers}
        return WireRequest(wire.method, wire.path, headers, wire.body, wire.reference)

    def _judged(self, request: Request, toll: Toll, response: Response, reference: str) -> Response:
        try:  # noqa: SIM105  # of ``suppress`` an object is made, for each answer
            self._limiter.observe(toll, response.headers)
        except UNREADABLE:
            pass  # what headers tell is welcome, and never needed
        error = judge(self._read_error, request, response)
        if error is None and not reference:
            return response
        if isinstance(error, RateLimited):
            everything = request.urgent or response.status == BANNED
            self._limiter.refused(toll, error.retry_after_s, urgent=everything)
        return replace(response, error=error, reference=reference)


def _virtual() -> bool:
    return isinstance(asyncio.get_running_loop(), VirtualLoop)


def _unsigned(request: Request, error: Exception) -> Response:
    """Tell that a request was not sent; what a curve library says may quote a key, so it is not."""
    said = str(error) if isinstance(error, ExchangeError) else type(error).__name__
    refused = NotSigned(
        f"{named(request)} was not sent, signing it failed: {said}",
        reason=error.reason if isinstance(error, VenueRejected) else None,
    )
    return Response(0, b"", error=caused(refused, error))
