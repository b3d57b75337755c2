"""What only Bybit does, on its simulator: a stop that is a setting of the position."""

from __future__ import annotations

from decimal import Decimal

from exchange_clients.base_models import ClientOrderId, NewOrder, OrderStatus, OrderType, Side
from tests.conformance.bybit_facts import BYBIT
from tests.conformance.rig import SIZE, Rig, play

SETTLED_S = 30


def test_a_trailing_stop_is_found_on_its_position_by_our_name_and_cancelled() -> None:
    async def case(rig: Rig) -> None:
        await rig.buy_at_once()
        order = NewOrder(
            ClientOrderId(""), rig.btc, Side.SELL, SIZE, None,
            order_type=OrderType.TRAILING_STOP, trailing_fraction=Decimal("0.05"), reduce_only=True,
        )  # fmt: skip
        placed = await rig.client.place_conditional_order(order)
        assert (placed.success, placed.status) == (True, OrderStatus.PENDING)
        await rig.settle(SETTLED_S)
        assert placed.client_order_id is not None
        found = await rig.client.get_order_info(placed.client_order_id)
        (hanging,) = await rig.client.get_active_orders(rig.btc)
        assert found is not None
        assert (found.order_id, found.status) == (hanging.order_id, OrderStatus.OPEN)
        assert (found.order_type, found.size) == (OrderType.TRAILING_STOP, SIZE)
        cancelled = await rig.client.cancel_order(placed.client_order_id)
        assert cancelled.success
        await rig.settle(SETTLED_S)
        assert await rig.client.get_active_orders(rig.btc) == []

    play(BYBIT, case)
