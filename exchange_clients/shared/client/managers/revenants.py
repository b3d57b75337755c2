"""Orders that turn up at the venue after they were proven absent: whoever wanted them has moved on.

A request may be under way for minutes, while a gateway is down, and be taken when nobody thinks of
it any more. Some venues refuse what is signed long ago; others take it whenever it comes, and then
an order rests that everyone holds for refused and that nothing will ever cancel. So it is cancelled
as soon as it is heard of. What it has filled by then is told and counted like any other fill.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from exchange_clients.base_models import ClientOrderId, OrderInfo, OrderStatus, Reason
from exchange_clients.errors import ExchangeError, VenueRejected
from exchange_clients.journal import Journal, JournalError
from exchange_clients.shared.client.gateway import OrderGateway
from exchange_clients.shared.clock import Clock
from exchange_clients.shared.tasks import TaskScope

logger = logging.getLogger(__name__)

CANCELS_MAX = 8
"""How often its cancel is sent at most: over about two minutes."""
_GONE = (Reason.ALREADY_TERMINAL, Reason.ORDER_NOT_FOUND)
"""Refusals of a cancel that say that the order has ended: a fill, or a cancel, was earlier."""
PAUSE_FIRST_S = 1.0
"""Pause after a cancel that was not answered; each further pause is twice as long."""


def returned(known: OrderInfo, report: OrderInfo) -> bool:
    """Tell whether a report shows an order alive that was held for absent."""
    absent = known.status is OrderStatus.REJECTED and known.reason is Reason.ORDER_NOT_FOUND
    return absent and report.status in (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED)


class Revenants:
    """Cancels them, each in a task of its own.

    Args:
        venue: Named in the journal and in logs.
        gateway: The way to the venue.
        journal: Durable memory; a cancel is remembered before it is sent.
        clock: Time and waiting.
        tasks: Owns what is done in the background.
    """

    def __init__(
        self, venue: str, gateway: OrderGateway, journal: Journal, clock: Clock, tasks: TaskScope
    ) -> None:
        self._venue = venue
        self._gateway = gateway
        self._journal = journal
        self._clock = clock
        self._tasks = tasks
        self._ending: dict[ClientOrderId, None] = {}

    def end(self, known: OrderInfo, report: OrderInfo) -> None:
        """Cancel an order that is back; told again meanwhile, it is not cancelled twice at once."""
        client_order_id = known.client_order_id
        assert client_order_id is not None, "the tracker names every order"
        if client_order_id in self._ending:
            return
        logger.error(
            "event=order_returned venue=%s contract_id=%s client_order_id=%s next=cancel_it",
            self._venue, report.contract_id, client_order_id,
        )  # fmt: skip
        self._ending[client_order_id] = None
        order = replace(report, client_order_id=client_order_id)
        self._tasks.start(self._end(order, client_order_id), f"end {client_order_id}")

    async def _end(self, order: OrderInfo, client_order_id: ClientOrderId) -> None:
        pause_s = PAUSE_FIRST_S
        try:
            for _ in range(CANCELS_MAX):
                if await self._cancelled(order):
                    return
                await self._clock.sleep(pause_s)
                pause_s *= 2
        finally:
            del self._ending[client_order_id]

    async def _cancelled(self, order: OrderInfo) -> bool:
        """Send a cancel; False where it has to be sent again. Cancelling twice does no harm."""
        prepared = self._gateway.prepare_cancel(order)
        try:
            self._journal.record_intent(prepared.intent(self._venue, self._clock.now_ns()))
            await self._gateway.send(prepared)
        except (ExchangeError, JournalError, OSError) as error:
            if isinstance(error, VenueRejected) and error.reason in _GONE:
                return True
            logger.warning(
                "event=cancel_failed venue=%s client_order_id=%s error=%r next=send_again",
                self._venue, order.client_order_id, error,
            )  # fmt: skip
            return False
        return True
