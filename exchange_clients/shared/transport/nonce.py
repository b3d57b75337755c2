"""The numbers of an account's transactions: in order, one at a time, and never guessed.

A lane is a line of requests. Its one worker allocates a number, has the request signed and sent,
and learns from the answer what became of the number:

=============  =====================================================================
CONSUMED       the next request takes the next number
UNUSED         the next request takes the same number
OUT_OF_STEP    the number is asked for anew and this request, which did nothing, goes once more
UNKNOWN        the number is asked for anew before the next request; this one is never sent again
=============  =====================================================================

The worker is a task of its own: a caller who is cancelled leaves the line, or leaves its answer to
the worker, and in neither case a number in doubt.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from exchange_clients.base_models import NS
from exchange_clients.errors import (
    ExchangeError,
    MalformedPayload,
    NotConnectedError,
    OutcomeUnknown,
    RateLimited,
)
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.tasks import TaskScope
from exchange_clients.shared.transport.dispatch import OnReference
from exchange_clients.shared.transport.outcome import NotSigned, caused
from exchange_clients.shared.transport.ports import AnswerLost, NotSent
from exchange_clients.shared.transport.rate_limit import Toll
from exchange_clients.shared.venue import NonceEffect

LINE_MAX = 1000
"""How many requests may stand in one lane; one more is refused."""
LINE_WAIT_S = 5.0
"""How long one that may not be repeated stands there at most: an order must not go out of date."""


class Numbering(Protocol):
    """What a lane needs of the venue."""

    async def send(
        self,
        request: Request,
        toll: Toll,
        *,
        nonce: int | None,
        on_reference: OnReference | None,
    ) -> Response:
        """Make one attempt with a number."""

    async def again(self, request: Request) -> Toll:
        """Be admitted for another attempt, before others: the whole lane waits for it."""

    def give_back(self, toll: Toll) -> None:
        """Give back the admission of a request that is not sent."""

    async def next_nonce(self, lane: str) -> int:
        """Ask which number the venue expects."""

    def effect(self, error: ExchangeError) -> NonceEffect:
        """Say what a refusal did to the lane."""


@dataclass(eq=False, slots=True)
class _Job:
    request: Request
    toll: Toll
    on_reference: OnReference | None
    since_ns: int
    done: asyncio.Future[Response]

    def tell(self, outcome: Response | BaseException) -> None:
        if self.done.done():
            return  # the caller was cancelled; the number is settled all the same
        if isinstance(outcome, Response):
            self.done.set_result(outcome)
        else:
            self.done.set_exception(outcome)


class NonceLane:
    """One sequence of numbers and the requests that wait for theirs.

    Args:
        name: As the signer calls it.
        numbering: Sends, and asks for numbers.
        clock: Time.
        scope: Owns the worker.
        logger: Of the venue.
    """

    def __init__(
        self,
        name: str,
        numbering: Numbering,
        clock: Clock,
        scope: TaskScope,
        logger: logging.Logger,
    ) -> None:
        self._name = name
        self._clock = clock
        self._numbering = numbering
        self._scope = scope
        self._logger = logger
        self._urgent: deque[_Job] = deque()
        self._others: deque[_Job] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._next: int | None = None

    async def submit(
        self, request: Request, toll: Toll, on_reference: OnReference | None
    ) -> Response:
        """Stand in line, be numbered, signed and sent; return the answer."""
        line = self._urgent if request.urgent else self._others
        if len(line) >= LINE_MAX:
            self._numbering.give_back(toll)
            raise RateLimited(f"{LINE_MAX} requests already wait for a number; nothing was sent")
        done: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        job = _Job(request, toll, on_reference, self._clock.monotonic_ns(), done)
        line.append(job)
        if self._worker is None:
            self._worker = self._scope.start(self._work(), f"nonce lane {self._name}")
            self._worker.add_done_callback(self._ended)
        return await done

    # The worker -----------------------------------------------------------------------------------

    async def _work(self) -> None:
        # The number is read before a request is taken: whoever leaves meanwhile is not sent, and
        # who is urgent and comes meanwhile goes first.
        while self._urgent or self._others:
            failed = None if self._next is not None else await self._resync()
            job = self._take()
            if job is None:
                break
            if failed is not None:
                self._refuse(job, failed)
            else:
                await self._do(job)
        self._worker = None  # in the same step as the last look: whoever comes next starts another

    def _ended(self, worker: asyncio.Task[None]) -> None:
        if not worker.cancelled():
            return
        self._worker = None
        while (job := self._take()) is not None:
            self._refuse(job, NotConnectedError("closed before the request was sent"))

    def _take(self) -> _Job | None:
        while self._urgent or self._others:
            job = (self._urgent or self._others).popleft()
            if job.done.done():
                self._numbering.give_back(job.toll)  # its caller was cancelled while it stood here
            elif self._out_of_date(job):
                self._refuse(job, RateLimited(f"no number within {LINE_WAIT_S:g} s; not sent"))
            else:
                return job
        return None

    def _out_of_date(self, job: _Job) -> bool:
        waited_ns = self._clock.monotonic_ns() - job.since_ns
        return not job.request.repeatable and waited_ns > LINE_WAIT_S * NS

    def _refuse(self, job: _Job, error: ExchangeError) -> None:
        self._numbering.give_back(job.toll)
        job.tell(Response(0, b"", error=error))

    async def _do(self, job: _Job) -> None:
        try:
            response, effect = await self._attempt(job, job.toll)
            if effect is NonceEffect.OUT_OF_STEP:
                response = await self._sent_again(job, response)
            job.tell(response)
        except asyncio.CancelledError:
            job.tell(OutcomeUnknown("closed while the request was under way"))
            raise
        except Exception as error:  # noqa: BLE001 - raised where the request was asked for
            job.tell(error)

    async def _sent_again(self, job: _Job, refused: Response) -> Response:
        """Send a request whose number was out of step once more, while somebody waits for it."""
        if await self._resync() is not None or job.done.done():
            return refused
        toll = await self._numbering.again(job.request)
        response, _ = await self._attempt(job, toll)
        return response

    async def _attempt(self, job: _Job, toll: Toll) -> tuple[Response, NonceEffect]:
        number, self._next = self._next, None  # in doubt until the answer is here
        response = await self._numbering.send(
            job.request, toll, nonce=number, on_reference=job.on_reference
        )
        assert number is not None, "a lane asks for its number before it sends"
        effect = self._effect(response.error)
        if effect is NonceEffect.CONSUMED:
            self._next = number + 1
        elif effect is NonceEffect.UNUSED:
            self._next = number
        else:
            self._logger.warning(
                "event=nonce_in_doubt lane=%s nonce=%d effect=%s", self._name, number, effect.value
            )
        return response, effect

    def _effect(self, error: ExchangeError | None) -> NonceEffect:
        if error is None:
            return NonceEffect.CONSUMED
        if isinstance(error, (NotSent, NotSigned)):
            return NonceEffect.UNUSED
        if isinstance(error, (AnswerLost, OutcomeUnknown, MalformedPayload)):
            return NonceEffect.UNKNOWN
        try:
            return self._numbering.effect(error)
        except Exception:  # noqa: BLE001 - a request was sent: nothing may hide that
            return NonceEffect.UNKNOWN

    async def _resync(self) -> ExchangeError | None:
        """Ask for the next number; return why nothing can be sent if that fails."""
        try:
            self._next = await self._numbering.next_nonce(self._name)
        except RateLimited as error:
            return error
        except ExchangeError as error:
            unsent = NotSent(f"the number of the transaction could not be read: {error}")
            return caused(unsent, error)
        self._logger.info("event=nonce_read lane=%s nonce=%d", self._name, self._next)
        return None


class NonceLanes:
    """Every lane of an account, by name."""

    def __init__(self, make: Callable[[str], NonceLane]) -> None:
        self._make = make
        self._lanes: dict[str, NonceLane] = {}

    def of(self, name: str) -> NonceLane:
        """Return the lane of that name, made when it is first asked for."""
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = self._make(name)
        return lane
