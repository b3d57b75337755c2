"""Hedge mode: which of a market's two positions an order changes, and both seen as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import (
    ZERO,
    ContractId,
    ExchangePositionSnapshot,
    NewOrder,
    PositionSide,
    Side,
)
from exchange_clients.errors import InvalidOrder


def with_position_side(order: NewOrder, hedged: bool, venue: str) -> NewOrder:
    """Return an order that fits the account's mode.

    What reduces changes the position on its other side, what does not the one on its own.

    Args:
        order: The order as wanted.
        hedged: Whether the account is in hedge mode.
        venue: Names the account in errors.

    Raises:
        InvalidOrder: the account is in one-way mode and the order names a side, or the order
            reduces a position that its side could only grow.
    """
    if not hedged:
        if order.position_side is None:
            return order
        raise InvalidOrder(
            f"position_side {order.position_side.value} is given, and the account on {venue} is in "
            "one-way mode: leave it out, or switch the account to hedge mode"
        )
    reduced = PositionSide.LONG if order.side is Side.SELL else PositionSide.SHORT
    opened = PositionSide.LONG if order.side is Side.BUY else PositionSide.SHORT
    if order.position_side is None:
        return replace(order, position_side=reduced if order.reduce_only else opened)
    if order.reduce_only and order.position_side is not reduced:
        raise InvalidOrder(
            f"position_side {order.position_side.value}: a {order.side.value} cannot reduce it; "
            f"use {reduced.value}, or leave it out"
        )
    return order


def net_positions(
    rows: Sequence[ExchangePositionSnapshot],
) -> dict[ContractId, ExchangePositionSnapshot]:
    """Return one position per contract; what was netted stands in its ``legs``."""
    by_contract: dict[ContractId, list[ExchangePositionSnapshot]] = {}
    for row in rows:
        by_contract.setdefault(row.contract_id, []).append(row)
    return {contract_id: _net(legs) for contract_id, legs in by_contract.items()}


def _net(legs: Sequence[ExchangePositionSnapshot]) -> ExchangePositionSnapshot:
    first = legs[0]
    if len(legs) == 1:
        if first.position_side is None:
            return first
        return replace(first, position_side=None, legs=(first,))
    quantity = sum((leg.quantity for leg in legs), ZERO)
    leverages = {leg.leverage for leg in legs}
    return ExchangePositionSnapshot(
        symbol=first.symbol,
        contract_id=first.contract_id,
        quantity=quantity,
        # Entry and liquidation are each leg's own: two of them have none in common.
        mark_price=next((leg.mark_price for leg in legs if leg.mark_price is not None), None),
        unrealized_pnl=_sum(legs, lambda leg: leg.unrealized_pnl),
        cumulative_funding=_sum(legs, lambda leg: leg.cumulative_funding),
        margin_used=_sum(legs, lambda leg: leg.margin_used),
        leverage=first.leverage if len(leverages) == 1 else None,
        legs=tuple(legs),
    )


def _sum(
    legs: Sequence[ExchangePositionSnapshot],
    figure: Callable[[ExchangePositionSnapshot], Decimal | None],
) -> Decimal | None:
    """Return the sum of a figure; None where one leg does not tell it."""
    total = ZERO
    for leg in legs:
        value = figure(leg)
        if value is None:
            return None
        total += value
    return total
