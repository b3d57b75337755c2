"""An order port that sends nothing to anything; every order is refused with a note."""

from __future__ import annotations

import itertools
import logging

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderResult,
    OrderStatus,
    Reason,
)
from execution.order_params import OrderParams

logger = logging.getLogger(__name__)


class DryRunOrders:
    """Tells what would have been sent. It holds no client, so it cannot send.

    Args:
        begun_ns: When this process began: what the one before it has named is still remembered.
    """

    def __init__(self, begun_ns: int) -> None:
        self._begun_ns = begun_ns
        self._numbers = itertools.count(1)
        self.withheld: int = 0
        """How many requests would have been sent."""

    def mint(self, venue: str) -> ClientOrderId:
        """Return an id that no venue will see."""
        del venue
        return ClientOrderId(f"dry-{self._begun_ns}-{next(self._numbers)}")

    async def place(
        self,
        venue: str,
        contract_id: ContractId,
        order: OrderParams,
        client_order_id: ClientOrderId,
    ) -> OrderResult:
        """Log the order and refuse it."""
        self.withheld += 1
        logger.info(
            "event=dry_run_order venue=%s contract_id=%s side=%s size=%s price=%s purpose=%s",
            venue,
            contract_id,
            order.side,
            order.quantity,
            "market" if order.price is None else order.price,
            order.purpose,
        )
        return OrderResult(
            success=False,
            status=OrderStatus.REJECTED,
            client_order_id=client_order_id,
            side=order.side,
            size=order.quantity,
            price=order.price,
            reason=Reason.DENIED_LOCALLY,
            error_message="dry run: nothing was sent",
        )

    async def cancel(self, venue: str, client_order_id: ClientOrderId) -> OrderResult:
        """Log the cancellation; there is nothing to cancel."""
        self.withheld += 1
        logger.info("event=dry_run_cancel venue=%s client_order_id=%s", venue, client_order_id)
        return OrderResult(
            success=False,
            status=OrderStatus.REJECTED,
            client_order_id=client_order_id,
            reason=Reason.DENIED_LOCALLY,
            error_message="dry run: nothing was sent",
        )
