"""What a lane of numbers asks of one account at one venue."""

from __future__ import annotations

from collections.abc import Callable

from exchange_clients.errors import ExchangeError
from exchange_clients.shared.flow import Request, Response
from exchange_clients.shared.transport.dispatch import Dispatcher, OnReference
from exchange_clients.shared.transport.http import FlowRunner
from exchange_clients.shared.transport.rate_limit import Owner, RateLimiter, Toll
from exchange_clients.shared.venue import NonceEffect, NonceWords

AGAIN_WAIT_S = 5.0
"""How long a request that was out of step waits for room to be sent once more."""


class AccountNumbering:
    """Numbers, attempts and effects of one account's lanes.

    Args:
        dispatcher: Makes single attempts.
        limiter: Says when.
        owner: Whose buckets.
        runner: Asks for numbers.
        words: The venue's present words of numbers.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        limiter: RateLimiter,
        owner: Owner,
        runner: FlowRunner,
        words: Callable[[], NonceWords],
    ) -> None:
        self._dispatcher = dispatcher
        self._limiter = limiter
        self._owner = owner
        self._runner = runner
        self._words = words

    async def send(
        self,
        request: Request,
        toll: Toll,
        *,
        nonce: int | None,
        on_reference: OnReference | None,
    ) -> Response:
        """Make one attempt with a number."""
        return await self._dispatcher.send(request, toll, nonce=nonce, on_reference=on_reference)

    async def again(self, request: Request) -> Toll:
        """Be admitted for another attempt, before others: the whole lane waits for it."""
        toll = self._limiter.toll(request.scope, request.instrument, self._owner)
        await self._limiter.enter(toll, urgent=True, timeout_s=AGAIN_WAIT_S)
        return toll

    def give_back(self, toll: Toll) -> None:
        """Give back the admission of a request that is not sent."""
        self._limiter.leave(toll)

    async def next_nonce(self, lane: str) -> int:
        """Ask which number the venue expects, before all reads."""
        return await self._runner.run(self._words().next_nonce(lane), urgent=True)

    def effect(self, error: ExchangeError) -> NonceEffect:
        """Say what a refusal did to the lane."""
        return self._words().effect(error)
