"""The simplest order port: each order goes straight to its client, once."""

from __future__ import annotations

from collections.abc import Mapping

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderResult,
    OrderStatus,
    OrderType,
    Reason,
)
from exchange_clients.errors import ExchangeError, VenueRejected
from exchange_clients.journal import JournalError
from execution.order_params import OrderParams


class DirectOrders:
    """Sends orders through the clients as they are.

    An error that a client raises was raised before anything was sent (the client contract), so it
    becomes a refusal.
    """

    def __init__(self, clients: Mapping[str, BaseExchangeClient]) -> None:
        self._clients = clients

    def mint(self, venue: str) -> ClientOrderId:
        """Return a new client order id of the venue's client."""
        return self._clients[venue].mint_client_order_id()

    async def place(
        self,
        venue: str,
        contract_id: ContractId,
        order: OrderParams,
        client_order_id: ClientOrderId,
    ) -> OrderResult:
        """Place a limit or market order."""
        client = self._clients[venue]
        try:
            if order.order_type is OrderType.MARKET:
                return await client.place_market_order(
                    contract_id, order.quantity, order.side, order.reduce_only, client_order_id
                )
            assert order.price is not None, f"limit order {order.key} has no price"
            return await client.place_limit_order(
                contract_id,
                order.quantity,
                order.price,
                order.side,
                order.reduce_only,
                order.post_only,
                client_order_id,
            )
        except (ExchangeError, JournalError) as error:
            return refused(order, client_order_id, error)

    async def cancel(self, venue: str, client_order_id: ClientOrderId) -> OrderResult:
        """Cancel by our own id."""
        try:
            return await self._clients[venue].cancel_order(client_order_id)
        except (ExchangeError, JournalError) as error:
            return OrderResult(
                success=False,
                status=OrderStatus.PENDING,
                client_order_id=client_order_id,
                reason=Reason.DENIED_LOCALLY,
                error_message=str(error),
                outcome_known=False,
            )


def refused(order: OrderParams, client_order_id: ClientOrderId, error: Exception) -> OrderResult:
    """Return the result of an order that was never sent."""
    reason = error.reason if isinstance(error, VenueRejected) else Reason.DENIED_LOCALLY
    return OrderResult(
        success=False,
        status=OrderStatus.REJECTED,
        client_order_id=client_order_id,
        side=order.side,
        size=order.quantity,
        price=order.price,
        reason=reason,
        error_message=str(error),
    )
