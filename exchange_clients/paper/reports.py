"""The engine's orders and trades in the words of ``base_models``."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    Fill,
    Liquidity,
    NewOrder,
    OrderInfo,
    OrderStatus,
    OrderType,
    Reason,
    TradeId,
    VenueOrderId,
)
from exchange_clients.paper.orders import EngineOrder, Trade
from exchange_clients.paper.units import Grid, from_atoms

FEE_ASSET = "USD"

_PRICELESS = (
    OrderType.MARKET,
    OrderType.STOP_MARKET,
    OrderType.TAKE_PROFIT_MARKET,
    OrderType.TRAILING_STOP,
)
"""The engine bounds these by a price of its own; their trader gave none."""


def order_info(contract_id: ContractId, grid: Grid, order: EngineOrder) -> OrderInfo:
    """Return an order as it is now."""
    filled = order.filled_lots
    return OrderInfo(
        order_id=VenueOrderId(str(order.order_id)),
        client_order_id=ClientOrderId(order.client_order_id),
        contract_id=contract_id,
        side=order.side,
        size=grid.size(order.lots),
        price=None if order.order_type in _PRICELESS else grid.price(order.ticks),
        status=order.status,
        filled_size=grid.size(filled),
        average_price=grid.price(order.spent_ticks) / filled if filled else None,
        order_type=order.order_type,
        reduce_only=order.reduce_only,
        reason=order.reason,
        created_ns=order.created_ns,
        updated_ns=order.updated_ns,
    )


def refused_info(order: NewOrder, order_id: int, reason: Reason, now_ns: int) -> OrderInfo:
    """Return an order that the venue refused before the engine saw it."""
    return OrderInfo(
        order_id=VenueOrderId(str(order_id)),
        client_order_id=order.client_order_id,
        contract_id=order.contract_id,
        side=order.side,
        size=order.size,
        price=order.price,
        status=OrderStatus.REJECTED,
        order_type=order.order_type,
        reduce_only=order.reduce_only,
        reason=reason,
        created_ns=now_ns,
        updated_ns=now_ns,
    )


def fill_of(
    contract_id: ContractId, grid: Grid, trade: Trade, order: EngineOrder, fee_atoms: int
) -> Fill:
    """Return one side of a trade; a trade of an order with itself has two names."""
    resting = order is trade.maker
    return Fill(
        trade_id=trade_name(contract_id, trade, resting=resting),
        order_id=VenueOrderId(str(order.order_id)),
        client_order_id=ClientOrderId(order.client_order_id),
        contract_id=contract_id,
        side=order.side,
        price=grid.price(trade.ticks),
        size=grid.size(trade.lots),
        fee=from_atoms(fee_atoms),
        fee_asset=FEE_ASSET,
        liquidity=Liquidity.MAKER if resting else Liquidity.TAKER,
        venue_ns=trade.at_ns,
    )


def trade_name(contract_id: ContractId, trade: Trade, *, resting: bool) -> TradeId:
    """Return the name under which one side of a trade is reported."""
    return TradeId(f"{contract_id}:{trade.trade_id}{'m' if resting else 't'}")


def engine_order(order: NewOrder, grid: Grid, order_id: int, owner: str) -> EngineOrder:
    """Return a wanted order in ticks and lots.

    Raises:
        ValueError: a price or the size is not on the grid, or the size is not positive.
    """
    lots = grid.lots(order.size)
    if lots <= 0:
        raise ValueError(f"size must be positive, got {order.size}")
    return EngineOrder(
        order_id=order_id,
        owner=owner,
        client_order_id=order.client_order_id,
        side=order.side,
        lots=lots,
        ticks=0 if order.price is None else _ticks(grid, order.price, "price"),
        order_type=order.order_type,
        time_in_force=order.time_in_force,
        reduce_only=order.reduce_only,
        trigger_ticks=(
            None if order.trigger_price is None else _ticks(grid, order.trigger_price, "trigger")
        ),
        trailing_fraction=order.trailing_fraction,
    )


def _ticks(grid: Grid, price: Decimal, name: str) -> int:
    ticks = grid.ticks(price)
    if ticks <= 0:
        raise ValueError(f"{name} must be positive, got {price}")
    return ticks
