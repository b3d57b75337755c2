"""Notices that the account's feeds are deaf, where no subscription was ever acknowledged.

A subscription that a broken connection has swallowed is silent for good, and an account at rest is
silent as well. But an order that the venue has just confirmed, by its answer or once it was asked
for, is news, so one that goes untold says that nothing is heard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from exchange_clients.base_models import NS, Fill, OrderInfo, OrderStatus
from exchange_clients.events import Unreadable
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.websocket.message_handler import AccountEvent

TOLD_WITHIN_S = 5.0
"""How long the feeds may take to tell of an order that its answer has shown."""
DOUBT_PAUSE_S = 30.0
"""How long after a doubt there is no other: what is deaf again would be so for another reason."""


class AccountEar:
    """Compares what answers show of our orders with what the account's feeds tell.

    Args:
        ready: Whether the feeds are said to be heard.
        doubt: Has them opened anew; takes the reason.
        clock: Time.
    """

    def __init__(
        self, ready: Callable[[], bool], doubt: Callable[[str], None], clock: Clock
    ) -> None:
        self._ready = ready
        self._doubt = doubt
        self._clock = clock
        self._heard_ns = -1
        self._doubted_ns: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    def hear(self, event: AccountEvent) -> None:
        """Take it that something was told of orders."""
        if isinstance(event, OrderInfo | Fill | Unreadable):
            self._heard_ns = self._clock.monotonic_ns()
            self._stop()

    def expect(self, sent_ns: int, info: OrderInfo) -> None:
        """Expect the feeds to tell of an order as well, unless they have since it was sent.

        Args:
            sent_ns: When (monotonic).
            info: The order as the answer shows it; one that is only acknowledged proves nothing.
        """
        proven = info.status is not OrderStatus.PENDING
        if proven and self._heard_ns < sent_ns and self._timer is None and self._may_doubt():
            self._timer = self._clock.call_later(TOLD_WITHIN_S, self._judge)

    def _may_doubt(self) -> bool:
        doubted_ns = self._doubted_ns
        pause_ns = DOUBT_PAUSE_S * NS
        rested = doubted_ns is None or self._clock.monotonic_ns() - doubted_ns >= pause_ns
        return rested and self._ready()

    def _judge(self) -> None:
        self._timer = None
        if self._may_doubt():
            self._doubted_ns = self._clock.monotonic_ns()
            self._doubt("an order was confirmed and not told")

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
