"""What is decided about an order before it is sent, and how an outcome is told; no waiting here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import (
    Market,
    NewOrder,
    OrderInfo,
    OrderResult,
    OrderStatus,
    Reason,
)
from exchange_clients.errors import (
    AuthenticationFailed,
    ExchangeError,
    InvalidOrder,
    NotConnectedError,
    RateLimited,
    VenueRejected,
)

NOTHING_DONE = (VenueRejected, RateLimited, AuthenticationFailed, NotConnectedError)
"""Errors of ``send`` that prove that the venue did nothing; every other leaves it unknown."""


def fit(order: NewOrder, market: Market, reference_price: Decimal | None = None) -> NewOrder:
    """Put price and size on the market's grid, never to the user's disfavour, and check minimums.

    Args:
        order: The order as wanted.
        market: The market it trades in.
        reference_price: What the notional of an order without a price is judged at (USD).

    Raises:
        InvalidOrder: not positive, or below a minimum without being reduce-only.
    """
    price = None if order.price is None else market.round_price(order.price, order.side)
    if price is not None and price <= 0:
        raise InvalidOrder(
            f"price {order.price} of {market.contract_id} is not above zero on tick {market.tick}"
        )
    size = market.round_size(order.size)
    if size <= 0:
        raise InvalidOrder(
            f"size {order.size} of {market.contract_id} is not above zero on step {market.step}; "
            f"use at least {max(market.min_size, market.step)}"
        )
    trigger = order.trigger_price
    fitted = replace(
        order,
        price=price,
        size=size,
        trigger_price=None if trigger is None else market.nearest_tick(trigger),
    )
    if not order.reduce_only:
        _check_minimums(fitted, market, price or fitted.trigger_price or reference_price)
    return fitted


def _check_minimums(order: NewOrder, market: Market, price: Decimal | None) -> None:
    if order.size < market.min_size:
        raise InvalidOrder(
            f"size {order.size} of {market.contract_id} is below the minimum {market.min_size}",
            reason=Reason.BELOW_MINIMUM,
        )
    if price is not None and order.size * price < market.min_notional:
        raise InvalidOrder(
            f"notional {order.size * price} of {market.contract_id} is below the minimum "
            f"{market.min_notional}; at price {price} use a size of at least "
            f"{market.smallest_size(price)}",
            reason=Reason.BELOW_MINIMUM,
        )


def reason_of(error: ExchangeError) -> Reason:
    """Return the code of an error that proves that nothing was done."""
    if isinstance(error, VenueRejected):
        return error.reason
    if isinstance(error, RateLimited):
        return Reason.RATE_LIMITED
    if isinstance(error, AuthenticationFailed):
        return Reason.AUTHENTICATION_FAILED
    return Reason.DENIED_LOCALLY


def placed(info: OrderInfo) -> OrderResult:
    """Tell what a placement came to: success means that the order rests, traded or is on its way.

    An order that ended without trading (refused, killed, expired) is no success.
    """
    return _told(info, success=not info.status.terminal or info.filled_size > 0)


def canceled(info: OrderInfo) -> OrderResult:
    """Tell what a cancel came to: FILLED with its size where the order was filled first."""
    success = info.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED)
    result = _told(info, success=success)
    if info.status is OrderStatus.FILLED:
        return replace(
            result, reason=Reason.ALREADY_TERMINAL, error_message="the order was filled first"
        )
    return result


def refused(info: OrderInfo, status: OrderStatus, error: ExchangeError) -> OrderResult:
    """Tell that the venue did nothing, and why."""
    return replace(
        _told(info, success=False),
        status=status,
        reason=reason_of(error),
        error_message=str(error),
    )


def lost(info: OrderInfo, message: str) -> OrderResult:
    """Tell that it is not known whether the request acted."""
    return replace(
        _told(info, success=False),
        reason=Reason.OUTCOME_UNKNOWN,
        error_message=message,
        outcome_known=False,
    )


def not_ours(order_id: str) -> OrderResult:
    """Tell that an id names no order that this client placed."""
    return OrderResult(
        success=False,
        status=OrderStatus.REJECTED,
        reason=Reason.ORDER_NOT_FOUND,
        error_message=f"{order_id!r} is not an order that this client placed",
    )


def _told(info: OrderInfo, *, success: bool) -> OrderResult:
    return OrderResult(
        success=success,
        status=info.status,
        order_id=info.order_id or None,
        client_order_id=info.client_order_id,
        side=info.side,
        size=info.size,
        price=info.price,
        filled_size=info.filled_size,
        average_price=info.average_price,
        reason=info.reason,
    )
