"""An order that was confirmed and is not told says that the account's feeds are deaf."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from exchange_clients.base_models import (
    ClientOrderId,
    ContractId,
    OrderInfo,
    OrderStatus,
    Side,
    VenueOrderId,
)
from exchange_clients.events import BalanceUpdate
from exchange_clients.shared.client.managers.account_ear import (
    DOUBT_PAUSE_S,
    TOLD_WITHIN_S,
    AccountEar,
)
from exchange_clients.shared.virtual_time import VirtualClock, VirtualLoop, run_virtual

ORDER = OrderInfo(
    order_id=VenueOrderId("1"),
    client_order_id=ClientOrderId("a"),
    contract_id=ContractId("BTC"),
    side=Side.BUY,
    size=Decimal(1),
    price=Decimal(100),
    status=OrderStatus.OPEN,
)
LONG_S = 2 * TOLD_WITHIN_S


@dataclass
class Scene:
    """An ear at feeds that are up, and the doubts it had."""

    clock: VirtualClock
    doubts: list[str] = field(default_factory=list)
    ready: bool = True
    ear: AccountEar = field(init=False)

    def __post_init__(self) -> None:
        self.ear = AccountEar(lambda: self.ready, self.doubts.append, self.clock)

    def placed(self, status: OrderStatus = OrderStatus.OPEN, ago_s: float = 0.0) -> None:
        """Let the answer to a placement come."""
        sent_ns = self.clock.monotonic_ns() - round(ago_s * 1e9)
        self.ear.expect(sent_ns, replace(ORDER, status=status))


@pytest.mark.parametrize("told_after_s", [None, 1.0])
def test_feeds_that_tell_nothing_of_a_confirmed_order_are_opened_anew(
    told_after_s: float | None,
) -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = Scene(VirtualClock(loop))
        scene.placed()
        if told_after_s is not None:
            await asyncio.sleep(told_after_s)
            scene.ear.hear(ORDER)
        await asyncio.sleep(LONG_S)
        assert bool(scene.doubts) is (told_after_s is None)

    run_virtual(main)


def test_what_was_told_before_the_answer_came_counts() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = Scene(VirtualClock(loop))
        await asyncio.sleep(1)
        scene.ear.hear(ORDER)
        await asyncio.sleep(1)
        scene.placed(ago_s=1.5)
        await asyncio.sleep(LONG_S)
        assert scene.doubts == []

    run_virtual(main)


def test_news_of_money_is_no_news_of_orders() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = Scene(VirtualClock(loop))
        scene.placed()
        scene.ear.hear(BalanceUpdate("USDC", Decimal(1), Decimal(1), 0))
        await asyncio.sleep(LONG_S)
        assert len(scene.doubts) == 1

    run_virtual(main)


def test_an_order_that_is_only_acknowledged_proves_nothing() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = Scene(VirtualClock(loop))
        scene.placed(OrderStatus.PENDING)
        await asyncio.sleep(LONG_S)
        assert scene.doubts == []

    run_virtual(main)


def test_feeds_that_are_being_opened_are_not_doubted() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = Scene(VirtualClock(loop), ready=False)
        scene.placed()
        await asyncio.sleep(LONG_S)
        scene.ready = True
        scene.placed()
        scene.ready = False
        await asyncio.sleep(LONG_S)
        assert scene.doubts == []

    run_virtual(main)


def test_feeds_that_stay_deaf_are_not_opened_again_and_again() -> None:
    async def main(loop: VirtualLoop) -> None:
        scene = Scene(VirtualClock(loop))
        for _ in range(round(DOUBT_PAUSE_S)):
            scene.placed()
            await asyncio.sleep(1)
        assert len(scene.doubts) == 1
        for _ in range(round(DOUBT_PAUSE_S)):
            scene.placed()
            await asyncio.sleep(1)
        assert len(scene.doubts) == 2

    run_virtual(main)
