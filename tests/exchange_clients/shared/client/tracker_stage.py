"""One order of ours, and what a venue may say of it."""

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
    Side,
    TradeId,
    VenueOrderId,
)
from exchange_clients.shared.client.order_tracker import OrderTracker

BTC = ContractId("BTC-PERP")
OURS = ClientOrderId("c1")
THEIRS = VenueOrderId("v1")
SIZE = Decimal("1.0")


def an_order(client_order_id: str = OURS, size: Decimal = SIZE) -> NewOrder:
    return NewOrder(ClientOrderId(client_order_id), BTC, Side.BUY, size, Decimal(100))


def a_report(
    status: OrderStatus,
    filled: str = "0",
    average: str | None = None,
    *,
    order_id: str = THEIRS,
    client_order_id: str | None = OURS,
    updated_ns: int | None = None,
) -> OrderInfo:
    return OrderInfo(
        order_id=VenueOrderId(order_id),
        client_order_id=None if client_order_id is None else ClientOrderId(client_order_id),
        contract_id=BTC,
        side=Side.BUY,
        size=SIZE,
        price=Decimal(100),
        status=status,
        filled_size=Decimal(filled),
        average_price=None if average is None else Decimal(average),
        updated_ns=updated_ns,
    )


def a_fill(
    trade_id: str, size: str, price: str = "100", *, client_order_id: str | None = OURS
) -> Fill:
    return Fill(
        trade_id=TradeId(trade_id),
        order_id=THEIRS,
        client_order_id=None if client_order_id is None else ClientOrderId(client_order_id),
        contract_id=BTC,
        side=Side.BUY,
        price=Decimal(price),
        size=Decimal(size),
        fee=Decimal(0),
        fee_asset="USDC",
        liquidity=Liquidity.MAKER,
        venue_ns=0,
    )


def a_tracker() -> OrderTracker:
    tracker = OrderTracker()
    tracker.track(an_order(), now_ns=5)
    return tracker


def state(tracker: OrderTracker, order_id: str = OURS) -> OrderInfo:
    info = tracker.get(order_id)
    assert info is not None
    return info
