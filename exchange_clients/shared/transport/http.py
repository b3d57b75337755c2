"""Running flows over HTTP: every request is paced, signed, sent, judged, and repeated if it may be.

What a failure means is settled in ``outcome``; this module decides only what is done about it:

- a request that may be repeated is, with growing random waits, within bounds;
- one that may not is sent at most once. Two refusals allow it to go again, because they prove that
  it did nothing: a session that had expired (here), and a number out of step (``nonce``);
- whatever still fails ends the flow, or is sent into it where the request asks for that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from exchange_clients.base_models import NS
from exchange_clients.errors import AuthenticationFailed, ExchangeError, RateLimited
from exchange_clients.shared.client.order_rules import NOTHING_DONE
from exchange_clients.shared.clock import Clock, Rng
from exchange_clients.shared.flow import Flow, Request, Response
from exchange_clients.shared.signing import Signer
from exchange_clients.shared.transport.dispatch import Dispatcher, OnReference
from exchange_clients.shared.transport.nonce import NonceLanes
from exchange_clients.shared.transport.outcome import (
    caused,
    named,
    settled,
    told_by_flow,
)
from exchange_clients.shared.transport.ports import NotSent
from exchange_clients.shared.transport.rate_limit import Owner, RateLimiter
from exchange_clients.shared.transport.retry import RetryPolicy
from exchange_clients.shared.transport.session_keeper import SessionKeeper

T = TypeVar("T")

USUAL_POLICY = RetryPolicy()
ONCE_WAIT_S = 5.0
"""How long a request that may not be repeated waits for room: an order must not go out of date."""


class FlowRunner:
    """Runs the flows of one account at one venue.

    Args:
        dispatcher: Makes single attempts.
        limiter: Says when.
        owner: Whose buckets.
        clock: Time and waiting.
        rng: For waits between attempts.
        logger: Of the venue.
        policy: Bounds of repeating.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        limiter: RateLimiter,
        owner: Owner,
        clock: Clock,
        rng: Rng,
        logger: logging.Logger,
        policy: RetryPolicy = USUAL_POLICY,
    ) -> None:
        self._dispatcher = dispatcher
        self._limiter = limiter
        self._owner = owner
        self._clock = clock
        self._rng = rng
        self._logger = logger
        self._policy = policy
        self.signer: Signer | None = None
        """Set once the account's words are known; without it a private request is not sent."""
        self.lanes: NonceLanes | None = None
        self.sessions: SessionKeeper | None = None
        self.on_refused: Callable[[], None] = lambda: None
        """Told that a request was not accepted as ours where no login could help: the clock may
        be wrong."""

    async def run(
        self,
        flow: Flow[T],
        *,
        on_reference: OnReference | None = None,
        logging_in: bool = False,
        urgent: bool = False,
    ) -> T:
        """Drive a flow to its result.

        Args:
            flow: What to ask.
            on_reference: Told the signer's reference of each attempt, signed and not yet sent.
            logging_in: Whether it is the login itself, which waits for no session.
            urgent: Whether all of its requests are urgent, whatever they say themselves.
        """
        answer: Response | None = None
        acted = False
        try:
            while True:
                request = _next_of(flow, answer, acted=acted)
                if urgent and not request.urgent:
                    request = replace(request, urgent=True)
                answer = await self._ask(request, on_reference, logging_in=logging_in)
                acted = acted or not request.repeatable
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            flow.close()

    async def _ask(
        self, request: Request, on_reference: OnReference | None, *, logging_in: bool
    ) -> Response:
        began_ns = self._clock.monotonic_ns()
        sessions = self.sessions if request.private and not logging_in else None
        session = None if sessions is None else sessions.present
        response = await self._attempt(request, on_reference, sessions)
        if response.error is None:
            if sessions is not None:
                sessions.accepted()
            return response
        attempts = 1
        while await self._may_go_again(request, response, attempts, began_ns):
            attempts += 1
            response = await self._attempt(request, on_reference, sessions)
        if isinstance(response.error, AuthenticationFailed):
            if sessions is None:
                self.on_refused()
            elif await sessions.renewed_after(session):
                response = await self._attempt(request, on_reference, sessions)
        return _told(request, response)

    async def _may_go_again(
        self, request: Request, response: Response, attempts: int, began_ns: int
    ) -> bool:
        """Say whether a request is sent again after a failure, having waited for that."""
        error = response.error
        if error is None or not request.repeatable:
            return False
        elapsed_s = (self._clock.monotonic_ns() - began_ns) / NS
        wait_s = self._policy.wait_s(attempts, elapsed_s, error, self._rng)
        if wait_s is None:
            return False
        self._logger.warning(
            "event=retry request=%r attempt=%d wait_ms=%.0f error=%s",
            named(request),
            attempts + 1,
            wait_s * 1000,
            type(error).__name__,
        )
        await self._clock.sleep(wait_s)
        return True

    async def _attempt(
        self, request: Request, on_reference: OnReference | None, sessions: SessionKeeper | None
    ) -> Response:
        """Send once: when there is a session, room in the limits and a number."""
        if sessions is not None and not sessions.usable():
            failed = await _session_missing(sessions)
            if failed is not None:
                return failed
        signer = self.signer if request.private else None
        lane = None if signer is None else signer.lane(request)
        toll = self._limiter.toll(request.scope, request.instrument, self._owner)
        if not self._limiter.try_enter(toll, urgent=request.urgent, read=request.repeatable):
            timeout_s = self._policy.total_s if request.repeatable else ONCE_WAIT_S
            try:
                await self._limiter.enter(
                    toll, urgent=request.urgent, timeout_s=timeout_s, read=request.repeatable
                )
            except RateLimited as error:
                return Response(0, b"", error=error)
        if lane is None:
            return await self._dispatcher.send(request, toll, on_reference=on_reference)
        assert self.lanes is not None, f"lane {lane} needs the venue's nonce words"
        return await self.lanes.of(lane).submit(request, toll, on_reference)


def _next_of(flow: Flow[T], answer: Response | None, *, acted: bool) -> Request:
    """Advance the flow; what its words raise is sorted, StopIteration is its end."""
    try:
        return next(flow) if answer is None else flow.send(answer)
    except StopIteration:
        raise
    except Exception as error:
        told = told_by_flow(error, acted=acted)
        if told is error:
            raise
        raise told from error


async def _session_missing(sessions: SessionKeeper) -> Response | None:
    """Wait for a session; return the failure as the answer of a request that was not sent."""
    try:
        await sessions.get()
    except ExchangeError as error:
        if isinstance(error, NOTHING_DONE):
            return Response(0, b"", error=error)
        unsent = NotSent(f"there is no session: {error}")
        return Response(0, b"", error=caused(unsent, error))
    return None


def _told(request: Request, response: Response) -> Response:
    """Return an answer that the request asks for though it is an error; raise every other."""
    if response.error is None:
        return response
    error = settled(request, response.error)
    if isinstance(error, request.answers):
        return response if error is response.error else replace(response, error=error)
    raise error
