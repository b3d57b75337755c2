"""Old orders and fills of the paper venue are packed away, and still there when asked for."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from exchange_clients.base_models import (
    ClientOrderId,
    OrderInfo,
    OrderStatus,
    Side,
    VenueOrderId,
)
from exchange_clients.paper.order_records import OrderRecords
from tests.exchange_clients.paper.venue_stage import BTC


def an_order(number: int, status: OrderStatus = OrderStatus.OPEN) -> OrderInfo:
    return OrderInfo(
        VenueOrderId(str(number)),
        ClientOrderId(f"c{number}"),
        BTC,
        Side.BUY,
        Decimal("0.010"),
        Decimal("62000.0"),
        status,
    )


def test_an_order_that_ended_long_ago_is_listed_in_its_place_and_can_be_found() -> None:
    records = OrderRecords(ended_at_hand=3)
    orders = [an_order(number) for number in range(10)]
    for order in orders:
        records.keep("me", order)
    ended = [replace(order, status=OrderStatus.FILLED) for order in orders]
    for order in reversed(ended[1:]):
        records.keep("me", order)
        records.keep("me", order)

    assert list(records.of("me")) == [orders[0], *ended[1:]]
    assert list(records.of("another")) == []
    assert records.get("me", ClientOrderId("c9")) is None, "it is packed"
    assert records.find("me", ClientOrderId("c9")) == ended[9]
    assert records.find("me", ClientOrderId("c1")) == ended[1]
    assert records.find("me", ClientOrderId("c0")) == orders[0]
    assert records.find("me", ClientOrderId("never")) is None
