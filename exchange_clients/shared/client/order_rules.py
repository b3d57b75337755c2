"""What is decided about an order before it is sent, and how an outcome is told; no waiting here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import (
    ClientOrderId,
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


def fit(
    order: NewOrder,
    market: Market,
    reference_price: Decimal | None = None,
    mint: Callable[[], ClientOrderId] | None = None,
) -> NewOrder:
    """Put price and size on the market's grid, never to the user's disfavour, and check minimums.

    Args:
        order: The order as wanted.
        market: The market it trades in.
        reference_price: What the notional of an order without a price is judged at (USD).
        mint: Names an order that has no client order id, once nothing is wrong with it.

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
    trigger = _nearest(order.trigger_price, market)
    if not order.reduce_only:
        _check_minimums(size, market, price or trigger or reference_price)
    client_order_id = order.client_order_id
    if mint is not None and not client_order_id:
        client_order_id = mint()
    # Field by field, because every order comes by here, and ``replace`` takes four times as long.
    return NewOrder(
        client_order_id=client_order_id,
        contract_id=order.contract_id,
        side=order.side,
        size=size,
        price=price,
        order_type=order.order_type,
        time_in_force=order.time_in_force,
        reduce_only=order.reduce_only,
        trigger_price=trigger,
        trailing_fraction=order.trailing_fraction,
        position_side=order.position_side,
        take_profit_price=_nearest(order.take_profit_price, market),
        stop_loss_price=_nearest(order.stop_loss_price, market),
    )


def _nearest(trigger: Decimal | None, market: Market) -> Decimal | None:
    return None if trigger is None else market.nearest_tick(trigger)


def _check_minimums(size: Decimal, market: Market, price: Decimal | None) -> None:
    if size < market.min_size:
        raise InvalidOrder(
            f"size {size} of {market.contract_id} is below the minimum {market.min_size}",
            reason=Reason.BELOW_MINIMUM,
        )
    if price is not None and size * price < market.min_notional:
        raise InvalidOrder(
            f"notional {size * price} of {market.contract_id} is below the minimum "
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
