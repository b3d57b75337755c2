"""One order manager on virtual time, its scripted venue and what its handlers heard."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Protocol

from exchange_clients.base_models import (
    NS,
    ClientIdSpace,
    ContractId,
    Fill,
    Market,
    NewOrder,
    OrderInfo,
    OrderStatus,
    Side,
    Symbol,
)
from exchange_clients.journal import IntentKind, MemoryJournal
from exchange_clients.shared.client.client_order_ids import ClientOrderIds
from exchange_clients.shared.client.gateway import Prepared
from exchange_clients.shared.client.managers.order_manager import UNMINTED, OrderManager
from exchange_clients.shared.client.order_tracker import OrderTracker
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual
from tests.exchange_clients.shared.client.managers.scripted_gateway import (
    ScriptedGateway,
    Send,
    shown,
)

BTC = ContractId("BTC-PERP")
MARKET = Market(
    symbol=Symbol("BTC"),
    contract_id=BTC,
    tick=Decimal("0.5"),
    step=Decimal("0.001"),
    min_size=Decimal("0.002"),
    min_notional=Decimal(5),
)
SPACE = ClientIdSpace(length=20, alphabet="0123456789abcdef")
WANTED = NewOrder(UNMINTED, BTC, Side.BUY, Decimal("1.0"), Decimal(100))


@dataclass
class Stage:
    """One manager, its venue, and everything its handlers heard."""

    gateway: ScriptedGateway
    journal: MemoryJournal
    tracker: OrderTracker
    manager: OrderManager
    heard: list[OrderInfo | Fill]

    def order(self, number: int = 0) -> NewOrder:
        """The order of the n-th placement that was sent."""
        placed = [each.order for each in self.gateway.sent if each.kind is IntentKind.PLACE]
        order = placed[number]
        assert order is not None
        return order

    def statuses(self) -> list[OrderStatus]:
        return [each.status for each in self.heard if isinstance(each, OrderInfo)]


class Scene(Protocol):
    async def __call__(self, stage: Stage) -> None: ...


def play(
    scene: Scene,
    *answers: Send,
    lookups: list[Any] | None = None,
    journal: MemoryJournal | None = None,
    venue: ScriptedGateway | None = None,
) -> Stage:
    """Run a scene on virtual time and return what is left of it."""
    memory = journal or MemoryJournal()
    stages: list[Stage] = []

    async def main(loop: VirtualLoop) -> None:
        gateway = venue or ScriptedGateway()
        gateway.answers, gateway.lookups = list(answers), lookups or []
        tracker = OrderTracker()
        ids = ClientOrderIds(SPACE, "north", memory.next_order_number)
        manager = OrderManager(
            "paper", gateway, tracker, memory, VirtualClock(loop), ids, lambda _: MARKET
        )
        stage = Stage(gateway, memory, tracker, manager, [])
        manager.add_fill_handler(stage.heard.append)
        manager.add_order_handler(stage.heard.append)
        stages.append(stage)
        await scene(stage)
        await manager.close()

    run_virtual(main, epoch_ns=1_000 * NS)
    return stages[0]


def answer(status: OrderStatus, filled: str = "0", average: str | None = None) -> Send:
    """Answer after 100 ms with the order as placed."""

    async def send(prepared: Prepared) -> OrderInfo:
        await asyncio.sleep(0.1)
        if prepared.order is not None:
            return shown(prepared.order, status, filled, average)
        assert isinstance(prepared.payload, OrderInfo)
        return replace(
            prepared.payload,
            status=status,
            filled_size=Decimal(filled),
            average_price=None if average is None else Decimal(average),
        )

    return send


def fail(error: BaseException) -> Send:
    """Fail after 100 ms."""

    async def send(_: Prepared) -> OrderInfo:
        await asyncio.sleep(0.1)
        raise error

    return send
