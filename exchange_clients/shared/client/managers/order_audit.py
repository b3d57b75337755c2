"""Compares, now and then, what we hold for open with what the venue lists.

A stream may lose a frame, or fall silent about one thing, without a word: silence about an order is
what one hears of an order that rests. And a venue may be out of reach for longer than a lost answer
is asked about. So a list is read from time to time: what it does not show is looked up by the usual
way, which needs its own proof. A list that trails does no harm, because reports only ever add.
Which fills were voided is asked for as well, where a venue does that.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from exchange_clients.base_models import NS, ClientOrderId, ContractId, OrderInfo
from exchange_clients.errors import ExchangeError
from exchange_clients.shared.client.managers.order_recovery import OrderRecovery
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.clock import Clock

logger = logging.getLogger(__name__)

AUDIT_EVERY_S = 20.0
MIN_AGE_S = 5.0
"""Younger orders are left alone: their answers and reports are on their way."""


class OrderAudit:
    """One account's orders, compared with the venue's list of them.

    Args:
        venue: Named in logs.
        recovery: Reads the list, and looks up what it does not show.
        tracker: What we hold for open.
        clock: Time and waiting.
    """

    def __init__(
        self,
        venue: str,
        recovery: OrderRecovery,
        tracker: OrderTracker,
        clock: Clock,
    ) -> None:
        self._venue = venue
        self._recovery = recovery
        self._tracker = tracker
        self._clock = clock

    async def keep(self) -> None:
        """Compare again and again; runs until it is cancelled."""
        while True:
            await self._clock.sleep(AUDIT_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Compare once; what cannot be read is compared the next time."""
        for info in self._tracker.with_fills_missing():
            assert info.client_order_id is not None, "the tracker names every order"
            self._recovery.fetch_fills(info.client_order_id)
        for contract_id in dict.fromkeys(info.contract_id for info in self._suspects()):
            try:
                shown = await self._recovery.read_open(contract_id)
            except (ExchangeError, OSError) as error:
                logger.warning(
                    "event=audit_failed venue=%s contract_id=%s error=%r next=ask_again",
                    self._venue, contract_id, error,
                )  # fmt: skip
            else:
                self._look_up_rest(contract_id, dict.fromkeys(shown))
        try:
            await self._recovery.read_voided()
        except (ExchangeError, OSError) as error:
            logger.warning(
                "event=voided_not_read venue=%s error=%r next=ask_again", self._venue, error
            )

    def _suspects(self, contract_id: ContractId | None = None) -> list[OrderInfo]:
        """Return the orders that the venue's list ought to show by now."""
        limit_ns = self._clock.now_ns() - round(MIN_AGE_S * NS)
        ours = self._tracker.open_orders(contract_id)
        return [info for info in ours if (info.created_ns or 0) <= limit_ns]

    def _look_up_rest(self, contract_id: ContractId, shown: Mapping[ClientOrderId, None]) -> None:
        for info in self._suspects(contract_id):
            assert info.client_order_id is not None, "the tracker names every order"
            if info.client_order_id not in shown:
                self._recovery.resolve(info.client_order_id)
