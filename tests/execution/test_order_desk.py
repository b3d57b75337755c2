"""The bot's orders in flight: a cancel that comes before its order has left."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderResult,
    OrderStatus,
    Reason,
    Side,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from execution.order_desk import DeskOutcome, OrderDesk
from execution.order_params import OrderParams

D = Decimal
WAITS_S = 3.0


class Waiting:
    """A port whose orders wait before they are sent, and which knows none of them until then."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.sent: list[ClientOrderId] = []
        self.cancelled: list[ClientOrderId] = []

    def mint(self, venue: str) -> ClientOrderId:
        del venue
        return ClientOrderId("ours")

    async def place(
        self, venue: str, contract_id: ContractId, order: OrderParams, name: ClientOrderId
    ) -> OrderResult:
        del venue, contract_id, order
        await self._clock.sleep(WAITS_S)
        self.sent.append(name)
        return OrderResult(success=True, status=OrderStatus.OPEN, client_order_id=name)

    async def cancel(self, venue: str, name: ClientOrderId) -> OrderResult:
        del venue
        if name not in self.sent:
            reason = Reason.ORDER_NOT_FOUND
            return OrderResult(success=False, status=OrderStatus.REJECTED, reason=reason)
        self.cancelled.append(name)
        return OrderResult(success=True, status=OrderStatus.CANCELED, client_order_id=name)


def test_a_cancel_that_overtakes_its_order_is_sent_once_the_order_has_left() -> None:
    heard: list[DeskOutcome] = []

    async def main(loop: VirtualLoop) -> None:
        clock = VirtualClock(loop)
        port = Waiting(clock)
        desk = OrderDesk(port, clock, on_outcome=heard.append, on_error=lambda *_: None)
        close = OrderParams(Side.SELL, D(1), price=D(100), reduce_only=True, key="close-1")
        order = desk.accept(close, "paper", {"paper": ContractId("BTC")})
        desk.send(close, order)
        await asyncio.sleep(0)
        desk.cancel("close-1")
        await clock.sleep(2 * WAITS_S)
        assert port.cancelled == port.sent == ["ours"]
        await desk.close()

    run_virtual(main)
    assert [(each.cancel, each.result.status) for each in heard] == [
        (False, OrderStatus.OPEN),
        (True, OrderStatus.CANCELED),
    ]
