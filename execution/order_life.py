"""The life of one order, whoever wants it: sent once under a known name, ended by proof.

An order of a mode, a leg of an execution over several venues and an order that a strategy lets rest
differ in who decides when they end. How one is sent, what an error means, and when it has ended are
the same, and stand here and in ``order_proof``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from exchange_clients.base_client import BaseExchangeClient
from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Reason,
    Side,
)
from exchange_clients.errors import ExchangeError, OutcomeUnknown, VenueRejected
from exchange_clients.journal import JournalError
from exchange_clients.shared.clock import Clock
from execution.order_proof import FAILURES, prove_end


class WantedOrder(Protocol):
    """What is told to a venue."""

    @property
    def side(self) -> Side:
        """Buy or sell."""

    @property
    def quantity(self) -> Decimal:
        """In base units."""

    @property
    def price(self) -> Decimal | None:
        """Of a limit order (USD); None takes what the book offers."""

    @property
    def reduce_only(self) -> bool:
        """Whether it may only make a position smaller."""

    @property
    def post_only(self) -> bool:
        """Whether it is refused rather than let trade at once."""


async def send_once(
    client: BaseExchangeClient,
    contract_id: ContractId,
    order: WantedOrder,
    client_order_id: ClientOrderId,
) -> OrderResult:
    """Send an order and return what became of it.

    A client raises only before anything was sent, so an error is a refusal, but for one: an outcome
    that is not known is PENDING, and is asked for by the order's name.
    """
    try:
        if order.price is None:
            return await client.place_market_order(
                contract_id, order.quantity, order.side, order.reduce_only, client_order_id
            )
        return await client.place_limit_order(
            contract_id,
            order.quantity,
            order.price,
            order.side,
            order.reduce_only,
            order.post_only,
            client_order_id,
        )
    except OutcomeUnknown as error:
        return unknown(client_order_id, error)
    except (ExchangeError, JournalError) as error:
        return refused(order, client_order_id, error)


async def ended_at_once(
    client: BaseExchangeClient, result: OrderResult, patience_s: float, clock: Clock
) -> OrderResult:
    """Return how an order that should trade at once has ended; what rests of it is withdrawn.

    Args:
        client: The venue's.
        result: What sending it came to.
        patience_s: How long it may be without an end.
        clock: Time and waiting.
    """
    name = result.client_order_id
    if name is None or (result.outcome_known and result.status.terminal):
        return result
    try:
        info = await client.await_order_update(name, patience_s)
    except FAILURES:
        return await withdrawn(client, name, clock)
    if info.status.terminal:
        return _result_of(info)
    return await withdrawn(client, name, clock)


async def withdrawn(
    client: BaseExchangeClient, client_order_id: ClientOrderId, clock: Clock
) -> OrderResult:
    """Cancel an order and return its proven end; asks for as long as it takes."""
    try:
        result = await client.cancel_order(client_order_id)
        if result.outcome_known and result.status.terminal:
            return result
    except FAILURES:
        pass  # it says nothing of the order, which is asked for until it is known
    info = await prove_end(client, client_order_id, clock)
    if info is not None:
        return _result_of(info)
    return OrderResult(
        success=False,
        status=OrderStatus.REJECTED,
        client_order_id=client_order_id,
        reason=Reason.ORDER_NOT_FOUND,
        error_message="the venue never had it",
    )


def refused(order: WantedOrder, client_order_id: ClientOrderId, error: Exception) -> OrderResult:
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


def unknown(client_order_id: ClientOrderId, error: Exception) -> OrderResult:
    """Return the result of a request whose answer was lost."""
    return OrderResult(
        success=False,
        status=OrderStatus.PENDING,
        client_order_id=client_order_id,
        error_message=str(error),
        outcome_known=False,
    )


def _result_of(info: OrderInfo) -> OrderResult:
    return OrderResult(
        success=info.status is not OrderStatus.REJECTED,
        status=info.status,
        order_id=info.order_id,
        client_order_id=info.client_order_id,
        side=info.side,
        size=info.size,
        price=info.price,
        filled_size=info.filled_size,
        average_price=info.average_price,
        reason=info.reason,
    )
